"""Files behind URLs, from a server of our own."""

import pickle
import sys
from pathlib import Path

import dask
import numpy as np
import pytest
import tgm
import xarray as xr
from distributed import Client, LocalCluster
from tgm import coordinate, named

import tensogram
from tensogram_xarray import open_datasets

sys.path.append(str(Path(__file__).parents[2] / "tensogram" / "tests"))

from object_server import serving

pytestmark = pytest.mark.skipif(
    not hasattr(tensogram.TensogramFile, "open_remote"), reason="this core reads no remote files"
)

VALUES = tgm.field(6, 10)
# So large that a part of it is far less than all of it.
LARGE = np.arange(600_000.0).reshape(600, 1000)


def content(offset=0.0):
    """Three steps of one field."""
    return b"".join(tgm.message(coordinate("lat", 6), named("v", VALUES + i + offset, {"step": i})) for i in range(3))


@pytest.fixture
def server():
    with serving() as server:
        server.put("a.tgm", content())
        yield server


@pytest.fixture
def url(server):
    return f"{server.url}/a.tgm"


def opened(url, **options):
    return xr.open_dataset(url, engine="tensogram", **options)


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
@pytest.mark.parametrize("index", [0, 2])
def test_opening(url, chunks, index):
    dataset = opened(url, chunks=chunks, message_index=index)
    assert "latitude" in dataset.indexes
    assert dataset.encoding["source"] == url
    assert np.array_equal(dataset["v"].isel(latitude=2), VALUES[2] + index)
    assert np.array_equal(dataset["v"], VALUES + index)


def test_merging(url):
    for dataset in (open_datasets(url)[0], opened(url, merge_objects=True)):
        assert np.array_equal(dataset["v"].sel(step=1), VALUES + 1)
        dataset.close()
        assert np.array_equal(dataset["v"].sel(step=2), VALUES + 2)


def test_storage_options_are_for_the_server(server, url):
    options = {"headers": {"X-Key": "secret"}, "allow_http": True}
    assert np.array_equal(opened(url, storage_options=options)["v"], VALUES)
    assert {request.headers.get("X-Key") for request in server.requests} == {"secret"}


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
def test_travelling(server, url, chunks):
    dataset = opened(url, chunks=chunks, storage_options={"headers": {"X-Key": "secret"}})
    for thing in (dataset, dataset["v"]):
        restored = pickle.loads(pickle.dumps(thing))
        assert np.array_equal(restored if isinstance(restored, xr.DataArray) else restored["v"], VALUES)
    assert {request.headers.get("X-Key") for request in server.requests} == {"secret"}


def test_a_cluster_reads_by_the_url(url):
    dataset = opened(url, chunks={"latitude": 2})
    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=":0") as cluster, Client(cluster) as client:
        assert np.allclose(dataset["v"].mean().compute(), VALUES.mean())
        assert np.array_equal(client.submit(lambda ds: ds["v"].values, dataset).result(), VALUES)


def test_a_message_that_is_not_there(url):
    with pytest.raises(ValueError, match=r"message_index 3 out of range \(count=3\)"):
        opened(url, message_index=3)


@pytest.mark.parametrize("merge", [False, True])
def test_a_file_that_is_not_there(server, merge):
    with pytest.raises(OSError, match=r"gone\.tgm"):
        opened(f"{server.url}/gone.tgm", merge_objects=merge)


# MARK: requests


@pytest.fixture
def large(server):
    objects = coordinate("lat", 600), coordinate("lon", 1000), named("t", LARGE)
    return server.put("large.tgm", tgm.message(*objects))


def test_opening_takes_two_requests_coordinates_included(server, large):
    with server.counted() as requests:
        dataset = opened(large)
    assert len(dataset.indexes) == 2
    assert len(requests) <= 2
    assert sum(request.stop - request.start for request in requests) < 100_000


def test_a_part_is_one_request_of_its_bytes(server, large):
    dataset = opened(large)
    with server.counted() as requests:
        part = dataset["t"][100:102, ::20].values
    assert np.array_equal(part, LARGE[100:102, ::20])
    assert len(requests) == 1
    assert requests[0].stop - requests[0].start <= 2 * LARGE[0].nbytes


def test_all_files_of_a_merge_are_opened_once(server, url):
    with server.counted() as requests:
        open_datasets(url)
    assert len(requests) == 1  # it is so small that it comes whole


def test_chunks_are_read_once_each(server, large):
    dataset = opened(large, chunks={"latitude": 100})
    with server.counted() as requests, dask.config.set(scheduler="threads"):
        assert dataset["t"].sum().compute() == LARGE.sum()
    assert len(requests) == 6
    assert sum(request.stop - request.start for request in requests) == LARGE.nbytes


# MARK: files that change


def test_a_file_that_is_replaced_is_never_read_as_the_old_one(server, large):
    dataset = opened(large)
    server.put("large.tgm", tgm.message(coordinate("lat", 600), coordinate("lon", 1000), named("t", LARGE)), '"2"')
    for read in (lambda: dataset["t"].values, lambda: dataset["t"][3, 5].values):
        with pytest.raises(OSError, match="no longer the one it was"):
            read()


def test_opening_again_reads_what_is_there_now(server, url):
    old = opened(url)
    server.put("a.tgm", content(5), etag='"2"')
    new = opened(url)
    assert np.array_equal(new["v"], VALUES + 5)
    with pytest.raises(OSError, match="no longer the one it was"):
        np.asarray(old["v"])
    assert dask.base.tokenize(old["v"].variable._data) != dask.base.tokenize(new["v"].variable._data)


def test_a_file_that_gets_longer_is_read_on(server):
    first = tgm.message(named("t", LARGE))
    url = server.put("grows.tgm", first)
    dataset = opened(url)
    server.put("grows.tgm", first + first, etag='"2"')
    assert np.array_equal(dataset["t"], LARGE)


@pytest.mark.parametrize("append_dim", [None, "x"])
def test_what_was_written_as_a_dataset(server, tmp_path, append_dim):
    """It is put together from its messages, and what is computed of it asks for that alone."""
    dataset = xr.Dataset(
        {"v": (("x", "y"), LARGE), "label": ("x", [f"row {n}" for n in range(600)])}, {"x": np.arange(600)}
    )
    dataset.chunk(x=100).tensogram.to_file(tmp_path / "b.tgm", append_dim=append_dim)
    server.put("b.tgm", (tmp_path / "b.tgm").read_bytes())
    lazy = opened(f"{server.url}/b.tgm", chunks={})
    assert lazy["v"].chunks == ((100,) * 6, (1000,))
    assert lazy["v"].sel(x=450).mean().compute() == LARGE[450].mean()
    xr.testing.assert_identical(lazy.load(), dataset)
