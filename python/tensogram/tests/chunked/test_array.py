"""The class: attributes, conversions, handles, numpy's protocols, and when things happen."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tensogram.chunked as xp

X = np.random.default_rng(3).normal(size=(7, 5, 6))


class Counted:
    """A source that counts the elements that are read of it."""

    def __init__(self, values: Any) -> None:
        self.values = values
        self.shape, self.dtype = values.shape, values.dtype
        self.read = 0

    def __getitem__(self, key: Any) -> Any:
        part = self.values[key]
        self.read += part.size
        return part


@pytest.fixture
def x() -> xp.Array:
    return xp.from_array(X, 2)


def test_attributes(x: xp.Array) -> None:
    assert (x.shape, x.ndim, x.size, x.nbytes, x.itemsize) == ((7, 5, 6), 3, 210, 1680, 8)
    assert x.chunks == ((2, 2, 2, 1), (2, 2, 1), (2, 2, 2))
    assert (x.chunksize, x.numblocks, x.npartitions, x.device) == ((2, 2, 2), (4, 3, 3), 36, "cpu")
    assert type(x.dtype) is type(X.dtype)
    assert x.to_device("cpu") is x
    for name in ("__dask_graph__", "__array_interface__", "__array_struct__", "_typ"):
        assert not hasattr(x, name)


def test_conversions(x: xp.Array) -> None:
    assert float(x[0, 0, 0]) == X[0, 0, 0]
    assert bool(x[0, 0, 0] == X[0, 0, 0])
    assert int(xp.asarray(3)) == 3
    assert complex(xp.asarray(3)) == 3
    assert range(5)[xp.asarray(2)] == 2
    assert x[0, 0].tolist() == X[0, 0].tolist()
    assert x.item(1, 2, 3) == X[1, 2, 3]
    assert len(x) == 7
    np.testing.assert_array_equal([row[0, 0].item() for row in x], X[:, 0, 0])
    np.testing.assert_array_equal(np.from_dlpack(x), X)
    np.testing.assert_array_equal(np.asarray(x, dtype=np.float32), X.astype(np.float32))
    assert hash(x) != hash(x.copy())


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (float, TypeError),
        (bool, TypeError),
        (lambda x: len(x.sum()), TypeError),
        (lambda x: iter(x.sum()), TypeError),
        (lambda x: np.asarray(x, copy=False), ValueError),
        (lambda x: x.item(), ValueError),
        (lambda x: x.to_device("cuda"), ValueError),
        (lambda x: x.sum(axis=3), ValueError),
        (lambda x: x.reshape(5, 5), ValueError),
        (lambda x: x.transpose(0, 0, 1), ValueError),
        (lambda x: x.rechunk((2,)), ValueError),
        (lambda x: x + np.ones(4), ValueError),
        (lambda x: x @ x, ValueError),
        (lambda x: xp.concat([x, x[0]]), ValueError),
        (lambda x: xp.stack([x, x[0]]), ValueError),
        (lambda x: xp.broadcast_to(x, (5, 6)), ValueError),
        (lambda x: xp.einsum("ijk,jj", x, x[0]), ValueError),
        (lambda x: xp.std(x, ddof=1, correction=1), ValueError),
        (lambda x: xp.squeeze(x, 0), ValueError),
        (lambda x: xp.moveaxis(x, 0, 5), ValueError),
        (lambda x: xp.max(x[:0], axis=0), ValueError),
        (lambda x: xp.argmin(x[:0]), ValueError),
        (lambda x: x.compute(scheduler="threads"), TypeError),
        (lambda x: np.add(x, 1, out=x), TypeError),
        (lambda x: np.add.at(x, 0, 1), TypeError),
        (lambda x: np.put(x, 0, 1), TypeError),
        (lambda x: xp.bincount(x), ValueError),
    ],
)
def test_mistakes_are_told_at_the_call(act: Callable[[Any], Any], error: type[Exception], x: xp.Array) -> None:
    with pytest.raises(error):
        act(x)


def test_handles_are_independent(x: xp.Array) -> None:
    same, deep, shallow = x, copy.deepcopy(x), copy.copy(x)
    x[0] = 0
    x += 1
    assert same is x
    np.testing.assert_array_equal(deep.compute(), X)
    np.testing.assert_array_equal(shallow.compute(), X)
    expected = X.copy()
    expected[0] = 0
    np.testing.assert_array_equal(x.compute(), expected + 1)


def test_ufuncs_dispatch(x: xp.Array) -> None:
    total = np.zeros(X.shape)
    total += x
    np.testing.assert_array_equal(total, X)
    np.testing.assert_allclose(np.add.reduce(x, axis=1).compute(), X.sum(1))
    np.testing.assert_array_equal(np.maximum.reduce(x, axis=None).compute(), X.max())
    np.testing.assert_allclose(np.add.accumulate(x, axis=1).compute(), X.cumsum(1))
    outer = np.multiply.outer(x[0], X[0, 0])
    np.testing.assert_allclose(outer.compute(), np.multiply.outer(X[0], X[0, 0]))
    single = np.add(x, 1, dtype=np.float32, casting="same_kind")
    np.testing.assert_array_equal(single.compute(), np.add(X, 1, dtype=np.float32, casting="same_kind"))
    np.testing.assert_allclose(np.add(x, 1, where=x > 0).compute(), np.where(X > 0, X + 1, 0))
    result = np.zeros((5, 6))
    assert np.sum(x, axis=0, out=result) is result
    np.testing.assert_allclose(result, X.sum(0))


def test_foreign_operands_take_over(x: xp.Array) -> None:
    class Foreign:
        __array_ufunc__ = None

        def __radd__(self, other: Any) -> str:
            return "theirs"

    assert x + Foreign() == "theirs"
    with pytest.raises(TypeError):
        x + object()


def test_arrays_of_numpy_stay_numpys() -> None:
    a = np.ones((2, 2))
    for result in (
        xp.add(a, 1), xp.sum(a), xp.moveaxis(a, 0, 1), xp.concat([a, a]), xp.std(a, correction=0), xp.pad(a, 1),
        xp.sort(a, descending=True), xp.where(a > 0, a, 1), xp.astype(a, np.float32), xp.linalg.inv(a + np.eye(2)),
        xp.lib.stride_tricks.sliding_window_view(a, (1, 1)), xp.quantile(a, 0.5), xp.take(a, np.array([0]), axis=0),
    ):  # fmt: skip
        assert not isinstance(result, xp.Array)
    assert isinstance(xp.asarray(a), xp.Array)


def test_nothing_is_read_before_compute_and_each_block_once() -> None:
    source = Counted(X)
    x = xp.from_array(source, 2)
    mean, spread = x.mean(axis=0), (x - 1).std()
    for build in (
        lambda: xp.sort(x), lambda: xp.median(x), lambda: xp.einsum("ijk,ijk", x, x), lambda: x[[0, 1], [1, 2]],
        lambda: xp.quantile(x, [0.1], axis=0), lambda: xp.fft.fft(x), lambda: xp.histogram(x), lambda: repr(x),
        lambda: x._repr_html_(), lambda: x.visualize(), lambda: xp.pad(x, 2, mode="mean"), lambda: xp.gradient(x),
        lambda: x.reshape(-1), lambda: x.rechunk(7), lambda: np.nan_to_num(x), lambda: xp.linalg.svd(x),
    ):  # fmt: skip
        build()
    assert source.read == 0
    results = xp.compute(mean, spread, x.max(), x + 1)
    assert source.read == X.size
    for result, expected in zip(results, (X.mean(0), (X - 1).std(), X.max(), X + 1), strict=True):
        np.testing.assert_allclose(result, expected)


def test_selections_read_no_more_than_they_need() -> None:
    source = Counted(X)
    x = xp.from_array(source, -1)
    np.testing.assert_array_equal(x[1::3, 0, ::-2].compute(), X[1::3, 0, ::-2])
    assert source.read == X[1::3, 0, ::-2].size


def test_persisted_arrays_read_no_source() -> None:
    source = Counted(X)
    kept = xp.from_array(source, 3).persist()
    assert (source.read, kept.chunks[0]) == (X.size, (3, 3, 1))
    np.testing.assert_array_equal((kept + 1).compute(), X + 1)
    assert source.read == X.size


def test_compute_hands_other_things_through(x: xp.Array) -> None:
    first, text, second, number = xp.compute(x, "text", x, x.sum())
    assert text == "text"
    assert not np.shares_memory(first, second)
    assert type(number) is np.ndarray


def test_long_chains_and_wide_joins() -> None:
    x = xp.from_array(np.zeros(3), 1)
    for _ in range(10_000):
        x = x + 1
    assert x.compute().tolist() == [10_000] * 3
    del x
    assert xp.concat([xp.ones(1)] * 1000).sum().item() == 1000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["nanmin", "nanmax", "nanmean", "nanstd", "nanmedian", "nanquantile"])
def test_nothing_but_nan_is_nan_without_a_warning(name: str) -> None:
    values = np.where(np.arange(12).reshape(3, 4) % 4 == 1, np.nan, 2.0)
    levels = ([0.5, 0.75],) if name == "nanquantile" else ()
    result = getattr(xp, name)(xp.from_array(values, 2), *levels, axis=0).compute()
    np.testing.assert_array_equal(np.isnan(result), np.broadcast_to([False, True, False, False], result.shape))
    assert np.isnan(getattr(xp, name)(xp.full((2, 3), np.nan), *levels, axis=(0, 1), keepdims=True).compute()).all()
    with pytest.raises(ValueError, match="NaN"):
        xp.nanargmin(xp.from_array(values, 2), axis=0).compute()


def test_empty_arrays() -> None:
    x = xp.from_array(np.zeros((0, 3)), 2)
    assert x.chunks == ((0,), (2, 1))
    assert x.sum().item() == 0
    assert x.sum(axis=0).compute().tolist() == [0, 0, 0]
    assert np.isnan(x.mean().compute())
    for result, shape in [
        (x.max(axis=1), (0,)), (x + 1, (0, 3)), (x.reshape(3, 0), (3, 0)), (x[:, [0, 2]], (0, 2)),
        (xp.sort(x, axis=0), (0, 3)), (xp.cumsum(x, 0), (0, 3)), (xp.concat([x, xp.ones((2, 3))]), (2, 3)),
    ]:  # fmt: skip
        assert result.compute().shape == result.shape == shape
