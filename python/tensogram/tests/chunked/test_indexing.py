"""Reading and assigning by index are numpy's, in every kind of blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import tensogram.chunked as xp

RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=(7, 5, 6))
MASK = X > 0

KEYS: list[Any] = [
    np.s_[0], np.s_[-1], np.s_[1:3], np.s_[::2], np.s_[::-1], np.s_[5:1:-2], np.s_[..., 0], np.s_[0, ..., 1],
    np.s_[None], np.s_[:, None, 0], np.s_[..., None], np.s_[2:100], np.s_[1:1], np.s_[np.int64(2)],
    np.s_[[0, 2, -1]], np.s_[:, [3, 1, 1]], np.s_[[[0, 1], [2, 3]]], np.s_[:, np.array([[0, 1], [2, 3]])], np.s_[[]],
    np.s_[0, :, [1, 2]], np.s_[[0, 1], :, [1, 2]], np.s_[:, [0, 1], [1, 2]], np.s_[[0, 1], [1, 2]], np.s_[0, [1, 2]],
    np.s_[[1, 2], 0], np.s_[[1, 2], None], np.s_[None, [1, 2]], np.s_[[1, 2], None, [0, 1]], np.s_[:, None, [0, 1]],
    np.s_[0, [1], [2]], np.s_[[0], :, 0], np.s_[:, [0, 1], None, [1, 0]], np.s_[[0, 1], 1:, [2, 3]],
    np.s_[1, [0, 1], 1:],
    np.s_[[3, 3], [0, 0], [1, -1]],
    np.s_[np.arange(7) % 2 == 0], np.s_[:, np.array([True, False, True, False, True])],
    np.s_[..., np.arange(6) > 2], MASK, MASK[:, :, 0], np.s_[MASK[:, :, 0], 1], np.s_[MASK[:, 0, 0], :, [1]],
    True, False, range(3),
]  # fmt: skip

INDICES = np.array([[0, 3], [2, -1]])


@pytest.mark.parametrize("chunks", [-1, 2, 1])
@pytest.mark.parametrize("key", KEYS, ids=lambda key: repr(key)[:40])
def test_reads_as_numpy(key: Any, chunks: int) -> None:
    read, expected = xp.from_array(X, chunks)[key], X[key]
    assert read.shape == expected.shape
    assert tuple(map(sum, read.chunks)) == read.shape
    np.testing.assert_array_equal(read.compute(), expected)


@pytest.mark.parametrize("chunks", [-1, 2])
@pytest.mark.parametrize("key", KEYS, ids=lambda key: repr(key)[:40])
def test_assigns_as_numpy(key: Any, chunks: int) -> None:
    selected = X[key]
    # A mask is as many index arrays as it has axes.
    several = (
        isinstance(key, tuple)
        and sum(
            np.ndim(one) if np.asarray(one).dtype == bool else 1 for one in key if isinstance(one, (list, np.ndarray))
        )
        > 1
    )
    for value in (1, RANDOM.normal(size=selected.shape), RANDOM.normal(size=selected.shape[-1:])):
        array, expected = xp.from_array(X, chunks), X.copy()
        other = array.copy()
        if several:
            with pytest.raises(NotImplementedError, match="in steps"):
                array[key] = value
            continue
        if isinstance(key, tuple) and any(one is None for one in key) and any(isinstance(one, list) for one in key):
            with pytest.raises(NotImplementedError, match="reshape the value"):
                array[key] = value
            continue
        array[key] = value
        expected[key] = value
        np.testing.assert_array_equal(array.compute(), expected)
        np.testing.assert_array_equal(other.compute(), X)


@pytest.mark.parametrize("chunks", [-1, 2])
def test_reads_by_lazy_positions(chunks: int) -> None:
    x, i = xp.from_array(X, chunks), xp.from_array(INDICES, 1)
    for lazy, expected in [
        (x[i], X[INDICES]),
        (x[:, i], X[:, INDICES]),
        (x[i, 0], X[INDICES, 0]),
        (x[i, :, i], X[INDICES, :, INDICES]),
        (x[[0, 1], i], X[[0, 1], INDICES]),
    ]:
        np.testing.assert_array_equal(lazy.compute(), expected)
    assert x[i].chunks[:2] == i.chunks
    with pytest.raises(IndexError, match="index 7 is out of bounds for axis 0 with size 7"):
        x[xp.asarray([7])].compute()


def test_masks_of_ours_are_computed_and_assigned_lazily() -> None:
    x = xp.from_array(X, 2)
    np.testing.assert_array_equal(x[x > 0].compute(), X[MASK])
    x[x > 0] = 0
    np.testing.assert_array_equal(x.compute(), np.where(MASK, 0, X))
    x[xp.from_array(INDICES, 1)] = 5
    expected = np.where(MASK, 0, X)
    expected[INDICES] = 5
    np.testing.assert_array_equal(x.compute(), expected)


@pytest.mark.parametrize("chunks", [-1, 2])
def test_vindex_puts_sliced_axes_last(chunks: int) -> None:
    x = xp.from_array(X, chunks)
    np.testing.assert_array_equal(x.vindex[[0, 1], :, [1, 2]].compute(), X[[0, 1], :, [1, 2]])
    np.testing.assert_array_equal(x.vindex[:, [0, 1], [1, 2]].compute(), np.moveaxis(X[:, [0, 1], [1, 2]], 1, 0))
    np.testing.assert_array_equal(x.vindex[1, [0, 1], 2:].compute(), X[1, [0, 1], 2:])
    np.testing.assert_array_equal(x.vindex[1:, 0].compute(), X[1:, 0])


@pytest.mark.parametrize(
    "key", [7, -8, (0, 0, 0, 0), (slice(None), [5]), "a", 1.5, (..., ...), MASK[:6], None.__class__]
)
def test_refuses_what_numpy_refuses(key: Any) -> None:
    with pytest.raises(IndexError):
        xp.from_array(X, 2)[key]


@st.composite
def keys(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Ints, slices of any step, and at most one list, in any number."""
    made: list[Any] = []
    lists = draw(st.integers(0, 1))
    for extent in shape[: draw(st.integers(0, len(shape)))]:
        if lists and extent and draw(st.booleans()):
            lists = 0
            made.append(draw(st.lists(st.integers(-extent, extent - 1), max_size=8)))
        elif extent and draw(st.booleans()):
            made.append(draw(st.integers(-extent, extent - 1)))
        else:
            made.append(draw(st.slices(extent)))
    return tuple(made)


@given(st.data())
def test_reads_and_assigns_in_any_blocks(data: st.DataObject) -> None:
    shape = data.draw(arrays.array_shapes(max_dims=3, min_side=0, max_side=9))
    chunks = tuple(data.draw(st.integers(1, max(extent, 1))) for extent in shape)
    values = np.arange(np.prod(shape)).reshape(shape)
    first = data.draw(keys(shape))
    part = values[first]
    second = data.draw(keys(part.shape))
    array = xp.from_array(values, chunks)
    np.testing.assert_array_equal(array[first][second].compute(), part[second])
    changed, expected = array[first], np.array(part)
    changed[second] = -1
    expected[second] = -1
    np.testing.assert_array_equal(changed.compute(), expected)
