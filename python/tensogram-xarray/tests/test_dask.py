"""Computing with dask: the requirement document's walk-through, under every scheduler."""

import os
import pickle
from pathlib import Path

import cloudpickle
import dask
import dask.array as da
import numpy as np
import pytest
import tgm
import xarray as xr
from dask.base import tokenize
from tgm import coordinate, named, zeros

import tensogram
import tensogram_xarray  # noqa: F401 (as the walk-through has it)

LEVEL_VALUES = [1000, 925, 850, 700, 500, 400, 300, 200, 100, 50]
DATES = ["20260401", "20260402", "20260403", "20260404"]
NLAT, NLON = 36, 72


def _desc(shape, dtype="float32", **extra):
    return {
        "type": "ntensor",
        "shape": list(shape),
        "dtype": dtype,
        "byte_order": "little",
        "encoding": "none",
        "filter": "none",
        "compression": "none",
        **extra,
    }


@pytest.fixture(params=["synchronous", "threads", "processes", "distributed"])
def scheduler(request):
    """Makes dask compute in each of its ways."""
    if request.param == "distributed":
        client = request.getfixturevalue("cluster")
        with dask.config.set(scheduler=client):
            yield request.param
    else:
        options = {"scheduler": request.param}
        if request.param == "processes":
            options["pool"] = request.getfixturevalue("pool")
        with dask.config.set(options):
            yield request.param


# Step 1


@pytest.fixture(scope="module")
def walk_through(tmp_path_factory):
    """The four files, and the whole field as numpy has it."""
    folder = tmp_path_factory.mktemp("walk-through")
    random = np.random.default_rng(42)
    fields = random.random((len(DATES), len(LEVEL_VALUES), NLAT, NLON)).astype(np.float32)
    lat = np.linspace(-87.5, 87.5, NLAT, dtype=np.float64)
    lon = np.linspace(0, 355, NLON, dtype=np.float64)
    paths = []
    for date, levels in zip(DATES, fields, strict=True):
        paths.append(str(folder / f"temperature_{date}.tgm"))
        with tensogram.TensogramFile.create(paths[-1]) as f:
            objects = [
                (_desc([NLAT], dtype="float64", name="latitude"), lat),
                (_desc([NLON], dtype="float64", name="longitude"), lon),
            ]
            for level_hpa, field in zip(LEVEL_VALUES, levels, strict=True):
                desc = _desc([NLAT, NLON], name=f"temperature_{level_hpa}hPa")
                objects.append((desc, field))
            with pytest.warns(UserWarning, match="name"):  # metadata belong in `base`
                f.append({}, objects)
    return paths, fields


@pytest.mark.parametrize("chunks", [{}, {"latitude": 10}], ids=str)
def test_the_walk_through(walk_through, scheduler, chunks):
    paths, fields = walk_through

    # Step 2: open
    datasets = [xr.open_dataset(p, engine="tensogram", variable_key="name", chunks=chunks) for p in paths]
    ds = datasets[0]
    assert type(ds["temperature_1000hPa"].data) is da.Array
    assert ds["temperature_1000hPa"].shape == (36, 72)
    if not chunks:
        assert ds["temperature_1000hPa"].chunks == ((36,), (72,))

    # Step 3: a 4-D tensor
    temp_vars = [f"temperature_{lev}hPa" for lev in LEVEL_VALUES]
    full_4d = da.stack([da.stack([ds[v].data for v in temp_vars], axis=0) for ds in datasets], axis=0)
    assert full_4d.shape == (4, 10, 36, 72)

    # Step 4: statistics in one go
    found = dask.compute(full_4d.mean(), full_4d.std(), full_4d.min(), full_4d.max())
    expected = fields.mean(), fields.std(), fields.min(), fields.max()
    assert found == pytest.approx(expected, rel=1e-5)

    # Step 5: selective loading
    assert full_4d[0, 0, 18, 0].compute() == fields[0, 0, 18, 0]
    level_400 = full_4d[:, 5, :, :].mean().compute()
    assert level_400 == pytest.approx(fields[:, 5].mean(), rel=1e-5)
    equatorial = full_4d[0, 0, 9:27, :].mean().compute()
    assert equatorial == pytest.approx(fields[0, 0, 9:27].mean(), rel=1e-5)


