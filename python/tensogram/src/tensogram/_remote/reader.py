"""What readers have in common: many ranges at a time on fsspec's event loop, called from any thread."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import Any, ClassVar, NamedTuple, TypeVar

import fsspec
import fsspec.asyn

from tensogram._async import stop_with_caller
from tensogram._remote.errors import changed, of_exception, remote_error

_Result = TypeVar("_Result")

Range = tuple[int, int]


class Part(NamedTuple):
    """Bytes of an object, and what came with them: how many it has, and what tells it from a later one."""

    content: bytes
    total: int
    version: str | None


class Reader:
    """Byte ranges of the object at a URL. An object that is another one than when it was opened is an `OSError`.

    Safe to use from any thread and, after a fork, in the child.
    """

    # What the first request gets: preamble, header, metadata and index of most messages, small files whole.
    HEAD_SIZE: ClassVar[int] = 64 << 10
    # Requests that are under way at a time.
    CONCURRENCY: ClassVar[int] = 16

    def __init__(self, url: str, location: str, options: dict[str, Any]) -> None:
        self.url = url
        self.location = location
        self._options = options
        self._process: int | None = None
        self._known_filesystem: Any = None
        self.version: str | None = None
        first = run(self._first())
        self.head, self.size, self.version = first

    def fetch(self, ranges: list[Range]) -> list[bytes]:
        """The bytes of each range, which has some and is within the object."""
        try:
            return run(self._all(ranges))
        except Exception as error:
            raise of_exception(self.url, error) from error

    @property
    def filesystem(self) -> Any:
        """fsspec's file system; one of its own in every process."""
        if self._process != os.getpid():
            protocol = self.location.partition("://")[0]
            self._known_filesystem = fsspec.filesystem(protocol, **self._options)
            self._process = os.getpid()
        return self._known_filesystem

    async def _first(self) -> Part:
        return await self._part(0, self.HEAD_SIZE)

    async def _all(self, ranges: list[Range]) -> list[bytes]:
        limit = asyncio.Semaphore(self.CONCURRENCY)

        async def one(start: int, stop: int) -> bytes:
            async with limit:
                return self._checked(await self._part(start, stop), start, stop)

        return await at_once([one(start, stop) for start, stop in ranges])

    async def _part(self, start: int, stop: int) -> Part:
        """The bytes from `start` up to `stop`, or to the end where that comes before."""
        raise NotImplementedError

    def _checked(self, part: Part, start: int, stop: int) -> bytes:
        if part.version != self.version or part.total != self.size:
            raise changed(self.url)
        if len(part.content) != stop - start:
            raise short_body(self.url, len(part.content), start, stop)
        return part.content


def short_body(url: str, count: int, start: int, stop: int) -> OSError:
    return remote_error(url, f"{count} bytes came where {stop - start} were asked for, from byte {start} on")


async def at_once(coroutines: list[Coroutine[Any, Any, _Result]]) -> list[_Result]:
    """The results of all, in order; the first error, after the others are stopped."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def run(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Runs a coroutine on fsspec's loop, which has a thread of its own, and waits for it. An interrupt stops it."""
    future = asyncio.run_coroutine_threadsafe(coroutine, fsspec.asyn.get_loop())
    stop_with_caller(future)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
