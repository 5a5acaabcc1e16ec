"""Operators of arrays: ours, numpy's and Python scalars combine; other chunked arrays are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import tensogram.chunked as xp

if TYPE_CHECKING:
    from tensogram.chunked.handle import Array

__all__ = ["Arithmetic"]

_Binary = Callable[[Any, Any], "Array"]


def _forward(ufunc: np.ufunc) -> _Binary:
    def operator(self: Any, other: Any) -> Any:
        return xp.universal.apply(ufunc, (self, other)) if xp.operands.combines(other) else NotImplemented

    return operator


def _reflected(ufunc: np.ufunc) -> _Binary:
    def operator(self: Any, other: Any) -> Any:
        return xp.universal.apply(ufunc, (other, self)) if xp.operands.combines(other) else NotImplemented

    return operator


def _in_place(ufunc: np.ufunc) -> _Binary:
    def operator(self: Any, other: Any) -> Any:
        if not xp.operands.combines(other):
            return NotImplemented
        result = xp.universal.apply(ufunc, (self, other))
        if result.shape != self.shape:
            raise ValueError(f"an in-place operation cannot change the shape {self.shape} to {result.shape}")
        self._node = xp.universal.cast(result, self.dtype, "same_kind")._node
        return self

    return operator


# What numpy's arrays compute for these exponents, of which a power is the slowest way.
_POWERS = {2: np.square, 1: np.positive, 0.5: np.sqrt, -1: np.reciprocal}


def _power(self: Any, exponent: Any) -> Any:
    kind = self.dtype.kind
    if (type(exponent) is int and exponent == 2 and kind in "biu") or (type(exponent) in (int, float) and kind in "fc"):
        simpler = _POWERS.get(exponent)
        if simpler is not None:
            return xp.universal.apply(simpler, (self,))
    return _forward(np.power)(self, exponent)


def _unary(ufunc: np.ufunc) -> Callable[[Any], Array]:
    def operator(self: Any) -> Any:
        return xp.universal.apply(ufunc, (self,))

    return operator


class Arithmetic:
    """The operators of the array API standard with their reflected and in-place forms, and `divmod`."""

    __slots__ = ()

    __pos__, __neg__ = _unary(np.positive), _unary(np.negative)
    __invert__, __abs__ = _unary(np.invert), _unary(np.absolute)

    __add__, __radd__, __iadd__ = _forward(np.add), _reflected(np.add), _in_place(np.add)
    __sub__, __rsub__, __isub__ = _forward(np.subtract), _reflected(np.subtract), _in_place(np.subtract)
    __mul__, __rmul__, __imul__ = _forward(np.multiply), _reflected(np.multiply), _in_place(np.multiply)
    __truediv__, __rtruediv__, __itruediv__ = _forward(np.divide), _reflected(np.divide), _in_place(np.divide)
    __floordiv__, __rfloordiv__ = _forward(np.floor_divide), _reflected(np.floor_divide)
    __ifloordiv__ = _in_place(np.floor_divide)
    __mod__, __rmod__, __imod__ = _forward(np.remainder), _reflected(np.remainder), _in_place(np.remainder)
    __divmod__, __rdivmod__ = _forward(np.divmod), _reflected(np.divmod)
    __pow__, __rpow__, __ipow__ = _power, _reflected(np.power), _in_place(np.power)
    __matmul__, __rmatmul__, __imatmul__ = _forward(np.matmul), _reflected(np.matmul), _in_place(np.matmul)
    __and__, __rand__, __iand__ = _forward(np.bitwise_and), _reflected(np.bitwise_and), _in_place(np.bitwise_and)
    __or__, __ror__, __ior__ = _forward(np.bitwise_or), _reflected(np.bitwise_or), _in_place(np.bitwise_or)
    __xor__, __rxor__, __ixor__ = _forward(np.bitwise_xor), _reflected(np.bitwise_xor), _in_place(np.bitwise_xor)
    __lshift__, __rlshift__, __ilshift__ = _forward(np.left_shift), _reflected(np.left_shift), _in_place(np.left_shift)
    __rshift__, __rrshift__ = _forward(np.right_shift), _reflected(np.right_shift)
    __irshift__ = _in_place(np.right_shift)

    __lt__, __le__ = _forward(np.less), _forward(np.less_equal)
    __gt__, __ge__ = _forward(np.greater), _forward(np.greater_equal)

    if TYPE_CHECKING:
        # object's own take and give less; these are as numpy's.
        def __eq__(self, other: Any) -> Array: ...  # type: ignore[override]
        def __ne__(self, other: Any) -> Array: ...  # type: ignore[override]
    else:
        __eq__, __ne__ = _forward(np.equal), _forward(np.not_equal)

    __hash__ = object.__hash__
