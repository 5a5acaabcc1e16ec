"""Item assignment: a new plan in which the elements of a key are replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensogram.chunked import blocks, indexing, manipulation, operands, universal
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = ["assigned"]


def assigned(x: Array, key: Any, value: Any) -> Array:
    """What ``x[key] = value`` makes of the array."""
    if indexing.is_single_boolean(key):
        return assigned(x, ..., value) if bool(key) else x
    mask = _mask(key)
    if mask is not None and _is_uniform(value):
        return _masked(x, mask, value)
    parsed = indexing.parse(key, x.shape)
    values = universal.cast(_as_values(value, x), x.dtype)
    if not parsed.arrays:
        return _assigned(x, parsed, values)
    if len(parsed.arrays) == 1:
        return _put(x, parsed, values)
    if mask is None or mask.ndim != len(parsed.arrays):
        raise NotImplementedError(
            "assignment with several index arrays is ambiguous between pointwise and orthogonal: assign in steps"
        )
    return _put_masked(x, list(parsed.arrays.values()), values)


def _mask(key: Any) -> Any:
    """The mask, if the key is nothing else."""
    entries = key if isinstance(key, tuple) else (key,)
    entries = tuple(entry for entry in entries if entry is not Ellipsis)
    if len(entries) != 1 or (isinstance(key, tuple) and key and key[0] is Ellipsis):
        return None
    (entry,) = entries
    if isinstance(entry, (list, bool)):
        entry = np.asarray(entry)
    is_mask = isinstance(entry, (Array, np.ndarray, np.bool_)) and entry.dtype.kind == "b"
    return entry if is_mask else None


def _is_uniform(value: Any) -> bool:
    return isinstance(value, str) or np.ndim(value) == 0


def _masked(x: Array, mask: Any, value: Any) -> Array:
    """Replaces where a mask over the first axes holds, without looking at it."""
    from tensogram.chunked.searching import choose

    if mask.ndim > x.ndim or any(m != n for m, n in zip(mask.shape, x.shape, strict=False)):
        raise IndexError(f"boolean index of shape {mask.shape} did not match the array's shape {x.shape}")
    wide = manipulation.expanded(operands.as_array(mask), list(range(mask.ndim, x.ndim)))
    return choose(wide, universal.cast(_as_values(value, x), x.dtype), x)


def _as_values(value: Any, x: Array) -> Array:
    """The value as an array; Python scalars take the array's type, and must fit."""
    if isinstance(value, Array):
        return value
    if isinstance(value, (bool, int, float, complex)):
        return operands.filled(value, x.dtype)
    return operands.as_array(operands.as_values(value))


def _assigned(x: Array, parsed: indexing.Parsed, values: Array) -> Array:
    kept = [axis for axis in range(x.ndim) if axis not in parsed.dropped]
    shape = tuple(parsed.ranges[axis][2] for axis in kept)
    values = _fitted(values, parsed, shape)
    whole = manipulation.expanded(values, parsed.dropped)
    return Array(make("assign", x.dtype, x._node, tuple(parsed.ranges), whole._node))


def _fitted(values: Array, parsed: indexing.Parsed, shape: tuple[int, ...]) -> Array:
    """The value broadcast to what the key selects, without the key's new axes."""
    selected = iter(shape)
    wide = tuple(1 if axis is None else next(selected) for axis in parsed.order if axis not in parsed.dropped)
    extra = values.ndim - len(wide)
    if extra > 0 and all(n == 1 for n in values.shape[:extra]):
        values = manipulation.reshape(values, values.shape[extra:])
    try:
        broadcast = manipulation.broadcast_to(values, wide)
    except ValueError:
        raise ValueError(
            f"could not broadcast a value of shape {values.shape} into the selected shape {wide}"
        ) from None
    return manipulation.reshape(broadcast, shape) if wide != shape else broadcast


def _put(x: Array, parsed: indexing.Parsed, values: Array) -> Array:
    """One index array: put into the part that the slices select, then that part into the array."""
    ((axis, positions),) = parsed.arrays.items()
    part = indexing.sliced(x, parsed.ranges)
    target = indexing._read(x, parsed)
    values = manipulation.broadcast_to(_trimmed(values, target.ndim), target.shape)
    values = _points_in_place(values, parsed, axis, positions.ndim)
    # One axis of positions, as the engine puts them.
    flat = (*values.shape[:axis], positions.size, *values.shape[axis + positions.ndim :])
    changed = _replaced(part, axis, positions, manipulation.reshape(values, flat))
    if part is x:
        return changed
    return Array(make("assign", x.dtype, x._node, tuple(parsed.ranges), changed._node))


def _replaced(x: Array, axis: int, positions: Any, values: Array) -> Array:
    if not isinstance(positions, Array):
        return Array(make("put", x.dtype, x._node, axis, positions.reshape(-1), values._node))
    others = [axis_ if axis_ != axis else x.ndim for axis_ in range(x.ndim)]
    places = range(x.ndim + 1, x.ndim + 1 + positions.ndim)
    whole = blocks.whole(x, (axis,))
    inputs = [(whole, range(x.ndim)), (positions, places), (values, others)]
    return blocks.on_blocks(Partial(_put_block, axis), inputs, range(x.ndim), (x.dtype,))[0]


def _put_block(block: Any, positions: Any, values: Any, axis: int) -> Any:
    changed = block.copy()
    changed[(slice(None),) * axis + (positions.reshape(-1),)] = values
    return changed


def _trimmed(values: Array, ndim: int) -> Array:
    extra = values.ndim - ndim
    if extra > 0 and all(n == 1 for n in values.shape[:extra]):
        return manipulation.reshape(values, values.shape[extra:])
    return values


def _points_in_place(values: Array, parsed: indexing.Parsed, axis: int, count: int) -> Array:
    """The value's axes in the array's order, the points' axes where the index array reads."""
    new = [i for i, entry in enumerate(parsed.order) if entry is None]
    if new:
        raise NotImplementedError("assignment with an index array and None: reshape the value instead")
    advanced = [i for i, a in enumerate(parsed.order) if a == axis or a in parsed.dropped]
    adjacent = advanced == list(range(advanced[0], advanced[-1] + 1))
    now = advanced[0] if adjacent else 0
    wanted = axis - sum(d < axis for d in parsed.dropped)
    values = manipulation.moveaxis(values, range(now, now + count), range(wanted, wanted + count))
    places = [d + (count - 1 if d > axis else 0) for d in parsed.dropped]
    return manipulation.expanded(values, places)


def _put_masked(x: Array, positions: list[Any], values: Array) -> Array:
    """Values in the order of a mask's elements."""
    axes = len(positions)
    flat = np.ravel_multi_index(tuple(positions), x.shape[:axes])
    merged = manipulation.reshape(x, (-1, *x.shape[axes:]))
    values = manipulation.broadcast_to(_trimmed(values, 1 + x.ndim - axes), (flat.size, *x.shape[axes:]))
    changed = Array(make("put", x.dtype, merged._node, 0, flat.astype(np.int64), values._node))
    return manipulation.reshape(changed, x.shape)
