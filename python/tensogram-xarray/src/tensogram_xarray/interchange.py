"""Attributes in the form that other file formats take."""

from __future__ import annotations

import json
import numbers
from collections.abc import Mapping
from typing import Any

import xarray as xr

from tensogram_xarray.metadata import flattened


def with_flat_attributes(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with attributes that netCDF takes: nested maps under dotted keys, no nulls.

    Booleans become 0 and 1; lists of anything but numbers or of text become JSON text.
    """
    dataset.attrs = flat_attributes(dataset.attrs)
    for variable in dataset.variables.values():
        variable.attrs = flat_attributes(variable.attrs)
    return dataset


def flat_attributes(attrs: Mapping[Any, Any]) -> dict[str, Any]:
    flat = {key: _plain(value) for key, value in flattened(attrs).items()}
    return {key: value for key, value in flat.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Mapping):
        return None  # What is left of a nested map is that it is empty.
    if isinstance(value, list) and not _is_homogeneous(value):
        return json.dumps(value, default=str)
    return value


def _is_homogeneous(values: list[Any]) -> bool:
    texts = all(isinstance(value, str) for value in values)
    return texts or all(isinstance(value, numbers.Real) and not isinstance(value, bool) for value in values)
