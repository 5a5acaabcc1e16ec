"""Chunk managers other than dask: the engine serves any, and needs none."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tgm
from tgm import coordinate, named

VALUES = tgm.field(6, 10)

# In an interpreter of its own, where what is installed for other tests cannot be imported.
START = """
import sys
sys.modules.update(dict.fromkeys(["dask", "distributed", "cubed", "cubed_xarray"]))
import numpy as np, xarray as xr
from tensogram_xarray import open_datasets
path = sys.argv[1]
expected = np.load(sys.argv[2])
"""


@pytest.fixture
def run(tmp_path):
    """Runs code without dask, with the toy manager registered or with none."""

    def run(code: str, *, manager: bool) -> None:
        np.save(tmp_path / "expected.npy", VALUES)
        steps = [tgm.message(coordinate("lat", 6), named("v", VALUES + i, {"step": i})) for i in range(2)]
        path = tgm.write(tmp_path / "a.tgm", *steps)
        places = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        if manager:
            places.insert(0, str(registered(tmp_path)))
        subprocess.run(
            [sys.executable, "-c", START + code, path, str(tmp_path / "expected.npy")],
            check=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
        )

    return run


def registered(folder: Path) -> Path:
    """A folder that, on the path, registers the toy manager as an installed package would."""
    information = folder / "toy_manager-1.dist-info"
    information.mkdir(exist_ok=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-manager\nVersion: 1\n")
    (information / "entry_points.txt").write_text("[xarray.chunkmanagers]\ntoy = toy_manager:ToyManager\n")
    return folder


@pytest.mark.parametrize("option", [False, True])
def test_another_manager(run, option):
    """By name, or because it is the one that is set."""
    options = "" if option else ", chunked_array_type='toy'"
    run(
        ("xr.set_options(chunk_manager='toy')\n" if option else "")
        + "ds = xr.open_dataset(path, engine='tensogram', chunks={'latitude': 4}"
        + options
        + ")\n"
        "assert type(ds['v'].data).__name__ == 'ToyArray'\n"
        "assert ds['v'].chunks == ((4, 2), (10,))\n"
        "assert np.array_equal(ds['v'].compute(), expected)\n"
        "whole = xr.open_dataset(path, engine='tensogram', chunks={}" + options + ")\n"
        "assert whole['v'].chunks == ((6,), (10,))\n",
        manager=True,
    )


def test_another_manager_on_stacks(run):
    run(
        "options = {'engine': 'tensogram', 'merge_objects': True, 'chunked_array_type': 'toy'}\n"
        "ds = xr.open_dataset(path, chunks={}, **options)\n"
        "assert ds['v'].chunks == ((1, 1), (6,), (10,))\n"
        "assert np.array_equal(ds['v'].compute()[1], expected + 1)\n"
        "opened = open_datasets(path)[0]['v'].chunk({'step': 1}, chunked_array_type='toy')\n"
        "assert np.array_equal(opened.compute()[1], expected + 1)\n",
        manager=True,
    )


def test_without_dask_the_native_manager_is_the_default(run):
    run(
        "ds = xr.open_dataset(path, engine='tensogram', chunks={'latitude': 4})\n"
        "assert type(ds['v'].data).__module__.startswith('tensogram.chunked')\n"
        "assert ds['v'].chunks == ((4, 2), (10,))\n"
        "assert np.array_equal(ds['v'].compute(), expected)\n",
        manager=False,
    )


def test_no_manager_at_all(run):
    run(
        "import xarray.namedarray.parallelcompat as managers\n"
        "managers.list_chunkmanagers = lambda: {}\n"
        "ds = xr.open_dataset(path, engine='tensogram')\n"
        "assert np.array_equal(ds['v'][2:4].values, expected[2:4])\n"
        "assert np.array_equal(open_datasets(path)[0]['v'].values[0], expected)\n"
        "try:\n"
        "    xr.open_dataset(path, engine='tensogram', chunks={})\n"
        "except ImportError:\n"
        "    pass\n"
        "else:\n"
        "    raise AssertionError('chunked without a manager')\n",
        manager=False,
    )
