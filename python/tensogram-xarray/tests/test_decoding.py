"""Decoding by the CF conventions: off unless asked for, and then as xarray decodes."""

import pickle

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import named

SINCE = {"units": "hours since 2020-01-01", "calendar": "standard"}
DAYS = np.array(["2020-01-01", "2020-01-02", "2020-01-03"], "datetime64[ns]")
PACKED = {"_FillValue": -1, "scale_factor": 0.5, "add_offset": 10.0}


@pytest.fixture
def opened(tmp_path):
    def open_items(*items, **options):
        path = tgm.write(tmp_path / "a.tgm", tgm.message(*items))
        return xr.open_dataset(path, engine="tensogram", **options)

    return open_items


def times(base: dict) -> tgm.Item:
    return named("time", np.array([0, 24, 48]), base)


def test_nothing_is_decoded_by_default(opened):
    dataset = opened(times(SINCE), named("v", np.array([1, -1, 3], np.int16), PACKED))
    assert dataset["time"].dtype == np.int64
    assert dataset["time"].attrs["units"] == SINCE["units"]
    assert dataset["v"].dtype == np.int16
    assert dataset["v"].attrs == {"name": "v", **PACKED}
    assert opened(times(SINCE), decode_cf=False)["time"].dtype == np.int64


@pytest.mark.parametrize("base", [SINCE, {"cf": SINCE}, {"netcdf": SINCE}], ids=str)
def test_times(opened, base):
    dataset = opened(times(base), named("v", tgm.field(3)), decode_times=True)
    assert np.array_equal(dataset["time"], DAYS)
    assert dataset["v"].sel(time="2020-01-02") == dataset["v"][1]
    assert "units" not in dataset["time"].attrs
    assert dataset["time"].encoding["units"] == SINCE["units"]


def test_the_index_is_built_of_decoded_times(opened, reads):
    dataset = opened(times(SINCE), named("v", tgm.field(3)), decode_times=True, create_default_indexes=False)
    assert not dataset.indexes
    assert dataset["time"].dtype.kind == "M"
    assert not any(obj == 1 for _, _, obj in reads)


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
def test_packed_values(opened, chunks, reads):
    raw = np.array([1, -1, 3], np.int16)
    dataset = opened(named("v", raw, PACKED), mask_and_scale=True, chunks=chunks)
    assert reads == []
    for restored in (dataset, pickle.loads(pickle.dumps(dataset))):
        assert np.array_equal(restored["v"], [10.5, np.nan, 11.5], equal_nan=True)
    assert dataset["v"].attrs == {"name": "v"}
    assert dataset["v"].encoding["scale_factor"] == 0.5


def test_what_a_converter_has_unpacked_is_not_unpacked_again(opened):
    values = np.array([-1.0, 2.0])
    dataset = opened(named("v", values, {"netcdf": PACKED}), mask_and_scale=True)
    assert np.array_equal(dataset["v"], values)
    missing = opened(named("v", values, {"netcdf": {"_FillValue": -1.0}}), mask_and_scale=True)
    assert np.array_equal(missing["v"], [np.nan, 2.0], equal_nan=True)


def test_for_one_variable(opened):
    items = [named(name, np.array([1, -1], np.int16), PACKED) for name in "ab"]
    dataset = opened(*items, mask_and_scale={"a": True, "b": False})
    assert dataset["a"].dtype.kind == "f"
    assert dataset["b"].dtype == np.int16


def test_decoding_coordinates(opened):
    items = [named("v", tgm.field(3), {"coordinates": "area"}), named("area", tgm.field(3))]
    assert set(opened(*items, decode_coords=True).coords) == {"area"}
    assert not opened(*items).coords


def test_timedeltas(opened):
    dataset = opened(named("v", np.array([1, 2]), {"units": "hours"}), decode_timedelta=True)
    assert np.array_equal(dataset["v"], np.array([1, 2], "timedelta64[h]"))


def test_merged_and_closed(tmp_path):
    messages = [tgm.message(times(SINCE), named("v", tgm.field(3), {"step": i})) for i in range(2)]
    path = tgm.write(tmp_path / "a.tgm", *messages)
    options = {"merge_objects": True, "decode_times": True}
    with xr.open_dataset(path, engine="tensogram", **options) as dataset:
        assert dataset["v"].dims == ("step", "time")
        assert np.array_equal(dataset["time"], DAYS)
        assert dataset.encoding["source"] == path
