"""All that is asked of the `tensogram` module: handles, metadata, payloads.

Nothing here knows of dimensions or names. Functions of `tensogram` are looked up when called.

Arrays hold no handles. Handles live in a bounded cache of the process, keyed by path; each belongs
to the file as it was when the handle was opened, and a file that has changed since gets a new one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
import tensogram
from numpy.typing import NDArray

from tensogram_xarray.decoded import decoded_objects
from tensogram_xarray.dtypes import BITMASK, UnsupportedDtypeError

StorageOptions = Mapping[str, Any]

_MOST_OPEN_FILES = 64
_UNKNOWN_DTYPE = re.compile(
    r"unknown dtype:? '(?P<ours>[^']*)'"
    r"|unknown variant `(?P<other>[^`]*)`, expected one of `float16`"
)


class FileIdentity(NamedTuple):
    """What tells whether a path still leads to the same, unchanged file."""

    device: int
    inode: int
    size: int
    modified: int


class Origin(NamedTuple):
    """What a lazy array remembers of the message it was opened from, to know it again later."""

    identity: FileIdentity | None
    fingerprint: str


class Message(NamedTuple):
    """The metadata of one message."""

    metadata: Any
    descriptors: Sequence[Any]
    origin: Origin


@dataclass
class _OpenFile:
    handle: Any
    identity: FileIdentity | None
    known: set[tuple[int, str]] = field(default_factory=set)


class _OpenFiles:
    """The process's open handles, least recently used first, safe to use from many threads."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Forgets everything; a forked child does, for a thread that is gone may hold the lock."""
        self._lock = threading.Lock()
        self._files: OrderedDict[Any, _OpenFile] = OrderedDict()

    def get(self, path: str, options: StorageOptions | None) -> _OpenFile:
        """A handle on the file as it is now. `OSError` with the path if it cannot be opened."""
        remote = is_remote(path)
        identity = None if remote else identify(path)
        # The class is part of the key: a handle stays with the implementation that it came from.
        key = (
            tensogram.TensogramFile,
            path,
            repr(sorted((options or {}).items())) if remote else "",
        )
        with self._lock:
            known = self._files.get(key)
            if known is not None and known.identity == identity:
                self._files.move_to_end(key)
                return known
        opened = _OpenFile(_open(path, options, remote), identity)
        with self._lock:
            self._files[key] = opened
            self._files.move_to_end(key)
            while len(self._files) > _MOST_OPEN_FILES:
                self._files.popitem(last=False)
        return opened

    def release(self, path: str) -> list[Any]:
        """Drops the handles on a file and returns them."""
        with self._lock:
            keys = [key for key in self._files if key[1] == path]
            return [self._files.pop(key).handle for key in keys]


_open_files = _OpenFiles()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_open_files.start_anew)


def is_remote(path: str) -> bool:
    return bool(tensogram.is_remote_url(path))


def normalise_path(filename_or_obj: Any) -> str:
    """The absolute path or the URL that the caller's argument means. Links are not resolved."""
    path = os.fsdecode(filename_or_obj)
    if is_remote(path):
        return path
    url = urlsplit(path)
    if url.scheme.lower() == "file" and url.netloc in {"", "localhost"}:
        path = unquote(url.path)
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 (resolve() follows links)


