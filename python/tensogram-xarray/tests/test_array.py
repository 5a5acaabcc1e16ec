"""Backend arrays: which way a selection is read, what comes back, and what travels in a pickle."""

import asyncio
import copy
import pickle
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import tgm
import xarray as xr
from xarray.core import indexing

import tensogram
from tensogram_xarray import array as array_module
from tensogram_xarray.array import (
    DEFAULT_RANGE_THRESHOLD,
    StackedBackendArray,
    TensogramBackendArray,
    _supports_range_decode,
)

ALL = slice(None)
VALUES = tgm.field(36, 72)
FALLBACK = "decode_range failed for /data/a.tgm msg=0 obj=0, falling back to full decode: "


class Handle:
    """A handle as tests inject it: it has ranges and raw messages, nothing else."""

    def __init__(self, values: np.ndarray = VALUES, error: Exception | None = None):
        self.raw = tgm.message(tgm.named("v", values))
        self.error = error
        self.ranges: list = []
        self.whole = 0

    def file_decode_range(self, msg_index, obj_index, ranges, join, native_byte_order):
        assert (join, native_byte_order) == (True, True)
        if self.error is not None:
            raise self.error
        self.ranges.append(ranges)
        return tensogram.decode_range(self.raw, obj_index, ranges, join=True)

    def read_message(self, msg_index):
        self.whole += 1
        return self.raw


def backend_array(handle: object = None, path: str = "/data/a.tgm", shape=VALUES.shape, **options):
    arguments = {"dtype": np.dtype("float64"), "supports_range": True, "shared_file": handle}
    return TensogramBackendArray(path, 0, 0, shape, **(arguments | options))


@pytest.mark.parametrize(
    ("compression", "filter_", "params", "ranges"),
    [
        ("none", "none", {}, True),
        ("szip", "none", {}, True),
        ("blosc2", "none", {}, True),
        ("zfp", "none", {"zfp_mode": "fixed_rate"}, True),
        ("zfp", "none", {"zfp_mode": "fixed_precision"}, False),
        ("zfp", "none", {}, False),
        ("zfp", "none", None, False),
        *((name, "none", {}, False) for name in ("zstd", "lz4", "sz3", "rle", "roaring", "other")),
        *((name, "shuffle", {}, False) for name in ("none", "szip", "blosc2", "zstd")),
    ],
)
def test_pipelines_that_support_ranges(compression, filter_, params, ranges):
    descriptor = SimpleNamespace(compression=compression, filter=filter_, params=params)
    assert _supports_range_decode(descriptor) is ranges


def test_a_descriptor_that_says_nothing_is_uncompressed():
    assert _supports_range_decode(SimpleNamespace())
    assert not _supports_range_decode(SimpleNamespace(dtype="bitmask"))


@pytest.mark.parametrize(
    ("key", "threshold", "ranges"),
    [
        ((18, 0), 0.5, [(1296, 1)]),
        ((slice(18, 19), slice(0, 1)), 0.5, [(1296, 1)]),
        ((np.int64(18), ALL), 0.5, [(1296, 72)]),
        ((slice(9, 27), ALL), 0.5, [(648, 1296)]),
        ((slice(9, 28), ALL), 0.5, None),
        ((slice(9, 28), ALL), 0.6, [(648, 1368)]),
        ((18, 0), 0.0, None),
        ((18, 0), -1, None),
        ((18, 0), float("nan"), None),
        ((ALL, ALL), 1.0, [(0, 2592)]),
        ((ALL, ALL), 7, [(0, 2592)]),
        ((np.array([1, 3, 20]), ALL), 0.5, [(72, 72), (216, 72), (1440, 72)]),
        ((slice(0, 36, 9), ALL), 0.5, [(0, 72), (648, 72), (1296, 72), (1944, 72)]),
        ((slice(20, 10, -1), ALL), 0.5, [(792, 720)]),
    ],
)
def test_small_selections_are_read_in_part(key, threshold, ranges):
    handle = Handle()
    values = backend_array(handle, range_threshold=threshold)._raw_indexing_method(key)
    assert np.array_equal(values, VALUES[key])
    assert handle.ranges == ([] if ranges is None else [ranges])
    assert handle.whole == (1 if ranges is None else 0)


@pytest.mark.parametrize("key", [(slice(3, 3), ALL), (slice(5, 3), 0), (np.array([], int), ALL)])
@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_an_empty_selection_reads_nothing(key, threshold):
    values = backend_array(None, "/gone.tgm", range_threshold=threshold)._raw_indexing_method(key)
    assert values.shape == VALUES[key].shape
    assert values.dtype == np.float64


def test_an_index_out_of_range_is_found_before_anything_is_read():
    with pytest.raises(IndexError, match="index 36 is out of bounds for axis 0 with size 36"):
        backend_array(None, "/gone.tgm")._raw_indexing_method((36, ALL))


