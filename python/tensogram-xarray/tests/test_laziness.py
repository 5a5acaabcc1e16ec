"""What opening and reading cost: bytes and calls by the system's own counters, locks, sizes of pickles."""

import pickle
import threading
from pathlib import Path
from typing import NamedTuple

import dask
import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named

from tensogram_xarray import files, open_datasets

pytestmark = [
    pytest.mark.skipif(not tgm.NATIVE_CORE, reason="the published core reads whole messages"),
    pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="no counter of bytes read here"),
]

KIB = 1024


class Reads(NamedTuple):
    """What this process has asked of the system."""

    count: int
    calls: int

    @classmethod
    def now(cls) -> "Reads":
        counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return cls(int(counters["rchar"]), int(counters["syscr"]))


def reads_of(function) -> Reads:
    before = Reads.now()
    function()
    after = Reads.now()
    return Reads(after.count - before.count, after.calls - before.calls)


def opened(path, **options) -> xr.Dataset:
    return xr.open_dataset(path, engine="tensogram", cache=False, **options)


def copies(path: Path, message: bytes, count: int) -> str:
    with path.open("wb") as file:
        for _ in range(count):
            file.write(message)
    return str(path)


def stages(name: str) -> dict:
    """The descriptor's keys of a pipeline; szip with intervals of a usual length, which it lists in the descriptor."""
    keys, _ = tgm.PIPELINES[name]
    return keys | ({"szip_rsi": 128} if "szip_rsi" in keys else {})


# Opening


@pytest.mark.parametrize("index", [0, 5_000, 9_999])
def test_one_message_of_ten_thousand_is_opened_by_its_place(tmp_path, index):
    """Of the others 32 bytes are read: the end of one and the preamble of the next."""
    message = tgm.message(named("v", tgm.field(64, 64)))
    path = copies(tmp_path / "a.tgm", message, 10_000)
    reads = reads_of(lambda: opened(path, message_index=index))
    assert reads.count < 10_000 * 32 + 64 * KIB
    assert reads.calls < 10_000 + 100
    assert reads.count < Path(path).stat().st_size / 500


def test_the_cost_of_opening_one_message_rises_by_a_read_for_each_other(tmp_path):
    message = tgm.message(named("v", tgm.field(64, 64)))
    paths = [copies(tmp_path / f"{n}.tgm", message, n) for n in (100, 1_100)]
    few, many = (reads_of(lambda path=path: opened(path, message_index=3)) for path in paths)
    # Whatever else this process does, as talking to a cluster, counts too.
    assert many.calls - few.calls == pytest.approx(1_000, abs=100)
    assert many.count - few.count == pytest.approx(1_000 * 32, abs=16 * KIB)


def test_a_message_found_is_not_looked_for_again(tmp_path):
    path = copies(tmp_path / "a.tgm", tgm.message(named("v", tgm.field(64, 64))), 1_000)
    first = opened(path, message_index=999)
    reads = reads_of(lambda: [first["v"][0].load(), opened(path, message_index=998)])
    assert reads.calls < 200


def test_other_messages_are_not_parsed(tmp_path):
    """Their metadata may be damaged: nobody looks."""
    good = tgm.message(named("v", tgm.field(8)))
    bad = good.replace(b"float64", b"floatXX")
    path = tgm.write(tmp_path / "a.tgm", bad, good, bad)
    assert np.array_equal(opened(path, message_index=1)["v"], tgm.field(8))
    with pytest.raises(TypeError, match="floatXX"):
        opened(path, message_index=2)


@pytest.mark.parametrize("name", tgm.PIPELINES)
def test_opening_reads_no_payload(tmp_path, name):
    values = np.random.default_rng(1).normal(280, 10, (400, 500))
    item = named("v", values, **stages(name))
    path = tgm.write(tmp_path / "a.tgm", tgm.message(coordinate("lat", 400), item))
    reads = reads_of(lambda: opened(path, create_default_indexes=False))
    assert reads.count < 40 * KIB < Path(path).stat().st_size
    with_indexes = reads_of(lambda: opened(path))
    assert with_indexes.count < 40 * KIB + values[:, 0].nbytes


def test_opening_a_stack_reads_no_payload_and_each_message_once(tmp_path):
    values = tgm.field(100, 100)
    small, large = (copies_of_steps(tmp_path / f"{n}.tgm", values, n) for n in (20, 120))
    few, many = (reads_of(lambda path=path: open_datasets(path)) for path in (small, large))
    assert (many.count - few.count) / 100 < values.nbytes / 2
    assert (many.calls - few.calls) / 100 < 12


def copies_of_steps(path: Path, values: np.ndarray, count: int) -> str:
    return tgm.write(path, *(tgm.message(named("v", values + i, {"step": i})) for i in range(count)))


# Reading


VALUES = np.random.default_rng(1).normal(280, 10, (20, 300, 400))


@pytest.fixture(scope="module", params=["none", "packed", "packed+szip", "blosc2", "zfp fixed rate"])
def in_parts(request, tmp_path_factory):
    """A file whose object can be read in parts, and how many bytes its payload has."""
    keys = stages(request.param)
    path = tgm.write(tmp_path_factory.mktemp("parts") / "a.tgm", tgm.message(named("v", VALUES, **keys)))
    return path, Path(path).stat().st_size


def test_a_point_reads_a_page_or_two(in_parts):
    path, size = in_parts
    variable = opened(path)["v"]
    reads = reads_of(lambda: variable[7, 150, 200].load())
    assert reads.count < 300 * KIB < size


