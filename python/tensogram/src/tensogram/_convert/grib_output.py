"""Data objects with `mars` keys to GRIB messages, by ecCodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import eccodes
import numpy as np
from numpy.typing import NDArray

from tensogram._convert.objects import NamedObject, decoded_objects

_BITS = 24
# What stands in missing points while ecCodes packs; no field has it as a value.
_MISSING = -1.7976931348623157e308

# Kinds of level as MARS names them, and as ecCodes wants them set. Others follow from the parameter.
_LEVELS = {
    "pl": "isobaricInhPa",
    "ml": "hybrid",
    "pt": "theta",
    "pv": "potentialVorticity",
}
# Keys that are copied as they are, after those that decide what others mean.
_PLAIN_KEYS = ("class", "stream", "type", "expver", "number")
# What a field says of itself when it is read back must be what was asked for.
_CHECKED_KEYS = ("class", "stream", "type", "expver", "number", "date", "time", "step", "levtype", "levelist")


def convert(messages: list[Any]) -> bytes:
    """All fields, one GRIB message each, behind each other."""
    return b"".join(_field(item) for item in decoded_objects("to_grib", messages))


def _field(item: NamedObject) -> bytes:
    mars = item.metadata.get("mars")
    if not isinstance(mars, dict):
        raise ValueError(f"to_grib: {item.place} has no map 'mars' in its metadata")
    for key in ("param", "date", "area"):
        if key not in mars:
            raise ValueError(f"to_grib: {item.place} has no '{key}' in its 'mars' metadata")
    grib = _kept_keys(item.metadata.get("grib"))
    handle = _sample(grib.get("edition", 2), item)
    try:
        for key, value in [*_grid(item, mars["area"]), *_meaning(item, mars, grib), *_packing(item)]:
            _set(handle, key, value, item)
        _set_values(handle, item)
        _check(handle, mars, item)
        message: bytes = eccodes.codes_get_message(handle)
        return message
    finally:
        eccodes.codes_release(handle)


def _kept_keys(namespaces: Any) -> dict[str, Any]:
    """The keys of all namespaces that ``preserve_all_keys`` kept."""
    maps = namespaces.values() if isinstance(namespaces, dict) else ()
    return {key: value for keys in maps if isinstance(keys, dict) for key, value in keys.items()}


def _sample(edition: Any, item: NamedObject) -> int:
    """A handle with the defaults of a regular latitude-longitude field."""
    if edition not in (1, 2):
        raise ValueError(f"to_grib: {item.place} wants GRIB edition {edition!r}, there are 1 and 2")
    handle: int = eccodes.codes_grib_new_from_samples(f"regular_ll_sfc_grib{edition}")
    return handle


def _grid(item: NamedObject, area: Any) -> Iterator[tuple[str, Any]]:
    """The keys of the grid that an array and its [north, west, south, east] make."""
    if not (isinstance(area, list) and len(area) == 4 and all(isinstance(edge, int | float) for edge in area)):
        raise ValueError(f"to_grib: the 'area' of {item.place} is not [north, west, south, east]: {area!r}")
    if item.array.ndim != 2 or 0 in item.array.shape:
        raise ValueError(f"to_grib: {item.place} has shape {list(item.array.shape)}, not rows by columns")
    (rows, columns), (north, west, south, east) = item.array.shape, area
    yield "Ni", columns
    yield "Nj", rows
    yield "latitudeOfFirstGridPointInDegrees", north
    yield "longitudeOfFirstGridPointInDegrees", west
    yield "latitudeOfLastGridPointInDegrees", south
    yield "longitudeOfLastGridPointInDegrees", east
    yield "iDirectionIncrementInDegrees", (east - west) / max(columns - 1, 1)
    yield "jDirectionIncrementInDegrees", (north - south) / max(rows - 1, 1)
    yield "iScansNegatively", 0
    yield "jScansPositively", 0


def _meaning(item: NamedObject, mars: dict[str, Any], grib: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is measured, when, at what height, and for whom."""
    if "class" in mars:
        yield "centre", grib.get("centre", "ecmf")
        yield "setLocalDefinition", 1
    if "number" in mars and grib.get("edition", 2) == 2:
        yield "productDefinitionTemplateNumber", 1
    yield _parameter(mars["param"])
    yield "dataDate", _digits(item, "date", mars["date"], "-")
    yield "dataTime", _digits(item, "time", mars.get("time", 0), ":")
    if grib.get("stepType", "instant") != "instant":
        yield "stepType", grib["stepType"]
    yield "stepRange", str(grib.get("stepRange", mars.get("step", 0)))
    level_type = grib.get("typeOfLevel", _LEVELS.get(mars.get("levtype", "sfc")))
    if level_type is not None:
        yield "typeOfLevel", level_type
    level = grib.get("level", mars.get("levelist"))
    if level is not None:
        yield "level", level
    yield from ((key, mars[key]) for key in _PLAIN_KEYS if key in mars)


