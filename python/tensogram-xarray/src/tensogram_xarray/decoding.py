"""CF conventions, where they are asked for: times from numbers, missing values, scaling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray as xr
from xarray import conventions

from tensogram_xarray.constructing import rebuilt

# Where converters put the attributes of a NetCDF variable.
_NESTED = ("cf", "netcdf")
_TIME_KEYS = {"units", "calendar"}
_MISSING_KEYS = {"_FillValue", "missing_value"}
_PACKING_KEYS = {"scale_factor", "add_offset"}

# Nothing is decoded unless the caller says so.
_OFF = {
    "mask_and_scale": False,
    "decode_times": False,
    "decode_timedelta": False,
    "concat_characters": False,
    "decode_coords": False,
    "use_cftime": None,
}


def decoded(dataset: xr.Dataset, wishes: Mapping[str, Any]) -> xr.Dataset:
    """The dataset decoded as the caller wishes; untouched if every wish is None or False.

    Indexes are not built yet; data stays lazy, but for the first and last time value, from which
    xarray tells the type.
    """
    given = {name: wish for name, wish in wishes.items() if wish is not None}
    if not any(given.values()):
        return dataset
    variables, attrs, coordinates = conventions.decode_cf_variables(
        {name: _with_cf_attributes(v) for name, v in dataset.variables.items()},
        dataset.attrs,
        **{**_OFF, **given},
    )
    names = {str(name) for name in coordinates} | {str(name) for name in dataset.coords}
    return rebuilt(dataset, variables, names, attrs)


def _with_cf_attributes(variable: xr.Variable) -> xr.Variable:
    """The variable with the attributes that decoding needs, which may stand in a nested map.

    A converter unpacks what was packed: then neither packing nor the packed missing value apply.
    """
    found: dict[str, Any] = {}
    for name in _NESTED:
        nested = variable.attrs.get(name)
        if not isinstance(nested, Mapping):
            continue
        keys: set[str] = set()
        if " since " in str(nested.get("units")):
            keys |= _TIME_KEYS
        if not nested.keys() & _PACKING_KEYS:
            keys |= _MISSING_KEYS
        found |= {key: nested[key] for key in keys & nested.keys() - found.keys()}
    result = variable.copy(deep=False)
    result.attrs = found | dict(variable.attrs)
    return result
