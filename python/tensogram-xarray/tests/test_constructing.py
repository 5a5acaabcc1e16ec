"""Datasets built past xarray's constructor are those that it would build."""

import numpy as np
import pytest
import xarray as xr
from xarray.core import indexing

from tensogram_xarray.constructing import unindexed, unindexed_by_constructor


def variable(dims, *shape, **attrs):
    return xr.Variable(dims, indexing.LazilyIndexedArray(np.arange(np.prod(shape)).reshape(shape)), attrs, {"a": 1})


LATITUDE = variable(("latitude",), 3, units="degrees")
LONGITUDE = variable(("longitude",), 4)
DATASETS = {
    "nothing": ({}, set(), {}),
    "attributes only": ({}, set(), {"title": "none"}),
    "data only": ({"t": variable(("a", "b"), 2, 5, units="K")}, set(), {"n": [1, 2]}),
    "dimension coordinates": (
        {"latitude": LATITUDE, "longitude": LONGITUDE, "t": variable(("latitude", "longitude"), 3, 4)},
        {"latitude", "longitude"},
        {},
    ),
    "coordinates without an axis of their own": (
        {"t": variable(("x",), 6), "height": xr.Variable((), 2.0), "lat": LATITUDE},
        {"height", "lat"},
        {},
    ),
    "coordinates only": ({"latitude": LATITUDE}, {"latitude"}, {}),
}


@pytest.mark.parametrize("given", DATASETS.values(), ids=DATASETS.keys())
def test_is_what_the_constructor_builds(given):
    made, expected = unindexed(*given), unindexed_by_constructor(*given)
    xr.testing.assert_identical(made, expected)
    assert list(made.variables) == list(expected.variables)
    assert dict(made.sizes) == dict(expected.sizes)
    assert dict(made.xindexes) == dict(expected.xindexes) == {}
    assert made.encoding == expected.encoding == {}
    assert [type(v) for v in made.variables.values()] == [type(v) for v in expected.variables.values()]
    xr.testing.assert_identical(made.assign_coords({}).copy(deep=True), expected)


@pytest.mark.parametrize("given", DATASETS.values(), ids=DATASETS.keys())
def test_a_dataset_shares_no_dictionary_with_its_caller(given):
    variables, coordinates, attrs = given
    made = unindexed(variables, coordinates, attrs)
    made.attrs["new"] = 1
    made["another"] = ("z", [1, 2])
    assert "new" not in attrs
    assert "another" not in variables


def test_sizes_that_disagree_are_an_error():
    with pytest.raises(ValueError, match="conflicting sizes for dimension 'x'"):
        unindexed({"a": variable(("x",), 3), "b": variable(("x",), 4)}, set(), {})


def test_where_xarray_has_no_such_way_its_constructor_is_used(monkeypatch):
    def changed(cls, variables):
        raise TypeError("unexpected keyword")

    for replacement in (classmethod(changed), None):
        if replacement is None:
            monkeypatch.delattr(xr.Dataset, "_construct_direct")
        else:
            monkeypatch.setattr(xr.Dataset, "_construct_direct", replacement)
        with monkeypatch.context() as patch:
            # The constructor itself does without it only here.
            patch.setattr("tensogram_xarray.constructing.unindexed_by_constructor", lambda *given: "by constructor")
            assert unindexed(*DATASETS["dimension coordinates"]) == "by constructor"
