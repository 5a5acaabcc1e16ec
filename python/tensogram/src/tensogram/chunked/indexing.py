"""Reading by index, as numpy reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram.chunked import manipulation, operands, universal
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = [
    "Parsed",
    "is_single_boolean",
    "parse",
    "positions_along",
    "read",
    "read_pointwise",
    "sliced",
    "take_positions",
]

Range = tuple[int, int, int]
Positions = Any  # an integer array: numpy's, checked and not negative, or ours


@dataclass
class Parsed:
    """A key taken apart: per axis of the array a range, an int, or positions; and where new axes go."""

    ranges: list[Range]
    # Axes that an int removes.
    dropped: list[int]
    # Index arrays by the axis that they read.
    arrays: dict[int, Positions]
    # Per entry of the key in order: an axis, or None for a new axis.
    order: list[int | None]


def parse(key: Any, shape: tuple[int, ...]) -> Parsed:
    """Takes a key apart and checks it against the array's shape."""
    entries = _expanded(key if isinstance(key, tuple) else (key,), shape)
    parsed = Parsed([(0, 1, n) for n in shape], [], {}, [])
    axis = 0
    for entry in entries:
        if entry is None:
            parsed.order.append(None)
            continue
        extent = shape[axis]
        if isinstance(entry, slice):
            parsed.ranges[axis] = _range(entry, extent)
        elif isinstance(entry, (Array, np.ndarray)):
            parsed.arrays[axis] = positions_along(entry, extent, axis)
        else:
            parsed.ranges[axis] = (_position(entry, extent, axis), 1, 1)
            parsed.dropped.append(axis)
        parsed.order.append(axis)
        axis += 1
    return parsed


def _expanded(key: tuple[Any, ...], shape: tuple[int, ...]) -> list[Any]:
    """One entry per axis and None for new axes: masks as positions, the ellipsis as slices."""
    entries: list[Any] = []
    for entry in key:
        entries.extend(_entries(entry))
    ellipses = sum(entry is Ellipsis for entry in entries)
    if ellipses > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    used = sum(entry is not None and entry is not Ellipsis for entry in entries)
    if used > len(shape):
        raise IndexError(f"too many indices: the array has {len(shape)} dimensions, but {used} were indexed")
    at = next((i for i, entry in enumerate(entries) if entry is Ellipsis), len(entries))
    entries[at : at + 1] = [slice(None)] * (len(shape) - used)
    _check_masks(key, entries, shape)
    return [entry.positions if isinstance(entry, _FromMask) else entry for entry in entries]


@dataclass
class _FromMask:
    """Positions that a boolean mask gives along one of its axes of `extent`."""

    positions: NDArray[np.int64]
    extent: int


def _entries(entry: Any) -> list[Any]:
    if entry is None or entry is Ellipsis or isinstance(entry, slice):
        return [entry]
    if isinstance(entry, (Array, list, np.ndarray, tuple, range)) and not isinstance(entry, Array):
        values = np.asarray(entry)
        entry = values.astype(np.intp) if not values.size and not isinstance(entry, np.ndarray) else values
    if isinstance(entry, (bool, np.bool_)):
        entry = np.asarray(entry)
    if isinstance(entry, (Array, np.ndarray)):
        if entry.dtype.kind == "b":
            if entry.ndim == 0:
                raise IndexError("a single boolean is an index only on its own")
            mask = entry.compute() if isinstance(entry, Array) else entry
            # Several times faster than `nonzero` of several axes.
            places = np.unravel_index(np.flatnonzero(mask), mask.shape)
            return [_FromMask(found, extent) for found, extent in zip(places, mask.shape, strict=True)]
        if entry.dtype.kind not in "iu":
            raise IndexError(f"arrays used as indices must be of integer (or boolean) type, not {entry.dtype}")
        if entry.ndim == 0 and not isinstance(entry, Array):
            return [int(entry)]
        return [entry]
    if hasattr(entry, "__index__"):
        return [entry.__index__()]
    if hasattr(entry, "__array__"):
        return _entries(np.asarray(entry))
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and integer or boolean arrays are valid indices, "
        f"not {entry!r}"
    )


def _check_masks(key: tuple[Any, ...], entries: list[Any], shape: tuple[int, ...]) -> None:
    axis = 0
    for entry in entries:
        if entry is None:
            continue
        if isinstance(entry, _FromMask) and axis < len(shape) and entry.extent != shape[axis]:
            raise IndexError(
                f"boolean index did not match the array along axis {axis}; size of axis is {shape[axis]} but "
                f"size of corresponding boolean axis is {entry.extent}"
            )
        axis += 1


def _range(entry: slice, extent: int) -> Range:
    start, stop, step = entry.indices(extent)
    count = len(range(start, stop, step))
    # Steps of any size are legal where nobody takes one.
    return start, step if count > 1 else 1, count


def _position(entry: int, extent: int, axis: int) -> int:
    if not -extent <= entry < extent:
        raise IndexError(f"index {entry} is out of bounds for axis {axis} with size {extent}")
    return int(entry % extent)


def positions_along(entry: Any, extent: int, axis: int) -> Positions:
    """Index arrays counted from the front: numpy's are checked here, ours when they are computed."""
    if isinstance(entry, Array):
        return universal.cast(entry, np.dtype(np.int64))
    values = entry.astype(np.int64, copy=False)
    if values.size:
        low, high = int(values.min()), int(values.max())
        if low < -extent or high >= extent:
            raise IndexError(
                f"index {low if low < -extent else high} is out of bounds for axis {axis} with size {extent}"
            )
        if low < 0:
            values = np.where(values < 0, values + extent, values)
    return np.ascontiguousarray(values)