def test_a_point_of_a_stack_reads_one_object(walk_through, reads):
    paths, fields = walk_through
    with dask.config.set(scheduler="synchronous"):
        datasets = [xr.open_dataset(path, engine="tensogram", chunks={}) for path in paths]
        names = [f"temperature_{level}hPa" for level in LEVEL_VALUES]
        stack = da.stack([da.stack([ds[name].data for name in names]) for ds in datasets])
        reads.clear()
        assert stack[0, 3, 18, 0].compute() == fields[0, 3, 18, 0]
        assert [(m, o) for _, m, o in reads] == [(0, 5)]
        reads.clear()
        stack[:, 5].mean().compute()
        assert [(m, o) for _, m, o in reads] == [(0, 7)] * 4
        # Without the stack in between, the selection reaches the file.
        reads.clear()
        assert datasets[0]["temperature_925hPa"].data[18, 0].compute() == fields[0, 1, 18, 0]
        datasets[0]["temperature_925hPa"].isel(latitude=slice(3, 5)).compute()
        datasets[0]["temperature_925hPa"].isel(latitude=0, longitude=slice(0, 9, 2)).compute()
        assert reads == [("part", 0, 3)] * 3


# Schedulers


@pytest.mark.parametrize("name", ["none", "packed+szip", "zstd"])
def test_merged_stacks_under_every_scheduler(tmp_path, scheduler, name):
    keys, _ = tgm.PIPELINES[name]
    values = tgm.field(3, 12, 10)
    messages = [
        tgm.message(coordinate("lat", 12), named("t", field, {"step": step, "exp": "a"}, **keys))
        for step, field in enumerate(values)
    ]
    path = tgm.write(tmp_path / "a.tgm", *messages)
    options = {"engine": "tensogram", "merge_objects": True}
    chunked = xr.open_dataset(path, **options, chunks={})
    assert chunked["t"].chunks == ((1, 1, 1), (12,), (10,))
    plain = xr.open_dataset(path, **options)
    assert chunked.isel(latitude=slice(2, 9, 3)).compute().identical(plain.isel(latitude=slice(2, 9, 3)).load())
    assert chunked["t"].isel(step=1).mean() == pytest.approx(values[1].mean(), abs=1e-2)


def test_workers_in_another_directory(tmp_path, cluster, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tgm.write(Path("a.tgm"), tgm.message(named("v", tgm.field(6, 10))))
    dataset = xr.open_dataset("a.tgm", engine="tensogram", chunks={})
    cluster.run(os.chdir, "/")
    with dask.config.set(scheduler=cluster):
        assert np.array_equal(dataset["v"].compute(), tgm.field(6, 10))


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
@pytest.mark.parametrize("merge", [False, True])
def test_datasets_as_arguments_of_tasks(tmp_path, cluster, chunks, merge):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(coordinate("lat", 6), zeros("v", 6, 4)))
    dataset = xr.open_dataset(path, engine="tensogram", chunks=chunks, merge_objects=merge)
    future = cluster.submit(lambda ds: ds.load(), dataset, pure=False)
    assert future.result().identical(dataset.load())


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
@pytest.mark.parametrize("chunks", [None, {}], ids=str)
@pytest.mark.parametrize("merge", [False, True])
def test_pickling(tmp_path, elsewhere, dumps, chunks, merge):
    values = tgm.field(6, 10)
    messages = [tgm.message(coordinate("lat", 6), named("v", values + i, {"step": i})) for i in range(2)]
    path = tgm.write(tmp_path / "a.tgm", *messages)
    dataset = xr.open_dataset(path, engine="tensogram", chunks=chunks, merge_objects=merge)
    for thing in (dataset, dataset["v"], dataset["v"].variable, dataset["v"][..., 2:4]):
        restored = pickle.loads(dumps(thing))
        assert restored.load().equals(thing.compute())
    restored = pickle.loads(dumps(dataset))
    restored.close()
    assert restored.load().identical(dataset.load())


