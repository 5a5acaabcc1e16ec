"""Users' functions over blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tensogram.chunked as xp

X = np.random.default_rng(2).normal(size=(7, 5, 6))


@pytest.fixture
def x() -> xp.Array:
    return xp.from_array(X, (3, 2, 6))


def test_map_blocks_tells_functions_where_they_are(x: xp.Array) -> None:
    def place(block: Any, block_id: Any = None, block_info: Any = None) -> Any:
        if block_info:
            assert block_info[0]["chunk-location"] == block_id
            assert block_info[None]["chunk-shape"] == block.shape
        return block * 0 + sum(block_id)

    result = x.map_blocks(place).compute()
    assert (result[0, 0, 0], result[6, 4, 5]) == (0, 4)


def test_map_blocks_drops_and_adds_axes(x: xp.Array) -> None:
    dropped = xp.map_blocks(lambda block: block.sum(-1), x, drop_axis=2, dtype=float)
    np.testing.assert_allclose(dropped.compute(), X.sum(-1))
    chunks = (*x.chunks, 3)
    added = xp.map_blocks(lambda block: block[..., None] * np.ones(3), x, new_axis=3, chunks=chunks, dtype=float)
    assert added.chunks[3] == (3,)
    np.testing.assert_allclose(added.compute(), X[..., None] * np.ones(3))


def test_map_blocks_hands_other_arguments_through(x: xp.Array) -> None:
    result = xp.map_blocks(lambda block, number, name, row: block + number + row, x, 3, "name", X[0, 0])
    np.testing.assert_allclose(result.compute(), X + 3 + X[0, 0])
    with pytest.raises(ValueError, match="ZeroDivisionError.*dtype="):
        xp.map_blocks(lambda block: 1 / 0, x)


def test_functions_of_blocks_may_give_our_arrays(x: xp.Array) -> None:
    result = x.map_blocks(lambda block: xp.asarray(block) * 2 if block.size > 1 else block)
    np.testing.assert_array_equal(result.compute(), X * 2)


def test_apply_gufunc(x: xp.Array) -> None:
    np.testing.assert_allclose(xp.apply_gufunc(lambda a: a.mean(-1), "(i)->()", x).compute(), X.mean(-1))
    several = xp.apply_gufunc(lambda a: (a.mean(-1), a.std(-1)), "(i)->(),()", x)
    np.testing.assert_allclose(xp.compute(*several), [X.mean(-1), X.std(-1)])
    pair = xp.apply_gufunc(lambda a: np.stack([a.min(-1), a.max(-1)], -1), "(i)->(o)", x, output_sizes={"o": 2})
    np.testing.assert_allclose(pair.compute(), np.stack([X.min(-1), X.max(-1)], -1))
    rows = xp.from_array(X[0, :, 0], 1)
    lines = xp.apply_gufunc(lambda a, b: a.sum() + b, "(i),()->()", x, rows, vectorize=True, output_dtypes=[float])
    np.testing.assert_allclose(lines.compute(), X.sum(-1) + X[0, :, 0])


def test_apply_gufunc_merges_core_dimensions_if_allowed() -> None:
    x = xp.from_array(X, 2)
    with pytest.raises(ValueError, match="consists of 3 chunks"):
        xp.apply_gufunc(np.sum, "(i)->()", x, output_dtypes=float)
    merged = xp.apply_gufunc(lambda a: a.mean(-1), "(i)->()", x, allow_rechunk=True, axis=0)
    np.testing.assert_allclose(merged.compute(), X.mean(0))


@pytest.mark.parametrize("signature", ["(i)", "i->i", "(i->()", "(i),(j)->()"])
def test_apply_gufunc_refuses_signatures_that_do_not_fit(signature: str, x: xp.Array) -> None:
    with pytest.raises(ValueError, match="signature"):
        xp.apply_gufunc(np.sum, signature, x)


def test_blockwise(x: xp.Array) -> None:
    rows = x[0]
    product = xp.blockwise(lambda a, b: a @ b, "ik", rows, "ij", xp.from_array(X[0].T, 2), "jk", dtype=float)
    np.testing.assert_allclose(product.compute(), X[0] @ X[0].T)
    wider = xp.blockwise(lambda a: a[:, None], "ixj", rows, "ij", new_axes={"x": 1}, dtype=float)
    np.testing.assert_allclose(wider.compute(), X[0][:, None])
    change = {"i": lambda n: 2 * n}
    doubled = xp.blockwise(lambda a: np.repeat(a, 2, 0), "ij", rows, "ij", adjust_chunks=change, dtype=float)
    np.testing.assert_allclose(doubled.compute(), np.repeat(X[0], 2, 0))


def test_reduction_and_scan(x: xp.Array) -> None:
    np.testing.assert_allclose(xp.reduction(x, np.sum, axis=0).compute(), X.sum(0))
    np.testing.assert_allclose(xp.reduction(x, np.max, combine=np.max, aggregate=np.max, axis=1).compute(), X.max(1))
    both = xp.reduction(x, np.sum, axis=(0, 2), keepdims=True)
    np.testing.assert_allclose(both.compute(), X.sum((0, 2), keepdims=True))
    np.testing.assert_allclose(xp.scan(np.cumsum, np.add, 0, x, axis=0).compute(), X.cumsum(0))
    other = xp.scan(np.cumsum, np.add, 0, x, axis=0, method="blelloch", preop=np.sum)
    np.testing.assert_allclose(other.compute(), X.cumsum(0))


@pytest.mark.parametrize(("limit", "filled"), [(None, [np.nan, 1, 1, 1, 4, 4]), (1, [np.nan, 1, 1, np.nan, 4, 4])])
def test_push_fills_forward(limit: int | None, filled: list[float]) -> None:
    values = np.array([np.nan, 1, np.nan, np.nan, 4, np.nan])
    for chunks in (1, 2, -1):
        np.testing.assert_array_equal(xp.push(xp.from_array(values, chunks), limit, 0).compute(), filled)
    times = np.array(["NaT", "2020-01-01", "NaT"], "M8[s]")
    np.testing.assert_array_equal(xp.push(xp.from_array(times, 1)).compute()[1:], times[[1, 1]])


def test_shuffle_cuts_no_group(x: xp.Array) -> None:
    shuffled = xp.shuffle(x, [[0, 3], [1, 2, 6], [4], [5]], 0)
    assert shuffled.chunks[0] == (2, 3, 2)
    np.testing.assert_array_equal(shuffled.compute(), X[[0, 3, 1, 2, 6, 4, 5]])


def test_unify_chunks(x: xp.Array) -> None:
    grids, (first, second) = xp.unify_chunks(x, ("a", "b", "c"), xp.from_array(X[:, 0, 0], 2), ("a",))
    assert grids["a"] == first.chunks[0] == second.chunks[0] == (2, 1, 1, 2, 1)


def test_store_writes_every_block_into_its_region(x: xp.Array) -> None:
    part, whole, number = np.zeros((9, 5, 6)), np.zeros(X.shape), np.zeros(())
    place = (slice(1, 8), slice(None), slice(None))
    assert xp.store([x, x + 1, x.max()], [part, whole, number], regions=[place, None, None]) is None
    np.testing.assert_array_equal(part[1:8], X)
    np.testing.assert_array_equal(whole, X + 1)
    assert number == X.max()
    with pytest.raises(ValueError, match="axis 0"):
        xp.store([x], [part], regions=[(slice(0, 3), slice(None), slice(None))])


def test_store_may_be_put_off(x: xp.Array) -> None:
    dask = pytest.importorskip("dask", reason="compute=False gives dask's objects")
    target = np.zeros(X.shape)
    later = xp.store([x], [target], compute=False)
    assert not target.any()
    dask.compute(later)
    np.testing.assert_array_equal(target, X)


def test_dask_arrays_convert_but_do_not_mix(x: xp.Array) -> None:
    pytest.importorskip("dask.array", reason="dask's arrays are needed")
    theirs = x.to_dask()
    assert theirs.chunks == x.chunks
    np.testing.assert_array_equal(theirs.compute(), X)
    np.testing.assert_array_equal(xp.from_dask(theirs + 1).compute(), X + 1)
    for mixture in (lambda: x + theirs, lambda: theirs + x, lambda: np.add(theirs, x), lambda: xp.concat([x, theirs])):
        with pytest.raises(TypeError):
            mixture()


def test_errors_of_functions_keep_their_type_and_tell_the_block(x: xp.Array) -> None:
    def fail(block: Any, block_id: Any = None) -> Any:
        if block_id == (1, 0, 0):
            raise LookupError("no such thing")
        return block

    with pytest.raises(LookupError, match="no such thing") as caught:
        x.map_blocks(fail, dtype=float).compute()
    assert "(1, 0, 0)" in caught.value.__notes__[0]
    with pytest.raises(Exception, match="announced"):
        xp.map_blocks(lambda block: block[:1], x, dtype=float).compute()
    with pytest.raises(TypeError, match="complex128, float64 was announced"):
        xp.map_blocks(lambda block: block * 1j, x, dtype=float).compute()