def identify(path: str) -> FileIdentity:
    """The identity of a regular file. Raises the `OSError` that fits for anything else."""
    status = Path(path).stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(21, "is a directory, not a .tgm file", path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(22, "is no regular file", path)
    return FileIdentity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _open(path: str, options: StorageOptions | None, remote: bool) -> Any:
    if remote:
        return tensogram.TensogramFile.open_remote(path, options or {})
    return tensogram.TensogramFile.open(path)


def shared_handle(
    path: str,
    options: StorageOptions | None = None,
    msg_index: int = 0,
    origin: Origin | None = None,
) -> Any:
    """The process's handle on the file, to be used for one read and not kept.

    With `origin`, a file that changed since then must still hold that message: appending to a file
    is common and harmless. Otherwise `OSError`, never other data.
    """
    file = _open_files.get(path, options)
    if origin is None or file.identity == origin.identity:
        return file.handle
    known = (msg_index, origin.fingerprint)
    if known not in file.known:
        try:
            same = _fingerprint(*_describe(file.handle, msg_index)) == origin.fingerprint
        except (ValueError, RuntimeError) as error:
            raise _changed(path, msg_index) from error
        if not same:
            raise _changed(path, msg_index)
        file.known.add(known)
    return file.handle


def _changed(path: str, msg_index: int) -> OSError:
    return OSError(
        f"{path} changed since it was opened: message {msg_index} is no longer the one it was. "
        "Open it again"
    )


def release(path: str) -> None:
    """Lets go of all that is kept of a file; a later read opens it again."""
    for handle in _open_files.release(path):
        decoded_objects.forget(handle)


def message_count(path: str, options: StorageOptions | None = None) -> int:
    return len(_open_files.get(path, options).handle)


def message(path: str, msg_index: int, options: StorageOptions | None = None) -> Message:
    """The metadata of one message; no payload is read.

    Raises `UnsupportedDtypeError` for an object of unknown element type, and what the core raises.
    """
    file = _open_files.get(path, options)
    metadata, descriptors = _describe(file.handle, msg_index)
    return Message(
        metadata, descriptors, Origin(file.identity, _fingerprint(metadata, descriptors))
    )


def decode_descriptors(buffer: bytes) -> tuple[Any, Sequence[Any]]:
    """The metadata of the message that stands in a buffer."""
    with _dtype_errors():
        metadata, descriptors = tensogram.decode_descriptors(buffer)
    return metadata, descriptors


def _describe(handle: Any, msg_index: int) -> tuple[Any, Sequence[Any]]:
    with _dtype_errors():
        described = handle.file_decode_descriptors(msg_index)
    return described["metadata"], described["descriptors"]


@contextlib.contextmanager
def _dtype_errors() -> Iterator[None]:
    """The core reports an unknown element type as malformed metadata; here it is a type error."""
    try:
        yield
    except ValueError as error:
        if found := _UNKNOWN_DTYPE.search(str(error)):
            raise UnsupportedDtypeError(found["ours"] or found["other"] or "") from error
        raise


def _fingerprint(metadata: Any, descriptors: Sequence[Any]) -> str:
    """Tells messages apart: by the identifier that their encoder gave them, layout and storage."""
    identifier = (getattr(metadata, "reserved", None) or {}).get("uuid")
    objects = [
        (d.shape, d.dtype, d.byte_order, d.encoding, d.filter, d.compression, len(d.params))
        for d in descriptors
    ]
    return hashlib.blake2b(repr((identifier, objects)).encode(), digest_size=8).hexdigest()


def read_selection(
    handle: Any, msg_index: int, obj_index: int, selection: tuple[slice | int, ...]
) -> NDArray[Any] | None:
    """The selected elements in the shape of the selection, or None where the handle cannot select.

    Raises `ValueError` where the pipeline has no partial reads.
    """
    select = getattr(handle, "read_selection", None)
    if select is None:
        return None
    return np.asarray(select(msg_index, obj_index, selection))


def read_ranges(
    handle: Any, msg_index: int, obj_index: int, ranges: list[tuple[int, int]]
) -> NDArray[Any]:
    """The elements of `(start, count)` ranges of the flattened object, one after the other."""
    values: NDArray[Any] = handle.file_decode_range(
        msg_index, obj_index=obj_index, ranges=ranges, join=True, native_byte_order=True
    )
    return values


def read_object(
    handle: Any, msg_index: int, obj_index: int, shape: tuple[int, ...], *, verify_hash: bool
) -> NDArray[Any]:
    """All values of one object, in an array of its own."""
    if hasattr(handle, "file_decode_object"):
        decoded = handle.file_decode_object(msg_index, obj_index, verify_hash=verify_hash)
        descriptor, values = decoded["descriptor"], decoded["data"]
    else:
        buffer = handle.read_message(msg_index)
        _, descriptor, values = tensogram.decode_object(buffer, obj_index, verify_hash=verify_hash)
    if descriptor.dtype == BITMASK:
        return unpacked(values, shape)
    array: NDArray[Any] = np.require(values, requirements=["C", "W"]).reshape(shape)
    return array


def unpacked(packed: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The bits of a mask as an array of `shape`; a byte's most significant bit is its first."""
    bits = np.unpackbits(packed.reshape(-1), count=int(np.prod(shape, dtype=np.int64)))
    return bits.view(np.bool_).reshape(shape)


def is_integrity_error(error: BaseException) -> bool:
    return isinstance(error, tensogram.IntegrityError)


@contextlib.contextmanager
def naming_the_object(path: str, msg_index: int, obj_index: int) -> Iterator[None]:
    """Errors from inside keep their type and tell file, message and object."""
    try:
        yield
    except Exception as error:
        note = f"while reading {path}, message {msg_index}, object {obj_index}"
        if path not in str(error) and note not in getattr(error, "__notes__", []):
            error.add_note(note)
        raise
