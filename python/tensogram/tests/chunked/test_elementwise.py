"""Elementwise functions and operators are numpy's."""

from __future__ import annotations

import pytest
from against_numpy import both, check

UNARY = """
abs acos acosh asin asinh atan atanh ceil conj cos cosh exp exp2 expm1 floor isfinite isinf isnan log log1p log2 log10
logical_not negative positive reciprocal rint sign signbit sin sinh sqrt square tan tanh trunc cbrt deg2rad rad2deg
degrees radians fabs spacing
"""
BINARY = """
add atan2 copysign divide equal floor_divide fmax fmin fmod greater greater_equal hypot less less_equal logaddexp
logaddexp2 logical_and logical_or logical_xor maximum minimum multiply nextafter not_equal remainder subtract
heaviside
"""
INTEGER = """
bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd lcm floor_divide remainder divide add
"""
COMPLEX = """
abs conj exp log sqrt square negative sin cos tanh isfinite reciprocal sign
"""
# Defined for all numbers; the others are asked of numbers between 0 and 1.
WIDE = """
abs ceil conj cos cosh exp exp2 floor isfinite negative sign sin tan tanh trunc square rint positive signbit
"""

ARITHMETIC = "add subtract multiply divide equal not_equal"

FUNCTIONS = [
    *(f"xp.{name}({'a' if name in WIDE.split() else 'p'})" for name in UNARY.split() if name != "acosh"),
    *(f"xp.{name}(f)" for name in WIDE.split()),
    *(f"xp.{name}(c)" for name in COMPLEX.split()),
    *(f"xp.{name}(a, b)" for name in BINARY.split()),
    *(f"xp.{name}(a[0], f)" for name in BINARY.split()),
    *(f"xp.{name}(u, k)" for name in INTEGER.split()),
    *(f"xp.{name}(i, 3)" for name in INTEGER.split()),
    *(f"xp.{name}(c, a)" for name in ARITHMETIC.split()),
]

OTHERS = """
xp.acosh(p + 1)
xp.bitwise_invert(i)
xp.bitwise_invert(m)
xp.invert(u)
xp.pow(p, b)
xp.pow(i, 2)
xp.power(2.0, i)
xp.float_power(p, 2)
xp.ldexp(a, k)
xp.divmod(a, b)
xp.divmod(i, 4)
xp.modf(a)
xp.frexp(a)
xp.isnat(t)
xp.real(c)
xp.imag(c)
xp.imag(a)
xp.angle(c)
xp.angle(c, deg=True)
xp.clip(a, -0.5, 0.5)
xp.clip(a, None, b)
xp.clip(i, -2, None)
xp.round(a, 2)
xp.around(f)
xp.round(i, -1)
xp.fix(a)
xp.isclose(a, b, atol=1.0)
xp.nan_to_num(n, nan=7.0)
xp.where(m, a, b)
xp.where(m, a, 0)
xp.where(m, i, np.float32(2))
xp.where(m, t, np.datetime64("NaT"))
xp.where(m[:2, :3], s, "other")
xp.isin(k, [1, 3])
xp.isin(k, k[0], invert=True)
t - t[0]
t - np.datetime64("2020-01-01")
t + d
d / 2
d * 3
d / np.timedelta64(1, "h")
t > t[0]
t == t
-d
xp.min(t, axis=0)
xp.max(d)
xp.sum(d, axis=1)
xp.mean(d, axis=0)
xp.nanmax(t, axis=1)
xp.argmax(t, axis=1)
xp.sort(t, axis=0)
s == "ab"
xp.concat([s, s])
a + 1
1 - a
a ** 2
2.0 ** a
a // b
a % b
-a
~m
m & m[0]
m | True
i << 2
abs(c)
f + 1.5
f + np.float64(1.5)
u + 1
u < 300
-1 < u
i + np.arange(6)
np.arange(6) + i
np.int64(3) - i
a @ b.T
a < b
""".strip().splitlines()


@pytest.mark.parametrize(("expression", "door"), both([*FUNCTIONS, *OTHERS]))
def test_expression_is_numpys(expression: str, door: str) -> None:
    check(expression, door)
