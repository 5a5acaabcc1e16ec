"""The CF conventions, both ways, by xarray's own code: times as numbers, packing, booleans.

What is written notes which conventions were applied to it, so that reading undoes these and no others:
a variable whose attributes merely look like those of an encoded one comes back as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from xarray import conventions

from tensogram_xarray.constructing import rebuilt

# What `Variable.encoding` may ask of the conventions.
ENCODING_KEYS = frozenset({"dtype", "units", "calendar", "_FillValue", "missing_value", "scale_factor", "add_offset"})
# What relates a variable to others; kept as it is.
RELATED_KEYS = ("coordinates", *conventions.CF_RELATED_DATA)
# The resolutions that xarray has times in.
_UNIT_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_KINDS = ("mask_and_scale", "decode_times", "decode_timedelta")
_PACKING = {"_FillValue", "missing_value", "scale_factor", "add_offset"}

Notes = Mapping[str, Mapping[str, Any]]


def encoded(name: str, variable: xr.Variable, encoding: Mapping[str, Any]) -> tuple[xr.Variable, dict[str, Any]]:
    """The variable as it is stored, and the note by which `decoded` undoes that. Lazy where it was.

    `encoding` has keys of `ENCODING_KEYS`. Raises what xarray raises where values do not fit it.
    """
    plain = variable.copy(deep=False)
    # Masks hold what is missing, so nothing is filled unless asked for.
    plain.encoding = {"_FillValue": None, **encoding}
    try:
        stored = conventions.encode_cf_variable(plain, name=name)
    except (OverflowError, KeyError):
        # Times too far apart to be counted from the first of them.
        if "units" in encoding or variable.dtype.kind != "M":
            raise
        return encoded(name, variable, {**encoding, **counted_from_1970(variable.dtype)})
    return stored, _note(variable, stored)


def counted_from_1970(dtype: np.dtype[Any]) -> dict[str, Any]:
    """The encoding by which times or durations of any value are stored exactly."""
    unit = _UNIT_NAMES[np.datetime_data(dtype)[0]] if dtype.kind in "Mm" else _UNIT_NAMES["us"]
    return {"units": unit if dtype.kind == "m" else f"{unit} since 1970-01-01", "dtype": "int64"}


def _note(variable: xr.Variable, stored: xr.Variable) -> dict[str, Any]:
    gained = stored.attrs.keys() - variable.attrs.keys()
    note: dict[str, Any] = {"packed": True} if gained & _PACKING else {}
    kind = variable.dtype.kind
    if kind == "M":
        note["times"] = np.datetime_data(variable.dtype)[0]
    elif kind == "m":
        note["durations"] = np.datetime_data(variable.dtype)[0]
    elif kind == "O" and "calendar" in gained:
        note["times"] = "cftime"
    elif kind == "b" and stored.dtype.kind != "b":
        note["booleans"] = True
    return note


def decoded(dataset: xr.Dataset, notes: Notes, wishes: Mapping[str, Any]) -> xr.Dataset:
    """The dataset with the conventions undone that its variables were written with.

    A wish of False leaves out that kind of decoding, a mapping says so by variable, and xarray's
    coders replace the note. Data stays lazy, but for the first and last value of times.
    """
    given = {name: wish for name, wish in wishes.items() if wish is not None}
    if all(given.get(kind) is False for kind in _KINDS):
        return dataset
    noted = {name: note for name, note in notes.items() if note and name in dataset.variables}
    variables, _, _ = conventions.decode_cf_variables(
        {name: dataset.variables[name] for name in noted},
        {},
        mask_and_scale={n: _wish(given, "mask_and_scale", n, note.get("packed") is True) for n, note in noted.items()},
        decode_times={n: _wish(given, "decode_times", n, _time_coder(note, given)) for n, note in noted.items()},
        decode_timedelta={n: _wish(given, "decode_timedelta", n, _duration_coder(note)) for n, note in noted.items()},
        concat_characters=False,
        decode_coords=False,
    )
    return replaced(dataset, variables)


def _wish(given: Mapping[str, Any], kind: str, name: str, noted: Any) -> Any:
    """How one variable is decoded: as the note says, unless the caller wishes something else."""
    wish = given.get(kind, True)
    if isinstance(wish, Mapping):
        wish = wish.get(name, True)
    if not wish or not noted:
        return False
    return noted if wish is True else wish


def _time_coder(note: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    unit = note.get("times")
    use_cftime = given.get("use_cftime")
    if isinstance(use_cftime, Mapping):
        use_cftime = None
    if unit == "cftime":
        return xr.coders.CFDatetimeCoder(use_cftime=True if use_cftime is None else use_cftime)
    return xr.coders.CFDatetimeCoder(use_cftime, unit) if unit in _UNIT_NAMES else False


def _duration_coder(note: Mapping[str, Any]) -> Any:
    unit = note.get("durations")
    return xr.coders.CFTimedeltaCoder(unit) if unit in _UNIT_NAMES else False


def replaced(dataset: xr.Dataset, variables: Mapping[Any, xr.Variable]) -> xr.Dataset:
    """The dataset without indexes and with other variables in the places of its own."""
    merged = {name: variables.get(name, variable) for name, variable in dataset.variables.items()}
    return rebuilt(dataset, merged, set(dataset.coords))
