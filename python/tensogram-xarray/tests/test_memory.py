"""Files that are no paths: bytes, file objects, and what fsspec opens."""

import io
import pickle
import sys

import numpy as np
import pytest
import tgm
import xarray as xr
from dask.base import tokenize
from tgm import coordinate, named

from tensogram_xarray import open_datasets

VALUES = tgm.field(6, 10)
CONTENT = b"".join(tgm.message(coordinate("lat", 6), named("v", VALUES + i, {"step": i})) for i in range(2))


def fsspec_file():
    import fsspec

    with fsspec.open("memory://open.tgm", "wb") as file:
        file.write(CONTENT)
    return fsspec.open("memory://open.tgm")


SOURCES = {
    "bytes": lambda: CONTENT,
    "bytearray": lambda: bytearray(CONTENT),
    "memoryview": lambda: memoryview(CONTENT),
    "BytesIO": lambda: io.BytesIO(CONTENT),
    "fsspec's OpenFile": fsspec_file,
    "fsspec's file": lambda: fsspec_file().open(),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_opening(source):
    dataset = xr.open_dataset(source(), engine="tensogram")
    assert np.array_equal(dataset["v"], VALUES)
    assert "latitude" in dataset.indexes
    assert np.array_equal(open_datasets(source())[0]["v"].sel(step=1), VALUES + 1)


@pytest.mark.parametrize("key", [{"latitude": 2}, {}, {"latitude": [4, 1], "dim_1": slice(None, None, -2)}])
def test_selections(reads, key):
    variable = xr.open_dataset(CONTENT, engine="tensogram", message_index=1)["v"].isel(key)
    full = xr.DataArray(VALUES + 1, dims=("latitude", "dim_1"))
    assert np.array_equal(variable.values, full.isel(key).values)
    assert reads[-1] == (("part" if key else "whole"), 1, 1)


def test_guessing_the_engine():
    assert np.array_equal(xr.open_dataset(CONTENT)["v"], VALUES)
    assert np.array_equal(xr.open_dataset(io.BytesIO(CONTENT))["v"], VALUES)


def test_a_file_object_keeps_its_position(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", CONTENT)
    with open(path, "rb") as file:  # noqa: PTH123 (a plain file object is the point)
        file.seek(5)
        dataset = xr.open_dataset(file, engine="tensogram")
        assert file.tell() == 5
    assert np.array_equal(dataset["v"], VALUES)


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
def test_pickling(chunks):
    dataset = xr.open_dataset(io.BytesIO(CONTENT), engine="tensogram", chunks=chunks)
    dumped = pickle.dumps(dataset)
    assert len(dumped) < 2 * len(CONTENT) + 10_000
    assert pickle.loads(dumped).load().identical(dataset.load())


def test_dask(local_scheduler):
    dataset = xr.open_dataset(io.BytesIO(CONTENT), engine="tensogram", chunks={"latitude": 4})
    assert np.array_equal(dataset["v"].compute(), VALUES)


def test_tokens():
    other = tgm.message(coordinate("lat", 6), named("v", VALUES))
    lazy = [xr.open_dataset(content, engine="tensogram")["v"].variable for content in (CONTENT, other)]
    tokens = {tokenize(variable._data) for variable in lazy}
    assert len(tokens) == 2


def test_no_messages():
    for junk in (b"", b"junk"):
        with pytest.raises(ValueError, match=r"out of range \(count=0\)"):
            xr.open_dataset(junk, engine="tensogram")


@pytest.mark.parametrize("source", [12345, None, [], {}, object()])
def test_what_is_no_file(source):
    with pytest.raises(TypeError, match=r"cannot open \w+ as a \.tgm file"):
        xr.open_dataset(source, engine="tensogram")


def test_a_text_file(tmp_path):
    (tmp_path / "a.txt").write_text("text")
    with (tmp_path / "a.txt").open() as file, pytest.raises(TypeError, match="binary mode"):
        xr.open_dataset(file, engine="tensogram")


# fsspec


def test_urls_of_fsspec(tmp_path):
    fsspec_file()
    path = tgm.write(tmp_path / "a.tgm", CONTENT)
    for url in ("memory://open.tgm", f"simplecache::file://{path}", f"local://{path}"):
        assert np.array_equal(xr.open_dataset(url, engine="tensogram")["v"], VALUES)


def test_an_unknown_protocol():
    with pytest.raises(ValueError, match="nosuch"):
        xr.open_dataset("nosuch://a.tgm", engine="tensogram")


def test_a_missing_file():
    with pytest.raises(FileNotFoundError):
        xr.open_dataset("memory://gone.tgm", engine="tensogram")


def test_without_fsspec(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ImportError, match="needs the package fsspec"):
        xr.open_dataset("memory://a.tgm", engine="tensogram")
