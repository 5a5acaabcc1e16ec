"""An array that lies in blocks, each of them an object of its own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram_xarray.array import _SelectingArray
from tensogram_xarray.selection import IndexArray, Indices, Selection, as_slice

Position = tuple[int, ...]
# A piece of an axis: the block, what to read of it, and where that goes in the result.
_Piece = tuple[int, slice | IndexArray, slice | IndexArray]


class IncompleteError(ValueError):
    """Blocks do not cover the array, each element once."""


class BlockArray(_SelectingArray):
    """Arrays by the position of their first element, which together fill a grid without gaps.

    Reads only the blocks that a selection touches, and of them only what is selected. Raises
    `IncompleteError` unless the blocks lie on a grid that fills `shape`, which they tell if it is None.
    """

    def __init__(self, arrays: Mapping[Position, Any], shape: Sequence[int] | None = None) -> None:
        rank = len(next(iter(arrays)))
        edges = [sorted({start[axis] for start in arrays}) for axis in range(rank)]
        ends = [
            max((start[axis] + array.shape[axis] for start, array in arrays.items()), default=0) for axis in range(rank)
        ]
        self.shape = tuple(ends if shape is None else shape)
        self._starts = [np.array(starts, np.intp) for starts in edges]
        self.chunks = tuple(
            tuple(np.diff([*starts, size]).tolist()) for starts, size in zip(edges, self.shape, strict=True)
        )
        self._grid = self._filled(arrays, edges)
        self.dtype = _common_dtype(arrays)

    def _filled(self, arrays: Mapping[Position, Any], edges: Sequence[Sequence[int]]) -> list[Any]:
        if len(arrays) != math.prod(len(starts) for starts in edges) or any(starts[0] for starts in edges):
            raise IncompleteError(f"{len(arrays)} blocks do not fill an array of shape {self.shape}")
        grid = []
        for start, shape in zip(itertools.product(*edges), itertools.product(*self.chunks), strict=True):
            if start not in arrays or tuple(arrays[start].shape) != shape:
                there = f"has shape {arrays[start].shape}" if start in arrays else "is missing"
                raise IncompleteError(f"the block of shape {shape} at {start} {there}")
            grid.append(arrays[start])
        return grid

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (type(self).__name__, self.chunks, [array.__dask_tokenize__() for array in self._grid])

    def _raw_indexing_method(self, key: tuple[Any, ...]) -> NDArray[Any]:
        selection = Selection.of(key, self.shape)
        if selection.is_empty:
            return np.empty(selection.result_shape, self.dtype)
        axes = [
            list(_pieces(indices, starts, lengths))
            for indices, starts, lengths in zip(selection.axes, self._starts, self.chunks, strict=True)
        ]
        strides = [math.prod(len(lengths) for lengths in self.chunks[axis + 1 :]) for axis in range(len(axes))]
        if all(len(pieces) == 1 for pieces in axes):
            return self._read([pieces[0] for pieces in axes], strides).reshape(selection.result_shape)
        result = np.empty(selection.full_shape, self.dtype)
        for pieces in itertools.product(*axes):
            result[_place([put for _, _, put in pieces], result.shape)] = self._read(pieces, strides)
        return result.reshape(selection.result_shape)

    def _read(self, pieces: Sequence[_Piece], strides: Sequence[int]) -> NDArray[Any]:
        """What is wanted of one block, with all its axes."""
        number = sum(block * stride for (block, _, _), stride in zip(pieces, strides, strict=True))
        values: NDArray[Any] = self._grid[number]._raw_indexing_method(tuple(inside for _, inside, _ in pieces))
        # Text of one block may be narrower; whoever puts results together goes by the first.
        return values.astype(self.dtype, copy=False)


def _common_dtype(arrays: Mapping[Position, Any]) -> np.dtype[Any]:
    dtypes = {array.dtype for array in arrays.values()}
    if len(dtypes) > 1 and {dtype.kind for dtype in dtypes} not in ({"U"}, {"S"}):
        raise IncompleteError(f"blocks are of types {', '.join(sorted(map(str, dtypes)))}")
    return np.result_type(*dtypes) if len(dtypes) > 1 else dtypes.pop()


def _pieces(indices: Indices, starts: IndexArray, lengths: Sequence[int]) -> list[_Piece]:
    """The blocks of an axis that the indices touch, with what to read of each and where it goes."""
    if isinstance(indices, range):
        return _pieces_of_range(indices, starts, lengths)
    blocks = np.searchsorted(starts, indices, "right") - 1
    places = [(int(block), np.flatnonzero(blocks == block)) for block in np.unique(blocks)]
    return [(block, indices[put] - starts[block], put) for block, put in places]


def _pieces_of_range(indices: range, starts: IndexArray, lengths: Sequence[int]) -> list[_Piece]:
    ascending = indices if indices.step > 0 else indices[::-1]
    first, last = np.searchsorted(starts, [ascending[0], ascending[-1]], "right") - 1
    pieces: list[_Piece] = []
    for block in range(int(first), int(last) + 1):
        start = int(starts[block])
        # The steps of the range that fall into the block.
        begin, end = (max(0, -((ascending.start - edge) // ascending.step)) for edge in (start, start + lengths[block]))
        part = ascending[begin:end]
        inside = range(part.start - start, part.stop - start, part.step)
        put = slice(begin, begin + len(inside))
        if indices.step < 0:
            inside, put = inside[::-1], slice(len(indices) - put.stop, len(indices) - put.start)
        if inside:
            pieces.append((block, as_slice(inside), put))
    return pieces


def _place(puts: Sequence[slice | IndexArray], shape: Sequence[int]) -> tuple[Any, ...]:
    """The index of the elements at these places along each axis."""
    if all(isinstance(put, slice) for put in puts):
        return tuple(puts)
    return np.ix_(*(np.arange(size)[put] for put, size in zip(puts, shape, strict=True)))
