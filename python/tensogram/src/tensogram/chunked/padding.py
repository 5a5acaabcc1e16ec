"""Padding, in all of numpy's modes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensogram.chunked import blocks, operands
from tensogram.chunked.dispatch import implements
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.indexing import take_positions
from tensogram.chunked.joining import concat

__all__ = ["pad"]

_BY_POSITION = frozenset({"edge", "reflect", "symmetric", "wrap"})
_ALLOWED = {
    "constant": {"constant_values"}, "edge": set(), "empty": set(), "wrap": set(), "linear_ramp": {"end_values"},
    "maximum": {"stat_length"}, "mean": {"stat_length"}, "median": {"stat_length"}, "minimum": {"stat_length"},
    "reflect": {"reflect_type"}, "symmetric": {"reflect_type"},
}  # fmt: skip


@implements()
def pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Array:
    """The array with elements added before and after along every axis, as `numpy.pad` makes them."""
    x = operands.as_array(array)
    widths = _pairs(pad_width, x.ndim, "pad_width")
    if callable(mode):
        return _in_blocks(x, widths, mode, keywords)
    if mode not in _ALLOWED:
        raise ValueError(f"mode {mode!r} is not supported: numpy has {', '.join(_ALLOWED)}")
    unknown = keywords.keys() - _ALLOWED[mode]
    if unknown:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unknown}")
    for axis, (before, after) in enumerate(widths):
        if before or after:
            grid = x.chunks[axis]
            x = _widened(_along(x, axis, before, after, mode, keywords), axis, grid, before, after)
    return x


def _pairs(given: Any, ndim: int, name: str) -> list[tuple[int, int]]:
    if isinstance(given, dict):
        widths = [(0, 0)] * ndim
        for axis, width in given.items():
            widths[blocks.normalize_axis(axis, ndim)] = tuple(int(n) for n in np.broadcast_to(width, (2,)))  # type: ignore[assignment]
    else:
        values = np.asarray(given)
        if values.dtype.kind not in "iu":
            raise TypeError(f"`{name}` must be of integral type, not {given!r}")
        widths = [(int(b), int(a)) for b, a in np.broadcast_to(values, (ndim, 2))]
    if any(n < 0 for pair in widths for n in pair):
        raise ValueError(f"{name} {given!r}: index can't contain negative values")
    return widths


def _along(x: Array, axis: int, before: int, after: int, mode: str, keywords: dict[str, Any]) -> Array:
    if mode in ("constant", "empty"):
        values = np.broadcast_to(np.asarray(keywords.get("constant_values", 0)), (x.ndim, 2))[axis]
        parts = [_constant(x, axis, before, values[0]), x, _constant(x, axis, after, values[1])]
        return concat(parts, axis)
    if mode in _BY_POSITION and keywords.get("reflect_type", "even") == "even":
        if not x.shape[axis]:
            raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'")
        return take_positions(x, axis, np.pad(np.arange(x.shape[axis]), (before, after), mode=mode))  # type: ignore[call-overload]
    given = {
        name: value if name == "reflect_type" else np.broadcast_to(np.asarray(value), (x.ndim, 2))[axis].tolist()
        for name, value in keywords.items()
        if value is not None
    }
    widths = [(before, after) if a == axis else (0, 0) for a in range(x.ndim)]
    return _in_blocks(x, widths, mode, given, (axis,))


def _constant(x: Array, axis: int, count: int, value: Any) -> Array:
    shape = tuple(count if a == axis else n for a, n in enumerate(x.shape))
    grid = tuple((count,) if a == axis else sizes for a, sizes in enumerate(x.chunks))
    if x.dtype.kind in "iub" and np.asarray(value).dtype.kind == "f":
        value = np.asarray(value).astype(x.dtype)
    return operands.filled(value, x.dtype, shape, grid)


def _in_blocks(
    x: Array, widths: list[tuple[int, int]], mode: Any, keywords: dict[str, Any], axes: tuple[int, ...] | None = None
) -> Array:
    along = tuple(range(x.ndim)) if axes is None else axes
    sizes = {axis: x.shape[axis] + sum(widths[axis]) for axis in along}
    if axes is not None and mode in ("maximum", "minimum", "mean", "median", "linear_ramp", "reflect", "symmetric"):
        keywords = {name: _per_axis(name, value, x.ndim, axes[0]) for name, value in keywords.items()}
    return blocks.along(Partial(np.pad, widths, mode, **keywords), x, along, x.dtype, sizes=sizes)


def _per_axis(name: str, value: Any, ndim: int, axis: int) -> Any:
    if name == "reflect_type":
        return value
    # Axes that are not padded need some legal value.
    return [tuple(value) if a == axis else (1, 1) for a in range(ndim)]


def _widened(x: Array, axis: int, grid: tuple[int, ...], before: int, after: int) -> Array:
    """Outer blocks take the new elements while they stay below twice the largest."""
    sizes, limit = list(grid), 2 * max(grid, default=0)
    sizes[:1] = [sizes[0] + before] if sizes[0] + before <= limit else [before, sizes[0]]
    sizes[-1:] = [sizes[-1] + after] if sizes[-1] + after <= limit else [sizes[-1], after]
    kept = tuple(n for n in sizes if n) or (0,)
    return blocks.rechunk(x, {axis: kept})