@pytest.mark.parametrize("error", [ValueError("a"), RuntimeError("b"), OSError("c")])
def test_a_failing_partial_read_falls_back_to_the_whole_object(log, error):
    handle = Handle(error=error)
    assert backend_array(handle)._raw_indexing_method((18, 0)) == VALUES[18, 0]
    assert handle.whole == 1
    assert [(record.name, record.levelname, record.getMessage()) for record in log.records] == [
        (
            "tensogram_xarray.array",
            "DEBUG",
            f"{FALLBACK}{error}",
        )
    ]


def test_other_errors_do_not_fall_back():
    with pytest.raises(KeyError):
        backend_array(Handle(error=KeyError("x")))._raw_indexing_method((18, 0))


def test_an_integrity_error_is_not_hidden_by_the_fallback():
    handle = Handle(error=tensogram.HashMismatchError("HashMismatch: object_index=0"))
    with pytest.raises(tensogram.HashMismatchError):
        backend_array(handle)._raw_indexing_method((18, 0))
    assert handle.whole == 0


def test_an_unsupported_pipeline_is_not_asked_but_logged(log):
    handle = Handle()
    array = backend_array(handle, supports_range=False)
    assert array._raw_indexing_method((18, 0)) == VALUES[18, 0]
    assert handle.ranges == []
    assert log.messages == [f"{FALLBACK}RangeNotSupported"]
    array._raw_indexing_method((ALL, ALL))
    assert len(log.messages) == 1


def test_a_handle_that_selects_is_given_the_selection():
    class Selecting(Handle):
        def read_selection(self, msg_index, obj_index, selection):
            self.ranges.append(selection)
            return VALUES[selection].copy()

    handle = Selecting()
    array = backend_array(handle)
    for key in [(18, 0), (slice(20, 10, -3), slice(1, 3)), (np.array([1, 3]), ALL)]:
        assert np.array_equal(array._raw_indexing_method(key), VALUES[key])
    assert handle.ranges == [
        (18, 0),
        (slice(20, 10, -3), slice(1, 3, 1)),
        (slice(1, 5, 2), slice(0, 72, 1)),
    ]
    assert np.array_equal(array._raw_indexing_method((np.array([1, 5, 3]), 0)), VALUES[[1, 5, 3], 0])
    assert handle.ranges[-1] == [(72, 1), (216, 1), (360, 1)]


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("key", [(3, 4), (3, ALL), (slice(2, 4), 1), (ALL, ALL), (slice(1), slice(1))])
def test_results_are_writable_arrays_of_their_own(tmp_path, key, threshold):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(tgm.named("v", VALUES)))
    values = backend_array(None, path, range_threshold=threshold)._raw_indexing_method(key)
    assert isinstance(values, np.ndarray)
    assert values.shape == VALUES[key].shape
    assert values.flags.writeable
    assert values.flags.c_contiguous
    assert values.dtype.isnative
    held = values if values.base is None else values.base
    assert held.size == values.size


def test_big_endian_objects_come_in_native_order(tmp_path):
    base = tgm.named("v", VALUES)
    big = base._replace(descriptor=base.descriptor | {"byte_order": "big"}, values=VALUES.astype(">f8").tobytes())
    path = tgm.write(tmp_path / "a.tgm", tgm.message(big))
    for threshold in (0.0, 1.0):
        values = backend_array(None, path, range_threshold=threshold)._raw_indexing_method((3, ALL))
        assert values.dtype == np.float64
        assert np.array_equal(values, VALUES[3])


def test_scalars(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(tgm.named("v", np.float64(2.5))))
    for threshold in (0.5, 1.0):
        value = backend_array(None, path, shape=(), range_threshold=threshold)[indexing.BasicIndexer(())]
        assert isinstance(value, np.ndarray)
        assert value.shape == ()
        assert value == 2.5


@pytest.mark.parametrize("shape", [(3,), (8,), (3, 5), (2, 3, 4)])
def test_bitmasks_are_unpacked(tmp_path, shape):
    mask = np.random.default_rng(1).random(shape) > 0.5
    packed = tgm.Item({"name": "m"}, tgm.descriptor(shape, "bitmask"), np.packbits(mask))
    path = tgm.write(tmp_path / "a.tgm", tgm.message(packed))
    variable = xr.open_dataset(path, engine="tensogram")["m"]
    assert variable.dtype == np.bool_
    assert np.array_equal(variable.values, mask)
    assert np.array_equal(variable[..., -2:].values, mask[..., -2:])


def test_async_indexing(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(tgm.named("v", VALUES)))
    loaded = asyncio.run(xr.open_dataset(path, engine="tensogram").isel(dim_0=[1, 3]).load_async())
    assert np.array_equal(loaded["v"].values, VALUES[[1, 3]])


# Travelling


def test_the_path_becomes_absolute_and_a_url_stays(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert backend_array(path="a.tgm").file_path == str(tmp_path / "a.tgm")
    assert backend_array(path="s3://bucket/a.tgm").file_path == "s3://bucket/a.tgm"
    assert backend_array(path="s3://bucket/a.tgm")._is_remote


def test_a_pickle_holds_neither_handle_nor_lock(tmp_path, elsewhere):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(tgm.named("v", VALUES)))
    array = backend_array(Handle(), path)
    state = array.__getstate__()
    assert state["_shared_file"] is None
    assert "_lock" not in state
    dumped = pickle.dumps(array)
    assert len(dumped) < 600
    for restored in (pickle.loads(dumped), copy.deepcopy(array)):
        assert restored._shared_file is None
        assert isinstance(restored._lock, type(threading.Lock()))
        assert restored._lock is not array._lock
        assert np.array_equal(restored._raw_indexing_method((3, ALL)), VALUES[3])


