"""Builds the datasets of a file from its objects."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from tensogram_xarray import grouping
from tensogram_xarray.array import (
    DEFAULT_RANGE_THRESHOLD,
    StackedBackendArray,
    TensogramBackendArray,
)
from tensogram_xarray.coords import Coordinate, CoordinateDims, coordinate_dims, detect_coords
from tensogram_xarray.dtypes import to_numpy_dtype
from tensogram_xarray.duplicates import warn_of_other_content
from tensogram_xarray.mapping import (
    EXTRA_DIM_NAMES_KEY,
    PER_OBJECT_DIM_NAMES_KEY,
    Hint,
    parse_extra_dim_names_hint,
    parse_per_object_dim_names,
    resolve_dims_for_axes,
    resolve_variable_name,
    strip_structural_keys,
)
from tensogram_xarray.metadata import VERSION_KEY
from tensogram_xarray.pipeline import supports_ranges, variable_encoding
from tensogram_xarray.planning import DataVarPlan, disambiguate_dims, distinct_names
from tensogram_xarray.scanner import FileIndex, ObjectInfo
from tensogram_xarray.source import Source
from tensogram_xarray.stacking import Box, Stack, boxes
from tensogram_xarray.store import assemble, lazy_variable

logger = logging.getLogger("tensogram_xarray.merge")

CoordVars = Mapping[str, xr.Variable]


@dataclass(kw_only=True)
class Merger:
    """What the caller asked for; `datasets` does the work."""

    source: Source
    dim_names: Sequence[str] | None = None
    variable_key: str | None = None
    range_threshold: float = DEFAULT_RANGE_THRESHOLD
    verify_hash: bool = False
    dropped: frozenset[str] = frozenset()
    wire_version: int = 3

    def datasets(self, index: FileIndex) -> list[xr.Dataset]:
        """The datasets of all objects, without indexes; none for none."""
        if not index.objects:
            return []
        self.wire_version = index.first_metadata.version
        coord_vars, data = self._split(index.objects)
        wanted = [info for info in data if not self._is_dropped(info)]
        groups = grouping.group_by(wanted, lambda info: (info.shape, info.dtype))
        found = [ds for group in groups.values() for ds in self.group_datasets(group, coord_vars)]
        return found or [self._assemble({}, coord_vars, {"source": self.source.path})]

    def _is_dropped(self, info: ObjectInfo) -> bool:
        dropped = self.dropped
        return (
            bool(dropped) and resolve_variable_name(info.obj_index, info.per_object_meta, self.variable_key) in dropped
        )

    def group_datasets(self, group: Sequence[ObjectInfo], coord_vars: CoordVars) -> list[xr.Dataset]:
        """The datasets of data objects of one shape and element type."""
        found = boxes(group, self.variable_key, self.source.path)
        return [self._dataset(box, coord_vars) for box in found]

    # Coordinates

    def _split(self, objects: Sequence[ObjectInfo]) -> tuple[dict[str, xr.Variable], list[ObjectInfo]]:
        """The coordinates of the file, the first of each name, and the data objects."""
        _, data, canonical = detect_coords(info.per_object_meta for info in objects)
        found: dict[str, list[ObjectInfo]] = {}
        for position, name in canonical.items():
            info = objects[position]
            found.setdefault(name, []).append(info)
            known = found[name][0]
            if known.shape != info.shape:
                raise ValueError(
                    f"coordinate {name!r} has conflicting shapes: {known.shape} in message "
                    f"{known.msg_index} object {known.obj_index}, {info.shape} in message "
                    f"{info.msg_index} object {info.obj_index} of {self.source.path}"
                )
        warn_of_other_content(self.source, found)
        first = {name: infos[0] for name, infos in found.items()}
        return self._coord_vars(first), [objects[position] for position in data]

    def _coord_vars(self, objects: Mapping[str, ObjectInfo]) -> dict[str, xr.Variable]:
        coordinates = [
            Coordinate(info.obj_index, name, info.shape, info.per_object_meta) for name, info in objects.items()
        ]
        dims = coordinate_dims(coordinates)
        plans = [self._coord_plan(c, objects[c.name], dims) for c in coordinates]
        resolved = disambiguate_dims(plans, dims.sizes, [n for n, d in dims.of.items() if not d])
        return {
            plan.var_name: self._variable(names, plan, [objects[plan.var_name]])
            for plan, names in zip(plans, resolved, strict=True)
        }

    def _coord_plan(self, coordinate: Coordinate, info: ObjectInfo, dims: CoordinateDims) -> DataVarPlan:
        names = dims.of.get(coordinate.name) or self._names_for(coordinate)
        resolved = resolve_dims_for_axes(
            info.shape,
            user_dim_names=names,
            coord_dim_sizes=dims.sizes,
            per_object_meta=info.per_object_meta,
            extra_dim_names_hint=info.common_meta.get(EXTRA_DIM_NAMES_KEY),
            unavailable=dims.unavailable,
        )
        attrs = strip_structural_keys(info.per_object_meta)
        array = self._array(info)
        return DataVarPlan(info.obj_index, coordinate.name, info.shape, resolved, array, attrs)

    def _names_for(self, coordinate: Coordinate) -> Sequence[str] | None:
        """The caller's names, where they can be those of a coordinate of higher rank."""
        names = self.dim_names
        if names and len(names) == len(coordinate.shape) and coordinate.name not in names:
            return names
        return None

    # Data variables

    def _dataset(self, box: Box, coord_vars: CoordVars) -> xr.Dataset:
        plans = self._plans(box.stacks, coord_vars)
        scalars = [plan.var_name for plan in plans if plan.shape == ()]
        scalars += [name for name, variable in coord_vars.items() if variable.ndim == 0]
        inner = disambiguate_dims(plans, _sizes(coord_vars.values()), scalars)
        taken = {name for names in inner for name in names} | {plan.var_name for plan in plans}
        outer = self._outer_names([*box.values, *box.along], taken | coord_vars.keys())
        variables = {
            plan.var_name: self._variable(_outer_dims(stack, outer) + names, plan, stack.objects)
            for stack, plan, names in zip(box.stacks, plans, inner, strict=True)
            if plan.var_name not in self.dropped
        }
        coords = dict(coord_vars) | _outer_coords(box, outer)
        objects = [info for stack in box.stacks for info in stack.objects]
        return self._assemble(variables, coords, self._dataset_attrs(objects))

    def _plans(self, stacks: Sequence[Stack], coord_vars: CoordVars) -> list[DataVarPlan]:
        taken = set(coord_vars)
        if stacks[0].objects[0].ndim == 0:  # A scalar and a dimension cannot share a name.
            taken |= _sizes(coord_vars.values()).keys()
        names = distinct_names([stack.name for stack in stacks], taken)
        plans = []
        for stack, name in zip(stacks, names, strict=True):
            if stack.name in taken:
                logger.warning("variable %r has the name of a coordinate or dimension and becomes %r", stack.name, name)
            plans.append(self._plan(stack, name, coord_vars))
        return plans

    def _plan(self, stack: Stack, name: str, coord_vars: CoordVars) -> DataVarPlan:
        first = stack.objects[0]
        own, message = self._agreed_hints(stack)
        spanned = _sizes(variable for variable in coord_vars.values() if variable.ndim == 1)
        dims = resolve_dims_for_axes(
            first.shape,
            user_dim_names=self.dim_names,
            coord_dim_sizes=spanned,
            per_object_meta={PER_OBJECT_DIM_NAMES_KEY: own},
            extra_dim_names_hint=message,
            unavailable=frozenset(coord_vars.keys() - spanned.keys()),
        )
        dims = _apart_from_coords(first, dims, spanned)
        attrs = strip_structural_keys(grouping.common([info.merged_meta for info in stack.objects]))
        return DataVarPlan(first.obj_index, name, first.shape, dims, self._backing(stack), attrs)

    def _agreed_hints(self, stack: Stack) -> tuple[list[str] | None, Hint]:
        """The hints that a variable's objects agree on; those without a valid one do not matter."""
        own: list[list[str]] = []
        message: list[Hint] = []
        for info in stack.objects:
            names = parse_per_object_dim_names(info.ndim, info.per_object_meta)
            if names is not None and names not in own:
                own.append(names)
            hint = parse_extra_dim_names_hint(info.ndim, info.common_meta.get(EXTRA_DIM_NAMES_KEY))
            if hint and hint not in message:
                message.append(hint)
        if len(own) > 1:
            logger.warning("inconsistent per-object dim_names of %r: %s", stack.name, own)
        if len(message) > 1:
            logger.warning("inconsistent _extra_ dim_names of %r: %s", stack.name, message)
        return own[0] if len(own) == 1 else None, message[0] if len(message) == 1 else {}

    def _outer_names(self, keys: Sequence[str], taken: Iterable[str]) -> dict[str, str]:
        """A dimension or coordinate name for each metadata key, apart from all names in use."""
        names = dict(zip(keys, distinct_names(keys, taken), strict=True))
        for key, name in names.items():
            if key != name:
                logger.warning("outer dimension %r: the name is in use, it becomes %r", key, name)
        return names

    # Parts

    def _array(self, info: ObjectInfo) -> TensogramBackendArray:
        return TensogramBackendArray(
            self.source.path,
            info.msg_index,
            info.obj_index,
            info.shape,
            to_numpy_dtype(info.dtype),
            supports_ranges(info.descriptor),
            range_threshold=self.range_threshold,
            storage_options=self.source.storage_options,
            shared_file=self.source.memory,
            verify_hash=self.verify_hash,
            origin=info.origin,
        )

    def _backing(self, stack: Stack) -> TensogramBackendArray | StackedBackendArray:
        first = self._array(stack.objects[0])
        if stack.grid is None:
            return first
        arrays = [
            first.sibling(info.msg_index, info.obj_index, supports_ranges(info.descriptor), info.origin)
            for info in stack.objects
        ]
        outer_shape = [len(values) for values in stack.grid.values.values()]
        return StackedBackendArray(arrays, outer_shape, first.shape, first.dtype)

    def _variable(self, dims: tuple[str, ...], plan: DataVarPlan, objects: Sequence[ObjectInfo]) -> xr.Variable:
        array = plan.backend_array
        descriptors = [info.descriptor for info in objects]
        encoding = variable_encoding(descriptors, self.source.path, dims, array.shape, array.dtype)
        return lazy_variable(dims, array, plan.var_attrs, encoding)

    def _dataset_attrs(self, objects: Sequence[ObjectInfo]) -> dict[str, Any]:
        if len(objects) == 1:
            shared = objects[0].common_meta
        else:
            shared = grouping.common([info.merged_meta for info in objects])
        return strip_structural_keys(shared) | {VERSION_KEY: self.wire_version}

    def _assemble(
        self, variables: Mapping[str, xr.Variable], coords: CoordVars, attrs: Mapping[str, Any]
    ) -> xr.Dataset:
        kept = {name: coord for name, coord in coords.items() if name not in self.dropped}
        return assemble({**kept, **variables}, kept, attrs, self.source)


