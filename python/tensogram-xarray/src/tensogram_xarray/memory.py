"""Files that are no paths: bytes, file objects, what fsspec opens. They are held in memory."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

import tensogram

# What fsspec takes: one protocol, or a chain of them as in simplecache::s3://bucket/file.
_FSSPEC_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(::[A-Za-z0-9+.-]+)*://")


class MemoryFile:
    """The messages of a file, with the reading methods of a handle. Travels in a pickle."""

    def __init__(self, content: bytes) -> None:
        self.label = f"<{len(content)} bytes in memory, xxh3 {tensogram.compute_hash(content)}>"
        self._messages = [content[start : start + n] for start, n in tensogram.scan(content)]

    def __len__(self) -> int:
        return len(self._messages)

    def read_message(self, msg_index: int) -> bytes:
        return self._messages[msg_index]

    def file_decode_descriptors(self, msg_index: int) -> dict[str, Any]:
        metadata, descriptors = tensogram.decode_descriptors(self._messages[msg_index])
        return {"metadata": metadata, "descriptors": descriptors}

    def file_decode_range(self, msg_index: int, obj_index: int, **options: Any) -> NDArray[Any]:
        ranges = options.pop("ranges")
        values: NDArray[Any] = tensogram.decode_range(self._messages[msg_index], obj_index, ranges, **options)
        return values


def memory_file(source: Any, storage_options: Mapping[str, Any] | None = None) -> MemoryFile:
    """The content of bytes, a file object, fsspec's `OpenFile`, or a URL that fsspec opens.

    Raises `TypeError` for what is no file, and `ImportError` where fsspec is needed but absent.
    """
    if isinstance(source, str):
        return _from_url(source, storage_options)
    if isinstance(source, bytes | bytearray | memoryview):
        return MemoryFile(bytes(source))
    if hasattr(source, "read"):
        return MemoryFile(_all_of(source))
    if hasattr(source, "open") and hasattr(source, "fs"):  # fsspec's OpenFile
        with source as opened:
            return MemoryFile(_all_of(opened))
    raise TypeError(f"cannot open {type(source).__name__} as a .tgm file")


def is_fsspec_url(path: str) -> bool:
    return _FSSPEC_URL.match(path) is not None


def _from_url(url: str, storage_options: Mapping[str, Any] | None) -> MemoryFile:
    try:
        fsspec = importlib.import_module("fsspec")
    except ImportError as error:
        raise ImportError(f"opening {url} needs the package fsspec: pip install fsspec") from error
    with fsspec.open(url, "rb", **(storage_options or {})) as opened:
        return MemoryFile(_all_of(opened))


def _all_of(file: Any) -> bytes:
    """Everything in a file object from its start; its position is left as it was."""
    position = file.tell()
    try:
        file.seek(0)
        content = file.read()
    finally:
        file.seek(position)
    if not isinstance(content, bytes):
        raise TypeError(f"{file!r} is not open in binary mode")
    return content
