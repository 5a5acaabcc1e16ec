"""Shapes and the order of axes; nothing here touches an element."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensogram.chunked import blocks, chunking, operands
from tensogram.chunked.dispatch import implements
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays", "broadcast_shapes", "broadcast_to", "expand_dims",
    "flip", "fliplr", "flipud", "moveaxis", "permute_dims", "ravel", "repeat", "reshape", "roll", "rot90", "squeeze",
    "swapaxes", "tile", "transpose",
]  # fmt: skip


def expanded(x: Array, positions: Sequence[int]) -> Array:
    """New axes of size 1 at these positions of the result."""
    return Array(make("expand", x.dtype, x._node, tuple(positions))) if positions else x


@implements("permute_dims", "transpose")
def permute_dims(x: Any, axes: Any = None) -> Array:
    """The axes in another order, by default reversed."""
    array = operands.as_array(x)
    if axes is None:
        axes = range(array.ndim)[::-1]
    order = tuple(blocks.normalize_axis(axis, array.ndim) for axis in axes)
    if sorted(order) != list(range(array.ndim)):
        raise ValueError(f"axes don't match array: {tuple(axes)} of an array of {array.ndim} dimensions")
    if order == tuple(range(array.ndim)):
        return array
    return Array(make("permute", array.dtype, array._node, order))


@implements("transpose")
def transpose(x: Any, axes: Any = None) -> Array:
    """The axes in another order, by default reversed."""
    return permute_dims(x, axes)


@implements()
def moveaxis(x: Any, source: Any, destination: Any) -> Array:
    """Axes moved from some positions to others; the rest keep their order."""
    array = operands.as_array(x)
    sources = [blocks.normalize_axis(a, array.ndim) for a in _several(source)]
    targets = [blocks.normalize_axis(a, array.ndim) for a in _several(destination)]
    if len(sources) != len(targets):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    if len(set(sources)) != len(sources) or len(set(targets)) != len(targets):
        raise ValueError(f"repeated axis in moveaxis from {source!r} to {destination!r}")
    order = [axis for axis in range(array.ndim) if axis not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return permute_dims(array, order)


def _several(axes: Any) -> list[Any]:
    return [axes] if isinstance(axes, (int, np.integer)) else list(axes)


@implements()
def swapaxes(x: Any, axis1: int, axis2: int) -> Array:
    """Two axes interchanged."""
    array = operands.as_array(x)
    first, second = blocks.normalize_axis(axis1, array.ndim), blocks.normalize_axis(axis2, array.ndim)
    order = list(range(array.ndim))
    order[first], order[second] = second, first
    return permute_dims(array, order)


@implements()
def expand_dims(x: Any, axis: Any = 0) -> Array:
    """New axes of size 1 at positions of the result."""
    array = operands.as_array(x)
    positions = blocks.normalize_axes(tuple(_several(axis)), array.ndim + len(_several(axis)))
    return expanded(array, positions)


@implements()
def squeeze(x: Any, axis: Any = None) -> Array:
    """Without axes of size 1: those named, or all."""
    array = operands.as_array(x)
    if axis is None:
        axes = tuple(a for a, n in enumerate(array.shape) if n == 1)
    else:
        axes = blocks.normalize_axes(axis, array.ndim)
    wide = [a for a in axes if array.shape[a] != 1]
    if wide:
        raise ValueError(f"cannot squeeze axis {wide[0]} of size {array.shape[wide[0]]}")
    return Array(make("squeeze", array.dtype, array._node, axes)) if axes else array


@implements()
def reshape(x: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Array:
    """The elements in the same order in another shape; one size may be -1."""
    if order not in ("C", "A"):
        raise ValueError(f"reshape in order {order!r} is not supported: transpose before and after")
    array = operands.as_array(x)
    sizes = tuple(int(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,)))
    known = math.prod(n for n in sizes if n != -1)
    unknown = sizes.count(-1)
    if unknown > 1 or any(n < -1 for n in sizes):
        raise ValueError(f"can only specify one unknown dimension, not {sizes}")
    if unknown and known and array.size % known == 0:
        sizes = tuple(array.size // known if n == -1 else n for n in sizes)
    if math.prod(sizes) != array.size or -1 in sizes:
        raise ValueError(f"cannot reshape array of size {array.size} into shape {sizes}")
    return array if sizes == array.shape else Array(make("reshape", array.dtype, array._node, sizes))


@implements()
def ravel(x: Any, order: str = "C") -> Array:
    """The elements along one axis."""
    return reshape(x, (-1,), order)


@implements()
def broadcast_to(x: Any, /, shape: Any, subok: bool = False, *, chunks: Any = None) -> Array:
    """Repeated along new and size-1 axes, without taking memory."""
    array = operands.as_array(x)
    sizes = tuple(int(n) for n in (shape if isinstance(shape, (tuple, list)) else (shape,)))
    if sizes == array.shape and chunks is None:
        return array
    fits = len(sizes) >= array.ndim and all(
        m in (1, n) for m, n in zip(reversed(array.shape), reversed(sizes), strict=False)
    )
    if not fits:
        raise ValueError(f"an array of shape {array.shape} does not broadcast to {sizes}")
    if chunks is None:
        added = len(sizes) - array.ndim
        chunks = tuple(
            -1 if a < added or array.shape[a - added] != n else array.chunks[a - added] for a, n in enumerate(sizes)
        )
    grid = chunking.normalize_chunks(chunks, sizes, dtype=array.dtype)
    return Array(make("broadcast", array.dtype, array._node, sizes, grid))


@implements()
def broadcast_arrays(*arrays: Any, subok: bool = False) -> Any:
    """All in their common shape."""
    made = [operands.as_array(x) for x in arrays]
    shape = np.broadcast_shapes(*(x.shape for x in made))
    return tuple(broadcast_to(x, shape) for x in made)


@implements(creates=True)
def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The common shape of arrays of these shapes."""
    return np.broadcast_shapes(*shapes)


