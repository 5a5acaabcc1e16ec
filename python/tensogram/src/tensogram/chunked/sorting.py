"""Sorting, order statistics and sets."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tensogram.chunked import blocks, manipulation, operands
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import DType, as_dtype
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array

__all__ = [
    "argsort", "isin", "median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile", "sort",
    "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values",
]  # fmt: skip


def _sort_block(block: Any, axis: int, descending: bool, kind: Any) -> Any:
    ordered = np.sort(block, axis=axis, kind=kind)
    return np.flip(ordered, axis) if descending else ordered


def _argsort_block(block: Any, axis: int, descending: bool, kind: Any) -> Any:
    if not descending:
        return np.argsort(block, axis=axis, kind=kind)
    # Reversed before and after: equal elements keep their order.
    reversed_order = np.flip(np.argsort(np.flip(block, axis), axis=axis, kind=kind), axis)
    return block.shape[axis] - 1 - reversed_order


def _sort_plain(function: Any) -> Any:
    def plain(
        x: Any,
        axis: int | None = -1,
        kind: Any = None,
        order: Any = None,
        *,
        descending: bool = False,
        stable: Any = True,
    ) -> Any:
        values = np.asarray(x)
        return function(
            values.ravel() if axis is None else values, -1 if axis is None else axis, descending, kind or "stable"
        )

    return plain


def _sorted(function: Any, x: Any, axis: int | None, descending: bool, kind: Any, dtype: DType | None) -> Array:
    array = operands.as_array(x)
    if axis is None:
        array, axis = manipulation.reshape(array, (-1,)), 0
    axis = blocks.normalize_axis(axis, array.ndim)
    run = Partial(function, axis, descending, kind or "stable")
    return blocks.along(run, array, (axis,), dtype or array.dtype, sizes={axis: array.shape[axis]})


@implements(plain=_sort_plain(_sort_block))
def sort(
    x: Any, axis: int | None = -1, kind: Any = None, order: None = None, *, descending: bool = False, stable: Any = True
) -> Array:
    """Elements in order along an axis, whose blocks are merged to one."""
    return _sorted(_sort_block, x, axis, descending, kind, None)


@implements(plain=_sort_plain(_argsort_block))
def argsort(
    x: Any, axis: int | None = -1, kind: Any = None, order: None = None, *, descending: bool = False, stable: Any = True
) -> Array:
    """Positions that put the elements in order along an axis, whose blocks are merged to one."""
    return _sorted(_argsort_block, x, axis, descending, kind, np.dtype(np.int64))


def _middle(function: Any, x: Any, axis: Any, keepdims: bool) -> Array:
    array = operands.as_array(x)
    axes = blocks.normalize_axes(axis, array.ndim)
    dtype = as_dtype(np.asarray(np.median(np.zeros(1, array.dtype))).dtype)
    return blocks.along(Partial(function, axis=axes, keepdims=keepdims), array, axes, dtype, keepdims=keepdims)


@implements()
def median(x: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """Medians; NaN if there is one."""
    return _middle(np.median, x, axis, keepdims)


def _nanmedian_block(block: Any, axis: Any, keepdims: bool) -> Any:
    """Medians without numpy's warning about lines of nothing but NaN: warnings are all threads' own."""
    empty = np.isnan(block).all(axis=axis, keepdims=True) if block.dtype.kind in "fc" else np.False_
    if not empty.any():
        return np.nanmedian(block, axis=axis, keepdims=keepdims)
    result = np.nanmedian(np.where(empty, 0, block), axis=axis, keepdims=keepdims)
    return np.where(empty if keepdims else empty.squeeze(axis), np.nan, result)


@implements()
def nanmedian(x: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """Medians, skipping NaN."""
    return _middle(_nanmedian_block, x, axis, keepdims)


# Functions that skip NaN, and what they do with lines that have none.
_WITHOUT_NAN = {np.nanquantile: np.quantile, np.nanpercentile: np.percentile}


def _quantile_block(block: Any, q: Any, function: Any, axis: Any, method: Any, keepdims: bool) -> Any:
    if function in _WITHOUT_NAN and block.dtype.kind == "f":
        return _quantiles_of_numbers(_WITHOUT_NAN[function], block, q, axis, method, keepdims)
    return function(block, q, axis=axis, method=method, keepdims=keepdims)


def _quantiles_of_numbers(function: Any, block: Any, q: Any, axes: Any, method: Any, keepdims: bool) -> Any:
    """Quantiles of what is not NaN: numpy's values, but of all lines together."""
    missing = np.isnan(block)
    if not missing.any():
        return function(block, q, axis=axes, method=method, keepdims=keepdims)
    kept = [axis for axis in range(block.ndim) if axis not in axes]
    lines = block.transpose([*kept, *axes]).reshape(*(block.shape[axis] for axis in kept), -1)
    # This brings NaN to the end.
    ordered = np.sort(lines, axis=-1)
    counts = lines.shape[-1] - np.count_nonzero(missing, axis=axes)
    dtype = function(np.zeros(1, block.dtype), q, method=method).dtype
    if method == "linear":
        result = _interpolated(ordered, counts, q if function is np.quantile else np.true_divide(q, 100), dtype)
    else:
        result = np.full(np.shape(q) + counts.shape, np.nan, dtype)
        for count in np.unique(counts[counts > 0]):
            chosen = counts == count
            result[..., chosen] = function(ordered[chosen][:, :count], q, axis=-1, method=method)
    return np.expand_dims(result, [np.ndim(q) + axis for axis in axes]) if keepdims else result


