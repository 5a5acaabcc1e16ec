"""Differences, gradients, interpolation and counting."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from tensogram.chunked import blocks, manipulation, operands, universal
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import as_dtype
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.indexing import sliced
from tensogram.chunked.joining import concat
from tensogram.chunked.statistical import sum as total

__all__ = ["bincount", "diff", "gradient", "histogram", "interp", "ravel_multi_index", "unravel_index"]


@implements()
def diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Array:
    """Differences of neighbours along an axis, `n` times."""
    array = operands.as_array(x)
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    if n == 0:
        return array
    axis = blocks.normalize_axis(axis, array.ndim)
    parts = [
        _end(value, array, axis) if value is not array else array
        for value in (prepend, array, append)
        if value is not None
    ]
    array = concat(parts, axis) if len(parts) > 1 else array
    ufunc = np.not_equal if array.dtype.kind == "b" else np.subtract
    for _ in range(n):
        array = universal.apply(ufunc, (_range(array, axis, 1, None), _range(array, axis, 0, -1)))
    return array


def _end(value: Any, array: Array, axis: int) -> Array:
    made = operands.as_array(value)
    if made.ndim:
        return made
    return manipulation.broadcast_to(made, tuple(1 if a == axis else n for a, n in enumerate(array.shape)))


def _range(array: Array, axis: int, start: int, stop: int | None) -> Array:
    """The part from `start` to `stop`, as in a slice."""
    ranges = [(0, 1, n) for n in array.shape]
    found = range(*slice(start, stop).indices(array.shape[axis]))
    ranges[axis] = (found.start, 1, len(found))
    return sliced(array, ranges)


@implements()
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Second order differences along axes; at the ends of first order, or second with ``edge_order=2``."""
    array = operands.as_array(f)
    if axis is None:
        axes: tuple[int, ...] = tuple(range(array.ndim))
    else:
        axes = tuple(
            blocks.normalize_axis(a, array.ndim) for a in (axis if isinstance(axis, (tuple, list)) else (axis,))
        )
    spacings: list[Any] = list(varargs) or [1.0]
    if len(spacings) == 1 and (len(axes) > 1 or not varargs):
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments")
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported" if edge_order > 2 else f"edge_order={edge_order}")
    for along in axes:
        if array.shape[along] < edge_order + 1:
            raise ValueError(
                f"the array has {array.shape[along]} elements along axis {along}, too few for a gradient: "
                f"at least {edge_order + 1} (edge_order + 1) are required"
            )
    if array.dtype.kind in "iub":
        array = universal.cast(array, np.dtype(np.float64))
    results = [_gradient(array, along, h, edge_order) for along, h in zip(axes, spacings, strict=True)]
    return results[0] if len(axes) == 1 else tuple(results)


def _gradient(f: Array, axis: int, spacing: Any, edge_order: int) -> Array:
    """Each point takes its neighbours: every block needs one element more at either side."""
    n = f.shape[axis]
    steps = _steps(spacing, n)
    if np.ndim(steps) == 0:
        spacing, steps = steps, None

    def at(values: Any) -> Any:
        return values[tuple(slice(None) if a == axis else None for a in range(f.ndim))]

    def part(start: int, stop: int | None) -> Array:
        return _range(f, axis, start, stop)

    if steps is None:
        inner = (part(2, None) - part(0, -2)) / (2.0 * spacing)
        before = after = spacing
    else:
        h1, h2 = steps[:-1], steps[1:]
        a, b, c = -h2 / (h1 * (h1 + h2)), (h2 - h1) / (h1 * h2), h1 / (h2 * (h1 + h2))
        inner = at(a) * part(0, -2) + at(b) * part(1, -1) + at(c) * part(2, None)
        before, after = steps[0], steps[-1]
    if edge_order == 1:
        first = (part(1, 2) - part(0, 1)) / before
        last = (part(n - 1, None) - part(n - 2, n - 1)) / after
    else:
        first = _edge(part, 0, 1, 2, _weights(steps, before, start=True))
        last = _edge(part, n - 3, n - 2, n - 1, _weights(steps, after, start=False))
    joined = concat([first, inner, last], axis)
    return universal.cast(blocks.rechunk(joined, {axis: f.chunks[axis]}), _gradient_dtype(f, spacing))


def _gradient_dtype(f: Array, spacing: Any) -> Any:
    plain = np.ones(3, f.dtype)
    other = (
        spacing if np.ndim(spacing) == 0 else np.arange(3).astype(spacing.dtype if hasattr(spacing, "dtype") else float)
    )
    return as_dtype(np.gradient(plain, other).dtype)


def _steps(spacing: Any, n: int) -> Any:
    """Distances between neighbours; one number where they are known to be equal, as numpy does it."""
    if np.ndim(spacing) == 0:
        return spacing
    points = spacing if type(spacing) is Array else np.asarray(spacing)
    if points.ndim != 1 or points.shape[0] != n:
        raise ValueError(
            f"when 1d, distances must match the length of the corresponding dimension, {n}, not {points.shape}"
        )
    if points.dtype.kind in "iu":
        points = points.astype(np.float64)
    if type(points) is Array:
        return diff(points)
    steps = np.diff(points)
    return steps[0] if (steps == steps[0]).all() else steps


def _weights(steps: Any, h: Any, *, start: bool) -> tuple[Any, Any, Any]:
    if steps is None:
        return (-1.5 / h, 2.0 / h, -0.5 / h) if start else (0.5 / h, -2.0 / h, 1.5 / h)
    h1, h2 = (steps[0], steps[1]) if start else (steps[-2], steps[-1])
    if start:
        return -(2.0 * h1 + h2) / (h1 * (h1 + h2)), (h1 + h2) / (h1 * h2), -h1 / (h2 * (h1 + h2))
    return h2 / (h1 * (h1 + h2)), -(h2 + h1) / (h1 * h2), (2.0 * h2 + h1) / (h2 * (h1 + h2))


