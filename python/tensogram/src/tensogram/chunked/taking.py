"""Elements by their positions along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensogram.chunked import blocks, indexing, operands
from tensogram.chunked.dispatch import implements
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.manipulation import reshape

__all__ = ["take", "take_along_axis"]


@implements()
def take(x: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Array:
    """Elements at positions along `axis`, or of the flat array; the positions' axes stand in its place."""
    array = operands.as_array(x)
    if axis is None:
        array, axis = reshape(array, (-1,)), 0
    axis = blocks.normalize_axis(axis, array.ndim)
    positions = indices if isinstance(indices, Array) else np.asarray(indices)
    if positions.size == 0 and not isinstance(positions, Array):
        positions = positions.astype(np.int64)
    if positions.dtype.kind not in "iu":
        raise TypeError(f"take needs integer positions, not {positions.dtype}")
    extent = array.shape[axis]
    if mode == "wrap":
        positions = positions % extent
    elif mode == "clip":
        positions = np.clip(positions, 0, extent - 1)
    if positions.ndim == 0 and not isinstance(positions, Array):
        return indexing.read(array, (slice(None),) * axis + (int(positions),))
    return indexing.take_positions(array, axis, indexing.positions_along(positions, extent, axis))


@implements()
def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Array:
    """Elements at positions that are given for every line along `axis`."""
    array, positions = operands.as_array(x), operands.as_array(indices)
    if positions.dtype.kind not in "iu":
        raise IndexError(f"`indices` must be an integer array, not {positions.dtype}")
    if axis is None:
        array, axis = reshape(array, (-1,)), 0
    if positions.ndim != array.ndim:
        raise ValueError(
            f"`indices` and the array must have the same number of dimensions, not {positions.ndim}, {array.ndim}"
        )
    axis = blocks.normalize_axis(axis, array.ndim)
    labels = [array.ndim if a == axis else a for a in range(array.ndim)]
    others = [positions.ndim + 1 if a == axis else a for a in range(array.ndim)]
    run = Partial(_take_lines, axis)
    result = [(array, labels), (blocks.whole(positions, (axis,)), others)]
    return blocks.on_blocks(run, result, others, (array.dtype,))[0]


def _take_lines(block: Any, indices: Any, axis: int) -> Any:
    return np.take_along_axis(block, indices, axis)