def test_an_error_of_a_task_reaches_the_caller(tmp_path, scheduler):
    content = tgm.message(named("v", tgm.field(36, 72), compression="zstd"))
    path = tgm.write(tmp_path / "a.tgm", tgm.broken(content))
    dataset = xr.open_dataset(path, engine="tensogram", chunks={})
    with pytest.raises((ValueError, RuntimeError)) as error:
        dataset["v"].mean().compute()
    told = str(error.value) + "".join(getattr(error.value, "__notes__", []))
    assert path in told
    assert "message 0" in told
    assert "object 0" in told


# Options of xarray's


@pytest.mark.parametrize(
    "options",
    [{"inline_array": True}, {"from_array_kwargs": {"lock": True}}, {"chunked_array_type": "dask"}],
    ids=str,
)
def test_options_of_chunking(walk_through, options):
    paths, fields = walk_through
    dataset = xr.open_dataset(paths[0], engine="tensogram", chunks={}, **options)
    assert np.array_equal(dataset["temperature_1000hPa"], fields[0, 0])


def test_names_of_dask_arrays(tmp_path):
    path = Path(tgm.write(tmp_path / "a.tgm", tgm.message(zeros("v", 3))))

    def name(**options) -> str:
        return xr.open_dataset(path, engine="tensogram", chunks={}, **options)["v"].data.name

    first = name()
    assert name() == first
    assert name(range_threshold=0.1) != first
    os.utime(path, (1, 1))
    assert name() != first


def test_tokens_of_arrays(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(zeros("v", 3), zeros("w", 3)))

    def array(name="v", **options):
        lazy = xr.open_dataset(path, engine="tensogram", **options)[name].variable._data
        while hasattr(lazy, "array"):
            lazy = lazy.array
        return lazy

    token = tokenize(array())
    assert tokenize(array()) == token
    assert tokenize(pickle.loads(pickle.dumps(array()))) == token
    assert tokenize(array("w")) != token
    assert tokenize(array(verify_hash=True)) != token
    tgm.write(Path(path), tgm.message(zeros("v", 3), zeros("w", 3)))
    assert tokenize(array()) != token


def test_many_files(walk_through):
    paths, fields = walk_through
    for parallel in (False, True):
        dataset = xr.open_mfdataset(paths, engine="tensogram", combine="nested", concat_dim="time", parallel=parallel)
        assert np.array_equal(dataset["temperature_50hPa"], fields[:, 9])


def test_many_threads_and_many_variables(walk_through):
    paths, fields = walk_through
    dataset = xr.open_dataset(paths[1], engine="tensogram", chunks={}, cache=False)
    names = [f"temperature_{level}hPa" for level in LEVEL_VALUES]
    parts = [dataset[name].data[i : i + 3] for name in names for i in range(0, NLAT, 3)]
    with dask.config.set(scheduler="threads", num_workers=8):
        for _ in range(3):
            found = np.concatenate(dask.compute(*parts)).reshape(fields[1].shape)
            assert np.array_equal(found, fields[1])


def test_a_thousand_reads_of_one_variable_by_eight_threads(walk_through):
    paths, fields = walk_through
    data = xr.open_dataset(paths[2], engine="tensogram", chunks={}, cache=False)["temperature_500hPa"].data
    rows = np.random.default_rng(3).integers(0, NLAT, 1000)
    with dask.config.set(scheduler="threads", num_workers=8):
        found = dask.compute(*(data[row, row % 5 :: 3] for row in rows))
    assert all(np.array_equal(values, fields[2, 4, row, row % 5 :: 3]) for row, values in zip(rows, found, strict=True))


def test_an_error_in_a_stack_names_the_message(tmp_path, local_scheduler):
    values = tgm.field(36, 72)
    messages = [tgm.message(named("v", values + i, {"step": i}, compression="zstd")) for i in range(4)]
    messages[2] = tgm.broken(messages[2])
    path = tgm.write(tmp_path / "a.tgm", *messages)
    stack = xr.open_dataset(path, engine="tensogram", merge_objects=True, chunks={})["v"]
    assert np.array_equal(stack.isel(step=3).compute(), values + 3)
    with pytest.raises((ValueError, RuntimeError)) as error:
        stack.mean().compute()
    told = str(error.value) + "".join(getattr(error.value, "__notes__", []))
    assert all(part in told for part in (path, "message 2", "object 0"))
