"""Functions of whole blocks: the core that everything without a native kernel is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tensogram.chunked import chunking, configuration
from tensogram.chunked.elements import DType, element
from tensogram.chunked.functions import BlockFunction
from tensogram.chunked.handle import Array
from tensogram.chunked.node import call, make

__all__ = ["along", "normalize_axes", "normalize_axis", "on_blocks", "rechunk", "whole"]


def on_blocks(
    function: Callable[..., Any],
    inputs: Sequence[tuple[Array, Sequence[int]]],
    index: Sequence[int],
    dtypes: Sequence[DType],
    chunks: Mapping[int, tuple[int, ...]] | None = None,
    passes_block: bool = False,
) -> tuple[Array, ...]:
    """Arrays whose blocks are a function's results of blocks of the inputs.

    Axes are labelled by ints, in the inputs and in the result's `index`. Axes that the result lacks come whole.
    `chunks` are the block sizes of labels that no input has, or whose sizes the function changes. The function gets
    its block's position as `block_id` if it `passes_block`.
    """
    typed = BlockFunction(function, tuple(x.dtype for x, _ in inputs), tuple(dtypes))
    sources = tuple((x._node, tuple(labels)) for x, labels in inputs)
    elements = tuple(map(element, dtypes))
    nodes = call("blockwise", tuple(dtypes), (typed, sources, tuple(index), dict(chunks or {}), elements, passes_block))
    return tuple(map(Array, nodes))


def along(
    function: Callable[..., Any],
    array: Array,
    axes: tuple[int, ...],
    dtype: DType,
    *,
    keepdims: bool = False,
    sizes: Mapping[int, int] | None = None,
    leading: tuple[int, ...] = (),
    extra: Sequence[Array] = (),
) -> Array:
    """A function of blocks that are whole along `axes`, which it removes.

    It keeps them as 1 with `keepdims`, or makes them `sizes` long; `leading` are sizes of new first axes. The arrays
    in `extra` come whole.
    """
    array = whole(array, axes)
    labels = list(range(array.ndim))
    index: list[int] = []
    chunks: dict[int, tuple[int, ...]] = {}
    kept = dict(sizes or {}) if not keepdims else dict.fromkeys(axes, 1)
    for size in leading:
        index.append(2 * array.ndim + len(index))
        chunks[index[-1]] = (size,)
    for axis in range(array.ndim):
        if axis not in axes:
            index.append(axis)
        elif axis in kept:
            index.append(array.ndim + axis)
            chunks[index[-1]] = (kept[axis],)
    free = 3 * array.ndim + len(leading)
    inputs: list[tuple[Array, Sequence[int]]] = [(array, labels)]
    for other in extra:
        inputs.append((other, range(free, free + other.ndim)))
        free += other.ndim
    return on_blocks(function, inputs, index, (dtype,), chunks)[0]


def whole(array: Array, axes: Sequence[int]) -> Array:
    """The array with one block along `axes`; where that makes blocks too large, smaller ones along the others."""
    if all(len(array.chunks[axis]) == 1 for axis in axes):
        return array
    sizes = [array.shape[axis] if axis in axes else array.chunksize[axis] for axis in range(array.ndim)]
    if math.prod(sizes) * array.itemsize <= configuration.settings.auto_chunk_bytes:
        return rechunk(array, dict.fromkeys(axes, -1))
    specs = tuple(-1 if axis in axes else "auto" for axis in range(array.ndim))
    return rechunk(array, specs)


def rechunk(x: Array, chunks: Any = "auto") -> Array:
    """The same array in other blocks; the array itself if they are its own.

    `chunks` as for `normalize_chunks`; axes missing from a dict, and None, keep their blocks.
    """
    spec = chunking.rechunk_spec(chunks, x.chunks)
    grid = chunking.normalize_chunks(spec, x.shape, dtype=x.dtype, previous_chunks=x.chunks)
    return x if grid == x.chunks else Array(make("rechunk", x.dtype, x._node, grid))


def normalize_axis(axis: Any, ndim: int) -> int:
    """An axis counted from the front; numpy's `AxisError` if there is none."""
    try:
        position = axis.__index__()
    except AttributeError:
        raise TypeError(f"an axis is an integer, not {axis!r}") from None
    if not -ndim <= position < ndim:
        raise np.exceptions.AxisError(position, ndim)
    return int(position % ndim)


def normalize_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """Axes counted from the front, in order; all for None; `ValueError` if one is named twice."""
    if axis is None:
        return tuple(range(ndim))
    given = axis if isinstance(axis, (tuple, list, range)) else (axis,)
    axes = tuple(sorted(normalize_axis(a, ndim) for a in given))
    if len(set(axes)) != len(axes):
        raise ValueError(f"repeated axis in {axis!r}")
    return axes