def _edge(part: Any, a: int, b: int, c: int, weights: tuple[Any, Any, Any]) -> Array:
    result: Array = weights[0] * part(a, a + 1) + weights[1] * part(b, b + 1) + weights[2] * part(c, c + 1)
    return result


@implements()
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Array:
    """Linear interpolation between points, which come whole."""
    values, points, results = operands.as_array(x), operands.as_array(xp), operands.as_array(fp)
    labels, line = range(values.ndim), [values.ndim]
    dtype = np.dtype(np.complex128 if results.dtype.kind == "c" else np.float64)
    run = Partial(np.interp, left=left, right=right, period=period)
    inputs = [(values, labels), (points, line), (results, line)]
    return blocks.on_blocks(run, [(x, i) for x, i in inputs], labels, (dtype,))[0]


def _edges(x: Array, bins: Any, range_: Any) -> Array:
    """Bin edges as numpy makes them; from the extremes, lazily, if no range is given."""
    if np.ndim(bins):
        return operands.as_array(bins)
    if isinstance(bins, str):
        raise TypeError(f"bins={bins!r} depends on the values: give a number or the edges")
    if range_ is not None:
        return operands.from_memory(np.histogram_bin_edges(np.empty(0, x.dtype), bins, range_))
    from tensogram.chunked.statistical import max as largest
    from tensogram.chunked.statistical import min as smallest

    label = {0: (int(bins) + 1,)}
    dtype = np.histogram_bin_edges(np.zeros(1, x.dtype), 1).dtype
    limits = [(smallest(x), ()), (largest(x), ())]
    return blocks.on_blocks(Partial(_edges_between, int(bins)), limits, [0], (dtype,), label)[0]


def _edges_between(low: Any, high: Any, bins: int) -> Any:
    return np.histogram_bin_edges(np.array([low, high]), bins)


def _count(block: Any, edges: Any, *weights: Any, is_even: bool) -> Any:
    """Counts of a block, with an axis of length 1 for each of its axes. numpy is many times faster for even bins."""
    bins, limits = (len(edges) - 1, (edges[0], edges[-1])) if is_even else (edges, None)
    counts = np.histogram(block, bins, limits, weights=weights[0] if weights else None)[0]
    return counts.reshape((1,) * np.ndim(block) + counts.shape)


@implements()
def histogram(x: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None) -> Any:
    """Numbers of elements in bins, and the bins' edges."""
    array = operands.as_array(x)
    edges = _edges(array, bins, range)
    axes = tuple(builtins.range(array.ndim))
    inputs: list[Any] = [(array, axes), (edges, [array.ndim])]
    dtype = np.dtype(np.int64)
    if weights is not None:
        factors = manipulation.reshape(operands.as_array(weights), array.shape)
        inputs.append((blocks.rechunk(factors, array.chunks), axes))
        dtype = as_dtype(np.histogram(np.zeros(1), 1, weights=np.ones(1, factors.dtype))[0].dtype)
    # The counts of each block where that block stands.
    bins_axis = array.ndim + 1
    count = Partial(_count, is_even=not np.ndim(bins))
    chunks = {axis: (1,) * len(array.chunks[axis]) for axis in axes} | {bins_axis: (edges.shape[0] - 1,)}
    counts = total(blocks.on_blocks(count, inputs, [*axes, bins_axis], (dtype,), chunks)[0], axes)
    if density:
        counts = universal.cast(counts, np.dtype(np.float64)) / diff(edges) / total(counts)
    return counts, edges


def _bin(block: Any, *weights_and_length: Any) -> Any:
    *weights, length = weights_and_length
    counts = np.bincount(block, weights[0] if weights else None, minlength=length)
    if counts.size > length:
        raise ValueError(f"bincount found {counts.size - 1}, which minlength={length} leaves no room for")
    return counts[None]


@implements()
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Array:
    """How often each number occurs; `minlength` says up to which, as it must be known before computing."""
    array = operands.as_array(x)
    if not minlength:
        raise ValueError("bincount of a tensogram.chunked.Array needs minlength=: the result's size must be known")
    inputs = [(array, [0])]
    if weights is not None:
        inputs.append((blocks.rechunk(operands.as_array(weights), array.chunks), [0]))
    dtype = np.dtype(np.int64 if weights is None else np.float64)
    chunks = {0: (1,) * len(array.chunks[0]), 1: (minlength,)}
    return total(blocks.on_blocks(Partial(_bin, minlength), inputs, [0, 1], (dtype,), chunks)[0], 0)


@implements()
def unravel_index(indices: Any, shape: Any, order: str = "C") -> tuple[Array, ...]:
    """Positions along every axis of a shape from positions in the flat array."""
    array = operands.as_array(indices)
    sizes = shape if isinstance(shape, tuple) else (shape,)
    kind = np.dtype(np.int64)
    return tuple(
        universal.elementwise(Partial(_unravel, sizes, order, axis), (array,), kind) for axis, _ in enumerate(sizes)
    )


def _unravel(block: Any, shape: Any, order: Any, axis: int) -> Any:
    return np.unravel_index(block, shape, order)[axis]


@implements()
def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: Any = "C") -> Array:
    """Positions in the flat array from positions along every axis."""
    arrays = tuple(map(operands.as_array, multi_index))
    return universal.elementwise(Partial(_ravel_multi, tuple(dims), mode, order), arrays, np.dtype(np.int64))


def _ravel_multi(*arguments: Any) -> Any:
    *indices, dims, mode, order = arguments
    return np.ravel_multi_index(tuple(indices), dims, mode, order)
