"""The engine: how xarray finds it, what it takes, and when it says no."""

import inspect
import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named, zeros

import tensogram
import tensogram_xarray
from tensogram_xarray import files
from tensogram_xarray.backend import TensogramBackendEntrypoint

VALUES = tgm.field(6, 10)


@pytest.fixture
def path(tmp_path):
    return tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES)))


# The package


def test_xarray_finds_the_engine():
    assert isinstance(xr.backends.list_engines()["tensogram"], TensogramBackendEntrypoint)


def test_public_names():
    assert {"TensogramBackendEntrypoint", "open_datasets"} <= set(tensogram_xarray.__all__)
    assert TensogramBackendEntrypoint.description == "Open tensogram .tgm files in xarray"
    assert TensogramBackendEntrypoint.url.startswith("https://")


def test_the_signature():
    """xarray reads parameters from the signature, so it spells them out."""
    parameters = inspect.signature(TensogramBackendEntrypoint.open_dataset).parameters
    assert list(parameters)[:2] == ["self", "filename_or_obj"]
    rest = list(parameters.values())[2:]
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in rest)
    assert {p.name: p.default for p in rest}.items() >= {
        "drop_variables": None,
        "dim_names": None,
        "variable_key": None,
        "message_index": 0,
        "merge_objects": False,
        "range_threshold": 0.5,
        "storage_options": None,
        "verify_hash": False,
    }.items()


@pytest.mark.parametrize("engine", ["tensogram", TensogramBackendEntrypoint])
def test_ways_of_opening(path, engine):
    for given in (path, Path(path)):
        dataset = xr.open_dataset(given, engine=engine)
        assert dataset.encoding["source"] == path
        assert not isinstance(dataset["v"].variable._data, np.ndarray)
        assert np.array_equal(dataset["v"], VALUES)
    assert list(TensogramBackendEntrypoint().open_dataset(path)) == ["v"]


def test_any_extension_when_the_engine_is_named(path):
    other = Path(path).rename(Path(path).with_suffix(".nc"))
    assert list(xr.open_dataset(other, engine="tensogram")) == ["v"]


