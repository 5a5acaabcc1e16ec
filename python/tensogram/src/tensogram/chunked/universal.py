"""Elementwise functions: every ufunc of numpy, run natively where the engine has a kernel, else by numpy on blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from tensogram.chunked import operands, protocols
from tensogram.chunked.elements import DType, as_dtype, element, is_native
from tensogram.chunked.functions import BlockFunction, Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = ["apply", "cast", "elementwise", "native", "native_or_none"]

_COMPARISONS = frozenset({np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal})
_WEAK = {bool: np.dtype(bool), int: int, float: float, complex: complex}

# Native kernels that turned out not to exist for a type: (operation, dtype).
_missing: set[tuple[str, DType]] = set()
_inconvertible: set[tuple[DType, DType]] = set()


def apply(
    ufunc: np.ufunc, inputs: tuple[Any, ...], dtype: Any = None, casting: Any = "same_kind", where: Any = True
) -> Any:
    """A ufunc of any mixture of our arrays, numpy's and scalars, as a node; a tuple if it has several results."""
    if ufunc.signature is not None:
        return protocols.generalized(ufunc, inputs)
    if ufunc is np.divmod:
        pair = (np.floor_divide, np.remainder)
        return tuple(apply(part, inputs, dtype, casting, where) for part in pair)
    values = tuple(x if type(x) is Array or type(x) in _WEAK else operands.as_values(x) for x in inputs)
    kinds = tuple(_WEAK[type(x)] if type(x) in _WEAK else as_dtype(x.dtype) for x in values)
    loop = _resolve(ufunc, kinds, None if dtype is None else as_dtype(dtype), casting)
    results = tuple(_result(ufunc, values, loop, output) for output in range(ufunc.nout))
    if where is not True:
        results = tuple(_masked(where, result) for result in results)
    return results if ufunc.nout > 1 else results[0]


@lru_cache(maxsize=4096)
def _resolve(ufunc: np.ufunc, kinds: tuple[Any, ...], dtype: DType | None, casting: Any) -> tuple[DType, ...]:
    given: dict[str, Any] = {} if dtype is None else {"signature": (None,) * ufunc.nin + (dtype,) * ufunc.nout}
    resolved = ufunc.resolve_dtypes(kinds + (None,) * ufunc.nout, casting=casting, **given)
    return tuple(map(as_dtype, resolved))


def _result(ufunc: np.ufunc, values: tuple[Any, ...], loop: tuple[DType, ...], output: int) -> Array:
    dtype = loop[ufunc.nin + output]
    try:
        inputs = tuple(map(_operand, values, loop))
    except OverflowError:
        if ufunc not in _COMPARISONS:
            raise
        # Python integers beyond the other type's range compare by value.
        return _beyond_range(ufunc, values)
    if ufunc is np.power and loop[0].kind in "iu":
        _check_exponent(values[1])
    if ufunc is np.positive:
        return inputs[0]
    if ufunc is np.isnat:
        return native("equal", (_as_integers(inputs[0]), operands.filled(np.iinfo(np.int64).min, np.dtype(np.int64))))
    if ufunc.nout == 1 and all(kind == loop[0] for kind in loop[: ufunc.nin]):
        made = native_or_none(ufunc.__name__, inputs, dtype)
        if made is not None:
            return made
    function = ufunc if ufunc.nout == 1 else Partial(_one_of, ufunc, output)
    return elementwise(function, inputs, dtype)


def _operand(value: Any, dtype: DType) -> Array:
    if type(value) is Array:
        return cast(value, dtype)
    if np.ndim(value) == 0:
        return operands.filled(value, dtype)
    return cast(operands.from_memory(value), dtype)


def _beyond_range(ufunc: np.ufunc, values: tuple[Any, ...]) -> Array:
    position = next(i for i, value in enumerate(values) if type(value) is int)
    array = operands.as_array(values[1 - position])
    return elementwise(Partial(_compare, ufunc, values[position], position), (array,), np.dtype(bool))


def _compare(block: Any, ufunc: np.ufunc, value: int, position: int) -> Any:
    return ufunc(value, block) if position == 0 else ufunc(block, value)


def _check_exponent(exponent: Any) -> None:
    if type(exponent) is not Array and np.ndim(exponent) == 0 and exponent < 0:
        raise ValueError("Integers to negative integer powers are not allowed.")


def _one_of(*arguments: Any) -> Any:
    *blocks, ufunc, output = arguments
    return ufunc(*blocks)[output]


def _as_integers(array: Array) -> Array:
    integers = np.dtype(np.int64)
    return Array(make("cast", integers, array._node, "int64"))


def _masked(where: Any, result: Array) -> Array:
    from tensogram.chunked.searching import choose

    return choose(where, result, np.zeros((), result.dtype)[()])


def native(operation: str, inputs: tuple[Array, ...]) -> Array:
    """A native kernel on inputs of one type, which must exist; comparisons and the like give booleans."""
    made = native_or_none(operation, inputs, np.dtype(bool))
    if made is None:
        raise NotImplementedError(f"there is no native {operation} of {inputs[0].dtype}")
    return made


def native_or_none(operation: str, inputs: tuple[Array, ...], dtype: DType) -> Array | None:
    kind = inputs[0].dtype
    if not (is_native(kind) and is_native(dtype)) or (operation, kind) in _missing:
        return None
    try:
        return Array(make("elementwise", dtype, operation, tuple(x._node for x in inputs), element(dtype)))
    except ValueError:
        np.broadcast_shapes(*(x.shape for x in inputs))
        _missing.add((operation, kind))
        return None


def elementwise(function: Callable[..., Any], inputs: tuple[Array, ...], dtype: DType) -> Array:
    """A Python function of broadcasting blocks that gives `dtype`."""
    typed = BlockFunction(function, tuple(x.dtype for x in inputs), (dtype,))
    return Array(make("external_elementwise", dtype, typed, tuple(x._node for x in inputs), element(dtype)))


def cast(array: Array, dtype: DType, casting: Any = "unsafe") -> Array:
    """The elements converted as numpy's `astype` does; the array itself if they are of that type."""
    source = array.dtype
    if source == dtype:
        return array
    if not np.can_cast(source, dtype, casting):
        raise TypeError(f"Cannot cast array data from {source!r} to {dtype!r} according to the rule {casting!r}")
    if is_native(source) and is_native(dtype) and (source, dtype) not in _inconvertible:
        try:
            return Array(make("cast", dtype, array._node, element(dtype)))
        except ValueError:
            _inconvertible.add((source, dtype))
    if source.kind in "mM" and dtype == np.int64:
        return _as_integers(array)
    if dtype.itemsize == 0:
        if source.kind == "O":
            raise TypeError(f"name the width of {dtype}: without looking at the objects it is not known")
        dtype = np.empty(0, source).astype(dtype).dtype
    return elementwise(Partial(_astype, dtype), (array,), dtype)


def _astype(block: Any, dtype: DType) -> Any:
    return block.astype(dtype)