def test_a_sibling_is_another_object_read_in_the_same_way(tmp_path):
    one, other = tgm.message(tgm.named("v", VALUES)), tgm.message(tgm.named("a", VALUES), tgm.named("v", -VALUES))
    path = tgm.write(tmp_path / "a.tgm", one, other)
    first = backend_array(path=path, range_threshold=0.25)
    second = first.sibling(1, 1, False, None)
    assert second._lock is not first._lock
    assert (first.msg_index, first.obj_index, first.supports_range) == (0, 0, True)
    for array in (second, pickle.loads(pickle.dumps(second))):
        assert (array.msg_index, array.obj_index, array.supports_range, array.range_threshold) == (1, 1, False, 0.25)
        assert np.array_equal(array._raw_indexing_method((3, ALL)), -VALUES[3])
    assert np.array_equal(first._raw_indexing_method((3, ALL)), VALUES[3])


def test_a_given_handle_is_used_and_a_given_lock_kept():
    handle, lock = Handle(), threading.Lock()
    array = backend_array(handle, lock=lock)
    assert array._get_file() is handle
    assert array._lock is lock


def test_a_remote_file_is_opened_with_its_options(monkeypatch):
    opened = []

    class Files:
        @staticmethod
        def open_remote(*arguments):
            opened.append(arguments)
            return Handle()

    monkeypatch.setattr(tensogram, "is_remote_url", lambda path: True)
    monkeypatch.setattr(tensogram, "TensogramFile", Files)
    url = "https://example.org/a.tgm"
    handle = backend_array(path=url, storage_options={"token": "t"})._get_file()
    assert opened == [(url, {"token": "t"})]
    assert backend_array(path=url, storage_options={"token": "t"})._get_file() is handle
    backend_array(path=url)._get_file()
    assert opened[1:] == [(url, {})]


def test_the_lock_is_free_while_a_variable_is_read():
    """Many threads read one variable at once: nobody waits for a reader."""
    together = threading.Barrier(4)

    class Slow(Handle):
        def file_decode_range(self, *arguments, **options):
            together.wait(timeout=30)
            return super().file_decode_range(*arguments, **options)

    array = backend_array(Slow())
    rows: dict[int, np.ndarray] = {}

    def read(row: int) -> None:
        rows[row] = array._raw_indexing_method((row, ALL))

    threads = [threading.Thread(target=read, args=(row,)) for row in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(rows[row], VALUES[row]) for row in range(4))


@pytest.mark.parametrize("threshold", ["0.5", None, [0.5]])
def test_a_threshold_is_a_number(threshold):
    with pytest.raises(TypeError, match="range_threshold must be a number"):
        backend_array(range_threshold=threshold)


def test_the_default_threshold():
    assert DEFAULT_RANGE_THRESHOLD == 0.5
    assert array_module.logger.name == "tensogram_xarray.array"


# Stacks


class Cell:
    """A stand-in for a backend array, which notes what it is asked for."""

    def __init__(self, values: np.ndarray):
        self.values = values
        self.keys: list = []

    def _raw_indexing_method(self, key):
        self.keys.append(key)
        return self.values[key]


GRID = tgm.field(2, 3, 4, 5)


def stack() -> tuple[StackedBackendArray, list[Cell]]:
    cells = [Cell(GRID[i, j]) for i in range(2) for j in range(3)]
    return StackedBackendArray(cells, (2, 3), (4, 5), np.dtype("float64")), cells


@pytest.mark.parametrize(
    ("key", "touched"),
    [
        ((ALL, ALL, ALL, ALL), 6),
        ((0, ALL, ALL, ALL), 3),
        ((np.int64(-1), 0, ALL, ALL), 1),
        ((slice(0, 1), slice(1, 3), slice(1, 3), 2), 2),
        ((ALL, slice(None, None, -1), 0, ALL), 6),
        ((1, np.array([2, 0]), slice(1, 3), 2), 2),
        ((slice(1, 1), ALL, ALL, ALL), 0),
        ((ALL, ALL, slice(3, 3), ALL), 0),
    ],
    ids=str,
)
def test_a_stack_reads_only_the_cells_selected(key, touched):
    array, cells = stack()
    assert array.shape == GRID.shape
    values = array._raw_indexing_method(key)
    assert np.array_equal(values, GRID[key])
    assert values.shape == GRID[key].shape
    assert sum(len(cell.keys) for cell in cells) == touched
    assert all(asked == key[2:] for cell in cells for asked in cell.keys)


def test_a_stack_needs_an_array_for_every_cell():
    with pytest.raises(ValueError, match="expected 6 backing arrays"):
        StackedBackendArray([Cell(GRID[0, 0])], (2, 3), (4, 5), np.dtype("float64"))