def _sizes(variables: Iterable[xr.Variable]) -> dict[str, int]:
    return {str(dim): size for variable in variables for dim, size in variable.sizes.items()}


def _outer_dims(stack: Stack, names: Mapping[str, str]) -> tuple[str, ...]:
    return () if stack.grid is None else tuple(names[key] for key in stack.grid.values)


def _outer_coords(box: Box, names: Mapping[str, str]) -> dict[str, xr.Variable]:
    coords = {
        names[key]: xr.Variable((names[key],), grouping.coordinate_values(values)) for key, values in box.values.items()
    }
    for key, (dim, values) in box.along.items():
        coords[names[key]] = xr.Variable((names[dim],), grouping.coordinate_values(values))
    return coords


def _apart_from_coords(
    info: ObjectInfo, dims: Sequence[tuple[str, bool]], sizes: Mapping[str, int]
) -> list[tuple[str, bool]]:
    """The dimensions, those with a coordinate's name at another size under a name of their own."""
    apart = []
    for axis, ((name, generic), size) in enumerate(zip(dims, info.shape, strict=True)):
        if sizes.get(name, size) == size:
            apart.append((name, generic))
            continue
        own = f"obj_{info.obj_index}_dim_{axis}"
        logger.warning(
            "dimension %r of size %d conflicts with coord %r of size %d; it is named %r",
            name,
            size,
            name,
            sizes[name],
            own,
        )
        apart.append((own, False))
    return apart
