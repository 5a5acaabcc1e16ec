"""Datasets that grow: more of the same dataset behind what a file has."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tensogram_xarray import to_tensogram


def day(number: int, **changes) -> xr.Dataset:
    """Four times of a day."""
    times = pd.date_range(f"2020-01-{number + 1:02}", periods=4, freq="6h", unit="ns")
    values = np.arange(4 * 2 * 3.0).reshape(4, 2, 3) + number
    return xr.Dataset(
        {
            "t": (("time", "y", "x"), values, {"units": "K"}),
            "label": ("time", np.array([c * (number + 1) for c in "abcd"])),
        },
        {"time": times, "x": [1, 2, 3], "lat": (("y", "x"), np.ones((2, 3)))},
        {"title": "days"},
    ).assign(changes)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "a.tgm")


def opened(path, **options) -> xr.Dataset:
    return xr.open_dataset(path, engine="tensogram", **options)


def together(*days: xr.Dataset) -> xr.Dataset:
    return xr.concat(days, "time", data_vars="minimal", coords="minimal", compat="override")


@pytest.mark.parametrize("chunks", [None, {"time": 2}, {"x": 2}], ids=str)
@pytest.mark.parametrize("first", ["w", "a"])
def test_day_after_day(path, chunks, first):
    days = [day(n) for n in range(3)]
    for number, one in enumerate(days):
        data = one if chunks is None else one.chunk(chunks)
        data.tensogram.to_file(path, mode="a" if number else first, append_dim="time")
        xr.testing.assert_identical(opened(path), together(*days[: number + 1]))
    lazy = opened(path, chunks={})
    assert lazy["t"].chunks[0] == ((2,) * 6 if chunks == {"time": 2} else (4, 4, 4))
    assert lazy.sel(time="2020-01-02")["t"].compute().equals(days[1]["t"])


def test_each_message_can_be_read_alone(path):
    for number in range(2):
        day(number).tensogram.to_file(path, mode="a", append_dim="time")
    second = opened(path, message_index=1)
    xr.testing.assert_identical(second, day(1).drop_vars("lat"))
    tree = xr.open_groups(path, engine="tensogram", group_by="message")
    xr.testing.assert_identical(tree["/message_1"], second)


def test_along_a_dimension_without_coordinate(path):
    data = day(0).drop_vars("time")
    for _ in range(2):
        data.tensogram.to_file(path, mode="a", append_dim="time")
    xr.testing.assert_identical(opened(path), together(data, data))


def test_durations_and_other_calendars(path):
    dates = xr.date_range("2000-02-27", periods=4, calendar="noleap", use_cftime=True)
    steps = [
        xr.Dataset({"d": ("time", np.array([1, 2, 3, 4 + n], "m8[ns]"))}, {"time": dates + pd.Timedelta(days=n)})
        for n in (0, 4)
    ]
    for step in steps:
        step.tensogram.to_file(path, mode="a", append_dim="time")
    xr.testing.assert_identical(opened(path), together(*steps))


def test_storage_stays_the_same(path):
    encoding = {"t": {"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 0.01}}
    to_tensogram(day(0), path, append_dim="time", encoding=encoding)
    to_tensogram(day(1), path, mode="a", append_dim="time")
    assert opened(path)["t"].encoding["codec"] == "sz3"


def test_packing_stays_the_same(path):
    packing = {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -1}
    units = {"units": "hours since 2020-01-01"}
    to_tensogram(day(0), path, append_dim="time", encoding={"t": packing, "time": units})
    to_tensogram(day(1), path, mode="a", append_dim="time")
    back = opened(path)
    xr.testing.assert_identical(back, together(day(0), day(1)))
    assert back["time"].encoding["units"] == units["units"]


def test_groups_grow_apart(path):
    for number, group in enumerate("abab"):
        day(number).tensogram.to_file(path, mode="a", append_dim="time", group=group)
    tree = xr.open_datatree(path, engine="tensogram")
    xr.testing.assert_identical(tree["a"].to_dataset(), together(day(0), day(2)))
    xr.testing.assert_identical(tree["b"].to_dataset(), together(day(1), day(3)))


def test_what_is_open_stays_what_it_was(path):
    day(0).tensogram.to_file(path, append_dim="time")
    before = opened(path)
    day(1).tensogram.to_file(path, mode="a", append_dim="time")
    xr.testing.assert_identical(before, day(0))


MISFITS = {
    r"variable 'u' is missing in .*a\.tgm": day(1, u=("time", [1, 2, 3, 4])),
    "variable 'label' is missing in the dataset": day(1).drop_vars("label"),
    "variable 't' has dimensions": day(1).transpose("time", "x", "y"),
    "variable 't' has sizes {'y': 1, 'x': 3}": day(1).isel(y=[0]),
    "coordinate 'x' has other values": day(1).assign_coords(x=[1, 2, 4]),
    "variable 't' has element type 'complex64', but in .* 'float64'": day(
        1, t=(("time", "y", "x"), np.ones((4, 2, 3), np.complex64))
    ),
    "variable 'label' has text": day(1, label=("time", [1, 2, 3, 4])),
}


@pytest.mark.parametrize("reason", MISFITS)
def test_what_does_not_fit(path, tmp_path, reason):
    day(0).tensogram.to_file(path, append_dim="time")
    before = (tmp_path / "a.tgm").read_bytes()
    with pytest.raises(ValueError, match=reason):
        MISFITS[reason].tensogram.to_file(path, mode="a", append_dim="time")
    assert (tmp_path / "a.tgm").read_bytes() == before


def test_times_that_the_units_cannot_tell(path):
    to_tensogram(day(0), path, append_dim="time", encoding={"time": {"units": "hours since 2020-01-01"}})
    odd = day(1).assign_coords(time=day(1)["time"] + np.timedelta64(90, "s"))
    with (
        pytest.warns(UserWarning, match="can't be serialized faithfully"),
        pytest.raises(ValueError, match="'time' has"),
    ):
        to_tensogram(odd, path, mode="a", append_dim="time")


def test_a_dataset_that_was_not_meant_to_grow(path):
    day(0).tensogram.to_file(path)
    with pytest.raises(ValueError, match="nothing can be appended along 'time' .* not written with append_dim='time'"):
        day(1).tensogram.to_file(path, mode="a", append_dim="time")
