"""The requirement document on dask, item by item: its rules, its errors, its edge cases."""

import logging
import pickle
import traceback
from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named, zeros

import tensogram

VALUES = tgm.field(36, 72)


def opened(path, **options):
    return xr.open_dataset(path, engine="tensogram", **({"chunks": {}} | options))


@pytest.fixture
def path(tmp_path):
    return tgm.write(tmp_path / "forecast.tgm", tgm.message(named("temperature", VALUES)))


# How it works


def test_variables_are_dask_arrays_and_nothing_is_decoded(path, reads):
    dataset = opened(path)
    data = dataset["temperature"].data
    assert type(data) is da.Array
    assert data.chunks == ((36,), (72,))
    assert reads == []
    assert dataset["temperature"].mean().compute() == pytest.approx(VALUES.mean())
    assert reads == [("whole", 0, 0)]


def test_opening_a_file_whose_data_is_damaged_works(tmp_path):
    """No payload is decoded at open, so damage in it does not show."""
    content = tgm.message(named("v", VALUES, compression="zstd"))
    dataset = opened(tgm.write(tmp_path / "a.tgm", tgm.broken(content)))
    assert dataset["v"].shape == VALUES.shape
    with pytest.raises((ValueError, RuntimeError)):
        dataset["v"].compute()


def test_the_array_holds_the_path_and_no_handle(path):
    lazy = opened(path, chunks=None)["temperature"].variable._data
    while not hasattr(lazy, "file_path"):
        lazy = lazy.array
    assert lazy.file_path == path
    assert lazy._shared_file is None
    assert len(pickle.dumps(lazy)) < 600


# Chunking strategies


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ({}, ((36,), (72,))),
        ({"latitude": 10}, ((10, 10, 10, 6), (72,))),
        ({"latitude": 18, "longitude": 24}, ((18, 18), (24, 24, 24))),
        ({"latitude": (6, 30)}, ((6, 30), (72,))),
        ({"latitude": -1}, ((36,), (72,))),
        ({"nonsense": 3}, ((36,), (72,))),
        (18, ((18, 18), (18, 18, 18, 18))),
        ("auto", ((36,), (72,))),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("error")
def test_chunking(tmp_path, chunks, expected):
    items = [coordinate("lat", 36), coordinate("lon", 72), named("t", VALUES)]
    dataset = opened(tgm.write(tmp_path / "a.tgm", tgm.message(*items)), chunks=chunks)
    assert dataset["t"].chunks == expected
    assert dataset["latitude"].chunks is None
    assert np.array_equal(dataset["t"].compute(), VALUES)


def test_without_chunks_there_is_no_dask(path):
    assert opened(path, chunks=None)["temperature"].chunks is None


@pytest.mark.parametrize(("split", "reads_expected"), [(10, ["part"] * 4), (36, ["whole"])])
def test_each_task_reads_its_chunk(path, reads, split, reads_expected):
    opened(path, chunks={"dim_0": split})["temperature"].sum().compute(scheduler="synchronous")
    assert [kind for kind, *_ in reads] == reads_expected


def test_splitting_an_object_that_cannot_be_read_in_part_is_a_warning_of_xarrays(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES, compression="zstd")))
    with pytest.warns(UserWarning, match="separate the stored chunks"):
        dataset = opened(path, chunks={"dim_0": 10})
    assert np.array_equal(dataset["v"].compute(), VALUES)


# range_threshold


@pytest.mark.parametrize(
    ("rows", "threshold", "kind"),
    [
        (9, 0.5, "part"),
        (18, 0.5, "part"),
        (19, 0.5, "whole"),
        (18, 0.3, "whole"),
        (30, 0.9, "part"),
    ],
)
def test_the_rule_of_range_threshold(path, reads, rows, threshold, kind):
    """Partial where requested / total <= threshold: a higher threshold means more partial reads."""
    dataset = opened(path, range_threshold=threshold)
    expected = VALUES[:rows].mean()
    assert dataset["temperature"][:rows].mean().compute() == pytest.approx(expected)
    assert [read for read, *_ in reads] == [kind]


@pytest.mark.parametrize("name", tgm.PIPELINES)
def test_which_compressors_support_partial_reads(tmp_path, reads, log, name):
    keys, in_parts = tgm.PIPELINES[name]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES, **keys)))
    whole = opened(path)["v"].compute().values
    reads.clear()
    point = opened(path)["v"][18, 7].compute()
    assert point == whole[18, 7]
    assert [kind for kind, *_ in reads] == (["part"] if in_parts else ["whole"])
    line = f"decode_range failed for {path} msg=0 obj=0, falling back to full decode"
    assert log.messages == ([] if in_parts else [f"{line}: RangeNotSupported"])