def _parameter(param: Any) -> tuple[str, Any]:
    """A parameter by number (167, "167.128": number and table) or by short name."""
    number, _, table = str(param).partition(".")
    if not number.isdecimal() or (table and not table.isdecimal()):
        return "shortName", str(param)
    return "paramId", int(number) + (1000 * int(table) if table not in ("", "0", "128") else 0)


def _digits(item: NamedObject, key: str, value: Any, separator: str) -> int:
    """20190301 or "2019-03-01", 600 or "06:00", as GRIB counts them."""
    digits = str(value).replace(separator, "")
    if not digits.isdecimal():
        raise ValueError(f"to_grib: {item.place} has {key}={value!r}, which is none")
    return int(digits)


def _packing(item: NamedObject) -> Iterator[tuple[str, Any]]:
    """The bits of the object's own packing, so that what was packed once is packed alike."""
    params = item.descriptor.params
    yield "packingType", "grid_simple"
    yield "bitsPerValue", params["sp_bits_per_value"] if item.descriptor.encoding == "simple_packing" else _BITS
    yield "decimalScaleFactor", params.get("sp_decimal_scale_factor", 0)


def _set_values(handle: int, item: NamedObject) -> None:
    if item.array.dtype.kind not in "fiu":
        raise ValueError(f"to_grib: {item.place} has elements of {item.array.dtype}, not numbers")
    values: NDArray[np.float64] = item.array.astype(np.float64).ravel()
    missing = np.isnan(values)
    if np.isinf(values).any():
        raise ValueError(f"to_grib: {item.place} has infinite values, which GRIB cannot hold")
    if missing.any():
        values[missing] = _MISSING
        _set(handle, "missingValue", _MISSING, item)
        _set(handle, "bitmapPresent", 1, item)
    try:
        eccodes.codes_set_values(handle, values)
    except eccodes.CodesInternalError as error:
        raise ValueError(f"to_grib: ecCodes cannot pack the values of {item.place}: {error}") from error


def _set(handle: int, key: str, value: Any, item: NamedObject) -> None:
    try:
        eccodes.codes_set(handle, key, value)
    except (eccodes.CodesInternalError, TypeError, ValueError) as error:
        raise ValueError(f"to_grib: ecCodes cannot set {key}={value!r} for {item.place}: {error}") from error


def _check(handle: int, mars: dict[str, Any], item: NamedObject) -> None:
    """ValueError where the field would say something else than its metadata."""
    for key in _CHECKED_KEYS:
        if key not in mars:
            continue
        try:
            found = eccodes.codes_get(handle, f"mars.{key}")
        except eccodes.CodesInternalError:
            found = None
        if _plain(found) != _plain(mars[key]):
            raise ValueError(f"to_grib: {item.place} has {key}={mars[key]!r}, of which GRIB makes {found!r}")


def _plain(value: Any) -> str:
    """0001 and 1, 0 and "0", 2019-03-01 and 20190301 are the same to MARS."""
    text = str(value)
    if text[:1].isdecimal():
        text = text.replace("-", "").replace(":", "")
    return str(int(text)) if text.isdecimal() else text
