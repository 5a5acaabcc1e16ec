"""Element types: what is announced, promoted and computed is numpy's; also text, objects and times."""

from __future__ import annotations

import datetime
import itertools
import re
from typing import Any

import numpy as np
import pytest

import tensogram.chunked as xp

TYPES = """? i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 M8[ns] m8[D] U3 S5 O >f4 >M8[s] V6 f16 i4,f8"""


def values_of(dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "U":
        return np.array([["a", "bcd", "", "ü"]] * 3, dtype)
    if dtype.kind in "VS":
        return np.zeros((3, 4), dtype)
    return np.arange(12).reshape(3, 4).astype(dtype)


@pytest.mark.parametrize("name", TYPES.split())
def test_elements_of_every_type_move(name: str) -> None:
    values = values_of(np.dtype(name))
    x = xp.from_array(values, 2)
    assert x.dtype == values.dtype.newbyteorder("=")
    result = x.compute()
    assert result.dtype == x.dtype
    np.testing.assert_array_equal(result, values)
    np.testing.assert_array_equal(x[::-1, [0, 2]].compute(), values[::-1][:, [0, 2]])
    np.testing.assert_array_equal(xp.concat([x, x], axis=1).compute(), np.concatenate([values, values], 1))
    np.testing.assert_array_equal(x.reshape(4, 3).T.compute(), values.reshape(4, 3).T)
    np.testing.assert_array_equal(x.rechunk(3).compute(), values)


@pytest.mark.parametrize("name", [name for name in TYPES.split() if name not in ("V6", "i4,f8")])
def test_elements_of_every_type_compare_and_are_chosen(name: str) -> None:
    values = values_of(np.dtype(name))
    x = xp.from_array(values, 2)
    same = values == values[0, 0]
    np.testing.assert_array_equal((x == values[0, 0]).compute(), same)
    chosen = xp.where(xp.asarray(same), x, values[1, 1])
    np.testing.assert_array_equal(chosen.compute(), np.where(same, values, values[1, 1]))
    np.testing.assert_array_equal(xp.full_like(x, values[0, 1]).compute(), np.full_like(values, values[0, 1]))
    np.testing.assert_array_equal(xp.zeros_like(x).compute(), np.zeros_like(values))


def test_objects_compute_through_numpy() -> None:
    values = np.array([[1, 2.5, 3]], object)
    x = xp.from_array(values, (1, 2))
    assert (x + 1).dtype == object
    np.testing.assert_array_equal((x + 1).compute(), values + 1)
    np.testing.assert_array_equal(x.sum(axis=0).compute(), values.sum(0))
    np.testing.assert_array_equal(x.max(axis=1).compute(), values.max(1))
    days = np.array([datetime.date(2020, 1, day) for day in range(1, 6)], object)
    y = xp.from_array(days, 2)
    np.testing.assert_array_equal((y - days[0]).compute(), days - days[0])
    assert y.min().compute()[()] == days[0]
    y[1] = datetime.date(1999, 1, 1)
    assert y.compute()[1].year == 1999
    np.testing.assert_array_equal(xp.pad(y, 1, constant_values=None).compute()[[0, -1]], None)


TIMES = np.array(["2020-01-01", "NaT", "2019-05-05", "2021-01-01"], "M8[ns]").reshape(2, 2)


@pytest.mark.parametrize(
    "expression",
    """
    x.min(axis=0) | x.max() | x - x[0] | x + np.timedelta64(1, 'D') | np.isnat(x) | x == x | x.astype('M8[s]')
    x.astype('i8') | (x - x[0, 0]).astype('f8') | (x - x[0, 0]) / np.timedelta64(1, 'D') | np.argmin(x, axis=1)
    x < np.datetime64('2020-06-01') | np.sort(x, axis=1) | np.pad(x, 1, constant_values=np.datetime64('NaT'))
    np.where(np.isnat(x), np.datetime64('2000-01-01'), x) | (x - x[0, 0]).sum(axis=0) | (x[0] - x[0, 0]).mean()
    np.nanmax(x, axis=1) | np.diff(x, axis=0) | np.abs(x - x[0, 0]) | (x - x[0, 0]) * 2.5 | np.stack([x, x])
    (x - x[0, 0]) // np.timedelta64(7, 'D') | np.round((x - x[0, 0]) / np.timedelta64(1, 'D'))
    """.strip()
    .replace("\n", "|")
    .split("|"),
)
def test_times_are_numpys(expression: str) -> None:
    ours = eval(expression.strip(), {"np": np, "x": xp.from_array(TIMES, 1)})
    expected = np.asarray(eval(expression.strip(), {"np": np, "x": TIMES}))
    assert (ours.dtype, ours.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(ours.compute(), expected)


PROMOTED = "? i1 u1 i8 u8 f2 f4 f8 c8"
UFUNCS = (np.add, np.multiply, np.maximum, np.equal, np.divide, np.logical_and)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("a", "b"), list(itertools.product(PROMOTED.split(), repeat=2)))
def test_types_promote_as_numpys(a: str, b: str) -> None:
    first, second = np.ones(2, a), np.ones(2, b)
    for ufunc in UFUNCS:
        expected = ufunc(first, second)
        ours = ufunc(xp.asarray(first), second)
        assert ours.dtype == expected.dtype
        np.testing.assert_array_equal(ours.compute(), expected)


@pytest.mark.parametrize("dtype", PROMOTED.split())
@pytest.mark.parametrize("scalar", [True, 1, 1.5, 1j])
def test_python_scalars_are_weak(dtype: str, scalar: Any) -> None:
    values = np.ones(2, dtype)
    for ours, expected in [
        (xp.asarray(values) * scalar, values * scalar),
        (scalar + xp.asarray(values), scalar + values),
    ]:
        assert ours.dtype == expected.dtype
        np.testing.assert_array_equal(ours.compute(), expected)


@pytest.mark.parametrize("dtype", ["f2", "f4", "i1", "u2", "c8"])
@pytest.mark.parametrize("operation", ["sum", "prod", "mean", "std", "max", "cumsum"])
def test_results_have_numpys_types(dtype: str, operation: str) -> None:
    values = np.arange(1, 7).reshape(2, 3).astype(dtype)
    ours, expected = getattr(xp, operation)(xp.from_array(values, 1), axis=1), getattr(np, operation)(values, axis=1)
    assert ours.dtype == expected.dtype
    np.testing.assert_allclose(ours.compute(), expected, rtol=1e-3)


def test_bfloat16_computes_through_numpy() -> None:
    types = pytest.importorskip("ml_dtypes", reason="bfloat16 is a type of ml_dtypes")
    values = np.arange(6).astype(types.bfloat16)
    x = xp.from_array(values, 4)
    assert x.dtype == values.dtype
    np.testing.assert_array_equal((x + x).compute(), values + values)
    np.testing.assert_array_equal(x[::2].astype(np.float32).compute(), [0, 2, 4])


def test_what_numpy_refuses_is_refused_at_the_call() -> None:
    with pytest.raises(OverflowError):
        xp.asarray(np.ones(2, "u1")) + 300
    with pytest.raises(TypeError):
        -xp.asarray([True])
    with pytest.raises(TypeError):
        xp.asarray([True]) - xp.asarray([True])
    with pytest.raises(ValueError, match="negative integer powers"):
        xp.asarray([1, 2]) ** -1
    integers = xp.asarray([1, 2])
    with pytest.raises(TypeError, match="same_kind"):
        integers += 1.5


@pytest.mark.parametrize("exponent", [2, 2.0, 1, 0.5, -1, -1.0, 0, 3, 1.5, True, np.float32(2), np.float64(2), 2 + 0j])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16", "i2", "u4", "i8", "?"])
def test_scalar_exponents_give_the_types_and_values_of_numpys_arrays(dtype, exponent) -> None:
    values = np.array([[0, 1, 2, 3], [5, 7, 11, 4]]).astype(dtype)
    if dtype[0] == "c":
        values += np.array(0.5j, dtype)
    array = xp.asarray(values, chunks=(1, 3))
    with np.errstate(all="ignore"):
        try:
            expected = values**exponent
        except (ValueError, OverflowError) as error:
            with pytest.raises(type(error), match=re.escape(str(error))):
                array**exponent
            return
    result = (array**exponent).compute()
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(
        result, expected, rtol=4 * np.finfo(expected.dtype).eps if result.dtype.kind in "fc" else 0
    )
