"""Objects that had to be decoded whole for the sake of a part.

Chunks of a stream-compressed object are asked for one after the other, or by many threads at once;
each would decompress all of it. Threads that want an object which is being decoded wait for it, and
an object that is wanted again is kept. What is asked for once leaves nothing behind.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

from numpy.typing import NDArray

Values = NDArray[Any]

_MOST_BYTES = 256 * 2**20
_MOST_REMEMBERED = 256


class DecodedObjects:
    """The last objects wanted more than once, in all at most `most_bytes`. Safe for threads."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self.start_anew()

    def start_anew(self) -> None:
        """Forgets everything; a forked child does, for threads that are gone may be at work."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Values] = OrderedDict()
        self._running: dict[Hashable, Future[Values]] = {}
        self._asked: OrderedDict[Hashable, None] = OrderedDict()

    def get(self, key: Hashable, decode: Callable[[], Values]) -> Values:
        """The values, read-only: those kept, those of a thread at work, or those decoded now."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            running = self._running.get(key)
            wanted_again = running is not None or key in self._asked
            self._remember(key)
            result = running or self._running.setdefault(key, Future())
        values = result.result() if running else self._decode(key, result, decode)
        if wanted_again:
            self._keep(key, values)
        return values

    def forget(self, owner: object) -> None:
        """Lets go of all values whose key begins with the owner."""
        with self._lock:
            for key in [key for key in self._kept if isinstance(key, tuple) and key[0] is owner]:
                del self._kept[key]

    def _decode(self, key: Hashable, result: Future[Values], decode: Callable[[], Values]) -> Values:
        try:
            values = decode()
            values.flags.writeable = False
        except BaseException as error:
            result.set_exception(error)
            raise
        else:
            result.set_result(values)
            return values
        finally:
            with self._lock:
                self._running.pop(key, None)

    def _remember(self, key: Hashable) -> None:
        self._asked[key] = None
        self._asked.move_to_end(key)
        while len(self._asked) > _MOST_REMEMBERED:
            self._asked.popitem(last=False)

    def _keep(self, key: Hashable, values: Values) -> None:
        if values.nbytes > self._most_bytes:
            return
        with self._lock:
            self._kept[key] = values
            self._kept.move_to_end(key)
            while sum(kept.nbytes for kept in self._kept.values()) > self._most_bytes:
                self._kept.popitem(last=False)


decoded_objects = DecodedObjects()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=decoded_objects.start_anew)
