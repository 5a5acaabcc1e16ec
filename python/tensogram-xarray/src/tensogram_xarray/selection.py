"""Selections from an N-dimensional array: the elements a key wants, the ranges that hold them."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

IndexArray = NDArray[np.intp]
Indices = range | IndexArray
Range = tuple[int, int]

# Single elements at most this far apart are read as one run: a gap is about a page of memory.
_CLOSE = 512


@dataclass(frozen=True)
class Selection:
    """The elements an orthogonal key wants from an array of `shape`.

    `axes[k]` holds the indices along axis k in the order wanted; a `range` wherever they are evenly
    spaced. Axes in `dropped` were indexed by an integer and are absent from the result.
    """

    shape: tuple[int, ...]
    axes: tuple[Indices, ...]
    dropped: frozenset[int]

    @classmethod
    def of(cls, key: Any, shape: Sequence[int]) -> Selection:
        """Resolves a key of integers, slices of any step, and 1-D integer or boolean arrays.

        Missing axes are taken whole. Raises `IndexError` where the key does not fit the shape.
        """
        keys = key if isinstance(key, tuple) else (key,)
        if len(keys) > len(shape):
            raise IndexError(f"{len(keys)} indices for an array of {len(shape)} dimensions")
        keys += (slice(None),) * (len(shape) - len(keys))
        axes = tuple(axis_indices(k, size, axis) for axis, (k, size) in enumerate(zip(keys, shape, strict=True)))
        dropped = frozenset(axis for axis, k in enumerate(keys) if not isinstance(k, slice) and is_integer(k))
        return cls(tuple(shape), axes, dropped)

    @cached_property
    def full_shape(self) -> tuple[int, ...]:
        """Shape of the selection with length 1 along the dropped axes."""
        return tuple(len(indices) for indices in self.axes)

    @property
    def result_shape(self) -> tuple[int, ...]:
        return tuple(n for axis, n in enumerate(self.full_shape) if axis not in self.dropped)

    @property
    def is_empty(self) -> bool:
        return 0 in self.full_shape

    @cached_property
    def is_whole(self) -> bool:
        """Whether it is the array itself, every element in order."""
        return all(_is_whole(a, n) for a, n in zip(self.axes, self.shape, strict=True))

    @property
    def as_slices(self) -> tuple[slice | int, ...] | None:
        """The key as one slice or integer per axis, or None where indices are unevenly spaced."""
        key: list[slice | int] = []
        for axis, indices in enumerate(self.axes):
            if not isinstance(indices, range):
                return None
            key.append(indices.start if axis in self.dropped else as_slice(indices))
        return tuple(key)

    @cached_property
    def cover(self) -> tuple[Indices, ...]:
        """Per axis the ascending indices to read: those wanted, or the run around close ones."""
        split = self._innermost_selected_axis
        adjacent = math.prod(self.shape[split + 1 :]) == 1
        return tuple(_covering(indices, as_run=axis == split and adjacent) for axis, indices in enumerate(self.axes))

    @property
    def covered(self) -> int:
        """How many elements reading the cover takes."""
        return math.prod(len(indices) for indices in self.cover)

    def ranges(self) -> list[Range]:
        """The cover as ascending `(start, count)` ranges of the flattened array, none adjacent."""
        if 0 in (len(indices) for indices in self.cover):
            return []
        split = self._innermost_selected_axis
        inner = math.prod(self.shape[split + 1 :])
        if split < 0:
            return [(0, inner)]
        offsets = np.zeros(1, np.intp)
        for axis, indices in enumerate(self.cover[:split]):
            offsets = (offsets[:, None] * self.shape[axis] + np.asarray(indices, np.intp)).ravel()
        first, count = _runs(self.cover[split])
        starts = ((offsets[:, None] * self.shape[split] + first) * inner).ravel()
        counts = np.tile(count * inner, offsets.size)
        return _joined(starts, counts)

    def cut(self, covered: NDArray[Any]) -> NDArray[Any]:
        """The result, from the values of the cover. A new array unless nothing is cut off."""
        return self._take(covered, self.cover)

    def cut_whole(self, values: NDArray[Any]) -> NDArray[Any]:
        """The result, from all values of the array. A new array unless all of it is wanted."""
        return self._take(values, tuple(range(size) for size in self.shape))

    def _take(self, values: NDArray[Any], held: tuple[Indices, ...]) -> NDArray[Any]:
        result = values
        for axis, (wanted, there) in enumerate(zip(self.axes, held, strict=True)):
            position = _positions(wanted, there)
            if isinstance(position, slice):
                result = result[(slice(None),) * axis + (position,)]
            else:
                result = result.take(position, axis)
        own = result.flags.c_contiguous and result.flags.writeable
        if result.size != values.size or not own:
            result = result.copy()
        return result.reshape(self.result_shape)

    @property
    def _innermost_selected_axis(self) -> int:
        """The innermost axis of which not every index is wanted; -1 if there is none."""
        for axis in reversed(range(len(self.shape))):
            indices, size = self.axes[axis], self.shape[axis]
            if len(indices) != size or not _is_whole(_ascending(indices), size):
                return axis
        return -1


def is_integer(key: Any) -> bool:
    """Whether a key of one axis is a single index (0-d integer arrays and numpy integers are)."""
    if isinstance(key, bool | np.bool_):
        return False
    if isinstance(key, np.ndarray):
        return key.ndim == 0 and np.issubdtype(key.dtype, np.integer)
    return hasattr(key, "__index__")


def axis_indices(key: Any, size: int, axis: int = 0) -> Indices:
    """The indices along one axis of `size` that a slice, integer or 1-D array asks for."""
    if isinstance(key, slice):
        return range(*key.indices(size))
    if is_integer(key):
        index = operator.index(key)
        if not -size <= index < size:
            raise IndexError(f"index {index} is out of bounds for axis {axis} with size {size}")
        index %= size
        return range(index, index + 1)
    return _array_indices(np.asarray(key), size, axis)


def _array_indices(array: NDArray[Any], size: int, axis: int) -> Indices:
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iub"):
        raise IndexError(
            f"axis {axis} takes an integer, a slice or a 1-D array of integers or booleans, "
            f"not {array.dtype} of shape {array.shape}"
        )
    if array.dtype.kind == "b":
        if array.size != size:
            raise IndexError(f"mask of {array.size} for axis {axis} with size {size}")
        return _evenly_spaced(np.flatnonzero(array))
    indices = array.astype(np.intp)
    outside = (indices < -size) | (indices >= size)
    if outside.any():
        worst = int(indices[outside][0])
        raise IndexError(f"index {worst} is out of bounds for axis {axis} with size {size}")
    return _evenly_spaced(np.where(indices < 0, indices + size, indices))


def _evenly_spaced(indices: IndexArray) -> Indices:
    """The same indices as a range if they are one."""
    if indices.size == 0:
        return range(0)
    first = int(indices[0])
    step = int(indices[1]) - first if indices.size > 1 else 1
    if step == 0 or (np.diff(indices) != step).any():
        return indices
    return range(first, first + step * indices.size, step)


def _is_whole(indices: Indices, size: int) -> bool:
    return isinstance(indices, range) and indices == range(size)


def as_slice(indices: range) -> slice:
    """The slice of exactly these indices: a descending one down to index 0 has no stop."""
    return slice(indices.start, indices.stop if indices.stop >= 0 else None, indices.step)


def _ascending(indices: Indices) -> Indices:
    """Each index once, in ascending order."""
    if not isinstance(indices, range):
        return _evenly_spaced(np.unique(indices))
    return indices if indices.step > 0 else indices[::-1]


def _covering(indices: Indices, *, as_run: bool) -> Indices:
    ascending = _ascending(indices)
    if as_run and isinstance(ascending, range) and ascending and ascending.step <= _CLOSE:
        return range(ascending[0], ascending[-1] + 1)
    return ascending


def _positions(wanted: Indices, held: Indices) -> slice | IndexArray:
    """Where the wanted indices stand among those held, which are ascending."""
    if isinstance(wanted, range) and isinstance(held, range):
        if not wanted:
            return slice(0, 0)
        # Steps divide: what is held is the run around the wanted ones, or every one of them.
        first = (wanted.start - held.start) // held.step
        step = wanted.step // held.step
        return as_slice(range(first, first + step * len(wanted), step))
    return np.searchsorted(np.asarray(held, np.intp), np.asarray(wanted, np.intp))


def _runs(indices: Indices) -> tuple[IndexArray, IndexArray]:
    """Ascending indices as runs of neighbours: their first indices and lengths."""
    array = np.asarray(indices, np.intp)
    first = np.flatnonzero(np.diff(array, prepend=array[0] - 2) != 1)
    return array[first], np.diff(first, append=array.size)


def _joined(starts: IndexArray, counts: IndexArray) -> list[Range]:
    apart = np.flatnonzero(starts[1:] != (starts + counts)[:-1]) + 1
    first = np.concatenate([[0], apart])
    return list(zip(starts[first].tolist(), np.add.reduceat(counts, first).tolist(), strict=True))
