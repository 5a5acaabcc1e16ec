"""Elementwise functions: the standard's names for numpy's ufuncs, and a few made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensogram.chunked import dispatch, operands, universal
from tensogram.chunked.dispatch import implements
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "angle", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2",
    "arctanh", "around", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "cbrt", "ceil", "clip",
    "conj", "conjugate", "copysign", "cos", "cosh", "deg2rad", "degrees", "divide", "divmod", "equal", "exp", "exp2",
    "expm1", "fabs", "fix", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frexp", "gcd", "greater",
    "greater_equal", "heaviside", "hypot", "imag", "invert", "isclose", "isfinite", "isinf", "isnan", "isnat", "lcm",
    "ldexp", "left_shift", "less", "less_equal", "log", "log1p", "log2", "log10", "logaddexp", "logaddexp2",
    "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "mod", "modf", "multiply",
    "nan_to_num", "negative", "nextafter", "not_equal", "positive", "pow", "power", "rad2deg", "radians", "real",
    "reciprocal", "remainder", "right_shift", "rint", "round", "sign", "signbit", "sin", "sinh", "spacing", "sqrt",
    "square", "subtract", "tan", "tanh", "true_divide", "trunc",
]  # fmt: skip


class Elementwise:
    """A ufunc of numpy under a name of the namespace; without one of our arrays it is numpy's own."""

    def __init__(self, name: str, ufunc: np.ufunc) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = f"As `numpy.{ufunc.__name__}`, lazily, for any mixture of arrays and scalars."
        self.ufunc = ufunc
        dispatch.ENTRIES.append(dispatch.Entry(name, self, ()))

    def __call__(self, /, *inputs: Any, dtype: Any = None, casting: Any = "same_kind", where: Any = True) -> Any:
        if len(inputs) != self.ufunc.nin:
            raise TypeError(f"{self.__name__} takes {self.ufunc.nin} arrays, not {len(inputs)}")
        if operands.has_array(inputs):
            return universal.apply(self.ufunc, inputs, dtype, casting, where)
        for value in inputs:
            operands.refuse_foreign(value)
        return self.ufunc(*inputs, dtype=dtype, casting=casting, where=where)

    def __reduce__(self) -> str:
        return self.__name__

    def __repr__(self) -> str:
        return f"<function tensogram.chunked.{self.__name__}>"


abs = Elementwise("abs", np.absolute)
acos = Elementwise("acos", np.arccos)
acosh = Elementwise("acosh", np.arccosh)
add = Elementwise("add", np.add)
asin = Elementwise("asin", np.arcsin)
asinh = Elementwise("asinh", np.arcsinh)
atan = Elementwise("atan", np.arctan)
atan2 = Elementwise("atan2", np.arctan2)
atanh = Elementwise("atanh", np.arctanh)
bitwise_and = Elementwise("bitwise_and", np.bitwise_and)
bitwise_invert = Elementwise("bitwise_invert", np.invert)
bitwise_left_shift = Elementwise("bitwise_left_shift", np.left_shift)
bitwise_or = Elementwise("bitwise_or", np.bitwise_or)
bitwise_right_shift = Elementwise("bitwise_right_shift", np.right_shift)
bitwise_xor = Elementwise("bitwise_xor", np.bitwise_xor)
cbrt = Elementwise("cbrt", np.cbrt)
ceil = Elementwise("ceil", np.ceil)
conj = Elementwise("conj", np.conjugate)
copysign = Elementwise("copysign", np.copysign)
cos = Elementwise("cos", np.cos)
cosh = Elementwise("cosh", np.cosh)
deg2rad = Elementwise("deg2rad", np.deg2rad)
degrees = Elementwise("degrees", np.degrees)
divide = Elementwise("divide", np.divide)
divmod = Elementwise("divmod", np.divmod)
equal = Elementwise("equal", np.equal)
exp = Elementwise("exp", np.exp)
exp2 = Elementwise("exp2", np.exp2)
expm1 = Elementwise("expm1", np.expm1)
fabs = Elementwise("fabs", np.fabs)
float_power = Elementwise("float_power", np.float_power)
floor = Elementwise("floor", np.floor)
floor_divide = Elementwise("floor_divide", np.floor_divide)
fmax = Elementwise("fmax", np.fmax)
fmin = Elementwise("fmin", np.fmin)
fmod = Elementwise("fmod", np.fmod)
gcd = Elementwise("gcd", np.gcd)
greater = Elementwise("greater", np.greater)
greater_equal = Elementwise("greater_equal", np.greater_equal)
heaviside = Elementwise("heaviside", np.heaviside)
hypot = Elementwise("hypot", np.hypot)
isfinite = Elementwise("isfinite", np.isfinite)
isinf = Elementwise("isinf", np.isinf)
isnan = Elementwise("isnan", np.isnan)
isnat = Elementwise("isnat", np.isnat)
lcm = Elementwise("lcm", np.lcm)
ldexp = Elementwise("ldexp", np.ldexp)
less = Elementwise("less", np.less)
less_equal = Elementwise("less_equal", np.less_equal)
log = Elementwise("log", np.log)
log10 = Elementwise("log10", np.log10)
log1p = Elementwise("log1p", np.log1p)
log2 = Elementwise("log2", np.log2)
logaddexp = Elementwise("logaddexp", np.logaddexp)
logaddexp2 = Elementwise("logaddexp2", np.logaddexp2)
logical_and = Elementwise("logical_and", np.logical_and)
logical_not = Elementwise("logical_not", np.logical_not)
logical_or = Elementwise("logical_or", np.logical_or)
logical_xor = Elementwise("logical_xor", np.logical_xor)
maximum = Elementwise("maximum", np.maximum)
minimum = Elementwise("minimum", np.minimum)
modf = Elementwise("modf", np.modf)
frexp = Elementwise("frexp", np.frexp)
multiply = Elementwise("multiply", np.multiply)
negative = Elementwise("negative", np.negative)
nextafter = Elementwise("nextafter", np.nextafter)
not_equal = Elementwise("not_equal", np.not_equal)
positive = Elementwise("positive", np.positive)
pow = Elementwise("pow", np.power)
rad2deg = Elementwise("rad2deg", np.rad2deg)
radians = Elementwise("radians", np.radians)
reciprocal = Elementwise("reciprocal", np.reciprocal)
remainder = Elementwise("remainder", np.remainder)
rint = Elementwise("rint", np.rint)
sign = Elementwise("sign", np.sign)
signbit = Elementwise("signbit", np.signbit)
sin = Elementwise("sin", np.sin)
sinh = Elementwise("sinh", np.sinh)
spacing = Elementwise("spacing", np.spacing)
sqrt = Elementwise("sqrt", np.sqrt)
square = Elementwise("square", np.square)
subtract = Elementwise("subtract", np.subtract)
tan = Elementwise("tan", np.tan)
tanh = Elementwise("tanh", np.tanh)
trunc = Elementwise("trunc", np.trunc)

