"""Metadata as coordinates, so that files can be put together by what they say of themselves."""

import pickle

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named

from tensogram_xarray import open_datasets

VALUES = tgm.field(3, 4)


def message(date: int, step: int = 0, **extra) -> bytes:
    mars = {"date": date, "step": step, "class": "od"}
    items = [coordinate("lat", 3), *(named(n, VALUES + date, {"mars": mars}) for n in ("a", "b"))]
    return tgm.message(*items, **extra)


@pytest.fixture
def files(tmp_path):
    return [tgm.write(tmp_path / f"{date}.tgm", message(date)) for date in (3, 1, 2)]


def opened(path, **options):
    return xr.open_dataset(path, engine="tensogram", **options)


@pytest.mark.parametrize("keys", [["mars.date", "mars.class"], "mars.date"])
def test_scalar_coordinates(files, keys):
    dataset = opened(files[0], scalar_coords=keys)
    assert dataset["mars.date"].shape == ()
    assert dataset["mars.date"] == 3
    assert ("mars.class" in dataset.coords) == (len(keys) == 2)
    assert dataset["a"].dims == ("latitude", "dim_1")
    assert dataset["a"].attrs["mars"]["date"] == 3


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
def test_new_dimensions(files, reads, chunks):
    options = {"expand_dims": ["mars.date"], "scalar_coords": ["mars.step"], "chunks": chunks}
    dataset = opened(files[0], **options, create_default_indexes=False)
    assert dataset["a"].dims == ("mars.date", "latitude", "dim_1")
    assert reads == []
    assert np.array_equal(dataset["a"].isel({"mars.date": 0, "latitude": 1}), VALUES[1] + 3)
    assert reads == [("part", 0, 1)]
    restored = pickle.loads(pickle.dumps(opened(files[0], **options)))
    assert restored.load().identical(opened(files[0], **options).load())
    assert list(restored.indexes) == ["latitude", "mars.date"]


def test_message_annotations(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", message(1, exp="x1"))
    assert opened(path, scalar_coords=["exp"])["exp"] == "x1"
    assert open_datasets(path, scalar_coords=["exp"])[0]["exp"] == "x1"


@pytest.mark.parametrize("parallel", [False, True])
def test_files_combined_by_coordinates(files, parallel):
    options = {"engine": "tensogram", "combine": "by_coords", "parallel": parallel}
    dataset = xr.open_mfdataset(files, **options, expand_dims=["mars.date"])
    assert dataset["a"].dims == ("mars.date", "latitude", "dim_1")
    assert dataset["mars.date"].values.tolist() == [1, 2, 3]
    assert np.array_equal(dataset["b"].sel({"mars.date": 2}), VALUES + 2)


def test_objects_that_do_not_agree(tmp_path):
    items = [named(name, VALUES, {"date": date}) for name, date in (("a", 1), ("b", 2))]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(*items, named("c", VALUES)))
    with pytest.raises(ValueError, match=r"do not agree on metadata key 'date': \[1, 2\]"):
        opened(path, scalar_coords=["date"], drop_variables="c")
    with pytest.raises(ValueError, match="variable 'c' has no metadata key 'date'"):
        opened(path, scalar_coords=["date"], drop_variables=["a", "b"])


@pytest.mark.parametrize("key", ["latitude", "dim_1", "a"])
def test_names_in_use(tmp_path, key):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(coordinate("lat", 3), named("a", VALUES, {key: 1})))
    with pytest.raises(ValueError, match=f"'{key}' is the name of a variable or dimension"):
        opened(path, expand_dims=[key])
