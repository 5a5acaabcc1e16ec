"""Data objects of many messages put together as the variables of one NetCDF file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram._convert.objects import NamedObject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AXES = {
    "time": {"standard_name": "time", "units": "seconds since 1970-01-01", "calendar": "standard"},
    "number": {"standard_name": "realization", "units": "1"},
    "level": {},
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
}
# Keys of an entry that are not about what is measured.
_STRUCTURE = ("name", "dim_names", "_reserved_", "netcdf", "netcdf_packing", "cf", "mars", "grib")


@dataclass
class Variable:
    """A variable of the file."""

    name: str
    dimensions: list[str]
    array: NDArray[Any]
    attributes: dict[str, Any]
    packing: dict[str, Any] | None = None


@dataclass
class Assembly:
    """What the file is to hold."""

    variables: list[Variable] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    unlimited: set[str] = field(default_factory=set)

    def axis(self, name: str, values: NDArray[Any]) -> str:
        """The dimension with these coordinates: one that is there, or a new one."""
        count, wanted = 1, name
        while known := next((v for v in self.variables if v.name == wanted), None):
            if known.dimensions == [wanted] and np.array_equal(known.array, values):
                return wanted
            count += 1
            wanted = f"{name}_{count}"
        self.variables.append(Variable(wanted, [wanted], values, dict(_AXES[name])))
        return wanted


def assembled(objects: Iterable[NamedObject]) -> Assembly:
    """All objects as variables; ValueError for those of one name that do not fit together."""
    assembly, by_name, extras = Assembly(), dict[str, list[NamedObject]](), []
    for item in objects:
        by_name.setdefault(item.name, []).append(item)
        extras.append(item.extra)
        assembly.unlimited |= _unlimited(item.extra)
    assembly.attributes = _common(extras)
    # Coordinates first, for they may be those that fields are on.
    for items in sorted(by_name.values(), key=lambda items: items[0].metadata.get("dim_names") != [items[0].name]):
        assembly.variables.append(_variable(items, assembly))
    return assembly


def _unlimited(extra: dict[str, Any]) -> set[str]:
    kept = extra.get("netcdf")
    names = kept.get("unlimited") if isinstance(kept, dict) else None
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def _variable(items: list[NamedObject], assembly: Assembly) -> Variable:
    """One variable of all objects of one name."""
    first, packing = items[0], items[0].metadata.get("netcdf_packing")
    attributes = _common([_attributes(item.metadata) for item in items])
    for item in items:
        if item.array.dtype != first.array.dtype:
            raise _misfit(first, item, f"elements of {item.array.dtype}, not {first.array.dtype}")
    dimensions = _dimensions(first, assembly)
    records = [axis for axis, name in enumerate(dimensions) if name in assembly.unlimited]
    if len(items) == 1:
        array = first.array
    elif records:
        array = _joined(items, records[0])
    elif all(_is_same(item.array, first.array) for item in items) and "mars" not in first.metadata:
        array = first.array
    else:
        array, dimensions = _stacked(items, dimensions, assembly)
    return Variable(first.name, dimensions, array, attributes, packing if isinstance(packing, dict) else None)


def _dimensions(item: NamedObject, assembly: Assembly) -> list[str]:
    """The axes of the grid of a field, the names that metadata give, or general ones."""
    mars, names = item.metadata.get("mars"), item.metadata.get("dim_names")
    area = mars.get("area") if isinstance(mars, dict) else None
    if item.array.ndim == 2 and isinstance(area, list) and [type(edge) for edge in area] == [float] * 4:
        north, west, south, east = area
        rows, columns = item.array.shape
        latitudes, longitudes = np.linspace(north, south, rows), np.linspace(west, east, columns)
        return [assembly.axis("latitude", latitudes), assembly.axis("longitude", longitudes)]
    if isinstance(names, list) and len(names) == item.array.ndim and all(isinstance(name, str) for name in names):
        return list(names)
    return [f"{item.name}_dim_{axis}" for axis in range(item.array.ndim)]


def _joined(items: list[NamedObject], axis: int) -> NDArray[Any]:
    """Arrays behind each other along the unlimited dimension."""
    first = items[0]
    for item in items:
        if _without(item.array.shape, axis) != _without(first.array.shape, axis):
            raise _misfit(first, item, f"shape {list(item.array.shape)}, not {list(first.array.shape)}")
    return np.concatenate([item.array for item in items], axis=axis)


def _stacked(items: list[NamedObject], dimensions: list[str], assembly: Assembly) -> tuple[NDArray[Any], list[str]]:
    """Arrays in a hypercube of time, member and level, or, where metadata tell nothing of these, one behind another."""
    first = items[0]
    for item in items:
        if item.array.shape != first.array.shape or _dimensions(item, assembly) != dimensions:
            raise _misfit(first, item, f"shape {list(item.array.shape)} on another grid, or another shape")
    arrays = np.stack([item.array for item in items])
    places = [_place(item) for item in items]
    if not all(places):
        assembly.unlimited.add("record")
        return arrays, ["record", *dimensions]
    axes = {name: sorted({place[name] for place in places}) for name in ("time", "number", "level")}
    order = sorted(range(len(items)), key=lambda index: tuple(places[index].values()))
    lengths = [len(values) for values in axes.values()]
    distinct = len({tuple(place.values()) for place in places})
    if distinct != len(items) or np.prod(lengths) != len(items):
        raise ValueError(
            f"to_netcdf: the {len(items)} objects named {first.name!r} do not fill {lengths[0]} times by "
            f"{lengths[1]} members by {lengths[2]} levels once each"
        )
    named = [assembly.axis(name, np.array(values)) for name, values in axes.items() if len(values) > 1]
    assembly.unlimited |= {name for name in named if name == "time"}
    shape = [length for length in lengths if length > 1]
    return arrays[order].reshape(*shape, *first.array.shape), [*named, *dimensions]


def _place(item: NamedObject) -> dict[str, Any]:
    """When, which member and on which level, as the `mars` keys have it; empty where they do not tell."""
    mars = item.metadata.get("mars")
    if not isinstance(mars, dict) or "date" not in mars:
        return {}
    try:
        day = datetime.strptime(str(mars["date"]).replace("-", ""), "%Y%m%d").replace(tzinfo=UTC)
        hours, minutes = divmod(int(str(mars.get("time", 0)).replace(":", "")), 100)
        step = float(str(mars.get("step", 0)).rpartition("-")[2])
        valid = day + timedelta(hours=hours + step, minutes=minutes)
        place = {"time": int((valid - _EPOCH).total_seconds()), "number": int(mars.get("number", 0))}
        return place | {"level": float(mars.get("levelist", 0))}
    except (ValueError, OverflowError, TypeError) as error:
        raise ValueError(
            f"to_netcdf: the 'mars' keys of {item.place} tell no time, member and level: {error}"
        ) from error


def _attributes(entry: dict[str, Any]) -> dict[str, Any]:
    """The attributes that came from NetCDF, or else what the metadata say in numbers and text."""
    kept, mars = entry.get("netcdf"), entry.get("mars")
    if isinstance(kept, dict):
        return kept
    attributes = {key: value for key, value in entry.items() if key not in _STRUCTURE}
    if isinstance(entry.get("cf"), dict):
        attributes |= entry["cf"]
    if isinstance(mars, dict):
        attributes |= {f"mars_{key}": value for key, value in mars.items()}
    return attributes


def _common(maps: list[dict[str, Any]]) -> dict[str, Any]:
    """The plain values on which all agree."""
    first = maps[0] if maps else {}
    return {
        key: value
        for key, value in first.items()
        if isinstance(value, str | int | float | list) and all(repr(other.get(key)) == repr(value) for other in maps)
    }


def _is_same(array: NDArray[Any], other: NDArray[Any]) -> bool:
    return array.shape == other.shape and array.tobytes() == other.tobytes()


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]


def _misfit(first: NamedObject, item: NamedObject, what: str) -> ValueError:
    return ValueError(f"to_netcdf: {item.place} is named {item.name!r} as {first.place} is, but has {what}")
