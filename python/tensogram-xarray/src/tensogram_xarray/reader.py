"""What is asked of a handle of the `tensogram` module: metadata and payloads.

Nothing here knows of dimensions or names. Functions of `tensogram` are looked up when called.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tensogram
from tensogram_xarray.dtypes import BITMASK, UnsupportedDtypeError
from tensogram_xarray.files import OpenFile, StorageOptions, open_files
from tensogram_xarray.metadata import Descriptor, MessageMetadata
from tensogram_xarray.origin import Origin

_UNKNOWN_DTYPE = re.compile(
    r"unknown dtype:? '(?P<ours>[^']*)'"
    r"|unknown variant `(?P<other>[^`]*)`, expected one of `float16`"
)


Described = tuple[MessageMetadata, list[Descriptor]]


def known_handle(path: str, options: StorageOptions | None, msg_index: int, origin: Origin | None) -> Any:
    """The process's handle on the file, if that is open and known to hold the message still; else None.

    Takes no lock, so that readers of one variable never wait for each other. `OSError` where the file is gone.
    """
    file = open_files.find(path, options)
    return file.handle if file is not None and _holds(file, msg_index, origin) else None


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
    file = open_files.get(path, options)
    if origin is None or _holds(file, msg_index, origin):
        return file.handle
    try:
        found = Origin.of(file.identity, *describe(file.handle, msg_index))
    except (ValueError, RuntimeError) as error:
        raise _changed(path, msg_index) from error
    if found.fingerprint != origin.fingerprint:
        raise _changed(path, msg_index)
    file.known.add((msg_index, origin.fingerprint))
    return file.handle


def _holds(file: OpenFile, msg_index: int, origin: Origin | None) -> bool:
    """Whether the file is the one of `origin`, or was found to hold its message although it changed."""
    return origin is None or file.identity == origin.identity or (msg_index, origin.fingerprint) in file.known


def _changed(path: str, msg_index: int) -> OSError:
    return OSError(
        f"{path} changed since it was opened: message {msg_index} is no longer the one it was. Open it again"
    )


def decode_descriptors(buffer: bytes) -> Described:
    """The metadata of the message that stands in a buffer."""
    try:
        metadata, descriptors = tensogram.decode_descriptors(buffer)
    except ValueError as error:
        _tell_unknown_dtype(error)
        raise
    return MessageMetadata.of(metadata), [Descriptor.of(d) for d in descriptors]


def describe(handle: Any, msg_index: int) -> Described:
    """The metadata of one message of a file; no payload is read."""
    try:
        described = handle.file_decode_descriptors(msg_index)
    except ValueError as error:
        _tell_unknown_dtype(error)
        raise
    return MessageMetadata.of(described["metadata"]), [Descriptor.of(d) for d in described["descriptors"]]


def _tell_unknown_dtype(error: ValueError) -> None:
    """The core reports an unknown element type as malformed metadata; here it is raised as a type error."""
    if found := _UNKNOWN_DTYPE.search(str(error)):
        raise UnsupportedDtypeError(found["ours"] or found["other"] or "") from error


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


def read_ranges(handle: Any, msg_index: int, obj_index: int, ranges: list[tuple[int, int]]) -> NDArray[Any]:
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
    array: NDArray[Any] = values if values.flags.carray else np.require(values, requirements=["C", "W"])
    return array if array.shape == shape else array.reshape(shape)


def unpacked(packed: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The bits of a mask as an array of `shape`; a byte's most significant bit is its first."""
    bits = np.unpackbits(packed.reshape(-1), count=int(np.prod(shape, dtype=np.int64)))
    return bits.view(np.bool_).reshape(shape)


def is_integrity_error(error: BaseException) -> bool:
    return isinstance(error, tensogram.IntegrityError)


def name_the_object(error: Exception, path: str, msg_index: int, obj_index: int) -> None:
    """Adds file, message and object to an error that does not tell them."""
    note = f"while reading {path}, message {msg_index}, object {obj_index}"
    if path not in str(error) and note not in getattr(error, "__notes__", []):
        error.add_note(note)