def test_opening_imports_no_chunk_manager(path):
    code = (
        "import sys, xarray\n"
        f"dataset = xarray.open_dataset({path!r}, engine='tensogram')\n"
        "dataset['v'][0].load()\n"
        "assert not {'dask', 'distributed', 'cubed'} & set(sys.modules), 'imported'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# guess_can_open


@pytest.mark.parametrize(
    ("argument", "guess"),
    [
        ("data.tgm", True),
        ("data.TGM", True),
        (Path("a.tgm"), True),
        ("http://h/a.tgm", True),
        ("http://h/a.tgm?sig=1#part", True),
        ("s3://bucket/a.tgm", True),
        ("data.nc", False),
        ("data.grib", False),
        ("a.tgm.gz", False),
        (".tgm", False),
        ("http://h/a.nc?file=a.tgm", False),
        (12345, False),
        (None, False),
        ([], False),
        (["a.tgm"], False),
        (b"abc.tgm", False),
        (b"TENSOGRM...", True),
        (bytearray(b"TENSOGRM"), True),
        (memoryview(b"TENSOGRM..."), True),
        (b"TENSO", False),
        (io.BytesIO(b"TENSOGRM..."), True),
        (io.BytesIO(b"CDF\x01...."), False),
        (io.StringIO("TENSOGRM"), False),
        ("a\0b.nc", False),
    ],
)
def test_guess(argument, guess):
    assert TensogramBackendEntrypoint().guess_can_open(argument) is guess


def test_guess_by_content(tmp_path, path):
    guess = TensogramBackendEntrypoint().guess_can_open
    other = Path(path).rename(tmp_path / "data.bin")
    assert guess(other)
    assert guess(str(other))
    (tmp_path / "junk.tgm").write_bytes(b"junk")
    assert guess(tmp_path / "junk.tgm")
    (tmp_path / "junk.bin").write_bytes(b"junk")
    assert not guess(tmp_path / "junk.bin")
    assert not guess(tmp_path)


def test_guess_restores_the_position():
    buffer = io.BytesIO(b"TENSOGRM...")
    buffer.seek(3)
    assert TensogramBackendEntrypoint().guess_can_open(buffer)
    assert buffer.tell() == 3


def test_files_open_without_naming_the_engine(path):
    assert np.array_equal(xr.open_dataset(path)["v"], VALUES)


# Which message


@pytest.fixture
def three(tmp_path):
    return tgm.write(tmp_path / "three.tgm", *(tgm.message(zeros(name, 2)) for name in "abc"))


@pytest.mark.parametrize(("index", "name"), [(0, "a"), (2, "c"), (np.int16(1), "b"), (True, "b")])
def test_message_index(three, index, name):
    assert list(xr.open_dataset(three, engine="tensogram", message_index=index)) == [name]


def test_messages_that_were_not_opened_are_counted(three, log):
    xr.open_dataset(three, engine="tensogram")
    (record,) = [r for r in log.records if r.levelno == logging.INFO]
    assert "2 more" in record.getMessage()
    assert three in record.getMessage()


def test_a_damaged_message_is_passed_over(tmp_path):
    first, second = tgm.message(zeros("a", 2)), tgm.message(zeros("b", 2))
    path = tgm.write(tmp_path / "a.tgm", first[:-8] + bytes(8), second)
    assert list(xr.open_dataset(path, engine="tensogram")) == ["b"]


# When it says no


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"message_index": -1}, ValueError, "message_index must be >= 0, got -1"),
        ({"message_index": -1, "merge_objects": True}, ValueError, "message_index must be >= 0"),
        ({"message_index": "0"}, TypeError, "str"),
        ({"message_index": None}, TypeError, "None"),
        ({"message_index": 0.0}, TypeError, "float"),
        ({"range_threshold": "0.5"}, TypeError, "range_threshold must be a number, got '0.5'"),
        ({"range_threshold": None, "merge_objects": True}, TypeError, "range_threshold"),
        ({"storage_options": [1]}, TypeError, r"storage_options must be a dict, got \[1\]"),
        ({"variable_key": 3}, TypeError, "variable_key must be a str, got 3"),
        ({"dim_names": "xy"}, ValueError, "dim_names must be a sequence"),
        ({"dim_names": ["x", "x"]}, ValueError, "dim_names must be distinct"),
        ({"dim_names": ["x", 2]}, ValueError, "dim_names must be non-empty strings"),
        ({"unknown": 1}, TypeError, "unknown"),
    ],
)
def test_arguments_are_checked_before_the_file_is_touched(options, error, text):
    with pytest.raises(error, match=text):
        xr.open_dataset("/does/not/exist.tgm", engine="tensogram", **options)


@pytest.mark.parametrize("merge", [False, True])
def test_a_missing_file(merge, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=str(tmp_path / "gone.tgm")) as error:
        xr.open_dataset("gone.tgm", engine="tensogram", merge_objects=merge)
    assert error.value.errno == 2
    assert error.value.filename == str(tmp_path / "gone.tgm")


@pytest.mark.parametrize("merge", [False, True])
def test_a_directory(tmp_path, merge):
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        xr.open_dataset(tmp_path, engine="tensogram", merge_objects=merge)


def test_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe.tgm")
    with pytest.raises(OSError, match="no regular file"):
        xr.open_dataset(tmp_path / "pipe.tgm", engine="tensogram")


@pytest.mark.parametrize(("index", "count"), [(1, 1), (5, 1), (np.int64(7), 1)])
def test_a_message_that_is_not_there(path, index, count):
    text = rf"message_index {index} out of range \(count={count}\)"
    with pytest.raises(ValueError, match=text):
        xr.open_dataset(path, engine="tensogram", message_index=index)


