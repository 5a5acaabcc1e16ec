"""Chunked data is written block by block, in one graph, by any scheduler, in bounded memory."""

import threading

import dask
import dask.array as da
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from dask.callbacks import Callback
from dask.diagnostics import ProgressBar
from distributed import Client, LocalCluster
from toy_manager import ToyArray, ToyManager

import tensogram
from tensogram_xarray import to_tensogram

DATASET = xr.Dataset(
    {
        "t": (("time", "y", "x"), np.arange(6 * 4 * 5.0).reshape(6, 4, 5), {"units": "K"}),
        "m": (("y", "x"), np.arange(20).reshape(4, 5) > 7),
        "label": ("time", np.array(["a", "bc", "", "def", "g", "hi"])),
        "scalar": ((), 1.5),
    },
    {"time": pd.date_range("2020-01-01", periods=6), "y": [1.0, 2, 3, 4], "lat": (("y", "x"), np.ones((4, 5)))},
    {"title": "chunked"},
)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "a.tgm")


def opened(path, **options) -> xr.Dataset:
    return xr.open_dataset(path, engine="tensogram", **options)


def messages(path) -> int:
    return len(tensogram.TensogramFile.open(path))


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ({"time": 2}, ((2, 2, 2), (4,), (5,))),
        ({"time": 4, "x": 2}, ((4, 2), (4,), (2, 2, 1))),
        ({"time": (1, 3, 2)}, ((1, 3, 2), (4,), (5,))),
        ({"time": 1, "y": 1, "x": 1}, ((1,) * 6, (1,) * 4, (1,) * 5)),
    ],
    ids=str,
)
@pytest.mark.parametrize("append_dim", [None, "time", "x"])
def test_chunks_come_back(path, chunks, expected, append_dim, local_scheduler):
    if local_scheduler == "processes" and len(chunks) > 1:
        pytest.skip("the other schedulers do it, and processes with fewer chunks")
    DATASET.chunk(chunks).tensogram.to_file(path, append_dim=append_dim)
    xr.testing.assert_identical(opened(path), DATASET)
    found = opened(path, chunks={})["t"].chunks
    for dim, there, wanted in zip(DATASET["t"].dims, found, expected, strict=True):
        assert there == (wanted if append_dim in (None, dim) else (DATASET.sizes[dim],))


def test_by_workers_of_a_cluster(path):
    with LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, Client(cluster):
        DATASET.chunk(time=1).tensogram.to_file(path)
    xr.testing.assert_identical(opened(path), DATASET)


def test_text_that_gets_longer_with_each_block(path):
    """Results of one block are as wide as those of all."""
    dataset = xr.Dataset({"v": ("x", np.array(["a" * n for n in range(6)]))})
    dataset.chunk(x=2).tensogram.to_file(path)
    lazy = opened(path, chunks={})
    assert lazy["v"].chunks == ((2, 2, 2),)
    assert lazy["v"][:2].compute().dtype == lazy["v"].dtype == "<U5"
    xr.testing.assert_identical(lazy.compute(), dataset)


def test_an_edge_of_nothing(path):
    values = da.from_array(np.arange(3.0)).map_blocks(lambda v: v)
    ragged = da.concatenate([values[:0], values, values[:0]])
    dataset = xr.Dataset({"v": ("x", ragged), "w": (("x", "y"), da.zeros((3, 0)))})
    dataset.tensogram.to_file(path)
    xr.testing.assert_identical(opened(path), dataset.compute())


class TestGraph:
    def test_one_progress_bar(self, path, capsys):
        with ProgressBar(dt=0):
            DATASET[["t", "m"]].chunk(time=1).tensogram.to_file(path)
        assert capsys.readouterr().out.count("100% Completed") == 1

    def test_what_variables_share_is_computed_once(self, path):
        calls = []

        def count(values):
            calls.append(1)
            return values

        source = da.ones((6, 4), chunks=(2, 4)).map_blocks(count, dtype=float, meta=np.empty((0, 0)))
        xr.Dataset({"a": (("x", "y"), source + 1), "b": (("x", "y"), source * 2)}).tensogram.to_file(path)
        assert len(calls) == 3

    def test_later(self, path, tmp_path):
        later = DATASET.chunk(time=2).tensogram.to_file(path, compute=False)
        assert list(tmp_path.iterdir()) == []
        assert later.compute() is None
        xr.testing.assert_identical(opened(path), DATASET)
        later.compute()
        xr.testing.assert_identical(opened(path), DATASET)
        assert [p.name for p in tmp_path.iterdir()] == ["a.tgm"]

    def test_later_without_chunks(self, path, tmp_path):
        later = DATASET.tensogram.to_file(path, compute=False)
        assert list(tmp_path.iterdir()) == []
        dask.compute(later)
        xr.testing.assert_identical(opened(path), DATASET)

    def test_bounded_memory(self, path):
        """No more blocks are there at a time than threads are at work."""

        class Live(Callback):
            now, most, lock = 0, 0, threading.Lock()

        live = Live()

        class Counted(np.ndarray):
            def __array_finalize__(self, other):
                pass

        def make(block_info=None):
            with live.lock:
                live.now += 1
                live.most = max(live.most, live.now)
            values = np.zeros((1, 1000)).view(Counted)
            values.watch = Watch(live)
            return values

        values = da.map_blocks(make, chunks=((1,) * 64, (1000,)), dtype=float, meta=np.empty((0, 0)))
        with dask.config.set(scheduler="threads", num_workers=2):
            xr.Dataset({"v": (("x", "y"), values)}).tensogram.to_file(path)
        assert live.now == 0
        assert live.most <= 6