absolute = abs
arccos = acos
arccosh = acosh
arcsin = asin
arcsinh = asinh
arctan = atan
arctan2 = atan2
arctanh = atanh
invert = bitwise_invert
bitwise_not = bitwise_invert
left_shift = bitwise_left_shift
right_shift = bitwise_right_shift
conjugate = conj
power = pow
true_divide = divide
mod = remainder


@implements("real")
def real(x: Any) -> Array:
    """Real parts."""
    array = operands.as_array(x)
    if array.dtype.kind != "c":
        return array
    return _part("real", np.real, array)


@implements("imag")
def imag(x: Any) -> Array:
    """Imaginary parts; zeros of what is not complex."""
    array = operands.as_array(x)
    if array.dtype.kind == "c":
        return _part("imag", np.imag, array)
    from tensogram.chunked.creation import zeros_like

    zeros: Array = zeros_like(array)
    return zeros


def _part(operation: str, function: Any, array: Array) -> Array:
    dtype = function(np.empty(0, array.dtype)).dtype
    made = universal.native_or_none(operation, (array,), dtype)
    return made if made is not None else universal.elementwise(function, (array,), dtype)


@implements("angle")
def angle(x: Any, deg: bool = False) -> Array:
    """Angles of complex numbers, in radians or degrees."""
    array = operands.as_array(x)
    radian: Array = atan2(imag(array), real(array))
    return radian * (180 / np.pi) if deg else radian


@implements("clip")
def clip(
    x: Any, /, min: Any = None, max: Any = None, *, a_min: Any = None, a_max: Any = None, dtype: Any = None
) -> Array:
    """The elements, but none below `min` or above `max`."""
    low, high = min if a_min is None else a_min, max if a_max is None else a_max
    result: Any = operands.as_array(x)
    if low is not None:
        result = maximum(result, low, dtype=dtype)
    if high is not None:
        result = minimum(result, high, dtype=dtype)
    return result if low is not None or high is not None else positive(result)  # type: ignore[no-any-return]


@implements("round", "around")
def round(x: Any, /, decimals: int = 0) -> Array:
    """Rounded to so many decimals, halves to even."""
    array = operands.as_array(x)
    dtype = np.round(np.zeros(1, array.dtype), decimals).dtype
    if decimals == 0 and array.dtype.kind == "f":
        rounded: Array = rint(array)
        return rounded
    return universal.elementwise(Partial(np.round, decimals), (array,), dtype)


around = round


@implements("fix")
def fix(x: Any) -> Array:
    """Rounded towards zero."""
    result: Array = trunc(operands.as_array(x))
    return result


@implements("isclose")
def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Array:
    """Whether elements agree within `atol` and `rtol` of the second."""
    first, second = operands.as_array(a), operands.as_array(b)
    close = Partial(np.isclose, rtol=rtol, atol=atol, equal_nan=equal_nan)
    return universal.elementwise(close, (first, second), np.dtype(np.bool_))


@implements("nan_to_num")
def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Array:
    """NaN and infinities replaced by numbers."""
    array = operands.as_array(x)
    if array.dtype.kind not in "fc":
        return array
    replace = Partial(np.nan_to_num, nan=nan, posinf=posinf, neginf=neginf)
    return universal.elementwise(replace, (array,), array.dtype)
