"""Attributes in the form that other file formats take."""

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named

from tensogram_xarray import open_datasets
from tensogram_xarray.interchange import flat_attributes

NESTED = {"mars": {"param": "2t", "deep": {"a": 1, "none": None, "empty": {}}}, "null": None}


@pytest.mark.parametrize(
    ("attrs", "flat"),
    [
        ({"units": "K", "scale": 1.5, "count": 3}, {"units": "K", "scale": 1.5, "count": 3}),
        (NESTED, {"mars.param": "2t", "mars.deep.a": 1}),
        ({"flag": True, "off": False}, {"flag": 1, "off": 0}),
        ({"a": [1, 2.5], "b": ["x", "y"], "c": []}, {"a": [1, 2.5], "b": ["x", "y"], "c": []}),
        (
            {"a": [1, "x"], "b": [None], "c": [{"k": 1}]},
            {"a": '[1, "x"]', "b": "[null]", "c": '[{"k": 1}]'},
        ),
    ],
)
def test_flat_attributes(attrs, flat):
    assert flat_attributes(attrs) == flat


@pytest.mark.parametrize("engine", ["netcdf4", "scipy"])
@pytest.mark.parametrize("codec", ["none", "lz4", "packed", "zstd"])
def test_an_opened_dataset_can_be_written_as_netcdf(tmp_path, engine, codec):
    keys, _ = tgm.PIPELINES[codec]
    values = tgm.field(3, 4)
    items = [coordinate("lat", 3, **NESTED), named("v", values, NESTED | {"flag": True}, **keys)]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(*items, provenance=NESTED))
    dataset = xr.open_dataset(path, engine="tensogram", flatten_attrs=True)
    assert dataset["v"].attrs == {"name": "v", "flag": 1, "mars.param": "2t", "mars.deep.a": 1}
    assert dataset.attrs["provenance.mars.param"] == "2t"
    dataset.to_netcdf(tmp_path / "a.nc", engine=engine)
    written = xr.open_dataset(tmp_path / "a.nc", engine=engine)
    assert np.array_equal(written["v"], dataset["v"])
    assert written["v"].attrs["mars.param"] == "2t"


def test_without_nested_attributes_nothing_needs_to_be_flattened(tmp_path):
    """The storage facts in the encoding do not get into the way of xarray's writers."""
    for name, (keys, _) in tgm.PIPELINES.items():
        path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", tgm.field(3, 4), **keys)))
        dataset = xr.open_dataset(path, engine="tensogram")
        dataset.to_netcdf(tmp_path / f"{name.replace('+', '-')}.nc".replace(" ", "-"))


def test_merged_datasets(tmp_path):
    messages = [tgm.message(named("v", tgm.field(3), {"mars": {"step": i}})) for i in range(2)]
    path = tgm.write(tmp_path / "a.tgm", *messages)
    (dataset,) = open_datasets(path, flatten_attrs=True)
    dataset.to_netcdf(tmp_path / "a.nc")
    assert xr.open_dataset(tmp_path / "a.nc")["v"].dims == ("mars.step", "dim_0")
