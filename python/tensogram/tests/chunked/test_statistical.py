"""Reductions, running results, order and counts are numpy's."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from against_numpy import both, check

import tensogram.chunked as xp

AXES = ("", ", axis=0", ", axis=(0, 1), keepdims=True")
ONE_AXIS = ("", ", axis=0", ", axis=1, keepdims=True")

PLAIN = "sum prod mean min max any all"
SKIPPING = "sum prod mean std var min max"

REDUCTIONS = [
    *(f"xp.{name}({x}{axis})" for name in PLAIN.split() for x in "aium" for axis in AXES),
    *(f"xp.{name}({x}{axis})" for name in ("std", "var") for x in "aiuf" for axis in AXES),
    *(f"xp.nan{name}({x}{axis})" for name in SKIPPING.split() for x in "nfi" for axis in AXES),
    *(f"xp.{name}({x}{axis})" for name in ("argmin", "argmax") for x in "aiumn" for axis in ONE_AXIS),
    *(f"xp.nan{name}({x}{axis})" for name in ("argmin", "argmax") for x in "nf" for axis in ONE_AXIS),
    *(f"xp.{name}({x}{axis})" for name in ("median", "nanmedian") for x in "ani" for axis in AXES),
    *(f"xp.{q}quantile({x}, [0.25, 0.5], axis={axis})" for q in ("", "nan") for x in "an" for axis in (0, (0, 1))),
]
SCANS = [
    *(f"xp.{nan}{name}({x}{axis})" for nan in ("", "nan") for name in ("cumsum", "cumprod")
      for x in "niu" for axis in ("", ", axis=0", ", axis=1")),
    *(f"xp.cumulative_{name}({x}, axis=0, include_initial={initial})"
      for name in ("sum", "prod") for x in "ai" for initial in (True, False)),
]  # fmt: skip

OTHERS = """
xp.sum(i, dtype=np.float32)
xp.sum(u, axis=0, dtype=np.int16)
xp.sum(a, initial=2.0)
xp.sum(a, where=m)
xp.max(a, initial=3.0, axis=0)
xp.min(a, where=m, initial=9.0)
xp.mean(a, where=m)
xp.mean(c)
xp.std(c, axis=0)
xp.var(a, axis=0, ddof=1)
xp.std(a, correction=1)
xp.sum(c, axis=1)
xp.prod(c, axis=1)
xp.ptp(a, axis=0)
xp.count_nonzero(i)
xp.count_nonzero(m, axis=0)
xp.average(a, axis=1)
xp.average(a, axis=1, weights=z)
xp.average(a, weights=p)
xp.quantile(a, 0.3)
xp.quantile(a, 0.3, axis=0, method="nearest", keepdims=True)
xp.percentile(a, [10, 90], axis=1)
xp.nanpercentile(n, 40, axis=1)
xp.diff(a)
xp.diff(a, n=2, axis=0)
xp.diff(m)
xp.diff(a, prepend=0, append=a)
xp.gradient(v)
xp.gradient(a)
xp.gradient(a, 2.0, axis=0)
xp.gradient(a, z, axis=1)
xp.gradient(a, z, axis=1, edge_order=2)
xp.gradient(f, axis=1, edge_order=2)
xp.sort(a)
xp.sort(a, axis=0)
xp.sort(a, axis=None)
xp.argsort(a, axis=0)
xp.argsort(k, axis=1, stable=True)
xp.searchsorted(w, a)
xp.searchsorted(w, v, side="right")
xp.digitize(a, w)
xp.interp(a, w, w * 2)
xp.histogram(a, bins=4, range=(-2, 2))
xp.histogram(a, bins=5)
xp.histogram(f, bins=5)
xp.histogram(i, bins=4)
xp.histogram(f, bins=4, range=(-1, 1))
xp.histogram(a, bins=[-3.0, 0.0, 1.0, 3.0], weights=b)
xp.histogram(a, bins=5, density=True)
xp.histogram(a, bins=5, weights=b)
xp.histogram(a[0, 0], bins=3, range=(-2, 2))
xp.histogram(k, bins=4, range=(1, 1))
xp.histogram(i, bins=[0, 2, 2, 7])
xp.bincount(k[0], minlength=8)
xp.bincount(k[0], weights=v, minlength=8)
xp.nonzero(i)
xp.flatnonzero(i)
xp.argwhere(m)
xp.unique(k)
xp.unique(k, return_counts=True)
xp.unique_all(k)
xp.unique_counts(k)
xp.unique_inverse(k)
xp.sort(xp.unique_values(k))
xp.allclose(a, a)
xp.array_equal(a, b)
""".strip().splitlines()


@pytest.mark.parametrize(("expression", "door"), both([*REDUCTIONS, *SCANS, *OTHERS]))
def test_expression_is_numpys(expression: str, door: str) -> None:
    check(expression, door)


@pytest.mark.parametrize("q", [0.3, 1, [0.1, 0.5, 1.0], np.float32([0.25, 0.9]), [[0, 0.2], [0.7, 0.9]]], ids=str)
@pytest.mark.parametrize("method", ["linear", "nearest", "hazen", "inverted_cdf"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_quantiles_that_skip_nan_are_exactly_numpys(dtype, method, q) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6, 5, 7)).astype(dtype)
    values[rng.random(values.shape) < 0.4] = np.nan
    values[:, 2, 3] = np.nan
    array = xp.asarray(values, chunks=(2, 2, 3))
    for axis, keepdims in itertools.product([None, 0, 2, (0, 2)], [False, True]):
        if np.ndim(q) > 1 and isinstance(axis, tuple):
            continue  # numpy mixes up the axes of the result
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = np.nanquantile(values, q, axis=axis, keepdims=keepdims, method=method)
            hundredths = np.nanpercentile(values, np.multiply(q, 100)[()], axis=axis, keepdims=keepdims, method=method)
        result = xp.nanquantile(array, q, axis=axis, keepdims=keepdims, method=method).compute()
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result, expected)
        result = xp.nanpercentile(array, np.multiply(q, 100)[()], axis=axis, keepdims=keepdims, method=method).compute()
        np.testing.assert_array_equal(result, hundredths)
