"""Metadata keys that tell objects apart, and the grids that objects form."""

import math

import numpy as np
import pytest

from tensogram_xarray import grouping
from tensogram_xarray.merge import (
    _extract_meta_keys,
    _make_hashable,
    _partition_keys,
    _split_by_key,
    _try_hypercube,
    _unique_values,
)
from tensogram_xarray.scanner import ObjectInfo


def info(own: dict, common: dict | None = None, position: int = 0) -> ObjectInfo:
    return ObjectInfo(position, 0, 1, (3,), "float32", None, own, common or {})


def infos(*metas: dict) -> list[ObjectInfo]:
    return [info(meta, position=i) for i, meta in enumerate(metas)]


def test_an_objects_own_metadata_win():
    assert info({"a": 1, "b": 2}, {"a": 0, "c": 3}).merged_meta == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("value", "hashable"),
    [
        (1, 1),
        ("a", "a"),
        (None, None),
        ([1, [2]], (1, (2,))),
        ({"b": [1, {"c": 2}], "a": 1}, (("a", 1), ("b", (1, (("c", 2),))))),
    ],
)
def test_hashable_forms(value, hashable):
    assert _make_hashable(value) == hashable
    hash(_make_hashable(value))


@pytest.mark.parametrize(
    ("values", "unique"),
    [
        ([3, 1, 3, 2], [3, 1, 2]),
        ([1, 1.0], [1]),
        ([1, True, 0, False], [1, True, 0, False]),
        (["1", 1], ["1", 1]),
        ([None, 1, None], [None, 1]),
        ([[1], [1], [2]], [[1], [2]]),
        ([{"a": [1]}, {"a": [1]}], [{"a": [1]}]),
        ([{1}, {2}], [{1}]),
        ([], []),
    ],
)
def test_unique_values(values, unique):
    found = _unique_values(values)
    assert found == unique
    assert [type(value) for value in found] == [type(value) for value in unique]


def test_nan_is_itself():
    (value,) = _unique_values([math.nan, float("nan")])
    assert math.isnan(value)


def test_constant_and_varying_keys():
    keys = {"a": [1, 1], "b": [2, 1], "c": [{1}, {2}], "d": [[1], [1]], "e": [None, 1]}
    assert _partition_keys(keys) == (
        {"a": 1, "c": {1}, "d": [1]},
        {"b": [2, 1], "e": [None, 1]},
    )


def test_keys_of_objects():
    objects = [
        info({"a": 1, "dim_names": ["x"], "mars": {"date": 1, "deep": {"k": []}}}, {"e": 2}),
        info({"b": 3, "_reserved_": {}, "mars": {}}),
    ]
    assert _extract_meta_keys(objects) == {
        "e": [2, None],
        "a": [1, None],
        "mars.date": [1, None],
        "mars.deep.k": [[], None],
        "b": [None, 3],
        "mars": [None, {}],
    }


def test_splitting():
    objects = infos({"a": 1}, {"a": [2]}, {"a": 1}, {}, {"a": [2]})
    positions = [[o.msg_index for o in group] for group in _split_by_key(objects, "a")]
    assert positions == [[0, 2], [1, 4], [3]]


@pytest.mark.parametrize(
    ("count", "varying", "is_one"),
    [(4, {"a": [1, 2], "b": [1, 2]}, True), (3, {"a": [1, 2], "b": [1, 2]}, False), (2, {}, False)],
)
def test_the_count_rule(count, varying, is_one):
    assert _try_hypercube([None] * count, varying) is is_one


def test_one_object_is_always_a_grid():
    assert _try_hypercube([None], {})


