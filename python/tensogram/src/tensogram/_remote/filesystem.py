"""Objects in whatever else fsspec has a file system for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tensogram._remote.errors import changed, remote_error
from tensogram._remote.reader import Part, Range, Reader, at_once, short_body

_VERSION_KEYS = ("ETag", "etag", "generation", "version_id", "LastModified", "last_modified", "mtime", "created")


class FileSystemReader(Reader):
    """Ranges by fsspec's own functions, with a look at the object's size and version by each fetch."""

    async def _first(self) -> Part:
        size, version = await self._look()
        content = b""
        if size > 0:
            (content,) = await self._ranges([(0, min(self.HEAD_SIZE, size))])
        return Part(content, size, version)

    async def _all(self, ranges: list[Range]) -> list[bytes]:
        contents, now = await asyncio.gather(self._ranges(ranges), self._look())
        if now != (self.size, self.version):
            raise changed(self.url)
        for content, (start, stop) in zip(contents, ranges, strict=True):
            if len(content) != stop - start:
                raise short_body(self.url, len(content), start, stop)
        return contents

    async def _ranges(self, ranges: list[Range]) -> list[bytes]:
        if self.filesystem.async_impl:
            limit = asyncio.Semaphore(self.CONCURRENCY)

            async def one(start: int, stop: int) -> bytes:
                async with limit:
                    return bytes(await self.filesystem._cat_file(self.location, start=start, end=stop))

            return await at_once([one(start, stop) for start, stop in ranges])
        cat = self.filesystem.cat_file
        return [bytes(await asyncio.to_thread(cat, self.location, start=a, end=b)) for a, b in ranges]

    async def _look(self) -> tuple[int, str | None]:
        filesystem = self.filesystem
        filesystem.invalidate_cache()
        if filesystem.async_impl:
            about: Mapping[str, Any] = await filesystem._info(self.location)
        else:
            about = await asyncio.to_thread(filesystem.info, self.location)
        if about.get("type") == "directory":
            raise remote_error(self.url, "this is a folder, not an object", IsADirectoryError)
        size = about.get("size")
        if not isinstance(size, int):
            raise remote_error(self.url, "the file system does not tell the object's size")
        version = next((str(about[key]) for key in _VERSION_KEYS if about.get(key) is not None), None)
        return size, version
