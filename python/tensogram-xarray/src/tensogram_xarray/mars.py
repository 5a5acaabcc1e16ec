"""Coordinates of fields that came from GRIB, from the keys of the `mars` namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tensogram_xarray.constructing import rebuilt

_DECIMALS = 6  # GRIB has angles in millionths of a degree
_HORIZONTAL = ("latitude", "longitude")
_DEGREES = {
    "latitude": {"units": "degrees_north", "standard_name": "latitude"},
    "longitude": {"units": "degrees_east", "standard_name": "longitude"},
}
_NAME = "time"


def with_mars_coordinates(dataset: xr.Dataset) -> xr.Dataset:
    """The lazy dataset with `latitude` and `longitude` from `mars.area`, and `time` from `mars.date` and
    `mars.time`, which has the dimensions that these have.

    What all data variables do not agree on, or is there already, is left as it is.
    """
    found = _horizontal(dataset) | _time(dataset)
    coords = {name: variable for name, variable in found.items() if name not in dataset.variables}
    if not coords:
        return dataset
    return rebuilt(dataset, {**dataset.variables, **coords}, dataset.coords.keys() | coords.keys())


def _horizontal(dataset: xr.Dataset) -> dict[str, xr.Variable]:
    """The points of a regular grid, whose area is north, west, south, east in degrees."""
    if not set(_HORIZONTAL) <= dataset.sizes.keys():
        return {}
    on_grid = [array for array in dataset.data_vars.values() if set(_HORIZONTAL) <= set(array.dims)]
    area = _agreed([array.attrs for array in on_grid], "area")
    if not isinstance(area, list) or len(area) != 4 or not all(isinstance(edge, int | float) for edge in area):
        return {}
    ends = {"latitude": (area[0], area[2]), "longitude": (area[1], area[3])}
    return {
        name: xr.Variable((name,), np.linspace(*ends[name], dataset.sizes[name]).round(_DECIMALS), _DEGREES[name])
        for name in _HORIZONTAL
    }


def _time(dataset: xr.Dataset) -> dict[str, xr.Variable]:
    dates, times = _key(dataset, "date"), _key(dataset, "time")
    if dates is None or times is None or _NAME in dataset.sizes:
        return {}
    # Every date with every time of day; both are small and in memory.
    days, minutes = (array.variable for array in xr.broadcast(xr.DataArray(dates), xr.DataArray(times)))
    try:
        values = [
            _instant(int(day), int(hour)) for day, hour in zip(days.values.flat, minutes.values.flat, strict=True)
        ]
    except ValueError:
        return {}  # Not a date as MARS writes them.
    return {_NAME: xr.Variable(days.dims, np.array(values, "M8[ns]").reshape(days.shape))}


def _instant(date: int, time: int) -> np.datetime64:
    """20260401 and 1230 as what they mean."""
    if not (0 <= time < 2400 and time % 100 < 60):
        raise ValueError(time)
    return np.datetime64(f"{date // 10000:04}-{date // 100 % 100:02}-{date % 100:02}T{time // 100:02}:{time % 100:02}")


def _key(dataset: xr.Dataset, name: str) -> xr.Variable | None:
    """What is said under a key of integers: a coordinate where it varies, else the value."""
    path = f"mars.{name}"
    if path in dataset.coords:
        variable = dataset.coords[path].variable
    else:
        variable = xr.Variable((), _agreed([{**dataset.attrs, **a.attrs} for a in dataset.data_vars.values()], name))
    return variable if variable.dtype.kind == "i" else None


def _agreed(attrs: list[Mapping[str, Any]], name: str) -> Any:
    values = [mars.get(name) if isinstance(mars := one.get("mars"), Mapping) else None for one in attrs]
    return values[0] if values and all(value == values[0] for value in values) else None
