"""Arrays in blocks: whatever is selected equals numpy on the whole, and no other block is read."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xarray.core import indexing

from tensogram_xarray.blocks import BlockArray, IncompleteError
from tensogram_xarray.selection import Selection


class Block:
    """Stands for an object: an array that counts how often it is read."""

    def __init__(self, values):
        self.values, self.shape, self.dtype, self.reads = values, values.shape, values.dtype, 0

    def _raw_indexing_method(self, key):
        self.reads += 1
        selection = Selection.of(key, self.shape)
        return selection.cut_whole(self.values.copy())

    def __dask_tokenize__(self):
        return self.values.tobytes()


def blocks_of(values, chunks):
    edges = [[0, *itertools.accumulate(lengths)] for lengths in chunks]
    regions = itertools.product(*(list(itertools.pairwise(edge)) for edge in edges))
    return {
        tuple(start for start, _ in region): Block(values[tuple(slice(*ends) for ends in region)]) for region in regions
    }


CHUNKS = ((2, 3, 1), (4,), (1, 2, 2, 2))
VALUES = np.arange(6 * 4 * 7).reshape(6, 4, 7)


def axis_keys(size):
    integers = st.integers(-size, size - 1)
    ends = st.none() | st.integers(-size - 1, size + 1)
    steps = st.integers(-size - 1, size + 1).filter(bool)
    return (
        integers | st.builds(slice, ends, ends, steps) | st.lists(integers, max_size=6).map(lambda i: np.array(i, int))
    )


@settings(max_examples=300, deadline=None)
@given(key=st.tuples(*map(axis_keys, VALUES.shape)))
def test_selections(key):
    array = BlockArray(blocks_of(VALUES, CHUNKS))
    expected = VALUES
    for axis, index in reversed(list(enumerate(key))):
        expected = expected[(slice(None),) * axis + (index,)]
    found = array._raw_indexing_method(key)
    assert found.shape == expected.shape
    assert np.array_equal(found, expected)
    assert found.flags.writeable


@pytest.mark.parametrize(
    ("key", "reads"),
    [
        ((slice(0, 2), slice(None), slice(0, 1)), 1),
        ((slice(0, 6), 0, slice(0, 1)), 3),
        ((0, 0, 0), 1),
        ((slice(None, None, 5), 0, 3), 2),
        ((np.array([0, 1, 0]), 0, 3), 1),
        ((slice(3, 3), slice(None), slice(None)), 0),
        ((slice(None), slice(None), slice(None)), 12),
    ],
    ids=str,
)
def test_only_blocks_that_are_touched_are_read(key, reads):
    parts = blocks_of(VALUES, CHUNKS)
    BlockArray(parts)._raw_indexing_method(key)
    assert sum(part.reads for part in parts.values()) == reads


def test_pointwise_selection():
    array = BlockArray(blocks_of(VALUES, CHUNKS))
    points = (np.array([0, 5, 3]), np.array([1, 0, 3]), np.array([6, 0, 2]))
    assert np.array_equal(array[indexing.VectorizedIndexer(points)], VALUES[points])


def test_attributes_and_pickle():
    array = pickle.loads(pickle.dumps(BlockArray(blocks_of(VALUES, CHUNKS))))
    assert array.shape == VALUES.shape
    assert array.chunks == CHUNKS
    assert array.dtype == VALUES.dtype
    assert array.__dask_tokenize__() == BlockArray(blocks_of(VALUES, CHUNKS)).__dask_tokenize__()


def without(parts, *starts):
    return {start: part for start, part in parts.items() if start not in starts}


PARTS = blocks_of(VALUES, CHUNKS)
INCOMPLETE = {
    "11 blocks do not fill": (without(PARTS, (2, 0, 1)), None),
    "8 blocks do not fill|is missing|has shape": (without(PARTS, (0, 0, 0), (0, 0, 1), (0, 0, 3), (0, 0, 5)), None),
    r"the block of shape \(2, 4, 1\) at \(5, 0, 0\) has shape \(1, 4, 1\)": (PARTS, (7, 4, 7)),
    "do not fill": (without(PARTS, *(start for start in PARTS if start[0] == 0)), None),
    "the block of shape .* has shape": (PARTS | {(2, 0, 1): Block(np.zeros((3, 4, 1)))}, None),
    "blocks are of types float32, int64": (PARTS | {(2, 0, 1): Block(np.zeros((3, 4, 2), np.float32))}, None),
}


@pytest.mark.parametrize("reason", INCOMPLETE)
def test_what_does_not_fill_a_grid(reason):
    with pytest.raises(IncompleteError, match=reason):
        BlockArray(*INCOMPLETE[reason])
