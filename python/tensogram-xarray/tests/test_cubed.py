"""Computing with cubed: the same files as chunked arrays of bounded memory, on its executors."""

import multiprocessing
import subprocess
import sys

import numpy as np
import pytest
import tgm
import xarray as xr
from distributed import Client
from tgm import coordinate, named

from tensogram_xarray import open_datasets

cubed = pytest.importorskip("cubed", reason="cubed is not installed")
pytest.importorskip("cubed_xarray", reason="cubed-xarray is not installed")

VALUES = tgm.field(36, 72)


class ConnectedClient(Client):
    """Knows its workers once it is connected: cubed 0.27 asks an asynchronous client, which fetches them on demand."""

    async def __aenter__(self):
        client = await super().__aenter__()
        await client.wait_for_workers(1)
        return client


@pytest.fixture(params=["single-threaded", "threads", "processes", "dask"])
def spec(request, tmp_path, monkeypatch):
    """Says where cubed keeps what is between steps, how much memory a task may take, and who computes."""
    options = {}
    if request.param == "processes":
        start = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
        options = {"use_processes": start, "max_workers": 2}
    if request.param == "dask":
        from cubed.runtime.executors import dask as executor

        monkeypatch.setattr(executor, "Client", ConnectedClient)
        options = {"compute_kwargs": {"address": request.getfixturevalue("cluster").scheduler.address}}
    return cubed.Spec(
        work_dir=str(tmp_path / "work"), allowed_mem="100MB", executor_name=request.param, executor_options=options
    )


@pytest.fixture
def path(tmp_path):
    return tgm.write(tmp_path / "a.tgm", tgm.message(coordinate("lat", 36), coordinate("lon", 72), named("t", VALUES)))


def opened(path, spec, chunks, **options):
    return xr.open_dataset(
        path,
        engine="tensogram",
        chunks=chunks,
        chunked_array_type="cubed",
        from_array_kwargs={"spec": spec},
        **options,
    )


def test_statistics_and_parts(path, spec):
    """One plan for several results, each computed chunk by chunk."""
    dataset = opened(path, spec, {"latitude": 10})
    temperature = dataset["t"]
    assert type(temperature.data) is cubed.Array
    assert temperature.chunks == ((10, 10, 10, 6), (72,))
    found = xr.Dataset(
        {
            "mean": temperature.mean(),
            "maximum": temperature.max("longitude"),
            "band": temperature.isel(latitude=slice(3, 25)).mean("latitude"),
            "point": temperature[5, 6],
        }
    ).compute()
    assert found["mean"] == pytest.approx(VALUES.mean())
    assert np.array_equal(found["maximum"], VALUES.max(1))
    assert np.allclose(found["band"], VALUES[3:25].mean(0))
    assert found["point"] == VALUES[5, 6]


def test_stacks_of_messages(tmp_path, spec):
    steps = [tgm.message(coordinate("lat", 36), named("t", VALUES + i, {"step": i})) for i in range(3)]
    path = tgm.write(tmp_path / "a.tgm", *steps)
    merged = opened(path, spec, {}, merge_objects=True)["t"]
    assert merged.chunks == ((1, 1, 1), (36,), (72,))
    assert np.array_equal(merged.compute(), np.stack([VALUES, VALUES + 1, VALUES + 2]))


# What does not depend on who computes


@pytest.fixture
def threads(tmp_path):
    return cubed.Spec(work_dir=str(tmp_path / "work"), allowed_mem="100MB", executor_name="threads")


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ({}, ((36,), (72,))),
        ({"latitude": 10}, ((10, 10, 10, 6), (72,))),
        ({"latitude": 18, "longitude": 24}, ((18, 18), (24, 24, 24))),
        ("auto", ((36,), (72,))),
    ],
    ids=str,
)
def test_chunks_are_as_with_dask(path, threads, chunks, expected):
    for options in ({"chunked_array_type": "dask"}, {"chunked_array_type": "cubed"}):
        kwargs = {"spec": threads} if options["chunked_array_type"] == "cubed" else {}
        dataset = xr.open_dataset(path, engine="tensogram", chunks=chunks, from_array_kwargs=kwargs, **options)
        assert dataset["t"].chunks == expected


def test_opening_and_planning_read_no_data(path, threads, reads):
    dataset = opened(path, threads, {"latitude": 10})
    reads.clear()
    mean = dataset["t"].mean()
    assert reads == []
    assert mean.compute() == pytest.approx(VALUES.mean())
    assert sorted(reads) == [("part", 0, 2)] * 4


def test_chunking_what_is_open(path, threads):
    """Of a dataset that was opened lazily, and of those that `open_datasets` makes."""
    for dataset in (xr.open_dataset(path, engine="tensogram"), open_datasets(path)[0]):
        options = {"chunked_array_type": "cubed", "from_array_kwargs": {"spec": threads}}
        chunked = dataset.chunk({"latitude": 12}, **options)
        assert type(chunked["t"].data) is cubed.Array
        assert chunked["t"].mean().compute() == pytest.approx(VALUES.mean())
        assert dataset["t"].chunk({"latitude": 12}, **options).chunks == ((12, 12, 12), (72,))


@pytest.mark.parametrize("name", tgm.PIPELINES)
def test_every_pipeline(tmp_path, threads, name):
    keys, _ = tgm.PIPELINES[name]
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", VALUES, **keys)))
    expected = xr.open_dataset(path, engine="tensogram")["v"].values
    assert np.array_equal(opened(path, threads, {})["v"].compute(), expected)


def test_a_chunk_above_the_allowed_memory_is_refused_before_anything_is_read(tmp_path, reads):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(named("v", np.zeros((1000, 1000)))))
    small = cubed.Spec(work_dir=str(tmp_path / "work"), allowed_mem="10MB", executor_name="threads")
    with pytest.raises(ValueError, match="exceeds allowed_mem"):
        opened(path, small, {})["v"].mean().compute()
    assert reads == []
    assert opened(path, small, {"dim_0": 100})["v"].mean().compute() == 0


def test_an_error_of_a_task_names_the_object(tmp_path, threads):
    content = tgm.message(named("v", VALUES, compression="zstd"))
    path = tgm.write(tmp_path / "a.tgm", tgm.broken(content))
    with pytest.raises((ValueError, RuntimeError)) as error:
        opened(path, threads, {})["v"].mean().compute()
    told = str(error.value) + "".join(getattr(error.value, "__notes__", []))
    assert path in told
    assert "message 0" in told
    assert "object 0" in told


ALONE = """
import sys
sys.modules.update(dict.fromkeys(["dask", "distributed", "tensogram.chunked"]))
import xarray as xr
dataset = xr.open_dataset(sys.argv[1], engine="tensogram", chunks={})
assert type(dataset["t"].data).__module__.startswith("cubed"), type(dataset["t"].data)
print(float(dataset["t"].mean().compute()))
"""


def test_where_it_is_the_only_one_it_is_the_default(path):
    run = subprocess.run([sys.executable, "-c", ALONE, path], capture_output=True, text=True, check=True)
    assert float(run.stdout) == pytest.approx(VALUES.mean())
