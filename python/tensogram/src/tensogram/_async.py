"""Threads for the functions of `AsyncTensogramFile`. Nothing is imported before the first of them is called."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Future
    from concurrent.futures import ThreadPoolExecutor

# Operations on remote files mostly wait; each of these is one round trip under way.
_REMOTE_THREADS = 32

_executors: dict[bool, ThreadPoolExecutor] = {}


def start(operation: Callable[[], Any], waits: bool) -> Future[Any]:
    """A future of the running event loop, of what `operation` returns in a thread. `waits` for a server, mostly."""
    from asyncio import get_running_loop

    return get_running_loop().run_in_executor(_executor(waits), operation)


def done(result: Any) -> Future[Any]:
    """A future of the running event loop that has its result."""
    from asyncio import get_running_loop

    future = get_running_loop().create_future()
    future.set_result(result)
    return future


def _executor(waits: bool) -> ThreadPoolExecutor:
    if waits not in _executors:
        from concurrent.futures import ThreadPoolExecutor

        # Decoding takes a core each; one more, so that a slow disk does not leave them idle.
        count = _REMOTE_THREADS if waits else len(os.sched_getaffinity(0)) + 1
        _executors[waits] = ThreadPoolExecutor(count, "tensogram-remote" if waits else "tensogram")
    return _executors[waits]


# A forked child has none of its parent's threads.
os.register_at_fork(after_in_child=_executors.clear)
