"""Statistics over a 4-D field with dask, from `.tgm` files.

    python examples/dask_statistics.py
    python examples/dask_statistics.py --input forecast.nc --scheduler distributed

Without input it makes a temperature field of 4 days and 10 pressure levels, one file a day. With
`--input` every float variable of a NetCDF file takes its place, one file for each index of the
first dimension. The files are then opened lazily, and mean, standard deviation, minimum and maximum
are computed chunk by chunk, beside what numpy makes of the same data in memory.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import numpy as np
import xarray as xr

import tensogram

DAYS = ["20260401", "20260402", "20260403", "20260404"]
LEVELS = [1000, 925, 850, 700, 500, 400, 300, 200, 100, 50]
LATITUDES = np.linspace(-87.5, 87.5, 36)
LONGITUDES = np.linspace(0, 355, 72)

STATISTICS: dict[str, Callable[..., Any]] = {"mean": da.nanmean, "std": da.nanstd, "min": da.nanmin, "max": da.nanmax}
IN_MEMORY: dict[str, Callable[..., Any]] = {"mean": np.nanmean, "std": np.nanstd, "min": np.nanmin, "max": np.nanmax}
SCHEDULERS = ["threads", "synchronous", "processes", "distributed"]
# Single precision, summed in another order.
TOLERANCE = 1e-4


@dataclass
class Field:
    """A variable, once in memory and once in files, over which its first axis runs."""

    name: str
    units: str
    in_memory: np.ndarray[Any, Any]
    lazy: da.Array


def main() -> None:
    parser = argparse.ArgumentParser(description="Statistics over .tgm files with dask.")
    parser.add_argument("--input", type=Path, help="a NetCDF file to take the data from")
    parser.add_argument("--folder", type=Path, help="where to write (a temporary folder if not given)")
    parser.add_argument("--scheduler", choices=SCHEDULERS, default="threads")
    options = parser.parse_args()
    print(f"tensogram {tensogram.__version__}, xarray {xr.__version__}, dask {dask.__version__} ({options.scheduler})")
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(scheduler(options.scheduler))
        agree = users_file(options.input, folder) if options.input else made_up_field(folder)
    sys.exit(0 if agree else "dask and numpy disagree")


@contextlib.contextmanager
def scheduler(name: str) -> Iterator[None]:
    """Makes dask compute in the given way."""
    if name != "distributed":
        with dask.config.set(scheduler=name):
            yield
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        sys.exit("The distributed scheduler is a package of its own: pip install distributed")
    with (
        LocalCluster(n_workers=2, dashboard_address=None, silence_logs="CRITICAL") as cluster,
        Client(cluster),
    ):
        yield


# A field of our own, in the five steps of the dask chapter


def made_up_field(folder: Path) -> bool:
    heading(1, "Write one file a day")
    data = temperature()
    paths = [write_day(folder, day, levels) for day, levels in zip(DAYS, data, strict=True)]
    for path in paths:
        say(path.name, f"{len(LEVELS)} levels of 36 x 72 float32, {size(path.stat().st_size)}")

    heading(2, "Open lazily: metadata only, no data is read")
    start = time.perf_counter()
    datasets = [xr.open_dataset(path, engine="tensogram", variable_key="name", chunks={}) for path in paths]
    say("open 4 files", since(start))
    variable = datasets[0]["temperature_500hPa"]
    say(str(variable.name), f"{dict(variable.sizes)}, dask chunks {variable.chunks}")

    heading(3, "Stack levels and days: still nothing is read")
    names = [f"temperature_{level}hPa" for level in LEVELS]
    full = da.stack([da.stack([ds[name].data for name in names]) for ds in datasets])
    axes = zip(("time", "level", "latitude", "longitude"), full.shape, strict=True)
    say("4-D field", f"{dict(axes)}, {full.npartitions} chunks, {size(full.nbytes)}")

    heading(4, "Compute: all statistics in one pass over the files")
    agree = statistics([Field("temperature", "K", data, full)])

    heading(5, "Load a part: only the objects that are touched are decoded")
    middle = (0, 0, 18, 0)
    band = (0, 0, slice(9, 27))
    agree &= part("one point", full[middle], data[middle])
    agree &= part("400 hPa, all days", full[:, 5], data[:, 5])
    agree &= part("tropics, one level", full[band], data[band])
    return agree


def temperature() -> np.ndarray[Any, Any]:
    """A temperature that falls with height and towards the poles, with some weather, in K."""
    random = np.random.default_rng(42)
    height = -7.5 * np.log(np.array(LEVELS) / 1013.25)
    mean = np.maximum(288 - 6.5 * height, 217)
    poleward = 18 - 40 * np.sin(np.radians(LATITUDES)) ** 2
    weather = random.normal(0, 3, (len(DAYS), len(LEVELS), LATITUDES.size, LONGITUDES.size))
    values = mean[:, None, None] + poleward[:, None] * (mean[:, None, None] / 288) + weather
    return values.astype(np.float32)


def write_day(folder: Path, day: str, levels: np.ndarray[Any, Any]) -> Path:
    path = folder / f"temperature_{day}.tgm"
    objects = [("latitude", LATITUDES), ("longitude", LONGITUDES)]
    objects += [(f"temperature_{lev}hPa", v) for lev, v in zip(LEVELS, levels, strict=True)]
    write(path, [({"name": name}, values) for name, values in objects], {"date": day})
    return path


# A user's NetCDF file


def users_file(source: Path, folder: Path) -> bool:
    heading(1, f"Write {source.name} as .tgm, a file for each index of the first dimension")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the user's file, and no matter here
        with opened(source) as netcdf:
            variables, paths = split(netcdf, folder, source.stem)
    total = sum(path.stat().st_size for path in paths)
    say(f"{len(paths)} files", f"{size(total)} (NetCDF: {size(source.stat().st_size)})")

    heading(2, "Open lazily: metadata only, no data is read")
    start = time.perf_counter()
    datasets = [xr.open_dataset(path, engine="tensogram", chunks={}) for path in paths]
    say(f"open {len(paths)} files", since(start))
    print("\n" + "\n".join(f"   {line}" for line in repr(datasets[0]).splitlines()))

    heading(3, "Stack the files: still nothing is read")
    fields = []
    for name, variable in variables.items():
        lazy = da.stack([ds[name].data for ds in datasets])
        say(name, f"{lazy.shape}, {lazy.npartitions} chunks, {size(lazy.nbytes)}")
        fields.append(Field(name, variable.attrs.get("units", ""), variable.values, lazy))

    heading(4, "Compute: all statistics of all variables in one pass over the files")
    agree = statistics(fields)

    heading(5, "Load a part: only the objects that are touched are decoded")
    first = max(fields, key=lambda item: item.in_memory.ndim)
    for label, key in parts(first.in_memory.shape).items():
        agree &= part(f"{first.name}, {label}", first.lazy[key], first.in_memory[key])
    return agree


def opened(source: Path) -> xr.Dataset:
    try:
        return xr.open_dataset(source)
    except (OSError, ValueError) as error:
        sys.exit(f"{source} cannot be read: {error}")


def split(netcdf: xr.Dataset, folder: Path, stem: str) -> tuple[dict[str, xr.DataArray], list[Path]]:
    """Writes the float variables along the file's first dimension, and says what it leaves out."""
    floats = {name: v for name, v in netcdf.data_vars.items() if v.dtype.kind == "f" and v.ndim}
    if not floats:
        sys.exit("The file has no float variable with a dimension.")
    first = max(floats.values(), key=lambda v: v.ndim).dims[0]
    chosen = {name: v for name, v in floats.items() if v.dims[0] == first}
    for name in netcdf.data_vars.keys() - chosen.keys():
        say(str(name), f"left out: it is not float along {first!r}")
    paths = []
    for index in range(netcdf.sizes[first]):
        step = {name: v.isel({first: index}) for name, v in chosen.items()}
        coordinates = {name: c for v in step.values() for name, c in v.coords.items()}
        coordinates.pop(first, None)
        named = {**coordinates, **step}
        objects = [described(name, v) for name, v in named.items() if v.dtype.kind in "fiuM"]
        paths.append(folder / f"{stem}_{index:04d}.tgm")
        position = str(netcdf[first].values[index]) if first in netcdf.coords else index
        write(paths[-1], objects, {str(first): position})
    return {str(name): v.load() for name, v in chosen.items()}, paths