@pytest.mark.parametrize("content", [b"", b"garbage " * 20, tgm.message(zeros("a", 9))[:100]])
def test_a_file_without_messages(tmp_path, content):
    path = tgm.write(tmp_path / "a.tgm", content)
    with pytest.raises(ValueError, match=r"message_index 0 out of range \(count=0\)"):
        xr.open_dataset(path, engine="tensogram")
    assert not xr.open_dataset(path, engine="tensogram", merge_objects=True).variables
    assert tensogram_xarray.open_datasets(path) == []


@pytest.mark.parametrize("names", [["x"], ["x", "y", "z"]])
@pytest.mark.parametrize("merge", [False, True])
def test_dim_names_that_do_not_fit(path, names, merge):
    text = f"dim_names has {len(names)} entries but tensor has 2 dimensions"
    with pytest.raises(ValueError, match=text):
        xr.open_dataset(path, engine="tensogram", dim_names=names, merge_objects=merge)


def unknown_dtype(path: str) -> None:
    content = Path(path).read_bytes()
    Path(path).write_bytes(content.replace(b"float64", b"floatXX"))


@pytest.mark.parametrize("merge", [False, True])
def test_an_unsupported_dtype(path, merge):
    unknown_dtype(path)
    for error in (TypeError, ValueError):
        with pytest.raises(error, match="unsupported tensogram dtype 'floatXX'"):
            xr.open_dataset(path, engine="tensogram", merge_objects=merge)


def test_damaged_metadata(path):
    content = Path(path).read_bytes()
    Path(path).write_bytes(content.replace(b"compression", b"compress\xff\xff\xff"))
    with pytest.raises(ValueError, match="Error"):
        xr.open_dataset(path, engine="tensogram")


# Hashes


def damaged(path: Path, *items: tgm.Item) -> str:
    """A file whose last object has one other value than its hash says."""
    return tgm.write(path, tgm.flipped(tgm.message(*items), items[-1].values))


@pytest.mark.parametrize(
    ("threshold", "key", "checked"),
    [
        (0.5, {}, True),
        (0.5, {"dim_0": slice(0, 4)}, True),
        (0.5, {"dim_0": slice(0, 3)}, False),
        (0.0, {"dim_0": 0, "dim_1": 0}, True),
        (0.0, {"dim_0": slice(0, 0)}, False),
        (1.0, {}, False),
    ],
)
def test_full_reads_check_the_hash_and_partial_reads_do_not(tmp_path, threshold, key, checked):
    path = damaged(tmp_path / "a.tgm", zeros("u", 6), named("v", VALUES))
    options = {"engine": "tensogram", "range_threshold": threshold}
    xr.open_dataset(path, **options)["v"].isel(key).load()
    dataset = xr.open_dataset(path, **options, verify_hash=True)
    dataset["u"].load()
    if not checked:
        dataset["v"].isel(key).load()
        return
    with pytest.raises(tensogram.HashMismatchError, match="object_index=1") as error:
        dataset["v"].isel(key).load()
    assert error.value.object_index == 1
    assert error.value.expected != error.value.actual
    assert isinstance(error.value, ValueError) or not tgm.NATIVE_CORE


def test_an_object_without_hash(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES), hash=None))
    assert np.array_equal(xr.open_dataset(path, engine="tensogram")["v"], VALUES)
    dataset = xr.open_dataset(path, engine="tensogram", verify_hash=True)
    with pytest.raises(tensogram.MissingHashError) as error:
        dataset["v"].load()
    assert error.value.object_index == 0


@pytest.mark.parametrize("merge", [False, True])
def test_a_dimension_coordinate_is_checked_at_open(tmp_path, merge):
    path = damaged(tmp_path / "a.tgm", zeros("v", 3), coordinate("lat", 3))
    options = {"engine": "tensogram", "verify_hash": True, "merge_objects": merge}
    with pytest.raises(tensogram.HashMismatchError):
        xr.open_dataset(path, **options)
    assert len(xr.open_dataset(path, **options, create_default_indexes=False)) == 1


