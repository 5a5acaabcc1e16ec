"""GRIB messages to Tensogram messages, by ecCodes."""

from __future__ import annotations

import itertools
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import eccodes
import numpy as np
from numpy.typing import NDArray

from tensogram._convert.options import Stages

_NAMESPACES = ("ls", "geography", "parameter", "statistics", "time", "vertical")
# What ecCodes writes into missing points; no field has it as a value.
_MISSING = -1.7976931348623157e308
# Grids of rows along latitudes, whose order is made north to south and west to east.
_LATITUDE_ROWS = ("regular_ll", "regular_gg")

_multi_field = threading.Lock()


def convert_file(path: str, *, merge: bool, keep_all_keys: bool, stages: Stages) -> list[bytes]:
    """The messages of a file."""
    with Path(path).open("rb") as file:
        return _convert(file, path, merge, keep_all_keys, stages)


def convert_buffer(data: memoryview, *, merge: bool, keep_all_keys: bool, stages: Stages) -> list[bytes]:
    """The messages of a buffer; ecCodes looks for GRIB in files only, so it becomes one."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return _convert(file, "the buffer", merge, keep_all_keys, stages)


def _convert(file: Any, name: str, merge: bool, keep_all_keys: bool, stages: Stages) -> list[bytes]:
    messages, base, objects = [], [], []
    for entry, values in _fields(file, name, keep_all_keys):
        described = stages.data_object(values, is_packable=True)
        if merge:
            base.append(entry)
            objects.append(described)
        else:
            messages.append(stages.encode({"base": [entry]}, [described]))
    if merge and objects:
        messages.append(stages.encode({"base": base}, objects))
    if not messages:
        raise ValueError(f"no GRIB message in {name}")
    return messages


def _fields(file: Any, name: str, keep_all_keys: bool) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
    """Metadata and values of each field, of messages with several fields too."""
    with _every_field():
        for count in itertools.count():
            try:
                handle = eccodes.codes_grib_new_from_file(file)
                if handle is None:
                    return
                try:
                    field = _field(handle, keep_all_keys)
                finally:
                    eccodes.codes_release(handle)
            except eccodes.CodesInternalError as error:
                raise ValueError(f"cannot read GRIB field {count} of {name}: {error}") from error
            yield field


def _field(handle: int, keep_all_keys: bool) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Metadata and values of a field."""
    entry, values = _entry(handle, keep_all_keys), _values(handle)
    if values.ndim == 2 and _get(handle, "gridType") in _LATITUDE_ROWS:
        entry["dim_names"] = ["latitude", "longitude"]
    return entry, values


@contextmanager
def _every_field() -> Iterator[None]:
    """Makes ecCodes hand out each field of a message, not the first alone: a switch for the whole process."""
    with _multi_field:
        eccodes.codes_grib_multi_support_on()
        try:
            yield
        finally:
            eccodes.codes_grib_multi_support_off()


def _entry(handle: int, keep_all_keys: bool) -> dict[str, Any]:
    """What ``base[i]`` says of a field."""
    mars = _namespace(handle, "mars")
    area = _area(handle)
    if area is not None:
        mars["area"] = area
    parameter = _namespace(handle, "parameter")
    names = {"name": "shortName", "long_name": "name", "units": "units"}
    entry = {
        ours: parameter[theirs] for ours, theirs in names.items() if parameter.get(theirs) not in (None, "unknown")
    }
    entry["mars"] = mars
    if keep_all_keys:
        entry["grib"] = {namespace: _namespace(handle, namespace) for namespace in _NAMESPACES}
    return entry


def _namespace(handle: int, namespace: str) -> dict[str, Any]:
    """The keys of a namespace with the values that ecCodes can compute, in their native types."""
    iterator = eccodes.codes_keys_iterator_new(handle, namespace)
    keys = {}
    try:
        while eccodes.codes_keys_iterator_next(iterator):
            key = eccodes.codes_keys_iterator_get_name(iterator)
            value = _get(handle, key)
            if value is not None:
                keys[key] = value
    finally:
        eccodes.codes_keys_iterator_delete(iterator)
    return keys


def _get(handle: int, key: str) -> Any:
    """The value of a key; None where it is missing or has none that is single."""
    try:
        return None if eccodes.codes_is_missing(handle, key) else eccodes.codes_get(handle, key)
    except eccodes.CodesInternalError:
        return None


def _area(handle: int) -> list[float] | None:
    """[north, west, south, east] of a regular latitude-longitude grid, with west in [-180, 180)."""
    if _get(handle, "gridType") != "regular_ll":
        return None
    place = {
        name: _get(handle, f"{name}GridPointInDegrees")
        for name in ("latitudeOfFirst", "latitudeOfLast", "longitudeOfFirst", "longitudeOfLast")
    }
    if None in place.values():
        return None
    latitudes = place["latitudeOfFirst"], place["latitudeOfLast"]
    west, east = place["longitudeOfFirst"], place["longitudeOfLast"]
    if _get(handle, "iScansNegatively"):
        west, east = east, west
    start = (west + 180) % 360 - 180
    return [float(max(latitudes)), float(start), float(min(latitudes)), float(start + (east - west) % 360)]


def _values(handle: int) -> NDArray[np.float64]:
    """The values, as rows by columns where the grid has them, with NaN for missing points."""
    has_missing = bool(_get(handle, "bitmapPresent"))
    if has_missing:
        eccodes.codes_set(handle, "missingValue", _MISSING)
    values: NDArray[np.float64] = eccodes.codes_get_array(handle, "values", float)
    if has_missing:
        values[values == _MISSING] = np.nan
    columns, rows = _get(handle, "Ni"), _get(handle, "Nj")
    if columns is None or rows is None or columns * rows != values.size:
        return values
    return _as_rows(handle, values, rows, columns)


def _as_rows(handle: int, values: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """The grid as it is looked at: the order of scanning undone."""
    down_columns = _get(handle, "jPointsAreConsecutive")
    field = values.reshape((columns, rows) if down_columns else (rows, columns))
    if _get(handle, "alternativeRowScanning"):
        field[1::2] = field[1::2, ::-1].copy()
    if down_columns:
        field = field.T
    if _get(handle, "gridType") in _LATITUDE_ROWS:
        if _get(handle, "jScansPositively"):
            field = field[::-1]
        if _get(handle, "iScansNegatively"):
            field = field[:, ::-1]
    return np.ascontiguousarray(field)
