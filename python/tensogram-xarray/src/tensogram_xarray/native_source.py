"""Finds the data objects of `.tgm` files behind xarray's adapters, so that the engine reads them without Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from xarray.core import indexing

from tensogram_xarray import reader
from tensogram_xarray.array import StackedBackendArray, TensogramBackendArray
from tensogram_xarray.origin import Origin

# Element types that stand in a file as they stand in memory.
_NATIVE_KINDS = "iufc"


class TgmMessage(NamedTuple):
    """A file that still holds the message which was opened: what a plan keeps of it, and pickles."""

    path: str
    storage_options: Mapping[str, Any] | None
    msg_index: int
    origin: Origin | None

    def open(self) -> Any:
        """A handle on the file. `OSError` where it changed since."""
        return reader.shared_handle(self.path, self.storage_options, self.msg_index, self.origin)


def from_array(data: Any, chunks: Any, **kwargs: Any) -> Any:
    """A native chunked array over `data`; where that reads from a `.tgm` file as it is, without Python."""
    from tensogram import chunked

    native = None if kwargs.get("lock") else _native(*_unwrapped(data))
    if native is None:
        return chunked.from_array(data, chunks, **kwargs)
    return native.rechunk(chunked.normalize_chunks(chunks, shape=native.shape, dtype=native.dtype))


def _unwrapped(data: Any) -> tuple[Any, tuple[Any, ...] | None]:
    """The array behind adapters that only index, and its orthogonal key; None for all of it."""
    key = None
    while True:
        match data:
            case indexing.LazilyIndexedArray() if key is None:
                data, key = data.array, data.key.tuple
            case indexing.ImplicitToExplicitIndexingAdapter() | indexing.MemoryCachedArray():
                data = data.array
            case indexing.CopyOnWriteArray() if not data._copied:
                data = data.array
            case _:
                return data, key


def _native(array: Any, key: tuple[Any, ...] | None) -> Any:
    """What the key selects of the array, as a chunked array; None where it has to be read through Python."""
    if isinstance(array, TensogramBackendArray):
        whole = _object(array)
    elif isinstance(array, StackedBackendArray):
        whole = _stack(array)
    else:
        return None
    return whole if whole is None or key is None else _selected(whole, key)


def _object(array: TensogramBackendArray) -> Any:
    """One data object. Hashes are verified where whole objects are decoded, which is how Python reads."""
    from tensogram import chunked

    in_memory = array._shared_file is not None
    if array._is_remote or in_memory or array.verify_hash or array.dtype.kind not in _NATIVE_KINDS:
        return None
    message = TgmMessage(array.file_path, array.storage_options, array.msg_index, array.origin)
    return chunked.from_tgm(message, array.msg_index, array.obj_index, shape=array.shape, dtype=array.dtype)


def _stack(array: StackedBackendArray) -> Any:
    """Equal arrays on a grid, stacked axis by axis from the last."""
    from tensogram import chunked

    layer = []
    for cell in array._arrays:
        native = _native(cell, None)
        if native is None or native.dtype != array.dtype:
            return None
        layer.append(native)
    for length in reversed(array._outer_shape):
        if length == 0:
            return None
        layer = [chunked.stack(layer[start : start + length]) for start in range(0, len(layer), length)]
    return layer[0]


def _selected(array: Any, key: tuple[Any, ...]) -> Any:
    """An orthogonal key applied one axis at a time; integers, which drop their axis, come last in each place."""
    for axis, part in reversed(list(enumerate(key))):
        if isinstance(part, slice) and part == slice(None):
            continue
        array = array[(slice(None),) * axis + (np.asarray(part) if isinstance(part, np.ndarray) else part, ...)]
    return array