def described(name: Any, variable: xr.DataArray) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    """Metadata and values of a variable; dates become seconds."""
    values = variable.values
    metadata = {"name": str(name), "dim_names": [str(dim) for dim in variable.dims]}
    metadata |= {k: v for k, v in variable.attrs.items() if isinstance(v, str | int | float)}
    if values.dtype.kind == "M":
        values = values.astype("datetime64[s]").astype(np.int64)
        metadata["units"] = "seconds since 1970-01-01"
    return metadata, values


def parts(shape: tuple[int, ...]) -> dict[str, tuple[Any, ...]]:
    """Selections of an array of any rank: a point, a slab, half of the rows."""
    middle = tuple(n // 2 for n in shape)
    found: dict[str, tuple[Any, ...]] = {"one point": middle}
    if len(shape) > 1:
        found["one slab"] = (slice(None), middle[1])
    if len(shape) > 2:
        rows = slice(shape[-2] // 4, shape[-2] - shape[-2] // 4)
        found["half of the rows"] = (*middle[:-2], rows)
    return found


# Both


def write(path: Path, objects: Sequence[tuple[Mapping[str, Any], Any]], about: dict[str, Any]) -> None:
    """One message with an object for each pair of metadata and values; NaN is allowed."""
    descriptors = []
    for _, values in objects:
        array = np.asarray(values, np.asarray(values).dtype.newbyteorder("="), order="C")
        shape, dtype = list(array.shape), str(array.dtype)
        descriptors.append(({"type": "ntensor", "shape": shape, "dtype": dtype}, array))
    metadata = {"base": [dict(base) for base, _ in objects], "_extra_": about}
    with tensogram.TensogramFile.create(str(path)) as file:
        file.append(metadata, descriptors, allow_nan=True)


def statistics(fields: list[Field]) -> bool:
    """Prints each statistic as dask finds it beside numpy's; whether they agree."""
    start = time.perf_counter()
    lazy = [function(item.lazy) for item in fields for function in STATISTICS.values()]
    found = iter(dask.compute(*lazy))
    say("dask", since(start))
    start = time.perf_counter()
    expected = [f(item.in_memory) for item in fields for f in IN_MEMORY.values()]
    say("numpy", f"{since(start)}, in memory already")
    agree = True
    print(f"\n   {'':16} {'':6} {'dask':>16} {'numpy':>16} {'difference':>12}")
    in_numpy = iter(expected)
    for item in fields:
        for name in STATISTICS:
            ours, theirs = float(next(found)), float(next(in_numpy))
            agree &= math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
            label = f"{item.name} / {item.units}" if item.units and name == "mean" else ""
            label = label or (item.name if name == "mean" else "")
            print(f"   {label:16} {name:6} {ours:16.6g} {theirs:16.6g} {ours - theirs:12.1e}")
    return agree


def part(label: str, lazy: da.Array, expected: Any) -> bool:
    """Prints the mean over a selection, beside numpy's; whether they agree."""
    start = time.perf_counter()
    found = float(da.nanmean(lazy).compute())
    took = since(start)
    mean = float(np.nanmean(expected))
    what = f"mean of {np.size(expected)} values" if np.size(expected) > 1 else "value"
    say(label, f"{found:<9.6g} numpy {mean:<9.6g} {what}, {took}")
    return math.isclose(found, mean, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def heading(number: int, text: str) -> None:
    print(f"\n{number}  {text}")


def say(label: str, text: str) -> None:
    print(f"   {label:26} {text}")


def size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def since(start: float) -> str:
    seconds = time.perf_counter() - start
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.3g} ms"


if __name__ == "__main__":
    main()
