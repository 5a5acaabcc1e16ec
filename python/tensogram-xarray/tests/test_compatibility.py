"""The doors of xarray that the layer opens: each to native arrays, and for all others as it was."""

import importlib
import os
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from tensogram_xarray import compatibility
from tensogram_xarray.chunkmanager import TensogramManager


def found(door):
    place = importlib.import_module(door.module)
    for part in door.name.split("."):
        place = vars(place)[part]
    return place


@pytest.fixture(autouse=True)
def applied():
    TensogramManager()


@pytest.mark.parametrize("door", compatibility.DOORS, ids=lambda door: f"{door.module}.{door.name}")
def test_is_open(door):
    """In this version of xarray each name has the shape that it is known to have."""
    original = found(door)._tensogram_original
    assert original.__name__ == door.name.rpartition(".")[2]
    assert not hasattr(original, "_tensogram_original"), "opened twice"
    assert door.proposal


def test_twice_changes_nothing():
    before = [found(door) for door in compatibility.DOORS]
    compatibility.apply()
    assert [found(door) for door in compatibility.DOORS] == before


@pytest.mark.parametrize("change", [{"module": "xarray.gone"}, {"name": "gone"}, {"parameters": ("other",)}])
def test_what_xarray_changed_is_left_alone(change, caplog):
    door = compatibility.DOORS[1]._replace(**change)
    caplog.set_level("DEBUG", "tensogram_xarray.compatibility")
    function = found(compatibility.DOORS[1])
    changed = door if "parameters" not in change else door._replace(name="get_chunked_array_type")
    compatibility._open(changed)
    assert "is left as it is" in caplog.text
    assert found(compatibility.DOORS[1]) is function


CODE = """
import numpy as np, xarray as xr, pandas as pd
from tensogram_xarray import compatibility
from tensogram_xarray.chunkmanager import TensogramManager
TensogramManager()
import xarray.core.accessor_dt as dt
print(hasattr(dt.is_duck_dask_array, "_tensogram_original"))
values = np.random.default_rng(1).normal(0, 1, (6, 4)); values[1, 1] = np.nan
a = xr.DataArray(values, {"time": pd.date_range("2024", periods=6)}, ["time", "x"])
for each in (a, a.chunk({"time": 2}, chunked_array_type="dask")):
    point = xr.DataArray([0, 3], dims="p")
    results = [
        each.isel(time=point, x=point),
        each.ffill("time"),
        each.idxmax("time"),
        each["time"].dt.dayofyear,
        each.weighted(a["time"].dt.day).mean("time"),
        each.groupby("time.day").mean(),
        each.chunk().polyfit("time", 1)["polyfit_coefficients"],
    ]
    print([np.array2string(result.values, precision=12) for result in results])
"""


def test_dask_and_numpy_are_as_without_it():
    def run(setting):
        environment = os.environ | {"TENSOGRAM_XARRAY_COMPAT": setting}
        command = [sys.executable, "-W", "ignore", "-c", CODE]
        first, *lines = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        return first, lines

    assert run("1")[0] == "True"
    assert run("0")[0] == "False"
    assert run("1")[1] == run("0")[1]


def test_other_arrays_of_the_standard_are_still_refused():
    """An array type that has a namespace but is not ours."""

    class Foreign:
        shape, dtype, ndim = (2, 2), np.dtype("f8"), 2

        def __array_namespace__(self, api_version=None):
            return np

    adapter = xr.core.indexing.ArrayApiIndexingAdapter(Foreign())
    with pytest.raises(TypeError, match="[Vv]ectorized"):
        adapter._vindex_get(xr.core.indexing.VectorizedIndexer((np.array([0]), np.array([1]))))