def sliced(x: Array, ranges: Sequence[Range]) -> Array:
    """The array restricted to `(start, step, count)` per axis."""
    if all(r == (0, 1, n) for r, n in zip(ranges, x.shape, strict=True)):
        return x
    return Array(make("slice", x.dtype, x._node, tuple(ranges)))


def take_positions(x: Array, axis: int, positions: Positions) -> Array:
    """The axis replaced by those of an index array."""
    indices = positions._node if isinstance(positions, Array) else positions
    return Array(make("take", x.dtype, x._node, axis, indices))


def read(x: Array, key: Any) -> Array:
    """``x[key]``."""
    if isinstance(key, str) or (isinstance(key, list) and key and isinstance(key[0], str)):
        raise IndexError(
            f"only integers, slices (`:`), ellipsis (`...`), None and arrays are valid indices, not {key!r}"
        )
    if is_single_boolean(key):
        return take_positions(manipulation.expanded(x, [0]), 0, np.arange(int(bool(key))))
    return _read(x, parse(key, x.shape))


def is_single_boolean(key: Any) -> bool:
    """Whether a key is a mask of no dimensions, which means all or nothing."""
    return isinstance(key, (bool, np.bool_)) or (
        isinstance(key, (Array, np.ndarray)) and key.ndim == 0 and key.dtype.kind == "b"
    )


def _read(x: Array, parsed: Parsed) -> Array:
    result = sliced(x, parsed.ranges)
    if parsed.dropped:
        result = Array(make("squeeze", x.dtype, result._node, tuple(parsed.dropped)))
    if not parsed.arrays:
        return manipulation.expanded(result, [i for i, axis in enumerate(_kept(parsed)) if axis is None])
    axes = {axis: axis - sum(d < axis for d in parsed.dropped) for axis in parsed.arrays}
    arrays = {axes[axis]: positions for axis, positions in parsed.arrays.items()}
    taken, count = _gathered(result, arrays)
    return _placed(taken, count, parsed)


def _kept(parsed: Parsed) -> list[int | None]:
    return [axis for axis in parsed.order if axis not in parsed.dropped]


def _gathered(x: Array, arrays: dict[int, Positions]) -> tuple[Array, int]:
    """The points' axes first, then the other axes; and the number of the points' axes."""
    if len(arrays) == 1:
        ((axis, positions),) = arrays.items()
        taken = take_positions(x, axis, positions)
        return manipulation.moveaxis(taken, range(axis, axis + positions.ndim), range(positions.ndim)), positions.ndim
    if any(isinstance(positions, Array) for positions in arrays.values()):
        return _gathered_lazily(x, arrays)
    broadcast = np.broadcast_arrays(*arrays.values())
    indices = tuple(map(np.ascontiguousarray, broadcast))
    return Array(make("point", x.dtype, x._node, tuple(arrays), indices)), broadcast[0].ndim


def _gathered_lazily(x: Array, arrays: dict[int, Positions]) -> tuple[Array, int]:
    """Points at computed positions: one index into the axes merged to one."""
    axes = tuple(arrays)
    others = [axis for axis in range(x.ndim) if axis not in axes]
    extents = [x.shape[axis] for axis in axes]
    front = manipulation.permute_dims(x, (*axes, *others))
    merged = manipulation.reshape(front, (-1, *(x.shape[axis] for axis in others)))
    linear: Any = 0
    for extent, positions in zip(extents, arrays.values(), strict=True):
        checked = universal.elementwise(Partial(_checked, extent), (operands.as_array(positions),), np.dtype(np.int64))
        linear = linear * extent + checked
    return take_positions(merged, 0, linear), linear.ndim


def _checked(positions: Any, extent: int) -> Any:
    if positions.size and (positions.min() < -extent or positions.max() >= extent):
        raise IndexError(f"an index is out of bounds for an axis with size {extent}")
    return np.where(positions < 0, positions + extent, positions)


def _placed(taken: Array, count: int, parsed: Parsed) -> Array:
    """Moves the points' axes where numpy puts them, and adds the new axes."""
    advanced = [i for i, axis in enumerate(parsed.order) if axis in parsed.arrays or axis in parsed.dropped]
    adjacent = advanced == list(range(advanced[0], advanced[-1] + 1))
    first = advanced[0] if adjacent else 0
    before = [axis for axis in parsed.order[:first] if axis is not None]
    taken = manipulation.moveaxis(taken, range(count), range(len(before), len(before) + count))
    kinds: list[int | None] = [*parsed.order[:first], *range(count)]
    kinds += [axis for i, axis in enumerate(parsed.order) if i >= first and i not in advanced]
    return manipulation.expanded(taken, [i for i, axis in enumerate(kinds) if axis is None])


def read_pointwise(x: Array, key: Any) -> Array:
    """``x.vindex[key]``: points' axes first, axes read by slices last."""
    parsed = parse(key, x.shape)
    if not parsed.arrays or None in parsed.order:
        if None in parsed.order:
            raise IndexError("vindex takes no None: reshape the result")
        return _read(x, parsed)
    result = sliced(x, parsed.ranges)
    if parsed.dropped:
        result = Array(make("squeeze", x.dtype, result._node, tuple(parsed.dropped)))
    arrays = {a - sum(d < a for d in parsed.dropped): positions for a, positions in parsed.arrays.items()}
    return _gathered(result, arrays)[0]
