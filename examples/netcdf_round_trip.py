"""A NetCDF file as `.tgm`, and back.

    python examples/netcdf_round_trip.py
    python examples/netcdf_round_trip.py forecast.nc --folder converted --bits 16

The NetCDF file is written as `.tgm` twice: without loss, and with floating-point variables packed into so many bits.
Both are opened lazily and the first is written as NetCDF again, which is then compared with the original: dimensions,
coordinates, times, attributes and values. Without input it makes a small file.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import tensogram_xarray  # noqa: F401 (for the accessor that writes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="NetCDF to .tgm and back.")
    parser.add_argument("input", type=Path, nargs="?", help="a NetCDF file (a made-up one if not given)")
    parser.add_argument("--folder", type=Path, help="where to write (a temporary folder if not given)")
    parser.add_argument("--bits", type=int, default=16, help="per value, where values are packed")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        source = options.input or made_up(folder / "made_up.nc")
        same = round_trip(source, folder, options.bits)
    sys.exit(None if same else "the copy differs from the original")


def round_trip(source: Path, folder: Path, bits: int) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the user's file, and no matter here
        opened = xr.open_dataset(source)
    with opened as original:
        print(f"{source.name}, {source.stat().st_size:,} bytes\n\n{original}\n")
        exact, packed = folder / f"{source.stem}.tgm", folder / f"{source.stem}_packed.tgm"
        lossless = {name: {"filter": "shuffle", "compression": "zstd"} for name in original.data_vars}
        clean(original).tensogram.to_file(exact, encoding=lossless)
        clean(original).tensogram.to_file(packed, encoding=packing(original, bits))
        same = compare("exact", exact, original)
        compare(f"{bits} bits", packed, original)
        return copied_back(exact, folder / f"{source.stem}_copy.nc", original) and same


def clean(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset without what NetCDF libraries noted of its storage there; times keep their units and calendar."""
    result = dataset.copy()
    for variable in result.variables.values():
        variable.encoding = {key: variable.encoding[key] for key in ("units", "calendar") if key in variable.encoding}
    return result


def packing(dataset: xr.Dataset, bits: int) -> dict[str, dict[str, Any]]:
    """Simple packing and szip for the floating-point data, as float64 because that is what the packing takes."""
    stages = {"dtype": "float64", "encoding": "simple_packing", "sp_bits_per_value": bits, "compression": "szip"}
    return {str(name): dict(stages) for name, v in dataset.data_vars.items() if v.dtype.kind == "f" and v.ndim}


def compare(label: str, path: Path, original: xr.Dataset) -> bool:
    """Prints how far the values of the file are from the original; whether they are the same."""
    print(f"{path.name}: {path.stat().st_size:,} bytes, {label}")
    with xr.open_dataset(path, engine="tensogram", chunks={}) as opened:
        for name, variable in original.data_vars.items():
            if variable.dtype.kind == "f":
                difference = abs(opened[name].astype("float64") - variable.astype("float64"))
                print(f"   {name!s:10} largest difference {float(difference.max().compute()):.3g}")
        for name in original.coords:
            xr.testing.assert_equal(original[name].variable, opened[name].variable)
        same = bool(opened.equals(original))
    print(f"   coordinates and times are the same; values are {'too' if same else 'within packing error'}\n")
    return same


def copied_back(path: Path, copy: Path, original: xr.Dataset) -> bool:
    with xr.open_dataset(path, engine="tensogram", chunks={}) as opened:
        clean(opened).to_netcdf(copy)
    with xr.open_dataset(copy) as again:
        same = bool(again.identical(original))
    print(f"{copy.name}: {'identical to the original' if same else 'differs from the original'}")
    return same


def made_up(path: Path) -> Path:
    time = np.datetime64("2026-01-01", "ns") + np.arange(4) * np.timedelta64(6, "h")
    values = np.random.default_rng(1).normal(280, 10, (4, 19, 36)).astype(np.float32)
    values[2, 3:5, 6] = np.nan
    dataset = xr.Dataset(
        {
            "2t": (("time", "latitude", "longitude"), values, {"units": "K", "long_name": "2 metre temperature"}),
            "land": (("latitude", "longitude"), (values[0] > 280).astype(np.int8)),
        },
        coords={"time": time, "latitude": np.linspace(90, -90, 19), "longitude": np.arange(0, 360, 10.0)},
        attrs={"title": "made up"},
    )
    dataset.to_netcdf(path)
    return path


if __name__ == "__main__":
    main()
