import json
import logging
import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import dask
import pytest
from distributed import Client, LocalCluster

sys.path.insert(0, str(Path(__file__).parent))  # where the helpers of these tests are


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All log records of the package."""
    caplog.set_level(logging.DEBUG, logger="tensogram_xarray")
    return caplog


@pytest.fixture(scope="session")
def pool():
    """Two processes that compute for every test which wants dask to use processes."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as executor:
        yield executor


@pytest.fixture(scope="session")
def cluster():
    """A client of two worker processes; who wants it to compute says so."""
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as workers,
        Client(workers, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(params=["synchronous", "threads", "processes"])
def local_scheduler(request):
    """Makes dask compute in each of its ways on one machine."""
    options = {"scheduler": request.param}
    if request.param == "processes":
        options["pool"] = request.getfixturevalue("pool")
    with dask.config.set(options):
        yield request.param


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """What is read from now on: ("part" or "whole", message, object), one per read."""
    from tensogram_xarray import reader

    seen: list[tuple[str, int, int]] = []

    def counted(kind, function):
        def call(handle, msg_index, obj_index, *arguments, **options):
            result = function(handle, msg_index, obj_index, *arguments, **options)
            if result is not None:
                seen.append((kind, msg_index, obj_index))
            return result

        return call

    for name, kind in (
        ("read_selection", "part"),
        ("read_ranges", "part"),
        ("read_object", "whole"),
    ):
        monkeypatch.setattr(reader, name, counted(kind, getattr(reader, name)))
    return seen


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory):
    """Changes into another directory for the length of a test."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def oracle():
    """Asks the published engine, in an environment of its own, whose Python `TENSOGRAM_ORACLE` names."""
    interpreter = os.environ.get("TENSOGRAM_ORACLE")
    if not interpreter:
        pytest.skip("TENSOGRAM_ORACLE names no published package")
    with subprocess.Popen(
        [interpreter, str(Path(__file__).with_name("engine_oracle.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    ) as process:

        def ask(path: str, options: dict) -> dict:
            process.stdin.write(json.dumps([path, options]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()