def test_a_chunk_reads_its_own_bytes(in_parts):
    """All chunks together read the payload once, but for what is at their edges."""
    path, size = in_parts
    with dask.config.set(scheduler="synchronous"):
        chunks = opened(path, chunks={"dim_0": 2})["v"].data
        chunks.blocks[0].compute()  # Computing for the first time imports things.
        one = reads_of(lambda: chunks.blocks[4].compute())
        assert one.count < size / 10 * 1.3 + 64 * KIB
        whole = reads_of(lambda: chunks.sum().compute())
    assert whole.count < size * 1.3 + 640 * KIB


@pytest.mark.parametrize("chunks", ["auto", {"dim_0": "auto"}], ids=str)
def test_large_objects_in_chunks_of_dasks_choice(in_parts, chunks):
    """Split along the outer axis they read the payload once; where dask splits the inner ones too, neighbours in a row
    share what a codec decodes at once, and no chunk reads that twice.
    """
    path, size = in_parts
    with dask.config.set({"array.chunk-size": "2MiB", "scheduler": "synchronous"}):
        data = opened(path, chunks=chunks)["v"].data
        assert 2**20 < np.prod(data.chunksize) * 8 < 1.3 * 2**21
        if chunks != "auto":
            assert data.chunks[1:] == ((300,), (400,))
        data.blocks[0].compute()
        reads = reads_of(lambda: data.sum().compute())
    in_a_row = np.prod(data.numblocks[1:])
    assert reads.count < size * 1.3 * in_a_row + 640 * KIB


def test_chunks_of_what_cannot_be_read_in_part_decode_it_once(tmp_path):
    keys, _ = tgm.PIPELINES["zstd"]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES, **keys)))
    size = Path(path).stat().st_size
    with pytest.warns(UserWarning, match="separate the stored chunks"):
        variable = opened(path, chunks={"dim_0": 2})["v"]
    with dask.config.set(scheduler="threads", num_workers=4):
        reads = reads_of(lambda: variable.sum().compute())
    assert reads.count < size * 2.2


def test_one_variable_of_many_reads_its_own_object(tmp_path):
    items = [named(f"t{i}", VALUES[i]) for i in range(20)]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(*items))
    dataset = opened(path)
    reads = reads_of(lambda: dataset["t7"].load())
    assert VALUES[7].nbytes <= reads.count < VALUES[7].nbytes + 64 * KIB


def test_a_cell_of_a_stack_reads_one_message(tmp_path):
    values = tgm.field(100, 100)
    path = copies_of_steps(tmp_path / "a.tgm", values, 50)
    stack = open_datasets(path)[0]["v"]
    reads = reads_of(lambda: stack.isel(step=31).load())
    assert reads.count < values.nbytes + 40 * KIB
    several = reads_of(lambda: stack.isel(step=[3, 30]).load())
    assert several.count < 2 * values.nbytes + 40 * KIB


def test_reading_a_stack_costs_the_same_for_each_message(tmp_path):
    """The published package scans the file anew for each."""
    few, many = (open_datasets(copies_of_steps(tmp_path / f"{n}.tgm", tgm.field(30, 30), n))[0]["v"] for n in (50, 250))
    calls = [reads_of(stack.load).calls for stack in (few, many)]
    assert calls[1] <= 5 * calls[0] + 100


# Locks and pickles


def in_thread(function, timeout: float = 30):
    """What the function returns in another thread; fails where it does not end."""
    found: list = []
    thread = threading.Thread(target=lambda: found.append(function()), daemon=True)
    thread.start()
    thread.join(timeout)
    assert found, "it waits for a lock"
    return found[0]


@pytest.mark.parametrize("key", [{"dim_0": 3}, {}], ids=["part", "whole"])
def test_reading_an_open_file_takes_no_lock(tmp_path, key):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES)))
    variable = opened(path)["v"]
    array = backend_array(variable)
    with array._lock, files.open_files._lock:
        found = in_thread(lambda: variable.isel(key).values)
    assert np.array_equal(found, VALUES[3] if key else VALUES)


def test_many_threads_open_one_file_and_agree(tmp_path):
    """Each read begins with the file closed, so that readers meet while they open it."""
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES)))
    variable = opened(path)["v"]
    start = threading.Barrier(8)
    wrong: list = []

    def read(row: int) -> None:
        start.wait(30)
        for i in range(20):
            files.release(path)
            if not np.array_equal(variable[(row + i) % 20].values, VALUES[(row + i) % 20]):
                wrong.append((row, i))

    threads = [threading.Thread(target=read, args=(row,)) for row in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def backend_array(variable: xr.DataArray):
    array = variable.variable._data
    while not hasattr(array, "file_path"):
        array = array.array
    return array


@pytest.mark.parametrize("name", tgm.PIPELINES)
def test_a_pickled_array_is_below_a_kilobyte(tmp_path, name):
    keys, _ = tgm.PIPELINES[name]
    folder = tmp_path / "a-folder-with-a-long-name" / "and-another-one-inside-of-it"
    folder.mkdir(parents=True)
    path = tgm.write(folder / "a.tgm", tgm.message(named("v", VALUES[0], **keys)))
    variable = opened(path)["v"]
    dumped = pickle.dumps(backend_array(variable))
    assert len(dumped) < 1000
    assert b"lock" not in dumped
    assert np.array_equal(pickle.loads(dumped)._raw_indexing_method((slice(3, 5),)), variable[3:5])


def test_a_pickled_stack_grows_by_little_for_each_message(tmp_path):
    few, many = (
        len(pickle.dumps(open_datasets(copies_of_steps(tmp_path / f"{n}.tgm", tgm.field(4), n))[0]["v"].variable))
        for n in (100, 200)
    )
    assert (many - few) / 100 < 150
