"""Data objects to a NetCDF-4 file, by netCDF4."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from tensogram._convert.assembly import Assembly, Variable, assembled
from tensogram._convert.netcdf import MISSING_VALUES
from tensogram._convert.objects import decoded_objects

_WIDER = {"float16": np.float32, "bfloat16": np.float32}


def convert(messages: list[Any], path: str) -> None:
    """Writes the file beside its place, and then puts it there."""
    if not messages:
        raise ValueError("to_netcdf: no messages to write")
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(21, "Is a directory", path)
    target.parent.stat()  # of which netCDF4 would say that permission is denied
    assembly = assembled(decoded_objects("to_netcdf", messages))
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with netCDF4.Dataset(aside, "w", format="NETCDF4") as file:
            _write(file, assembly)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _write(file: Any, assembly: Assembly) -> None:
    _set_attributes(file, assembly.attributes)
    sizes: dict[str, tuple[int, str]] = {}
    for variable in assembly.variables:
        for name, size in zip(variable.dimensions, variable.array.shape, strict=True):
            known, owner = sizes.setdefault(name, (size, variable.name))
            if known != size:
                raise ValueError(f"to_netcdf: {name!r} is {size} long in {variable.name!r}, but {known} in {owner!r}")
    try:
        for name, (size, _) in sizes.items():
            group, plain = _place(file, name)
            group.createDimension(plain, None if name in assembly.unlimited else size)
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"to_netcdf: NetCDF takes no dimension {name!r}: {error}") from error
    for variable in assembly.variables:
        try:
            _write_variable(file, variable)
        except (RuntimeError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise ValueError(f"to_netcdf: NetCDF does not take {variable.name!r}: {error}") from error


def _place(file: Any, path: str) -> tuple[Any, str]:
    """The group that a name with a path is in, and its plain name."""
    group, _, plain = path.rpartition("/")
    return (file.createGroup(group) if group else file), plain


def _write_variable(file: Any, variable: Variable) -> None:
    array, attributes = _stored(variable)
    group, plain = _place(file, variable.name)
    dimensions = [name.rpartition("/")[2] for name in variable.dimensions]
    written = group.createVariable(plain, array.dtype, dimensions, fill_value=attributes.pop("_FillValue", None))
    _set_attributes(written, attributes)
    written.set_auto_maskandscale(False)
    written[...] = array


def _stored(variable: Variable) -> tuple[NDArray[Any], dict[str, Any]]:
    """Elements as they are in the file, packed again where they were, and the attributes that go with them."""
    array = variable.array.astype(_WIDER.get(variable.array.dtype.name, variable.array.dtype), copy=False)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"it has elements of {array.dtype}")
    attributes = dict(variable.attributes)
    if variable.packing is not None:
        packed = _packed(array, variable.packing)
        if packed is not None:
            array = packed
            attributes |= {name: value for name, value in variable.packing.items() if name != "dtype"}
    fill = attributes.get("_FillValue")
    if array.dtype.kind == "f" and isinstance(fill, float | int):
        array = np.where(np.isnan(array), array.dtype.type(fill), array)
    for name in MISSING_VALUES:
        if name in attributes:
            attributes[name] = _as_stored(attributes[name], array.dtype)
    return array, {name: value for name, value in attributes.items() if value is not None}


def _packed(array: NDArray[Any], packing: dict[str, Any]) -> NDArray[Any] | None:
    """The integers that unpack to the array; None where they cannot hold it."""
    try:
        dtype = np.dtype(packing["dtype"])
        scale, offset = float(packing.get("scale_factor", 1)), float(packing.get("add_offset", 0))
    except (KeyError, TypeError, ValueError):
        return None
    fill = packing.get("_FillValue", packing.get("missing_value"))
    missing = np.isnan(array)
    has_fill = isinstance(fill, int | float) and np.isfinite(fill)
    if dtype.kind not in "iu" or scale == 0 or (missing.any() and not has_fill):
        return None
    is_unsigned = dtype.kind == "i" and packing.get("_Unsigned") in ("true", "True")
    integers = np.dtype(dtype.str.replace("i", "u")) if is_unsigned else dtype
    with np.errstate(all="ignore"):
        rounded = np.asarray(np.rint(np.where(missing, 0, (array - offset) / scale)))
    limits = np.iinfo(integers)
    if not ((rounded >= limits.min) & (rounded <= limits.max)).all():
        return None
    packed: NDArray[Any] = rounded.astype(integers).view(dtype)
    packed[missing] = fill if has_fill else 0
    return packed


def _as_stored(value: Any, dtype: np.dtype[Any]) -> Any:
    """An attribute of missing values in the type of the elements, as NetCDF wants it; None where it has no place."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or (dtype.kind != "f" and not np.isfinite(array).all()):
        return None
    converted = array.astype(dtype)
    return converted[()] if dtype.kind == "f" or (converted == array).all() else None


def _set_attributes(holder: Any, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        if isinstance(value, str | int | float | list | np.generic | np.ndarray):
            holder.setncattr(name, _attribute(value))


def _attribute(value: Any) -> Any:
    """Integers as 32 bits wherever they fit, as NetCDF's other writers have them."""
    if isinstance(value, bool):
        return np.int8(value)
    array = np.asarray(value) if isinstance(value, list) and value else None
    if array is not None and array.dtype.kind == "i" and (np.abs(array) < 2**31).all():
        return array.astype(np.int32)
    return np.int32(value) if type(value) is int and abs(value) < 2**31 else value
