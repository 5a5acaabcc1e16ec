"""Threads for the functions of `AsyncTensogramFile`. Nothing is imported before the first of them is called."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import Future
    from concurrent.futures import Future as ThreadFuture
    from concurrent.futures import ThreadPoolExecutor

# Operations on remote files mostly wait; each of these is one round trip under way.
_REMOTE_THREADS = 32

_executors: dict[bool, ThreadPoolExecutor] = {}
_thread = threading.local()


def start(operation: Callable[[], Any], waits: bool) -> Future[Any]:
    """A future of the running event loop, of what `operation` returns in a thread. `waits` for a server, mostly.

    If the future is cancelled an operation that has not begun never does, and one that waits for a server stops.
    """
    from asyncio import get_running_loop

    call = _Call(operation)
    future = get_running_loop().run_in_executor(_executor(waits), call)
    future.add_done_callback(call.stop_if_cancelled)
    return future


def stop_with_caller(request: ThreadFuture[Any]) -> None:
    """Has `request`, which this thread is going to wait for, cancelled when the call that this thread runs is."""
    call = getattr(_thread, "call", None)
    if call is not None:
        call.wait_for(request)


class _Call:
    """An operation in a thread, and what that waits for."""

    def __init__(self, operation: Callable[[], Any]) -> None:
        self._operation = operation
        self._request: ThreadFuture[Any] | None = None
        self._is_stopped = False

    def __call__(self) -> Any:
        _thread.call = self
        try:
            return self._operation()
        finally:
            _thread.call = None

    def wait_for(self, request: ThreadFuture[Any]) -> None:
        self._request = request
        # Looked at after that is set, so that one of the two sees the other.
        if self._is_stopped:
            request.cancel()

    def stop_if_cancelled(self, future: Future[Any]) -> None:
        if not future.cancelled():
            return
        self._is_stopped = True
        if self._request is not None:
            self._request.cancel()


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