@implements()
def flip(x: Any, axis: Any = None) -> Array:
    """Elements in reverse along some axes, or all."""
    from tensogram.chunked.indexing import sliced

    array = operands.as_array(x)
    axes = blocks.normalize_axes(axis, array.ndim)
    return sliced(array, [(n - 1, -1, n) if a in axes and n else (0, 1, n) for a, n in enumerate(array.shape)])


@implements()
def flipud(x: Any) -> Array:
    """Elements in reverse along the first axis."""
    return flip(x, 0)


@implements()
def fliplr(x: Any) -> Array:
    """Elements in reverse along the second axis."""
    return flip(x, 1)


@implements()
def roll(x: Any, shift: Any, axis: Any = None) -> Array:
    """Elements shifted, those pushed out at one end coming in at the other."""
    from tensogram.chunked.indexing import sliced
    from tensogram.chunked.joining import concat

    array = operands.as_array(x)
    if axis is None:
        return reshape(roll(reshape(array, (-1,)), shift, 0), array.shape)
    shifts, axes = np.broadcast_arrays(shift, axis)
    for amount, given in zip(shifts.flat, axes.flat, strict=True):
        along = blocks.normalize_axis(int(given), array.ndim)
        extent = array.shape[along]
        cut = -int(amount) % extent if extent else 0
        if cut:
            ranges = [(0, 1, n) for n in array.shape]
            ranges[along] = (cut, 1, extent - cut)
            tail = sliced(array, ranges)
            ranges[along] = (0, 1, cut)
            array = concat((tail, sliced(array, ranges)), axis=along)
    return array


@implements()
def rot90(x: Any, k: int = 1, axes: Any = (0, 1)) -> Array:
    """Rotated by `k` quarter turns from the first towards the second axis."""
    array = operands.as_array(x)
    first, second = (blocks.normalize_axis(a, array.ndim) for a in axes)
    if first == second:
        raise ValueError(f"Axes={tuple(axes)} are the same")
    turns = k % 4
    if turns == 2:
        return flip(array, (first, second))
    if turns == 1:
        return swapaxes(flip(array, second), first, second)
    return flip(swapaxes(array, first, second), second) if turns else array


@implements()
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Array:
    """Each element several times in a row; an array of ours as `repeats` is computed."""
    from tensogram.chunked.indexing import take_positions

    array = operands.as_array(x)
    if axis is None:
        array, axis = reshape(array, (-1,)), 0
    axis = blocks.normalize_axis(axis, array.ndim)
    counts = repeats.compute() if isinstance(repeats, Array) else repeats
    return take_positions(array, axis, np.repeat(np.arange(array.shape[axis]), counts))


@implements()
def tile(x: Any, repetitions: Any) -> Array:
    """The whole array repeated along its axes."""
    from tensogram.chunked.joining import concat

    array = operands.as_array(x)
    counts = tuple(int(n) for n in _several(repetitions))
    counts = (1,) * (array.ndim - len(counts)) + counts
    array = reshape(array, (1,) * (len(counts) - array.ndim) + array.shape)
    for axis, count in enumerate(counts):
        if count == 0:
            array = array[(slice(None),) * axis + (slice(0, 0),)]
        elif count > 1:
            array = concat((array,) * count, axis=axis)
    return array


@implements()
def atleast_1d(*arrays: Any) -> Any:
    """With one dimension or more."""
    made = tuple(reshape(x, (1,)) if x.ndim == 0 else x for x in map(operands.as_array, arrays))
    return made[0] if len(made) == 1 else made


@implements()
def atleast_2d(*arrays: Any) -> Any:
    """With two dimensions or more, new ones first."""
    made = tuple(reshape(x, (1,) * (2 - x.ndim) + x.shape) for x in map(operands.as_array, arrays))
    return made[0] if len(made) == 1 else made


@implements()
def atleast_3d(*arrays: Any) -> Any:
    """With three dimensions or more, as numpy places the new ones."""
    made = []
    for x in map(operands.as_array, arrays):
        if x.ndim < 2:
            x = reshape(x, (1, -1, 1))
        made.append(reshape(x, (*x.shape, 1)) if x.ndim == 2 else x)
    return made[0] if len(made) == 1 else tuple(made)