class Watch:
    """Counts down when the array that holds it goes."""

    def __init__(self, live):
        self.live = live

    def __del__(self):
        with self.live.lock:
            self.live.now -= 1


class TestMessages:
    """With `append_dim` each message is a dataset of its own; without, the first has all that is whole."""

    def test_one_dataset_in_one_message(self, path):
        DATASET.tensogram.to_file(path)
        assert messages(path) == 1

    def test_small_chunked_variables_of_one_block_are_in_the_first(self, path):
        DATASET.chunk().tensogram.to_file(path)
        assert messages(path) == 1

    def test_blocks(self, path):
        DATASET[["t"]].drop_vars("lat").chunk(time=2, x=3).tensogram.to_file(path)
        assert messages(path) == 1 + 6
        block = opened(path, message_index=1)
        assert block["t"].dims == DATASET["t"].dims
        assert block["t"].size == 2 * 4 * 3 or block["t"].size == 2 * 4 * 2
        assert block["t"].attrs == {"units": "K"}

    def test_stretches(self, path):
        DATASET.chunk(time=2).tensogram.to_file(path, append_dim="time")
        assert messages(path) == 3
        for number in range(3):
            part = opened(path, message_index=number)
            expected = DATASET.isel(time=slice(2 * number, 2 * number + 2))
            xr.testing.assert_identical(part[["t", "label"]].drop_vars("lat", errors="ignore"),
                                        expected[["t", "label"]].drop_vars("lat"))  # fmt: skip
            assert ("m" in part) == ("lat" in part.coords) == (number == 0)

    def test_the_order_is_that_of_the_dimension(self, path):
        """However tasks are scheduled, as readers of single messages expect."""
        slow = threading.Event()

        def first_is_last(values, block_info=None):
            if block_info and block_info[0]["chunk-location"][0] == 1:
                slow.wait(5)
            elif block_info and block_info[0]["chunk-location"][0] == 3:
                slow.set()
            return values

        values = DATASET["t"].chunk(time=1).data.map_blocks(first_is_last, dtype=float)
        with dask.config.set(scheduler="threads", num_workers=4):
            DATASET[["t"]].copy(data={"t": values}).tensogram.to_file(path, append_dim="time")
        times = [opened(path, message_index=n)["time"].values[0] for n in range(6)]
        assert times == list(DATASET["time"].values)

    def test_lost_messages_are_told(self, path, tmp_path):
        DATASET[["t"]].chunk(time=2).tensogram.to_file(path)
        file = tensogram.TensogramFile.open(path)
        kept = [file.read_message(n) for n in (0, 1, 3)]
        (tmp_path / "a.tgm").write_bytes(b"".join(kept))
        with pytest.raises(
            ValueError, match="does not have all of variable 't': 2 blocks do not fill|is missing|has shape"
        ):
            opened(path)
        assert "t" not in opened(path, drop_variables="t")

    def test_a_message_twice_counts_once(self, path, tmp_path):
        """As after a worker was lost and its task done again."""
        DATASET[["t"]].chunk(time=2).tensogram.to_file(path)
        with (tmp_path / "a.tgm").open("ab") as file:
            file.write(tensogram.TensogramFile.open(path).read_message(2))
        xr.testing.assert_identical(opened(path), DATASET[["t"]])


class IndexedToyArray(ToyArray):
    """What else the writer needs of a manager's arrays: that regions of them are arrays."""

    def __getitem__(self, key):
        region = np.asarray(self.compute()[key])
        return IndexedToyArray(region, tuple((n,) for n in region.shape))


def test_another_chunk_manager(path, monkeypatch):
    from xarray.namedarray import parallelcompat

    manager = ToyManager()
    manager.array_cls = IndexedToyArray
    monkeypatch.setattr(parallelcompat, "list_chunkmanagers", lambda: {"toy": manager})
    array = IndexedToyArray(DATASET["t"].values, ((2, 2, 2), (4,), (5,)))
    dataset = xr.Dataset({"t": (DATASET["t"].dims, array, DATASET["t"].attrs)}, DATASET[["t"]].coords, DATASET.attrs)
    to_tensogram(dataset, path)
    assert messages(path) == 4
    xr.testing.assert_identical(opened(path), DATASET[["t"]])
