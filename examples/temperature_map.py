"""A map of a temperature field: GRIB to `.tgm`, opened with xarray, drawn with matplotlib.

    python examples/temperature_map.py 2t.grib2 map.png
    python examples/temperature_map.py 2t.tgm map.png

The field is on a regular grid of latitudes and longitudes. A GRIB file is first written as `.tgm`, beside the picture;
that takes `pip install "tensogram[grib]"`. Drawing takes `pip install matplotlib`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import xarray as xr

import tensogram

FREEZING = 273.15


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A map of a temperature field in a GRIB or .tgm file.")
    parser.add_argument("input", type=Path, help="a GRIB or .tgm file with a temperature in kelvin")
    parser.add_argument("picture", type=Path, help="the PNG file to write")
    parser.add_argument("--variable", default="2t")
    options = parser.parse_args(arguments)
    path = options.input
    if path.suffix != ".tgm":
        path = as_tgm(path, options.picture.with_suffix(".tgm"))
    with xr.open_dataset(path, engine="tensogram", chunks={}) as dataset:
        if options.variable not in dataset.data_vars:
            sys.exit(f"{path} has no variable {options.variable!r}; it has {', '.join(map(str, dataset.data_vars))}")
        field = on_grid(dataset[options.variable])
        draw((field - FREEZING).load(), options.picture)
    print(f"{options.picture}: {options.picture.stat().st_size:,} bytes")


def as_tgm(source: Path, path: Path) -> Path:
    """The first field of a GRIB file, packed as GRIB packs it: in 16 bits a value."""
    messages = tensogram.convert_grib(source, encoding="simple_packing", bits=16, compression="szip")
    path.write_bytes(messages[0])
    print(f"{source.name}: {source.stat().st_size:,} bytes; {path.name}: {path.stat().st_size:,} bytes")
    return path


def on_grid(field: xr.DataArray) -> xr.DataArray:
    """The field with the latitudes and longitudes of its rows and columns, which GRIB tells by its corners."""
    if {"latitude", "longitude"} <= field.coords.keys():
        return field
    area = field.attrs.get("mars", {}).get("area")
    if area is None or field.ndim != 2:
        sys.exit(f"{field.name} is not on a regular grid of latitudes and longitudes")
    north, west, south, east = area
    rows, columns = field.shape
    if east < west:
        west -= 360
    coordinates = {"latitude": np.linspace(north, south, rows), "longitude": np.linspace(west, east, columns)}
    renamed = field.rename(dict(zip(field.dims, coordinates, strict=True)))
    return renamed.assign_coords(coordinates)


def draw(celsius: xr.DataArray, picture: Path) -> None:
    import matplotlib as mpl

    mpl.use("agg")  # to a file, wherever this runs
    from matplotlib import pyplot as plt
    from matplotlib.colors import TwoSlopeNorm
    from matplotlib.ticker import MultipleLocator

    figure, axes = plt.subplots(figsize=(12, 6), layout="constrained")
    low, high = float(celsius.min()), float(celsius.max())
    freezing_is_white = TwoSlopeNorm(0, min(low, -1), max(high, 1))
    mesh = axes.pcolormesh(
        celsius.longitude, celsius.latitude, celsius, cmap="RdBu_r", norm=freezing_is_white, shading="nearest"
    )
    lines = axes.contour(celsius.longitude, celsius.latitude, celsius, levels=[0], colors="black", linewidths=0.5)
    axes.clabel(lines, fmt="0 °C", fontsize=7)
    axes.set(xlabel="longitude / °E", ylabel="latitude / °N", aspect="equal", title=title(celsius))
    axes.xaxis.set_major_locator(MultipleLocator(30))
    axes.yaxis.set_major_locator(MultipleLocator(30))
    figure.colorbar(mesh, ax=axes, label="°C", shrink=0.8)
    figure.savefig(picture, dpi=150)
    plt.close(figure)


def title(celsius: xr.DataArray) -> str:
    mars = celsius.attrs.get("mars", {})
    parts = [celsius.attrs.get("long_name", celsius.name)]
    if "date" in mars:
        day = datetime.strptime(str(mars["date"]), "%Y%m%d")
        hour = int(mars.get("time", 0)) // 100
        parts.append(f"{day:%Y-%m-%d}, {hour:02d} UTC + {mars.get('step', 0)} h")
    low, high = float(celsius.min()), float(celsius.max())
    return ", ".join(map(str, parts)) + f" ({low:.1f} to {high:.1f} °C)"


if __name__ == "__main__":
    main()
