"""Objects on web servers, by ranges (RFC 9110 §14) through the session of fsspec's file system."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import Any

import aiohttp
import yarl

from tensogram._remote.errors import changed, of_status, remote_error
from tensogram._remote.reader import Part, Reader, short_body

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_ALL_OF_NOTHING = re.compile(r"bytes \*/0")
_TRANSIENT = {429, 500, 502, 503, 504}
_ATTEMPTS = 3
# Seconds before the next attempt; three times as long before the one after that.
_PAUSE = 0.1
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=60)


class HTTPReader(Reader):
    """One request per range. The object's ETag, else its time of change, tells whether it is still the same."""

    def __init__(self, url: str, location: str, options: dict[str, Any]) -> None:
        own: dict[str, Any] = {name: options[name] for name in ("client_kwargs", "get_client") if name in options}
        self._arguments = {name: value for name, value in options.items() if name not in own}
        timeout = self._arguments.get("timeout", _TIMEOUT)
        if isinstance(timeout, int | float):
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout)
        self._arguments["timeout"] = timeout
        self._headers = {**self._arguments.pop("headers", {}), "Accept-Encoding": "identity"}
        # A query as it was given: it may be signed.
        self._target = yarl.URL(location, encoded=location.isascii() and " " not in location)
        super().__init__(url, location, own)

    async def _part(self, start: int, stop: int) -> Part:
        for attempt in range(_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_PAUSE * 3 ** (attempt - 1))
            try:
                part = await self._attempt(start, stop, is_last=attempt == _ATTEMPTS - 1)
            except aiohttp.ClientConnectorError:
                raise
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
                failure: Exception = error
                continue
            if part is not None:
                return part
        if isinstance(failure, aiohttp.ClientPayloadError):
            raise remote_error(self.url, f"the server sent fewer bytes than it announced for byte {start} on")
        raise failure

    async def _attempt(self, start: int, stop: int, *, is_last: bool) -> Part | None:
        """None where another attempt may do better."""
        headers = {**self._headers, "Range": f"bytes={start}-{stop - 1}"}
        if self.version is not None and self.version.startswith('"'):
            headers["If-Match"] = self.version
        session = await self.filesystem.set_session()
        async with session.get(self._target, headers=headers, **self._arguments) as response:
            if response.status in _TRANSIENT and not is_last:
                return None
            version = response.headers.get("ETag") or response.headers.get("Last-Modified")
            if response.status == HTTPStatus.PARTIAL_CONTENT:
                return await self._partial(response, version, start, stop)
            if response.status == HTTPStatus.OK:
                return await self._whole(response, version, start, stop)
            if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise self._nothing_there(response)
            raise of_status(self.url, response.status, response.reason)

    async def _partial(self, response: aiohttp.ClientResponse, version: str | None, start: int, stop: int) -> Part:
        said = response.headers.get("Content-Range", "")
        match = _CONTENT_RANGE.fullmatch(said)
        if match is None:
            raise remote_error(self.url, f"the server does not tell which bytes it sends (Content-Range: {said!r})")
        first, last, total = map(int, match.groups())
        if first != start or last >= stop:
            raise remote_error(self.url, f"the server sends bytes {first}-{last}, not {start}-{stop - 1}")
        content = await response.read()
        if len(content) != min(stop, total) - start:
            raise short_body(self.url, len(content), start, min(stop, total))
        return Part(content, total, version)

    async def _whole(self, response: aiohttp.ClientResponse, version: str | None, start: int, stop: int) -> Part:
        """An answer without regard to the range: fine where that is no larger than what is asked for anyway."""
        announced = response.headers.get("Content-Length", "")
        if not announced.isdigit() or int(announced) > self.HEAD_SIZE:
            raise remote_error(self.url, "the server ignores byte ranges, so parts of the object cannot be read")
        content = await response.read()
        return Part(content[start:stop], len(content), version)

    def _nothing_there(self, response: aiohttp.ClientResponse) -> OSError:
        if self.version is not None or hasattr(self, "size"):
            return changed(self.url)
        if _ALL_OF_NOTHING.fullmatch(response.headers.get("Content-Range", "")):
            return remote_error(self.url, "the object is empty")
        return of_status(self.url, response.status, response.reason)
