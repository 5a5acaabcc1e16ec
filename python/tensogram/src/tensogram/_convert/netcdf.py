"""NetCDF files to Tensogram messages, by netCDF4."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np
from numpy.typing import NDArray

from tensogram._convert.options import Stages

MISSING_VALUES = ("_FillValue", "missing_value", "valid_min", "valid_max", "valid_range")
PACKING_ATTRIBUTES = ("scale_factor", "add_offset", "_Unsigned", *MISSING_VALUES)

# Attributes of variables that the CF conventions define (appendix A), but for those of packing.
_CF_ATTRIBUTES = {
    "ancillary_variables", "axis", "bounds", "calendar", "cell_measures", "cell_methods", "cf_role", "climatology",
    "comment", "compress", "computed_standard_name", "coordinates", "flag_masks", "flag_meanings", "flag_values",
    "formula_terms", "grid_mapping", "instance_dimension", "institution", "long_name", "positive", "references",
    "sample_dimension", "source", "standard_error_multiplier", "standard_name", "units",
}  # fmt: skip


class _Variable(NamedTuple):
    name: str
    dimensions: list[str]
    """With the paths of the groups that define them."""
    variable: Any

    @property
    def is_packed(self) -> bool:
        names = self.variable.ncattrs()
        return "scale_factor" in names or "add_offset" in names

    @property
    def is_coordinate(self) -> bool:
        return self.dimensions == [self.name]


def convert_file(path: str, *, split_by: str, with_cf: bool, stages: Stages) -> list[bytes]:
    """The messages of a file."""
    Path(path).stat()  # netCDF4 would take the name for that of a server, too
    try:
        with netCDF4.Dataset(path) as file:
            return _convert(file, path, split_by, with_cf, stages)
    except OSError as error:
        raise ValueError(f"cannot read {path} as NetCDF: {error}") from error


def _convert(file: Any, path: str, split_by: str, with_cf: bool, stages: Stages) -> list[bytes]:
    variables = _numeric(list(_variables(file)), path)
    unlimited = [name for name, dimension in file.dimensions.items() if dimension.isunlimited()]
    extra = _attributes(file)
    if unlimited:
        extra["netcdf"] = {"unlimited": unlimited}
    # Each with the index of a record, or None for all.
    parts: list[tuple[list[_Variable], int | None]]
    match split_by:
        case "variable":
            parts = [([variable], None) for variable in variables]
        case "record":
            if not unlimited:
                raise ValueError(f"{path} has no unlimited dimension to split by record")
            parts = [(variables, index) for index in range(len(file.dimensions[unlimited[0]]))]
        case _:
            parts = [(variables, None)]
    messages = []
    for part, index in parts:
        record = None if index is None else (unlimited[0], index)
        base = [_entry(variable, with_cf) for variable in part]
        messages.append(stages.encode({"base": base, "_extra_": extra}, [_data(v, record, stages) for v in part]))
    return messages


def _variables(group: Any, path: str = "") -> Iterator[_Variable]:
    """The variables of a group and of those within it."""
    for name, variable in group.variables.items():
        dimensions = [_path(dimension.group(), dimension.name) for dimension in variable.get_dims()]
        yield _Variable(path + name, dimensions, variable)
    for name, inner in group.groups.items():
        yield from _variables(inner, f"{path}{name}/")


def _path(group: Any, name: str) -> str:
    return f"{group.path}/{name}".lstrip("/")


def _numeric(variables: list[_Variable], path: str) -> list[_Variable]:
    """The variables that a tensor can hold; a warning names the others."""
    numeric = [v for v in variables if isinstance(v.variable.dtype, np.dtype) and v.variable.dtype.kind in "iuf"]
    others = [repr(v.name) for v in variables if v not in numeric]
    if others:
        warnings.warn(f"{path}: left out for not being numbers: {', '.join(others)}", UserWarning, stacklevel=5)
    return numeric


def _entry(variable: _Variable, with_cf: bool) -> dict[str, Any]:
    """What ``base[i]`` says of a variable: attributes that no longer hold of unpacked values stand apart."""
    attributes = _attributes(variable.variable)
    entry: dict[str, Any] = {"name": variable.name, "dim_names": variable.dimensions}
    if variable.is_packed:
        packing = {name: attributes.pop(name) for name in PACKING_ATTRIBUTES if name in attributes}
        entry["netcdf_packing"] = packing | {"dtype": variable.variable.dtype.name}
    entry["netcdf"] = attributes
    if with_cf:
        entry["cf"] = {name: value for name, value in attributes.items() if name in _CF_ATTRIBUTES}
    return entry


def _attributes(holder: Any) -> dict[str, Any]:
    """Attributes as plain Python values; what is neither number nor text has no place in metadata."""
    attributes = {}
    for name in holder.ncattrs():
        value = holder.getncattr(name)
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        if isinstance(value, str | int | float | list):
            attributes[name] = value
    return attributes


def _data(variable: _Variable, record: tuple[str, int] | None, stages: Stages) -> tuple[dict[str, Any], NDArray[Any]]:
    """Descriptor and values of a variable, or of one record of it."""
    selection: list[Any] = [slice(None)] * len(variable.dimensions)
    if record is not None and record[0] in variable.dimensions:
        selection[variable.dimensions.index(record[0])] = slice(record[1], record[1] + 1)
    array = _values(variable, tuple(selection) or Ellipsis)
    is_packable = array.dtype.kind == "f" and not variable.is_coordinate
    return stages.data_object(array, is_packable=is_packable)


def _values(variable: _Variable, selection: Any) -> NDArray[Any]:
    """Values, unpacked, in native byte order, with NaN for the missing ones of floats."""
    source = variable.variable
    source.set_auto_maskandscale(False)
    stored = np.asarray(source[selection])
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if stored.dtype.kind != "f" and not variable.is_packed:
        return stored
    attributes = _numbers(source)
    if getattr(source, "_Unsigned", "false") in ("true", "True") and stored.dtype.kind == "i":
        # NetCDF-3 has signed integers only, so it says with this attribute that these are not.
        unsigned = np.dtype(stored.dtype.str.replace("i", "u"))
        attributes |= {n: attributes[n].astype(stored.dtype).view(unsigned) for n in MISSING_VALUES if n in attributes}
        stored = stored.view(unsigned)
    missing = _missing(stored, attributes)
    if variable.is_packed:
        stored = stored * attributes.get("scale_factor", np.ones(1))[0] + attributes.get("add_offset", np.zeros(1))[0]
    return np.where(missing, stored.dtype.type(np.nan), stored) if missing.any() else np.asarray(stored)


def _numbers(source: Any) -> dict[str, NDArray[Any]]:
    """The attributes of packing and missing values that are numbers; integers take no NaN to be missing."""
    arrays = {name: np.atleast_1d(source.getncattr(name)) for name in PACKING_ATTRIBUTES if name in source.ncattrs()}
    numbers = {name: array for name, array in arrays.items() if array.dtype.kind in "iuf" and array.size}
    for name in ("scale_factor", "add_offset"):
        if name in numbers:
            numbers[name] = numbers[name].astype(np.float64)
    return {name: array for name, array in numbers.items() if not np.isnan(array).any()}


def _missing(stored: NDArray[Any], attributes: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Where values are missing, as section 2.5.1 of the CF conventions and appendix A of the NetCDF guide have it."""
    fills = [attributes[name] for name in ("_FillValue", "missing_value") if name in attributes]
    default = netCDF4.default_fillvals.get(stored.dtype.str[1:])
    if "_FillValue" not in attributes and default is not None and stored.itemsize > 1:
        fills.append(np.atleast_1d(default))
    missing = np.zeros(stored.shape, dtype=bool)
    for fill in fills:
        for value in fill:
            missing |= stored == value
    lowest, highest = attributes.get("valid_min"), attributes.get("valid_max")
    if "valid_range" in attributes and attributes["valid_range"].size == 2:
        lowest, highest = np.split(attributes["valid_range"], 2)
    if lowest is not None:
        missing |= stored < lowest[0]
    if highest is not None:
        missing |= stored > highest[0]
    return missing