def _interpolated(ordered: Any, counts: Any, q: Any, dtype: Any) -> Any:
    """Quantiles of the first `counts` of ordered lines, between neighbours by their distance; NaN for lines of none."""
    levels = np.asarray(q)
    # The weight of a Python number's quantile has the array's type, of others its own.
    weight = dtype if isinstance(q, (float, int)) else levels.dtype
    result = np.empty(levels.shape + counts.shape, dtype)
    last = np.maximum(counts - 1, 0)
    for place, level in np.ndenumerate(levels):
        position = last.astype(levels.dtype) * level
        before = np.minimum(position.astype(np.intp), last)
        after = np.minimum(before + 1, last)
        low, high = (np.take_along_axis(ordered, at[..., None], -1)[..., 0] for at in (before, after))
        part = position - before.astype(levels.dtype)
        with np.errstate(invalid="ignore"):  # lines of NaN
            difference = high - low
            # The nearer neighbour is the one that is started from, so that the far one is hit exactly.
            from_high = high - difference * (1 - part).astype(weight)
            result[place] = np.where(part >= 0.5, from_high, low + difference * part.astype(weight))
    return result


def _quantile(function: Any, x: Any, q: Any, axis: Any, method: Any, keepdims: bool) -> Array:
    array, levels = operands.as_array(x), operands.as_array(q)
    if type(q) is not Array:
        function(np.zeros(1), q)  # checks the levels
    axes = blocks.normalize_axes(axis, array.ndim)
    sample = np.zeros(2, array.dtype)
    # A Python number takes the array's type, so it goes to the blocks as it is.
    weak: list[Any] = [q] if isinstance(q, (float, int)) else []
    dtype = as_dtype(np.asarray(function(sample, *(weak or [np.zeros(1, levels.dtype)]), method=method)).dtype)
    run = Partial(_quantile_block, *weak, function, axes, method, keepdims)
    extra = [] if weak else [levels]
    return blocks.along(run, array, axes, dtype, keepdims=keepdims, leading=levels.shape, extra=extra)


@implements()
def quantile(
    x: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False, overwrite_input: bool = False
) -> Array:
    """Quantiles of levels from 0 to 1, which make the first axes."""
    return _quantile(np.quantile, x, q, axis, method, keepdims)


@implements()
def nanquantile(
    x: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False, overwrite_input: bool = False
) -> Array:
    """Quantiles of levels from 0 to 1, which make the first axes, skipping NaN."""
    return _quantile(np.nanquantile, x, q, axis, method, keepdims)


@implements()
def percentile(
    x: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False, overwrite_input: bool = False
) -> Array:
    """Quantiles of levels from 0 to 100, which make the first axes."""
    return _quantile(np.percentile, x, q, axis, method, keepdims)


@implements()
def nanpercentile(
    x: Any, q: Any, axis: Any = None, *, method: Any = "linear", keepdims: bool = False, overwrite_input: bool = False
) -> Array:
    """Quantiles of levels from 0 to 100, which make the first axes, skipping NaN."""
    return _quantile(np.nanpercentile, x, q, axis, method, keepdims)


@implements()
def isin(x1: Any, x2: Any, /, *, assume_unique: bool = False, invert: bool = False, kind: Any = None) -> Array:
    """Whether elements of `x1` are among those of `x2`."""
    values, tests = operands.as_array(x1), operands.as_array(x2)
    labels, others = range(values.ndim), range(values.ndim, values.ndim + tests.ndim)
    run = Partial(np.isin, assume_unique=assume_unique, invert=invert, kind=kind)
    return blocks.on_blocks(run, [(values, labels), (tests, others)], labels, (np.dtype(bool),))[0]


class UniqueAll(NamedTuple):
    """What `unique_all` gives."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCounts(NamedTuple):
    """What `unique_counts` gives."""

    values: Array
    counts: Array


class UniqueInverse(NamedTuple):
    """What `unique_inverse` gives."""

    values: Array
    inverse_indices: Array


def _in_memory(results: Any) -> list[Array]:
    return [operands.from_memory(np.asarray(result)) for result in results]


@implements()
def unique_all(x: Any) -> UniqueAll:
    """The different elements, where they first are, where each element is among them, how many; computed at once."""
    return UniqueAll(*_in_memory(np.unique_all(operands.as_array(x).compute())))


@implements()
def unique_counts(x: Any) -> UniqueCounts:
    """The different elements and how many there are of each; computed at once."""
    return UniqueCounts(*_in_memory(np.unique_counts(operands.as_array(x).compute())))


@implements()
def unique_inverse(x: Any) -> UniqueInverse:
    """The different elements and where each element is among them; computed at once."""
    return UniqueInverse(*_in_memory(np.unique_inverse(operands.as_array(x).compute())))


@implements()
def unique_values(x: Any) -> Array:
    """The different elements; computed at once."""
    return operands.from_memory(np.unique_values(operands.as_array(x).compute()))


@implements()
def unique(x: Any, *arguments: Any, **keywords: Any) -> Any:
    """As `numpy.unique`; computed at once."""
    found = np.unique(operands.as_array(x).compute(), *arguments, **keywords)
    return tuple(_in_memory(found)) if isinstance(found, tuple) else operands.from_memory(found)
