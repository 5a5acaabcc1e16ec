"""Selections: the elements that a key wants, and the ranges of storage that hold them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tensogram_xarray.array import (
    _expand_key_to_indices,
    _is_contiguous_slice,
    _nd_slice_to_flat_ranges,
)
from tensogram_xarray.selection import Selection

ALL = slice(None)

RANGES = [
    # shape, key, ranges, shape of the result
    ((6, 10), (slice(1, 3), slice(2, 5)), [(12, 3), (22, 3)], (2, 3)),
    ((6, 10), (slice(1, 3), ALL), [(10, 20)], (2, 10)),
    ((4, 3, 5), (slice(1, 2), slice(0, 2), ALL), [(15, 10)], (1, 2, 5)),
    ((4, 3, 5), (slice(0, 2), slice(0, 1), ALL), [(0, 5), (15, 5)], (2, 1, 5)),
    ((6, 10), (ALL, ALL), [(0, 60)], (6, 10)),
    ((6, 10), (slice(3, 3), ALL), [], (0, 10)),
    ((6, 10), (slice(5, 3), ALL), [], (0, 10)),
    ((6, 10), (slice(-2, None), slice(-3, 100)), [(47, 3), (57, 3)], (2, 3)),
    ((0, 10), (ALL, ALL), [], (0, 10)),
    ((), (), [(0, 1)], ()),
]


@pytest.mark.parametrize(("shape", "key", "ranges", "result"), RANGES)
def test_slices_as_ranges(shape, key, ranges, result):
    assert _nd_slice_to_flat_ranges(shape, key) == (ranges, result)


@pytest.mark.parametrize(
    ("shape", "key", "ranges"),
    [
        ((36, 72), (18, 0), [(1296, 1)]),
        ((36, 72), (-1, slice(0, 2)), [(2520, 2)]),
        ((6, 10), (np.array([1, 3]), ALL), [(10, 10), (30, 10)]),
        ((6, 10), (slice(None, None, 2), ALL), [(0, 10), (20, 10), (40, 10)]),
        ((6, 10), (slice(None, None, -2), ALL), [(10, 10), (30, 10), (50, 10)]),
        ((100,), (slice(10, 20, 3),), [(10, 10)]),
        ((2000,), (slice(0, 2000, 1000),), [(0, 1), (1000, 1)]),
        ((9,), (np.array([5, 1, 5, 2]),), [(1, 2), (5, 1)]),
        ((4,), (np.array([True, False, True, True]),), [(0, 1), (2, 2)]),
        ((4, 5), (slice(None, None, -1), ALL), [(0, 20)]),
    ],
    ids=str,
)
def test_any_key_as_ranges(shape, key, ranges):
    """Integers, strides and lists read what they want; close single elements are read as a run."""
    assert Selection.of(key, shape).ranges() == ranges


@pytest.mark.parametrize(
    ("key", "shape", "text"),
    [
        ((6,), (6,), "index 6 is out of bounds for axis 0 with size 6"),
        ((ALL, -11), (6, 10), "index -11 is out of bounds for axis 1 with size 10"),
        ((np.array([0, 7]),), (6,), "index 7 is out of bounds for axis 0 with size 6"),
        ((np.array([True]),), (6,), "mask of 1 for axis 0 with size 6"),
        ((0, 0), (6,), "2 indices for an array of 1 dimensions"),
        ((1.5,), (6,), "float64"),
        ((None,), (6,), "object"),
    ],
)
def test_keys_that_do_not_fit(key, shape, text):
    with pytest.raises(IndexError, match=text):
        Selection.of(key, shape)


@pytest.mark.parametrize(
    ("key", "slices"),
    [
        ((slice(5, None, -2), 3), (slice(5, None, -2), 3)),
        ((slice(5, 0, -2), -1), (slice(5, 0, -2), 9)),
        ((np.array([1, 3, 5]), ALL), (slice(1, 7, 2), slice(0, 10, 1))),
        ((np.array([1, 2, 4]), ALL), None),
    ],
    ids=str,
)
def test_evenly_spaced_indices_are_slices(key, slices):
    selection = Selection.of(key, (6, 10))
    assert selection.as_slices == slices
    if slices is not None:
        array = np.arange(60).reshape(6, 10)
        assert np.array_equal(array[slices], array[key])


@pytest.mark.parametrize(
    ("key", "contiguous"),
    [((), True), ((slice(3), slice(0, 3, 1)), True), ((slice(0, 3, 2),), False), ((1,), False)],
)
def test_contiguous_slices(key, contiguous):
    assert _is_contiguous_slice(key) is contiguous


def test_expanded_indices():
    key = (slice(1, 3), 2, None, np.int64(-1), np.array([0, 2]))
    assert _expand_key_to_indices(key, (5, 4, 3, 9, 3)) == [[1, 2], [2], [0, 1, 2], [8], [0, 2]]


def axis_keys(size: int) -> st.SearchStrategy:
    keys = [st.slices(size), st.slices(size).map(lambda s: slice(s.start, s.stop, -(s.step or 1)))]
    if size:
        index = st.integers(-size, size - 1)
        keys += [index, st.lists(index, max_size=6).map(lambda i: np.array(i, np.intp))]
        keys += [hnp.arrays(np.bool_, size)]
    return st.one_of(keys)


@st.composite
def shapes_and_keys(draw):
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=7))
    return shape, tuple(draw(axis_keys(size)) for size in shape)


def outer(array: np.ndarray, key: tuple) -> np.ndarray:
    """Orthogonal indexing by numpy, axis by axis from the last."""
    for axis in reversed(range(len(key))):
        array = array[(slice(None),) * axis + (key[axis],)]
    return array


@settings(max_examples=300, deadline=None)
@given(shapes_and_keys())
def test_any_selection_is_numpys(shape_and_key):
    shape, key = shape_and_key
    array = np.arange(int(np.prod(shape))).reshape(shape)
    expected = outer(array, key)
    selection = Selection.of(key, shape)
    ranges = selection.ranges() if not selection.is_empty else []
    flat = np.concatenate([array.ravel()[:0], *(array.ravel()[a : a + n] for a, n in ranges)])

    assert selection.result_shape == expected.shape
    assert np.array_equal(selection.cut_whole(array), expected)
    assert all(a + n < b for (a, n), (b, _) in itertools.pairwise(ranges))
    if not selection.is_empty:
        assert flat.size == selection.covered
        covered = flat.reshape([len(indices) for indices in selection.cover])
        assert np.array_equal(selection.cut(covered), expected)
    if selection.as_slices is not None:
        assert np.array_equal(array[selection.as_slices], expected)
