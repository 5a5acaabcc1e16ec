"""Defects of the published package that are not to come back, in the order of the specification.

Each is told in one test here or, where a table of cases belongs to it, by a pointer to its tests.
"""

import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named, zeros

from tensogram_xarray import open_datasets

VALUES = tgm.field(6, 10)


@pytest.fixture
def opened(tmp_path):
    def open_messages(*messages: bytes, **options):
        path = tgm.write(tmp_path / "a.tgm", *messages)
        return xr.open_dataset(path, engine="tensogram", **options)

    return open_messages


def steps(**keys) -> list[bytes]:
    return [tgm.message(named("v", VALUES + i, {"step": i}, **keys)) for i in range(3)]


def test_01_opening_a_directory_ends(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_datasets(tmp_path)


def test_02_a_slice_that_ends_before_it_begins(opened):
    variable = opened(tgm.message(named("v", VALUES)))["v"]
    assert variable[5:3].values.shape == (0, 10)


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
def test_03_an_integer_on_a_merged_dimension(opened, chunks):
    variable = opened(*steps(), merge_objects=True, chunks=chunks)["v"]
    assert np.array_equal(variable.isel(step=1).values, VALUES + 1)
    assert np.array_equal(variable.sel(step=2).values, VALUES + 2)


def test_04_datasets_are_picklable(opened):
    dataset = opened(tgm.message(coordinate("lat", 6), named("v", VALUES)))
    assert pickle.loads(pickle.dumps(dataset)).load().identical(dataset.load())


@pytest.mark.parametrize("merge", [False, True])
def test_05_coordinates_of_any_rank(opened, merge):
    items = [named("lat", VALUES), named("time", np.float64(3)), named("v", VALUES)]
    dataset = opened(tgm.message(*items), merge_objects=merge)
    assert dataset["latitude"].dims == dataset["v"].dims
    assert dataset["time"] == 3


def test_06_equal_names_are_all_there(opened):
    dataset = opened(tgm.message(named("v", VALUES), named("v", VALUES + 1)))
    assert np.array_equal(dataset["v"], VALUES)
    assert np.array_equal(dataset["v_1"], VALUES + 1)


def test_07_merging_loses_and_mislabels_nothing(tmp_path):
    """More in test_merge.py: every object is there, and its keys are its own."""
    keys = [("2t", 1), ("2t", 2), ("10u", 3), ("10u", 4), ("10v", 1), ("10v", 1)]
    messages = [tgm.message(named(n, VALUES + i, {"date": d})) for i, (n, d) in enumerate(keys)]
    datasets = open_datasets(tgm.write(tmp_path / "a.tgm", *messages))
    labelled = {
        (float(cell[0, 0] - VALUES[0, 0]), int({**cell.attrs, **cell.coords}["date"]))
        for dataset in datasets
        for variable in dataset.data_vars.values()
        for cell in (variable if "date" in variable.dims else [variable])
    }
    assert labelled == {(i, date) for i, (_, date) in enumerate(keys)}


def test_08_bitmasks_are_readable(opened):
    mask = VALUES > 3
    item = tgm.Item({"name": "m"}, tgm.descriptor(mask.shape, "bitmask"), np.packbits(mask))
    assert np.array_equal(opened(tgm.message(item))["m"], mask)


def test_09_no_indexes_when_none_are_wanted(opened):
    message = tgm.message(coordinate("lat", 6), named("v", VALUES))
    dataset = opened(message, create_default_indexes=False)
    assert not dataset.indexes
    assert set(dataset.coords) == {"latitude"}


@pytest.mark.parametrize("merge", [False, True])
def test_10_one_name_to_drop(opened, merge):
    message = tgm.message(zeros("abc", 3), zeros("a", 3))
    assert list(opened(message, drop_variables="abc", merge_objects=merge)) == ["a"]


def test_11_no_dimension_twice(opened):
    message = tgm.message(zeros("v", 5, 5), dim_names={"5": "dim_1"})
    assert len(set(opened(message)["v"].dims)) == 2
    with pytest.raises(ValueError, match="distinct"):
        opened(message, dim_names=["x", "x"])


def test_12_the_query_of_a_url_is_kept(monkeypatch):
    """A presigned URL reaches the core as it was given; sending it is the core's."""
    import tensogram
    from tensogram_xarray import files, reader

    asked = []

    class Files:
        @staticmethod
        def open_remote(url, options):
            asked.append(url)
            return object()

    monkeypatch.setattr(tensogram, "TensogramFile", Files)
    url = "https://example.org/a.tgm?sig=1"
    reader.shared_handle(files.path_of(url))
    assert asked == [url]


@pytest.mark.parametrize("name", ["packed", "packed+szip", "zfp fixed rate"])
def test_13_codec_parameters_are_neither_attributes_nor_dimensions(opened, name):
    """More in test_store.py and test_merge.py."""
    dataset = opened(*steps(**tgm.PIPELINES[name][0]), merge_objects=True)
    assert dataset["v"].dims == ("step", "dim_0", "dim_1")
    assert dataset["v"].attrs == {"name": "v"}


def test_14_the_home_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES)))
    assert np.array_equal(xr.open_dataset("~/a.tgm", engine="tensogram")["v"], VALUES)
    assert np.array_equal(open_datasets(Path("~/a.tgm"))[0]["v"], VALUES)


def test_15_a_selection_reads_its_part_and_a_stack_its_cells(opened, reads):
    """The bytes that this takes are counted in test_backend.py."""
    dataset = opened(*steps(), merge_objects=True)
    assert reads == []
    dataset["v"][1, 2:4].load()
    assert reads == [("part", 1, 0)]


@pytest.mark.parametrize("codec", ["none", "zstd"])
@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_16_a_small_selection_keeps_a_small_array(tmp_path, codec, threshold):
    values = tgm.field(1000, 1000)
    item = named("v", values, **tgm.PIPELINES[codec][0])
    path = tgm.write(tmp_path / "a.tgm", tgm.message(item))
    variable = xr.open_dataset(path, engine="tensogram", range_threshold=threshold)["v"]
    tracemalloc.start()
    kept = variable[3].values
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.array_equal(kept, values[3])
    assert held < values.nbytes / 4


def test_17_zfp_of_float32(opened):
    if not tgm.NATIVE_CORE:
        pytest.skip("the published core destroys float32 data under zfp")
    values = tgm.field(40, 50, dtype=np.float32)
    keys = {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 24.0}
    variable = opened(tgm.message(named("v", values, **keys)))["v"]
    assert np.allclose(variable, values, rtol=1e-3, atol=1e-2)


def test_18_writing_netcdf(opened, tmp_path):
    """More in test_interchange.py."""
    nested = {"mars": {"param": "2t"}, "nothing": None}
    dataset = opened(tgm.message(named("v", VALUES, nested)), flatten_attrs=True)
    dataset.to_netcdf(tmp_path / "a.nc")
