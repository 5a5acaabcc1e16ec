"""Statistics: reductions, plain and skipping missing values."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tensogram.chunked import blocks, operands, universal
from tensogram.chunked.dispatch import implements, numpy_function
from tensogram.chunked.elements import DType, as_dtype, element, is_native
from tensogram.chunked.functions import BlockFunction, Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = [
    "all", "amax", "amin", "any", "average", "count_nonzero", "max", "mean", "min", "nanmax", "nanmean", "nanmin",
    "nanprod", "nanstd", "nansum", "nanvar", "prod", "ptp", "std", "sum", "var",
]  # fmt: skip

# Those that a partial result of every block can be merged for with the same function.
_MERGING = frozenset({"sum", "prod", "min", "max", "any", "all", "nansum", "nanprod", "nanmin", "nanmax"})
_NO_IDENTITY = frozenset({"min", "max", "nanmin", "nanmax"})
_missing: set[tuple[str, DType]] = set()


def reduced(
    operation: str, x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, ddof: float = 0
) -> Array:
    """The named reduction of numpy over `axis`, natively where the engine can."""
    array = operands.as_array(x)
    axes = blocks.normalize_axes(axis, array.ndim)
    if operation.startswith("nan") and array.dtype.kind in "iub":
        operation = operation[3:]
    if dtype is not None:
        array = universal.cast(array, as_dtype(dtype))
    result = _result_dtype(operation, array.dtype) if dtype is None else as_dtype(dtype)
    if operation in _NO_IDENTITY and any_zero(array.shape[axis] for axis in axes):
        raise ValueError(f"zero-size array to reduction operation {operation} which has no identity")
    if not axes and operation not in ("any", "all"):
        axes_free = {"var", "std", "nanvar", "nanstd"}
        if operation not in axes_free:
            return universal.cast(array, result)
    node = array._node
    if is_native(array.dtype) and (operation, array.dtype) not in _missing:
        try:
            return Array(make("reduce", result, operation, node, axes, bool(keepdims), element(result), float(ddof)))
        except ValueError:
            _missing.add((operation, array.dtype))
    return _by_numpy(operation, array, axes, result, bool(keepdims), ddof)


def any_zero(sizes: Any) -> bool:
    """Whether one of the sizes is 0."""
    return 0 in tuple(sizes)


def _by_numpy(operation: str, array: Array, axes: tuple[int, ...], dtype: DType, keepdims: bool, ddof: float) -> Array:
    function: Any = numpy_function(operation)
    if operation in _MERGING:
        for axis in reversed(axes):
            array = merged(function, function, array, axis, dtype, keepdims)
        return array
    keywords = {"ddof": ddof} if operation.endswith(("std", "var")) else {}
    run = Partial(function, axis=axes, keepdims=keepdims, **keywords)
    return blocks.along(run, array, axes, dtype, keepdims=keepdims)


def merged(
    function: Callable[..., Any],
    finish: Callable[..., Any],
    array: Array,
    axis: int,
    dtype: DType,
    keepdims: bool,
    *,
    combine: Callable[..., Any] | None = None,
    partial: DType | None = None,
) -> Array:
    """A reduction along an axis by functions called with `axis` and `keepdims`: of every block, of their results."""
    between = dtype if partial is None else partial
    chunk = BlockFunction(Partial(function, axis=axis, keepdims=True), (array.dtype,), (between,))
    middle = combine and BlockFunction(Partial(combine, axis=axis, keepdims=True), (between,), (between,))
    last = BlockFunction(Partial(finish, axis=axis, keepdims=keepdims), (between,), (dtype,))
    node = make("external_reduce", dtype, chunk, middle, last, array._node, axis, keepdims, element(dtype))
    return Array(node)


@cache
def _result_dtype(operation: str, dtype: DType) -> DType:
    if operation in ("any", "all"):
        return np.dtype(bool)
    function: Any = numpy_function(operation)
    sample = np.zeros(2, dtype) if dtype.kind != "O" else np.array([0, 0], dtype)
    result = np.asarray(function(sample)).dtype
    return dtype if dtype.kind == "O" else as_dtype(result)


def _selected(array: Array, where: Any, identity: Any) -> Array:
    """The array with `identity` wherever `where` does not hold."""
    if where is True:
        return array
    from tensogram.chunked.searching import choose

    return choose(where, array, np.asarray(identity, array.dtype)[()])


@implements()
def sum(
    x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Array:
    """Sums; integers as 64-bit integers, pairwise for floats."""
    result = reduced("sum", _selected(operands.as_array(x), where, 0), axis, dtype, keepdims)
    return result if initial is None else result + np.asarray(initial, result.dtype)[()]


@implements()
def prod(
    x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Array:
    """Products; integers as 64-bit integers."""
    result = reduced("prod", _selected(operands.as_array(x), where, 1), axis, dtype, keepdims)
    return result if initial is None else result * np.asarray(initial, result.dtype)[()]


@implements("max", "amax")
def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Array:
    """Largest elements; NaN if there is one."""
    return _extreme("max", np.maximum, x, axis, keepdims, initial, where)


@implements("min", "amin")
def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Array:
    """Smallest elements; NaN if there is one."""
    return _extreme("min", np.minimum, x, axis, keepdims, initial, where)


amin, amax = min, max


def _extreme(name: str, ufunc: np.ufunc, x: Any, axis: Any, keepdims: bool, initial: Any, where: Any) -> Array:
    array = operands.as_array(x)
    if initial is None:
        if where is not True:
            raise ValueError(f"{name} with where= needs initial=: what nothing gives")
        return reduced(name, array, axis, None, keepdims)
    axes = blocks.normalize_axes(axis, array.ndim)
    start = operands.filled(initial, array.dtype)
    if any_zero(array.shape[a] for a in axes):
        shape = tuple(n if a not in axes else 1 for a, n in enumerate(array.shape) if keepdims or a not in axes)
        return operands.filled(initial, array.dtype, shape)
    result: Array = universal.apply(
        ufunc, (reduced(name, _selected(array, where, initial), axis, None, keepdims), start)
    )
    return result


@implements()
def any(x: Any, axis: Any = None, keepdims: bool = False, where: Any = True) -> Array:
    """Whether one element is true."""
    array = universal.cast(operands.as_array(x), np.dtype(bool))
    return reduced("any", _selected(array, where, False), axis, None, keepdims)


@implements()
def all(x: Any, axis: Any = None, keepdims: bool = False, where: Any = True) -> Array:
    """Whether every element is true."""
    array = universal.cast(operands.as_array(x), np.dtype(bool))
    return reduced("all", _selected(array, where, True), axis, None, keepdims)


@implements()
def count_nonzero(x: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """Number of elements that are not zero, as int64."""
    array = universal.cast(operands.as_array(x), np.dtype(bool))
    return reduced("sum", array, axis, np.int64, keepdims)


@implements()
def mean(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Array:
    """Arithmetic means; integers in float64."""
    if where is True:
        return reduced("mean", x, axis, dtype, keepdims)
    array = operands.as_array(x)
    total = sum(universal.cast(array, _result_dtype("mean", array.dtype)), axis, dtype, keepdims, where=where)
    return total / _count(array, axis, keepdims, where)


def _count(array: Array, axis: Any, keepdims: bool, where: Any) -> Array:
    from tensogram.chunked.manipulation import broadcast_to

    return count_nonzero(broadcast_to(operands.as_array(where), array.shape), axis, keepdims)


def _spread(operation: str) -> Callable[..., Array]:
    def spread(
        x: Any,
        axis: Any = None,
        dtype: Any = None,
        ddof: float | None = None,
        keepdims: bool = False,
        *,
        correction: float | None = None,
        where: Any = True,
    ) -> Array:
        if ddof is not None and correction is not None:
            raise ValueError("ddof and correction are two names for the same number: give one")
        if where is not True:
            raise TypeError(f"{operation} of a tensogram.chunked.Array takes no where=: use where() and nan{operation}")
        return reduced(operation, x, axis, dtype, keepdims, ddof if ddof is not None else correction or 0)

    spread.__name__ = spread.__qualname__ = operation
    skipping = ", skipping NaN" if operation.startswith("nan") else ""
    what = "Standard deviations" if operation.endswith("std") else "Variances"
    spread.__doc__ = f"{what}{skipping}: divided by the count less `ddof`, the standard's `correction`."
    chosen: Callable[..., Array] = implements()(spread)
    return chosen


std, var, nanstd, nanvar = map(_spread, ("std", "var", "nanstd", "nanvar"))


def _skipping(operation: str, what: str, takes_dtype: bool) -> Callable[..., Array]:
    if takes_dtype:

        def skipping(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Array:
            return reduced(operation, x, axis, dtype, keepdims)
    else:

        def skipping(x: Any, axis: Any = None, keepdims: bool = False) -> Array:  # type: ignore[misc]
            return reduced(operation, x, axis, None, keepdims)

    skipping.__name__ = skipping.__qualname__ = operation
    skipping.__doc__ = f"{what}, skipping NaN."
    chosen: Callable[..., Array] = implements()(skipping)
    return chosen


nansum = _skipping("nansum", "Sums", True)
nanprod = _skipping("nanprod", "Products", True)
nanmean = _skipping("nanmean", "Arithmetic means", True)
nanmin = _skipping("nanmin", "Smallest elements", False)
nanmax = _skipping("nanmax", "Largest elements", False)


@implements()
def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Array:
    """Largest elements less smallest ones."""
    return max(x, axis, keepdims) - min(x, axis, keepdims)


@implements()
def average(x: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False) -> Any:
    """Means weighted by `weights`: of the array's shape, or that of the axis."""
    array = operands.as_array(x)
    if weights is None:
        result = mean(array, axis, keepdims=keepdims)
        scale = operands.filled(array.size // result.size if result.size else 0, result.dtype)
    else:
        factors = operands.as_array(weights)
        kind = np.result_type(array.dtype, factors.dtype, *(("f8",) if array.dtype.kind in "iub" else ()))
        factors = _aligned(factors, array, axis)
        scale = sum(factors, axis, kind, keepdims)
        result = sum(array * factors, axis, kind, keepdims) / scale
    if not returned:
        return result
    from tensogram.chunked.manipulation import broadcast_to

    return result, broadcast_to(universal.cast(scale, result.dtype), result.shape)


def _aligned(factors: Array, array: Array, axis: Any) -> Array:
    """Weights that broadcast against the array."""
    from tensogram.chunked.manipulation import permute_dims, reshape

    if factors.shape == array.shape:
        return factors
    if axis is None:
        raise TypeError(f"axis must be given for weights of shape {factors.shape} of an array of shape {array.shape}")
    given = tuple(blocks.normalize_axis(a, array.ndim) for a in (axis if isinstance(axis, tuple) else (axis,)))
    if factors.shape != tuple(array.shape[a] for a in given):
        raise ValueError(f"weights of shape {factors.shape} do not fit axis {axis} of an array of shape {array.shape}")
    ordered = permute_dims(factors, tuple(np.argsort(given)))
    shape = tuple(n if a in given else 1 for a, n in enumerate(array.shape))
    return reshape(ordered, shape)
