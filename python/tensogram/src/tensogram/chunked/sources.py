"""Where elements come from: memory, files, and anything that takes slices."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensogram.chunked import chunking, operands
from tensogram.chunked.blocks import rechunk
from tensogram.chunked.elements import DType, as_dtype, element
from tensogram.chunked.functions import Reader
from tensogram.chunked.handle import Array
from tensogram.chunked.node import FileSource, make

__all__ = ["from_array", "from_tgm"]


def from_array(
    data: Any,
    chunks: Any = "auto",
    *,
    lock: Any = False,
    name: Any = None,
    token: Any = None,
    inline_array: bool = False,
    meta: Any = None,
    asarray: Any = None,
) -> Array:
    """An array over `data`: a numpy array, or anything with `shape`, `dtype` and reads of a tuple of slices.

    Nothing is read before it is needed, and numpy's memory is not copied. Reads run on several threads; `lock` is
    held around each: a lock, or True for one of its own. `name`, `token`, `inline_array`, `meta` and `asarray` are
    dask's and have no effect.
    """
    if type(data) is Array:
        return rechunk(data, chunks)
    if type(data) in (np.ndarray, np.memmap):
        return operands.from_memory(data, chunks)
    if not all(hasattr(data, name) for name in ("shape", "dtype", "__getitem__")):
        return operands.from_memory(operands.as_values(data), chunks)
    shape, dtype = tuple(int(n) for n in data.shape), as_dtype(data.dtype)
    grid = chunking.normalize_chunks(chunks, shape, dtype=dtype, previous_chunks=_stored_chunks(data, shape))
    reader = Reader(data, dtype, threading.Lock() if lock is True else lock or None)
    # Selections with steps are pushed down: xarray's adapters and stored arrays take them.
    return Array(make("external", dtype, reader, element(dtype), shape, grid, True))


def _stored_chunks(data: Any, shape: tuple[int, ...]) -> Any:
    """The chunks that the source is stored in, where it tells."""
    chunks = getattr(data, "chunks", None)
    if isinstance(chunks, (tuple, list)) and len(chunks) == len(shape):
        return tuple(chunks)
    return None


def from_tgm(
    file: Any,
    message: int,
    object: int,
    *,
    shape: Sequence[int],
    dtype: Any,
    chunks: Any = -1,
    verify_hash: bool = False,
    restore_non_finite: bool = True,
) -> Array:
    """An array over a data object of a `.tgm` file, read natively.

    `file` is a path, an open `TensogramFile`, or something with ``open() -> TensogramFile`` that is opened again where
    the array is unpickled. `shape` and `dtype` are the object's, which must hold when it is read.
    """
    kind: DType = as_dtype(dtype)
    extents = tuple(int(n) for n in shape)
    source = make(
        "file",
        kind,
        FileSource(file),
        message,
        object,
        None,
        tuple((n,) for n in extents),
        verify_hash,
        restore_non_finite,
    )
    if source.shape != extents:
        raise ValueError(f"object {object} of message {message} has shape {source.shape}, not {extents}")
    return rechunk(Array(source), chunks)
