"""All messages of a file as datasets."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xarray as xr

from tensogram_xarray import grouping
from tensogram_xarray.arguments import (
    caller_dim_names,
    names_to_drop,
    optional_mapping,
    optional_text,
    real_number,
)
from tensogram_xarray.array import DEFAULT_RANGE_THRESHOLD
from tensogram_xarray.interchange import with_flat_attributes
from tensogram_xarray.merger import Merger
from tensogram_xarray.metadata import dataset_attributes
from tensogram_xarray.scanner import FileIndex, ObjectInfo, scan_file
from tensogram_xarray.store import assemble

__all__ = ["open_datasets"]

logger = logging.getLogger("tensogram_xarray.merge")

# The names that these have in the published package.
_make_hashable = grouping.make_hashable
_unique_values = grouping.unique_values
_partition_keys = grouping.partition_keys
_extract_meta_keys = grouping.extract_meta_keys


def open_datasets(
    path: Any,
    *,
    dim_names: Iterable[str] | None = None,
    variable_key: str | None = None,
    range_threshold: float = DEFAULT_RANGE_THRESHOLD,
    verify_hash: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    drop_variables: str | Iterable[str] | None = None,
    flatten_attrs: bool = False,
) -> list[xr.Dataset]:
    """Every object of a file, in as few datasets as shapes and element types allow.

    Objects of one name become one variable, stacked along the metadata keys that tell them apart,
    if they fill the grid of the keys' values; else each is a variable of its own. Coordinates are
    in every dataset. Lazy but for their indexes; arguments as for
    `xr.open_dataset(path, engine="tensogram")`.

    Raises what opening raises, and `ValueError` where a coordinate comes in two shapes or a stack
    has a hole that a duplicate hides.
    """
    _, datasets = _open(
        path,
        default_indexes=True,
        dim_names=dim_names,
        variable_key=variable_key,
        range_threshold=range_threshold,
        verify_hash=verify_hash,
        storage_options=storage_options,
        drop_variables=drop_variables,
    )
    return [with_flat_attributes(ds) for ds in datasets] if flatten_attrs else datasets


def open_merged(path: Any, **arguments: Any) -> xr.Dataset:
    """The first dataset of `open_datasets`, without indexes; an empty one for no objects."""
    index, datasets = _open(path, default_indexes=False, **arguments)
    if not datasets:
        attrs = {} if index.first_metadata is None else dataset_attributes(index.first_metadata)
        return assemble({}, (), attrs, index.file_path, default_indexes=False)
    if len(datasets) > 1:
        logger.warning(
            "%s makes %d datasets of different shapes, element types or outer coordinates; the "
            "first is returned and %d are left out: open_datasets returns all",
            index.file_path,
            len(datasets),
            len(datasets) - 1,
        )
    return datasets[0]


def _open(
    path: Any,
    *,
    default_indexes: bool,
    dim_names: Iterable[str] | None,
    variable_key: str | None,
    range_threshold: float,
    verify_hash: bool,
    storage_options: Mapping[str, Any] | None,
    drop_variables: str | Iterable[str] | None,
) -> tuple[FileIndex, list[xr.Dataset]]:
    names = caller_dim_names(dim_names)
    optional_text("variable_key", variable_key)
    threshold = real_number("range_threshold", range_threshold)
    index = scan_file(path, optional_mapping("storage_options", storage_options))
    merger = Merger(
        index.file_path,
        names,
        variable_key,
        threshold,
        verify_hash,
        storage_options,
        names_to_drop(drop_variables),
        default_indexes,
    )
    return index, merger.datasets(index)


def _build_dataset_from_group(
    group: Sequence[ObjectInfo],
    file_path: str,
    coord_vars: Mapping[str, xr.Variable],
    dim_names: Iterable[str] | None,
    variable_key: str | None,
    lock: Any = None,  # noqa: ARG001 (arrays have their own)
    range_threshold: float = DEFAULT_RANGE_THRESHOLD,
    verify_hash: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> xr.Dataset | None:
    """The first dataset that objects of one shape and element type make, None for no objects."""
    merger = Merger(
        file_path,
        caller_dim_names(dim_names),
        variable_key,
        range_threshold,
        verify_hash,
        storage_options,
        set(),
        True,
    )
    return next(iter(merger.group_datasets(group, coord_vars)), None)


def _try_hypercube(objects: Sequence[Any], varying: Mapping[str, Sequence[Any]]) -> bool:
    return grouping.is_hypercube(objects, varying)


def _split_by_key(objects: Iterable[ObjectInfo], key: str) -> list[list[ObjectInfo]]:
    """Objects by the value of one metadata key, in order of first appearance."""
    return list(
        grouping.group_by(
            objects, lambda info: grouping.identity(info.merged_meta.get(key))
        ).values()
    )