# objects, values along the outer dimensions, keys along them, positions in row-major order
GRIDS = [
    ([{"a": 3}, {"a": 1}], {"a": [3, 1]}, {}, [0, 1]),
    (
        [{"b": 1, "a": "x"}, {"b": 2, "a": "x"}, {"b": 1, "a": "y"}, {"b": 2, "a": "y"}],
        {"a": ["x", "y"], "b": [1, 2]},
        {},
        [0, 1, 2, 3],
    ),
    (
        [{"b": 2, "a": "y"}, {"b": 1, "a": "x"}, {"b": 2, "a": "x"}, {"b": 1, "a": "y"}],
        {"a": ["y", "x"], "b": [2, 1]},
        {},
        [0, 3, 2, 1],
    ),
    # A key that follows from another is no dimension.
    (
        [{"date": 1, "label": "one"}, {"date": 2, "label": "two"}],
        {"date": [1, 2]},
        {"label": ("date", ["one", "two"])},
        [0, 1],
    ),
    (
        [{"date": d, "month": d // 100} for d in (101, 102, 201)],
        {"date": [101, 102, 201]},
        {"month": ("date", [1, 1, 2])},
        [0, 1, 2],
    ),
    (
        [{"d": d, "n": f"d{d}", "s": s} for d in (1, 2) for s in (0, 6)],
        {"d": [1, 2], "s": [0, 6]},
        {"n": ("d", ["d1", "d2"])},
        [0, 1, 2, 3],
    ),
    # No grid.
    ([{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 1}], None, None, None),
    ([{"a": 1}, {"a": 1}], None, None, None),
    ([{"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}], None, None, None),
]


@pytest.mark.parametrize(("metas", "values", "along", "order"), GRIDS)
def test_grids(metas, values, along, order):
    objects = infos(*metas)
    grid = grouping.arrange(objects, grouping.varying_keys(objects))
    if values is None:
        assert grid is None
        return
    assert list(grid.values.items()) == list(values.items())
    assert grid.along == along
    assert [o.msg_index for o in grid.objects] == order


def test_a_grid_in_another_order():
    objects = infos({"a": 3, "l": "c"}, {"a": 1, "l": "a"})
    grid = grouping.arrange(objects, grouping.varying_keys(objects)).reordered({"a": [1, 3]})
    assert grid.values == {"a": [1, 3]}
    assert grid.along == {"l": ("a", ["a", "c"])}
    assert [o.msg_index for o in grid.objects] == [1, 0]


def test_a_hole_that_a_duplicate_hides():
    objects = infos({"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 1, "b": "x"})
    with pytest.raises(grouping.MissingEntryError, match=r"a=2, b='y'"):
        grouping.arrange(objects, grouping.varying_keys(objects))


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["a", "bcd"], "<U3"),
        ([1, 2], "int64"),
        ([1.5, 2.0], "float64"),
        ([1, 2.5], "float64"),
        ([True, False], "bool"),
        (["a", 1], "object"),
        ([None, 1], "object"),
        ([[1], [1, 2]], "object"),
        ([[1, 2], [3, 4]], "object"),
        ([2**63, 1], "object"),
        ([True, 2], "object"),
    ],
)
def test_values_of_outer_coordinates(values, dtype):
    array = grouping.coordinate_values(values)
    assert array.dtype == dtype
    assert array.shape == (len(values),)
    assert list(array) == values


@pytest.mark.parametrize(
    ("metas", "shared"),
    [
        ([{"a": 1, "b": 2}, {"a": 1, "b": 3}], {"a": 1}),
        ([{"m": {"a": 1, "b": 2}}, {"m": {"a": 1, "b": 3}}], {"m": {"a": 1}}),
        ([{"m": {"b": 2}}, {"m": {"b": 3}}], {}),
        ([{"a": 1}, {}], {}),
        ([{"a": None}, {"a": None}], {"a": None}),
        ([{"a": [1]}, {"a": [1]}], {"a": [1]}),
        ([{"a": 1, "m": {"x": {}}}], {"a": 1, "m": {"x": {}}}),
    ],
)
def test_common_metadata(metas, shared):
    assert grouping.common(metas) == shared


def test_coordinates_hold_numpy_text():
    assert np.issubdtype(grouping.coordinate_values(["d1"]).dtype, np.str_)
