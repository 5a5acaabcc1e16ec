"""Which objects are coordinates, and the dimensions they span."""

import pytest

from tensogram_xarray.coords import (
    CANONICAL_DIM,
    KNOWN_COORD_NAMES,
    Coordinate,
    coordinate_dims,
    detect_coords,
)


def test_known_names():
    names = "lat latitude lon longitude x y time level pressure height depth frequency step"
    assert KNOWN_COORD_NAMES == set(names.split()) == CANONICAL_DIM.keys()
    assert CANONICAL_DIM["lat"] == "latitude"
    assert CANONICAL_DIM["lon"] == "longitude"


@pytest.mark.parametrize(
    ("meta", "canonical"),
    [
        ({"name": "lat"}, "latitude"),
        ({"name": "LATITUDE"}, "latitude"),
        ({"name": "Lon"}, "longitude"),
        ({"param": "time"}, "time"),
        ({"mars": {"param": "step"}}, "step"),
        ({"name": "foo", "param": "lat"}, None),
        ({"name": None, "param": "lat"}, None),
        ({"param": "foo", "mars": {"param": "lat"}}, None),
        ({"shortName": "lat"}, None),
        ({"name": " lat"}, None),
        ({"name": "temperature"}, None),
        ({"mars": "lat"}, None),
        ({}, None),
    ],
)
def test_detection(meta, canonical):
    found = {} if canonical is None else {0: canonical}
    assert detect_coords([meta]) == (list(found), [] if found else [0], found)


def test_positions():
    metas = [{"name": "lat"}, {"name": "t"}, {"param": "LAT"}, {}]
    assert detect_coords(metas) == ([0, 2], [1, 3], {0: "latitude", 2: "latitude"})


@pytest.mark.parametrize(
    ("coordinates", "sizes", "of", "unavailable"),
    [
        ([("latitude", (5,), None)], {"latitude": 5}, {"latitude": ("latitude",)}, set()),
        ([("time", (), None)], {}, {"time": ()}, {"time"}),
        ([("latitude", (5, 7), None)], {}, {}, {"latitude"}),
        (
            [("latitude", (9,), ["station"]), ("longitude", (9,), ["station"])],
            {"station": 9},
            {"latitude": ("station",), "longitude": ("station",)},
            {"latitude", "longitude"},
        ),
        # The original spelling of the own name is the own name.
        ([("latitude", (5,), ["lat"])], {"latitude": 5}, {"latitude": ("latitude",)}, set()),
        # A dimension that another coordinate has, at its size and at another.
        (
            [("time", (4,), ["step"]), ("step", (4,), None)],
            {"step": 4},
            {"time": ("step",), "step": ("step",)},
            {"time"},
        ),
        (
            [("time", (3,), ["step"]), ("step", (4,), None)],
            {"time": 3, "step": 4},
            {"time": ("time",), "step": ("step",)},
            set(),
        ),
        # Hints that fit no 1-D coordinate.
        ([("latitude", (5,), ["a", "b"])], {"latitude": 5}, {"latitude": ("latitude",)}, set()),
    ],
)
def test_dimensions_of_coordinates(coordinates, sizes, of, unavailable):
    found = coordinate_dims(
        [Coordinate(index, name, shape, {"dim_names": hint}) for index, (name, shape, hint) in enumerate(coordinates)]
    )
    assert list(found.sizes.items()) == list(sizes.items())
    assert found.of == of
    assert found.unavailable == unavailable
