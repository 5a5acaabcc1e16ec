"""To and from dask's arrays."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np

from tensogram.chunked.elements import as_dtype, element
from tensogram.chunked.functions import Reader
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = ["from_dask", "to_dask"]


class _DaskBlocks:
    """Regions of a dask array, computed on the thread that asks for them."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __getitem__(self, key: tuple[slice, ...]) -> Any:
        return np.asarray(self.array[key].compute(scheduler="synchronous"))


def from_dask(x: Any) -> Array:
    """A dask array as one of ours, in the same blocks; dask's graph runs when blocks are needed."""
    import dask.array

    if not isinstance(x, dask.array.Array):
        raise TypeError(f"from_dask takes a dask array, not {type(x).__name__}")
    if any(n != n for n in x.shape):
        raise ValueError(f"a dask array of unknown shape {x.shape} has to compute its chunk sizes first")
    dtype = as_dtype(x.dtype)
    shape, chunks = tuple(map(int, x.shape)), tuple(tuple(map(int, sizes)) for sizes in x.chunks)
    reader = Reader(_DaskBlocks(x), dtype)
    return Array(make("external", dtype, reader, element(dtype), shape, chunks, True))


class _Blocks:
    """What dask reads blocks from."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim

    def __getitem__(self, key: Any) -> Any:
        return self.array[key].compute(threads=1)


def to_dask(x: Array) -> Any:
    """The array as a dask array in the same blocks, each computed within a task of dask's."""
    import dask.array

    name = f"tensogram-{uuid.uuid4().hex}"
    return dask.array.from_array(_Blocks(x), chunks=x.chunks, name=name, asarray=True)
