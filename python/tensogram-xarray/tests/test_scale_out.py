"""Computing in other processes: started either way, as workers of a cluster, sharing nothing but the file."""

import multiprocessing
import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cloudpickle
import dask
import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named

from tensogram_xarray import open_datasets

VALUES = np.random.default_rng(1).normal(280, 10, (24, 100, 200))


def opened(path, **options) -> xr.Dataset:
    return xr.open_dataset(path, engine="tensogram", **({"chunks": {"dim_0": 2}} | options))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tgm.write(tmp_path_factory.mktemp("scale") / "a.tgm", tgm.message(named("t", VALUES)))


# Process pools


def variance(array: xr.DataArray) -> float:
    return float(array.var())


@pytest.mark.parametrize("start", multiprocessing.get_all_start_methods())
def test_processes_started_in_every_way(path, start):
    """Also forked from a process that has the file open and whose threads have read it."""
    with dask.config.set(scheduler="threads", num_workers=4):
        assert opened(path)["t"].mean().compute() == pytest.approx(VALUES.mean())
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(2, context) as pool:
        with dask.config.set(scheduler="processes", pool=pool):
            for name in ("mean", "std", "min", "max"):
                found = getattr(opened(path)["t"], name)().compute()
                assert found == pytest.approx(getattr(VALUES, name)())
        # Without dask each process reads the part that it is given.
        variable = opened(path, chunks=None)["t"]
        parts = [variable[i : i + 6] for i in range(0, 24, 6)]
        assert all(len(pickle.dumps(part)) < 3000 for part in parts)
        assert list(pool.map(variance, parts)) == pytest.approx([VALUES[i : i + 6].var() for i in range(0, 24, 6)])


# A cluster of worker processes


@pytest.fixture
def distributed_scheduler(cluster):
    with dask.config.set(scheduler=cluster):
        yield cluster


def bytes_read() -> int:
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["rchar"])


@pytest.mark.skipif(not tgm.NATIVE_CORE, reason="the published core reads whole messages")
@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="no counter of bytes read here")
def test_workers_read_and_the_caller_does_not(path, distributed_scheduler):
    """Together they read the payload once."""
    mean = opened(path)["t"].mean()
    mean.compute()  # Workers import what they need.
    here = bytes_read()
    before = distributed_scheduler.run(bytes_read)
    assert mean.compute() == pytest.approx(VALUES.mean())
    after = distributed_scheduler.run(bytes_read)
    there = [after[worker] - before[worker] for worker in before]
    assert len(there) == 2
    assert VALUES.nbytes <= sum(there) < VALUES.nbytes * 1.2
    assert bytes_read() - here < VALUES.nbytes / 4


def test_what_is_sent_to_workers_holds_no_data(path):
    data = opened(path)["t"].data
    graph = cloudpickle.dumps(dict(data.__dask_graph__()))
    assert len(graph) < 1000 + 500 * data.npartitions
    assert len(graph) < VALUES.nbytes / 100


def handles_of_this_process() -> list[str]:
    from tensogram_xarray import files

    return [key[1] for key in files.open_files._files]


def test_each_worker_opens_the_file_itself(tmp_path, distributed_scheduler):
    path = tgm.write(tmp_path / "own.tgm", tgm.message(named("t", VALUES)))
    dataset = opened(path)
    dataset.close()
    workers = list(distributed_scheduler.scheduler_info()["workers"])
    for worker, row in zip(workers, (0, 2), strict=True):
        part = distributed_scheduler.compute(dataset["t"].data[row], workers=[worker])
        assert np.array_equal(part.result(), VALUES[row])
    assert all(path in handles for handles in distributed_scheduler.run(handles_of_this_process).values())
    assert path not in handles_of_this_process()


def test_workers_have_another_directory_and_a_relative_path(tmp_path, distributed_scheduler, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tgm.write(Path("a.tgm"), tgm.message(named("t", VALUES)))
    distributed_scheduler.run(os.chdir, "/")
    assert opened("a.tgm")["t"].max().compute() == VALUES.max()


def test_a_file_that_is_replaced_is_an_error_on_workers_that_have_it_open(tmp_path, distributed_scheduler):
    path = Path(tgm.write(tmp_path / "a.tgm", tgm.message(named("t", VALUES))))
    dataset = opened(path)
    assert dataset["t"].max().compute() == VALUES.max()
    other = path.with_suffix(".new")
    tgm.write(other, tgm.message(named("t", VALUES + 1)))
    other.replace(path)
    with pytest.raises(OSError, match="changed since it was opened"):
        dataset["t"].min().compute()
    assert opened(path)["t"].min().compute() == VALUES.min() + 1


@pytest.mark.parametrize("parallel", [False, True])
def test_many_files(tmp_path, distributed_scheduler, parallel):
    """Opened one by one here, or by the workers; computed by the workers."""
    paths = [
        tgm.write(tmp_path / f"{day}.tgm", tgm.message(coordinate("lat", 100), named("t", VALUES[day])))
        for day in range(6)
    ]
    with xr.open_mfdataset(paths, engine="tensogram", combine="nested", concat_dim="day", parallel=parallel) as dataset:
        assert dataset["t"].chunks[0] == (1,) * 6
        assert np.allclose(dataset["t"].mean("day").compute(), VALUES[:6].mean(0))


def test_stacks_of_many_messages(tmp_path, distributed_scheduler):
    path = tgm.write(tmp_path / "a.tgm", *(tgm.message(named("t", step, {"step": i})) for i, step in enumerate(VALUES)))
    stack = open_datasets(path)[0].chunk({"step": 4})["t"]
    assert np.allclose(stack.std("step").compute(), VALUES.std(0))
    future = distributed_scheduler.submit(lambda ds: float(ds["t"].isel(step=7).mean()), open_datasets(path)[0])
    assert future.result() == pytest.approx(VALUES[7].mean())
