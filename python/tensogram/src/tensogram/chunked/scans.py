"""Running results along an axis, block after block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensogram.chunked import blocks, operands, universal
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import DType, as_dtype, element, is_native
from tensogram.chunked.functions import BlockFunction, Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = ["cumprod", "cumsum", "cumulative_prod", "cumulative_sum", "nancumprod", "nancumsum", "push", "scan"]

_UFUNCS = {"cumsum": np.add, "cumprod": np.multiply, "minimum": np.minimum, "maximum": np.maximum}
_missing: set[tuple[str, DType]] = set()


def accumulate(operation: str, x: Any, axis: Any = None, dtype: Any = None) -> Array:
    """A running result: cumsum, cumprod, nancumsum, nancumprod, minimum or maximum; of the flat array without axis."""
    array = operands.as_array(x)
    if axis is None:
        from tensogram.chunked.manipulation import reshape

        array, axis = reshape(array, (-1,)), 0
    axis = blocks.normalize_axis(axis, array.ndim)
    ufunc = _UFUNCS[operation.removeprefix("nan")]
    result = as_dtype(dtype or ufunc.accumulate(np.zeros(1, array.dtype)).dtype)
    if operation.startswith("nan") and array.dtype.kind not in "fc":
        operation = operation[3:]
    array = universal.cast(array, result)
    if is_native(result) and (operation, result) not in _missing:
        try:
            return Array(make("scan", result, operation, array._node, axis, element(result), None))
        except ValueError:
            _missing.add((operation, result))
    if operation.startswith("nan"):
        from tensogram.chunked.searching import choose

        identity = np.asarray(ufunc.identity, result)[()]
        array = choose(universal.apply(np.isnan, (array,)), identity, array)
    run = Partial(ufunc.accumulate, axis=axis)
    return blocks.along(run, array, (axis,), result, sizes={axis: array.shape[axis]})


def _numpy_like(operation: str, what: str) -> Callable[..., Array]:
    def running(x: Any, axis: Any = None, dtype: Any = None) -> Array:
        return accumulate(operation, x, axis, dtype)

    running.__name__ = running.__qualname__ = operation
    running.__doc__ = f"{what} along `axis`, or of the flat array."
    chosen: Callable[..., Array] = implements()(running)
    return chosen


cumsum = _numpy_like("cumsum", "Running sums")
cumprod = _numpy_like("cumprod", "Running products")
nancumsum = _numpy_like("nancumsum", "Running sums that take NaN for 0")
nancumprod = _numpy_like("nancumprod", "Running products that take NaN for 1")


def _cumulative(operation: str, x: Any, axis: int | None, dtype: Any, include_initial: bool) -> Array:
    array = operands.as_array(x)
    if axis is None:
        if array.ndim != 1:
            raise ValueError(f"axis must be given for an array of {array.ndim} dimensions")
        axis = 0
    axis = blocks.normalize_axis(axis, array.ndim)
    running = accumulate(operation, array, axis, dtype)
    if not include_initial:
        return running
    from tensogram.chunked.joining import concat

    shape = tuple(1 if a == axis else n for a, n in enumerate(array.shape))
    first = operands.filled(_UFUNCS[operation].identity, running.dtype, shape)
    return concat((first, running), axis=axis)


@implements()
def cumulative_sum(x: Any, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Array:
    """Running sums along `axis`; `include_initial` puts a 0 before them."""
    return _cumulative("cumsum", x, axis, dtype, include_initial)


@implements()
def cumulative_prod(x: Any, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Array:
    """Running products along `axis`; `include_initial` puts a 1 before them."""
    return _cumulative("cumprod", x, axis, dtype, include_initial)


def push(x: Array, n: int | None = None, axis: int = -1) -> Array:
    """Missing values (NaN, NaT) replaced by the last one before them along `axis`, at most `n` in a row."""
    array, limit = operands.as_array(x), n
    axis = blocks.normalize_axis(axis, array.ndim)
    if array.dtype.kind not in "fcmMO":
        return array
    if limit is not None and limit < 1:
        raise ValueError(f"n={limit!r}: 1 or more is needed")
    if is_native(array.dtype) and ("ffill", array.dtype) not in _missing:
        try:
            return Array(make("scan", array.dtype, "ffill", array._node, axis, element(array.dtype), limit))
        except ValueError:
            _missing.add(("ffill", array.dtype))
    run = Partial(_fill_block, axis, limit)
    return blocks.along(run, array, (axis,), array.dtype, sizes={axis: array.shape[axis]})


def _fill_block(block: Any, axis: int, limit: int | None) -> Any:
    missing = block != block
    shape = tuple(-1 if a == axis else 1 for a in range(block.ndim))
    here = np.arange(block.shape[axis]).reshape(shape)
    last = np.maximum.accumulate(np.where(missing, -1, here), axis=axis)
    usable = last >= 0 if limit is None else (last >= 0) & (here - last <= limit)
    return np.where(usable, np.take_along_axis(block, np.maximum(last, 0), axis), block)


def scan(
    func: Callable[..., Any],
    binop: Callable[..., Any],
    ident: Any,
    x: Array,
    axis: Any = None,
    dtype: Any = None,
    preop: Callable[..., Any] | None = None,
    **keywords: Any,
) -> Array:
    """A running result by functions of blocks.

    `func(block, axis=…, dtype=…)` runs within a block, `binop(carry, block)` takes what came before into account;
    the carry is a block's last result, or `preop(block, axis=…, keepdims=True)` of each joined by `binop`; `ident`
    stands before the first.
    """
    unknown = keywords.keys() - {"method", "name", "token", "out", "meta"}
    if unknown:
        raise TypeError(f"scan takes no {', '.join(sorted(unknown))}=")
    if axis is None:
        from tensogram.chunked.manipulation import reshape

        x, axis = reshape(x, (-1,)), 0
    axis = blocks.normalize_axis(axis, x.ndim)
    kind = as_dtype(dtype) if dtype is not None else as_dtype(np.asarray(func(np.ones(1, x.dtype), axis=0)).dtype)
    within = BlockFunction(Partial(func, axis=axis, dtype=kind), (x.dtype,), (kind,))
    join = BlockFunction(binop, (kind, kind), (kind,))
    last = Partial(_last, func, kind, axis) if preop is None else Partial(preop, axis=axis, keepdims=True)
    leave = BlockFunction(last, (x.dtype,), (kind,))
    return Array(make("external_scan", kind, within, join, leave, x._node, axis, element(kind)))


def _last(block: Any, func: Callable[..., Any], dtype: DType, axis: int) -> Any:
    """What a block leaves to the next one."""
    return np.take(func(block, axis=axis, dtype=dtype), [-1], axis=axis)
