"""Metadata as coordinates, so that files can be put together by what they say of themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import xarray as xr
from xarray.core import indexing

from tensogram_xarray.array import StackedBackendArray
from tensogram_xarray.constructing import rebuilt
from tensogram_xarray.grouping import coordinate_values, unique_values
from tensogram_xarray.metadata import flattened


def promoted(dataset: xr.Dataset, scalar_coords: Iterable[str], expand_dims: Iterable[str]) -> xr.Dataset:
    """The lazy dataset with metadata keys as scalar coordinates, or as dimensions of length 1.

    Keys are dotted paths; `ValueError` where the data variables do not all have the same value, or
    where the name is in use.
    """
    outer = list(dict.fromkeys(expand_dims))
    keys = list(dict.fromkeys([*outer, *scalar_coords]))
    values = {key: agreed_value(dataset, key) for key in keys}
    for key in keys:
        if key in dataset.variables or key in dataset.sizes:
            raise ValueError(f"metadata key {key!r} is the name of a variable or dimension already")
    coords = dict(dataset.coords.variables)
    for key in keys:
        array = coordinate_values([values[key]])
        coords[key] = xr.Variable((key,), array) if key in outer else xr.Variable((), array[0])
    data = {name: _stacked(array.variable, outer) for name, array in dataset.data_vars.items()}
    return rebuilt(dataset, data | coords, coords.keys())


def agreed_value(dataset: xr.Dataset, key: str) -> Any:
    """What all data variables, or the dataset itself, say under a dotted key; else `ValueError`."""
    found = []
    for name, variable in dataset.data_vars.items():
        metadata = flattened(dataset.attrs) | flattened(variable.attrs)
        if key not in metadata:
            raise ValueError(f"variable {name!r} has no metadata key {key!r} to make a coordinate of")
        found.append(metadata[key])
    distinct = unique_values(found)
    if len(distinct) != 1:
        raise ValueError(f"variables do not agree on metadata key {key!r}: {distinct}")
    return distinct[0]


def _stacked(variable: xr.Variable, outer: list[str]) -> xr.Variable:
    """The variable with dimensions of length 1 in front, as lazy as it was."""
    if not outer:
        return variable
    array: Any = getattr(variable._data, "array")  # noqa: B009 (no public way to the lazy array)
    shape = (1,) * len(outer)
    stack = StackedBackendArray([array], shape, array.shape, array.dtype)
    lazy = indexing.LazilyIndexedArray(stack)
    return xr.Variable((*outer, *variable.dims), lazy, variable.attrs, variable.encoding)
