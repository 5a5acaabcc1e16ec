"""One message as a dataset."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xarray as xr
from xarray.core import indexing

from tensogram_xarray.arguments import (
    caller_dim_names,
    message_number,
    names_to_drop,
    optional_mapping,
    optional_text,
    real_number,
)
from tensogram_xarray.array import DEFAULT_RANGE_THRESHOLD, TensogramBackendArray
from tensogram_xarray.constructing import unindexed
from tensogram_xarray.coords import Coordinate, CoordinateDims, coordinate_dims, detect_coords
from tensogram_xarray.dtypes import to_numpy_dtype
from tensogram_xarray.mapping import (
    EXTRA_DIM_NAMES_KEY,
    resolve_dims_for_axes,
    resolve_variable_name,
    strip_structural_keys,
)
from tensogram_xarray.metadata import dataset_attributes, extra, merge_per_object_meta
from tensogram_xarray.pipeline import variable_encoding
from tensogram_xarray.planning import DataVarPlan, disambiguate_dims, distinct_names
from tensogram_xarray.source import Message, OpenSource, Source

__all__ = ["TensogramDataStore"]

logger = logging.getLogger("tensogram_xarray.store")

# The names that these have in the published package.
_to_numpy_dtype = to_numpy_dtype
_DataVarPlan = DataVarPlan
_disambiguate_fallback_dims = disambiguate_dims


class TensogramDataStore:
    """The metadata of one message, and the dataset made from it.

    Raises `OSError` where the file cannot be opened and `ValueError` where it has no such message.
    """

    def __init__(
        self,
        file_path: Any,
        msg_index: int = 0,
        dim_names: Iterable[str] | None = None,
        variable_key: str | None = None,
        range_threshold: float = DEFAULT_RANGE_THRESHOLD,
        storage_options: Mapping[str, Any] | None = None,
        verify_hash: bool = False,
    ) -> None:
        self.msg_index = message_number(msg_index)
        self.dim_names = caller_dim_names(dim_names)
        self.variable_key = optional_text("variable_key", variable_key)
        self.range_threshold = real_number("range_threshold", range_threshold)
        self.storage_options = optional_mapping("storage_options", storage_options)
        self.verify_hash = verify_hash
        self.source = Source.of(file_path, self.storage_options)
        self.file_path = self.source.path
        file = self.source.opened()
        self._message_count = self._counted(file)
        message = file.message(self.msg_index)
        self._meta: Any = message.metadata
        self._descriptors: Sequence[Any] = message.descriptors
        self._origin = message.origin

    @property
    def message(self) -> Message:
        """What was read of the message."""
        return Message(self._meta, self._descriptors, self._origin)

    def _counted(self, file: OpenSource) -> int | None:
        """How many messages there are, the wanted one among them; None where counting takes a request for each."""
        if self.msg_index == 0 and self.source.is_remote:
            return None  # An empty remote file does not open.
        count = file.message_count()
        if self.msg_index >= count:
            raise ValueError(f"message_index {self.msg_index} out of range (count={count}) in {self.file_path}")
        return count

    def log_unopened_messages(self, opened: int = 1) -> None:
        """Says how many other messages the file has, where they have been counted."""
        others = (self._message_count or opened) - opened
        if others and not self.source.is_remote:
            logger.info(
                "opened message %d of %s; %d more are there: message_index selects one, "
                "merge_objects=True or open_datasets takes all",
                self.msg_index,
                self.file_path,
                others,
            )

    def close(self) -> None:
        """Lets go of the file. Variables that are read later open it again."""
        self.source.release()

    def build_dataset(
        self,
        drop_variables: str | Iterable[str] | None = None,
        *,
        default_indexes: bool = True,
    ) -> xr.Dataset:
        """The dataset, lazy but for the indexes of 1-D dimension coordinates.

        With `default_indexes=False` nothing is read at all and xarray is to build the indexes.
        """
        dropped = names_to_drop(drop_variables)
        metas = [self._get_per_object_meta(i, d) for i, d in enumerate(self._descriptors)]
        coordinates = self._coordinates(metas)
        dims = coordinate_dims(coordinates)
        plans = self._plans(metas, coordinates, dims, dropped)
        scalars = {plan.var_name for plan in plans if plan.shape == ()}
        resolved = disambiguate_dims(plans, dims.sizes, scalars)
        variables = {
            plan.var_name: self._variable(plan, names)
            for plan, names in zip(plans, resolved, strict=True)
            if plan.var_name not in dropped
        }
        attrs = dataset_attributes(self._meta)
        dataset = assemble(variables, {c.name for c in coordinates}, attrs, self.source)
        return indexed(dataset) if default_indexes else dataset

    def _get_per_object_meta(self, index: int, descriptor: Any) -> dict[str, Any]:
        base = getattr(self._meta, "base", None) or []
        if index >= len(base):
            logger.warning(
                "%s message %d: meta.base has %d entries but object index %d",
                self.file_path,
                self.msg_index,
                len(base),
                index,
            )
        return merge_per_object_meta(self._meta, index, descriptor)

    def _coordinates(self, metas: Sequence[Mapping[str, Any]]) -> list[Coordinate]:
        """The objects that are coordinates: of several with one name the first."""
        _, _, canonical = detect_coords(metas)
        found: dict[str, Coordinate] = {}
        for index, name in canonical.items():
            if name in found:
                logger.warning(
                    "objects %d and %d of message %d are both coordinate %r; the later one becomes a data variable",
                    found[name].index,
                    index,
                    self.msg_index,
                    name,
                )
                continue
            shape = tuple(self._descriptors[index].shape)
            found[name] = Coordinate(index, name, shape, metas[index])
        return list(found.values())

    def _plans(
        self,
        metas: Sequence[Mapping[str, Any]],
        coordinates: Sequence[Coordinate],
        dims: CoordinateDims,
        dropped: frozenset[str],
    ) -> list[DataVarPlan]:
        """One per variable: coordinates, then data in object order without what is dropped."""
        names = self._names(metas, coordinates)
        plans = [self._coordinate_plan(c, dims) for c in coordinates]
        for index, name in names.items():
            if name not in dropped:
                plans.append(self._plan(index, name, metas[index], dims, self.dim_names))
        return plans

    def _names(self, metas: Sequence[Mapping[str, Any]], coordinates: Sequence[Coordinate]) -> dict[int, str]:
        """A distinct name for each data object."""
        taken = [c.name for c in coordinates]
        is_coordinate = {c.index for c in coordinates}
        data = [index for index in range(len(metas)) if index not in is_coordinate]
        wanted = [resolve_variable_name(i, metas[i], self.variable_key) for i in data]
        names = distinct_names(wanted, taken)
        renamed = sorted({w for w, name in zip(wanted, names, strict=True) if w != name})
        for name in renamed:
            logger.warning(
                "%d variables of message %d are named %r; they are told apart by _1, _2, …",
                wanted.count(name) + taken.count(name),
                self.msg_index,
                name,
            )
        return dict(zip(data, names, strict=True))

    def _coordinate_plan(self, coordinate: Coordinate, dims: CoordinateDims) -> DataVarPlan:
        if coordinate.name in dims.of:
            return self._plan(coordinate.index, coordinate.name, coordinate.meta, dims, dims.of[coordinate.name])
        names = self.dim_names
        if names and (len(names) != len(coordinate.shape) or coordinate.name in names):
            names = None
        return self._plan(coordinate.index, coordinate.name, coordinate.meta, dims, names)

    def _plan(
        self,
        index: int,
        name: str,
        meta: Mapping[str, Any],
        dims: CoordinateDims,
        dim_names: Sequence[str] | None,
    ) -> DataVarPlan:
        descriptor = self._descriptors[index]
        shape = tuple(descriptor.shape)
        resolved = resolve_dims_for_axes(
            shape,
            user_dim_names=dim_names,
            coord_dim_sizes=dims.sizes,
            per_object_meta=meta,
            extra_dim_names_hint=extra(self._meta).get(EXTRA_DIM_NAMES_KEY),
            unavailable=dims.unavailable,
        )
        array = self._array(index, descriptor)
        return DataVarPlan(index, name, shape, resolved, array, strip_structural_keys(meta))

    def _array(self, index: int, descriptor: Any) -> TensogramBackendArray:
        return TensogramBackendArray.of(
            self.source,
            self.msg_index,
            index,
            descriptor,
            range_threshold=self.range_threshold,
            verify_hash=self.verify_hash,
            origin=self._origin,
        )

    def _variable(self, plan: DataVarPlan, dims: tuple[str, ...]) -> xr.Variable:
        array = plan.backend_array
        descriptor = self._descriptors[plan.obj_index]
        encoding = variable_encoding([descriptor], self.file_path, dims, plan.shape, array.dtype)
        return lazy_variable(dims, array, plan.var_attrs, encoding)


def lazy_variable(
    dims: tuple[str, ...], array: Any, attrs: Mapping[str, Any], encoding: Mapping[str, Any]
) -> xr.Variable:
    return xr.Variable(dims, indexing.LazilyIndexedArray(array), attrs, encoding)


def assemble(
    variables: Mapping[str, xr.Variable],
    coordinate_names: Iterable[str],
    attrs: Mapping[str, Any],
    source: Source,
) -> xr.Dataset:
    """A dataset of variables; coordinates are those named and 1-D ones along their own name.

    It has no indexes: nothing is read.
    """
    named = set(coordinate_names)
    coordinates = {name for name, variable in variables.items() if name in named or variable.dims == (name,)}
    dataset = unindexed(variables, coordinates, attrs)
    if source.is_path:
        dataset.encoding["source"] = source.path
        dataset.set_close(source.release)
    return dataset


def indexed(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with its 1-D dimension coordinates read and indexed."""
    own = {name: coord.variable for name, coord in dataset.coords.items() if coord.dims == (name,)}
    result = dataset.assign_coords(xr.Coordinates(own))
    result.encoding = dataset.encoding
    result.set_close(dataset._close)
    return result
