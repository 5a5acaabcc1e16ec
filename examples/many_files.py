"""Statistics over a folder of `.tgm` files: all of them as one lazy dataset.

    python examples/many_files.py
    python examples/many_files.py FOLDER --variable 2t

Without a folder it makes one, with a year of daily temperatures. Each file is a step along a new dimension `file`;
mean, standard deviation, minimum and maximum are computed over all of them, and a point of each is read by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

import tensogram_xarray  # noqa: F401 (for the accessor that writes)

LATITUDES = np.linspace(90, -90, 61)
LONGITUDES = np.arange(0, 360, 3.0)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Statistics over a folder of .tgm files.")
    parser.add_argument("folder", type=Path, nargs="?", help="with .tgm files (a year of made-up data if not given)")
    parser.add_argument("--variable", help="which one (the first if not given)")
    parser.add_argument("--days", type=int, default=365, help="how many files to make up")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = options.folder or made_up(Path(stack.enter_context(tempfile.TemporaryDirectory())), options.days)
        paths = sorted(folder.glob("*.tgm"))
        if not paths:
            sys.exit(f"{folder} has no .tgm files")
        report(paths, options.variable)


def report(paths: list[Path], name: str | None) -> None:
    start = time.perf_counter()
    with xr.open_mfdataset(paths, engine="tensogram", combine="nested", concat_dim="file", chunks={}) as dataset:
        print(f"opened {len(paths)} files in {since(start)}, {dataset.nbytes / 1e6:.0f} MB of values, none read\n")
        if name is None:
            name = str(next(iter(dataset.data_vars)))
        if name not in dataset.data_vars:
            sys.exit(f"no variable {name!r}; there are {', '.join(map(str, dataset.data_vars))}")
        statistics(dataset[name])
        point(dataset[name])


def statistics(variable: xr.DataArray) -> None:
    """Over everything, and over space in each file, in one pass."""
    space = [dim for dim in variable.dims if dim != "file"]
    start = time.perf_counter()
    wanted = {"mean": variable.mean(), "std": variable.std(), "min": variable.min(), "max": variable.max()}
    found = xr.Dataset({**wanted, "series": variable.mean(space)}).compute()
    units = variable.attrs.get("units", "")
    print(f"{variable.name} in all files, in {since(start)}")
    for name in wanted:
        print(f"   {name:5} {float(found[name]):10.3f} {units}")
    series = found["series"].values
    print(f"   lowest mean in file {series.argmin()}, highest in file {series.argmax()}\n")


def point(variable: xr.DataArray) -> None:
    """The element in the middle, of each file: a few bytes of each are read."""
    middle = {dim: size // 2 for dim, size in variable.sizes.items() if dim != "file"}
    start = time.perf_counter()
    values = variable.isel(middle).values
    print(f"one point of each file, in {since(start)}")
    print(f"   from {values.min():.3f} to {values.max():.3f} in {len(values)} files")


def made_up(folder: Path, days: int) -> Path:
    """Daily temperatures with seasons and some weather, a file a day."""
    random = np.random.default_rng(42)
    poleward = np.sin(np.radians(LATITUDES))[:, None]
    for day in range(days):
        season = 15 * np.cos(2 * np.pi * (day - 200) / 365)
        weather = random.normal(0, 3, (LATITUDES.size, LONGITUDES.size))
        values = (298 - 45 * poleward**2 + season * poleward + weather).astype(np.float32)
        dataset = xr.Dataset(
            {"2t": (("latitude", "longitude"), values, {"units": "K"})},
            coords={"latitude": LATITUDES, "longitude": LONGITUDES},
        )
        dataset.tensogram.to_file(folder / f"day_{day:03d}.tgm")
    return folder


def since(start: float) -> str:
    return f"{time.perf_counter() - start:.2f} s"


if __name__ == "__main__":
    main()