@pytest.mark.parametrize("merge", [False, True])
def test_a_dimension_coordinate_that_cannot_be_decoded_fails_at_open(tmp_path, merge):
    values = np.linspace(0, 1, 100)
    content = tgm.message(zeros("v", 100), named("lat", values, compression="zstd"))
    path = tgm.write(tmp_path / "a.tgm", tgm.broken(content))
    options = {"engine": "tensogram", "merge_objects": merge}
    with pytest.raises((ValueError, RuntimeError)) as error:
        xr.open_dataset(path, **options)
    told = str(error.value) + "".join(getattr(error.value, "__notes__", []))
    assert all(part in told for part in (path, "message 0", "object 1"))
    assert xr.open_dataset(path, **options, create_default_indexes=False)["v"].sum() == 0


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
@pytest.mark.parametrize("key", [{"dim_0": 6}, {"dim_1": 10}, {"dim_0": [0, 7]}], ids=str)
def test_an_index_out_of_range_is_found_before_anything_is_read(path, reads, chunks, key):
    variable = xr.open_dataset(path, engine="tensogram", chunks=chunks)["v"]
    with pytest.raises(IndexError):
        variable.isel(key).load()
    assert reads == []


def test_merged_variables_are_checked(tmp_path):
    path = damaged(tmp_path / "a.tgm", named("v", VALUES))
    for dataset in tensogram_xarray.open_datasets(path, verify_hash=True):
        with pytest.raises(tensogram.HashMismatchError):
            dataset["v"].load()


# What is read when


def test_opening_reads_dimension_coordinates_and_no_data(tmp_path, reads):
    items = [coordinate("lat", 6), coordinate("lon", 10), named("v", VALUES)]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(*items))
    dataset = xr.open_dataset(path, engine="tensogram")
    assert sorted(reads) == [("whole", 0, 0), ("whole", 0, 1)]
    reads.clear()
    without = xr.open_dataset(path, engine="tensogram", create_default_indexes=False)
    assert reads == []
    assert set(without.coords) == {"latitude", "longitude"}
    assert not without.indexes
    dataset["v"].isel(latitude=2).load()
    assert reads == [("part", 0, 2)]


def read_calls(function) -> int:
    """Bytes this process reads during the call, by the system's own counter."""

    def total() -> int:
        for line in Path("/proc/self/io").read_text().splitlines():
            if line.startswith("rchar"):
                return int(line.split()[1])
        raise AssertionError("no counter")

    before = total()
    function()
    return total() - before


@pytest.mark.skipif(not tgm.NATIVE_CORE, reason="the published core reads whole messages")
@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="no counter of bytes read here")
def test_bytes_read(tmp_path):
    values = tgm.field(20, 100, 200, dtype=np.float32)
    items = [coordinate("lat", 100), coordinate("lon", 200), named("v", values)]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(*items))
    opened = []
    assert read_calls(lambda: opened.append(xr.open_dataset(path, engine="tensogram"))) < 64 * 1024
    variable = opened[0]["v"]
    assert read_calls(lambda: variable[3, 4, 5].load()) < 64 * 1024
    assert read_calls(lambda: variable[3].load()) < values[3].nbytes + 64 * 1024


def test_closing(path):
    with xr.open_dataset(path, engine="tensogram") as dataset:
        assert path in {key[1] for key in files.open_files._files}
    assert path not in {key[1] for key in files.open_files._files}
    dataset.close()
    assert np.array_equal(dataset["v"], VALUES)


def test_closing_a_chunked_dataset(path):
    dataset = xr.open_dataset(path, engine="tensogram", chunks={"dim_0": 2})
    dataset["v"].sum().compute()
    dataset.close()
    dataset.close()
    assert path not in {key[1] for key in files.open_files._files}
    assert np.array_equal(dataset["v"].compute(), VALUES)


def test_caching_is_xarrays(path, reads):
    dataset = xr.open_dataset(path, engine="tensogram")
    dataset["v"].load()
    dataset["v"].load()
    assert len(reads) == 1
    reads.clear()
    uncached = xr.open_dataset(path, engine="tensogram", cache=False)
    for _ in range(2):
        assert uncached["v"].values.shape == VALUES.shape
    assert len(reads) == 2
