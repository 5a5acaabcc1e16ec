"""Coordinates of fields from GRIB."""

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import item

from tensogram_xarray import open_datasets


def field(number=0, *, area=(58.0, -10.0, 50.0, 2.0), date=20260401, time=0, shape=(3, 4), **mars) -> bytes:
    base = {
        "name": "2t",
        "dim_names": ["latitude", "longitude"],
        "mars": {"area": list(area), "date": date, "time": time, **mars},
    }
    return tgm.message(item(np.full(shape, float(number)), base))


@pytest.fixture
def opened(tmp_path):
    def open_fields(*fields, **options) -> xr.Dataset:
        path = tgm.write(tmp_path / "a.tgm", *fields)
        (dataset,) = open_datasets(path, mars_coords=True, **options)
        return dataset

    return open_fields


def test_one_field(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", field(time=1230))
    dataset = xr.open_dataset(path, engine="tensogram", mars_coords=True)
    assert dataset["latitude"].values.tolist() == [58, 54, 50]
    assert dataset["longitude"].values.tolist() == [-10, -6, -2, 2]
    assert dataset["latitude"].attrs["units"] == "degrees_north"
    assert set(dataset.indexes) == {"latitude", "longitude"}
    assert dataset["time"] == np.datetime64("2026-04-01T12:30")
    assert "time" not in xr.open_dataset(path, engine="tensogram").coords


def test_decimal_steps_are_exact(opened):
    dataset = opened(field(area=(60.0, 0.1, 50.0, 0.4), shape=(101, 4)))
    assert dataset["latitude"].values.tolist() == [round(60 - 0.1 * n, 6) for n in range(101)]
    assert dataset["longitude"].values.tolist() == [0.1, 0.2, 0.3, 0.4]


def test_times_along_the_dimensions_that_vary(opened):
    by_date = opened(*(field(n, date=20260228 + 73 * n) for n in range(2)))
    assert by_date["time"].dims == ("mars.date",)
    assert np.array_equal(by_date["time"], np.array(["2026-02-28", "2026-03-01"], "M8[ns]"))
    both = opened(*(field(2 * n + m, date=20260401 + n, time=600 * m) for n in range(2) for m in range(2)))
    assert both["time"].dims == ("mars.date", "mars.time")
    assert both["time"].values[1, 1] == np.datetime64("2026-04-02T06")
    assert both["2t"].where(both["time"] == np.datetime64("2026-04-02T06"), drop=True).values.ravel()[0] == 3


@pytest.mark.parametrize(
    "mars",
    [
        {"date": 20261301},
        {"date": "2026-04-01"},
        {"time": 2460},
        {"time": 1299},
        {"time": -1},
        {"date": None},
        {"area": ["a", 1, 2, 3]},
        {"area": [1, 2, 3]},
    ],
    ids=str,
)
def test_what_is_no_date_and_no_area_is_left_alone(opened, mars):
    dataset = opened(field(**mars))
    assert ("time" in dataset.coords) == ("area" in mars)
    assert ("latitude" in dataset.coords) == ("area" not in mars)


def test_what_is_there_is_kept(opened):
    mars = {"area": [1, 2, 3, 4], "date": 20260401, "time": 0}
    named = [tgm.named("latitude", np.arange(3.0)), tgm.named("time", np.array([7]))]
    values = item(tgm.field(3, 4), {"name": "t", "dim_names": ["latitude", "longitude"], "mars": mars})
    dataset = opened(tgm.message(*named, values))
    assert dataset["latitude"].values.tolist() == [0, 1, 2]
    assert dataset["longitude"].values.tolist() == [2, 2.666667, 3.333333, 4]
    assert dataset["time"].values.tolist() == [7]