# Errors at open


def test_error_file_not_found():
    with pytest.raises(OSError, match=r"/does/not/exist\.tgm"):
        opened("/does/not/exist.tgm")


def test_error_message_index_negative(path):
    with pytest.raises(ValueError, match="-1"):
        opened(path, message_index=-1)


def test_error_message_index_out_of_range(path):
    with pytest.raises(ValueError, match=r"5.*count=1"):
        opened(path, message_index=5)


def test_error_dim_names_length(path):
    with pytest.raises(ValueError, match="3 entries but tensor has 2 dimensions"):
        opened(path, dim_names=["a", "b", "c"])


def test_error_unsupported_dtype(path):
    content = Path(path).read_bytes()
    Path(path).write_bytes(content.replace(b"float64", b"floatXX"))
    with pytest.raises(TypeError, match="floatXX"):
        opened(path)


# Errors at compute


def altered(tmp_path) -> str:
    content = tgm.message(zeros("u", 2), named("v", VALUES))
    return tgm.write(tmp_path / "altered.tgm", tgm.flipped(content, VALUES))


def test_error_decode_failure(tmp_path, local_scheduler):
    content = tgm.message(zeros("u", 2), named("v", VALUES, compression="zstd"))
    path = tgm.write(tmp_path / "broken.tgm", tgm.broken(content))
    with pytest.raises((ValueError, RuntimeError)) as error:
        opened(path)["v"].mean().compute()
    text = "".join(traceback.format_exception(error.value))
    assert path in text
    assert "message 0" in text
    assert "object 1" in text


def test_error_hash_mismatch(tmp_path, local_scheduler):
    path = altered(tmp_path)
    with pytest.raises(tensogram.HashMismatchError, match="object_index=1") as error:
        opened(path, verify_hash=True)["v"].mean().compute()
    assert error.value.object_index == 1
    assert isinstance(error.value, ValueError) or not tgm.NATIVE_CORE
    assert path in "".join(traceback.format_exception(error.value))


def test_error_file_deleted_after_open(path, local_scheduler):
    dataset = opened(path)
    Path(path).unlink()
    with pytest.raises(OSError, match=path):
        dataset["temperature"].mean().compute()


def test_paths_are_absolute(path, monkeypatch, tmp_path_factory, local_scheduler):
    monkeypatch.chdir(Path(path).parent)
    dataset = opened("forecast.tgm")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert dataset["temperature"].mean().compute() == pytest.approx(VALUES.mean())


# Edge cases


def test_ambiguous_dimension_matching(tmp_path):
    square = [coordinate("latitude", 36), coordinate("longitude", 36), zeros("t", 36, 36)]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(*square))
    assert opened(path)["t"].dims == ("latitude", "dim_1")
    explicit = opened(path, dim_names=["latitude", "longitude"])
    assert explicit["t"].dims == ("latitude", "longitude")


def test_files_with_different_variables(tmp_path):
    paths = [tgm.write(tmp_path / f"{name}.tgm", tgm.message(zeros(name, 2))) for name in ("a", "b")]
    datasets = [opened(path) for path in paths]
    assert [[name for name in ("a", "b") if name not in ds.data_vars] for ds in datasets] == [
        ["b"],
        ["a"],
    ]
    with pytest.raises(KeyError):
        datasets[0]["b"]


def test_zero_object_messages(tmp_path):
    dataset = opened(tgm.write(tmp_path / "a.tgm", tgm.message(title="nothing")))
    assert not dataset.variables
    assert dataset.attrs == {"title": "nothing", "tensogram_wire_version": 3}


def test_scalar_tensors(tmp_path):
    dataset = opened(tgm.write(tmp_path / "a.tgm", tgm.message(named("s", np.float32(1.5)))))
    assert dataset["s"].shape == ()
    assert dataset["s"].compute() == 1.5


@pytest.mark.parametrize(("threshold", "rows", "checked"), [(0.5, 36, True), (0.5, 9, False), (0.0, 1, True)])
def test_hash_verification_with_partial_reads(tmp_path, threshold, rows, checked):
    path = altered(tmp_path)
    data = opened(path, verify_hash=True, range_threshold=threshold)["v"][:rows]
    if checked:
        with pytest.raises(tensogram.HashMismatchError):
            data.compute()
    else:
        assert np.array_equal(data.compute(), VALUES[:rows])


def test_debug_logging_tells_of_fallbacks(tmp_path, caplog):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES, compression="lz4")))
    caplog.set_level(logging.DEBUG, logger="tensogram_xarray")
    with dask.config.set(scheduler="synchronous"):
        opened(path)["v"][0, 0].compute()
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("tensogram_xarray.array", "DEBUG")
    assert "falling back to full decode" in record.getMessage()
