"""All messages of a file as datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xarray as xr

from tensogram_xarray import grouping
from tensogram_xarray.arguments import caller_dim_names
from tensogram_xarray.array import DEFAULT_RANGE_THRESHOLD
from tensogram_xarray.merger import Merger
from tensogram_xarray.opening import Options, open_all
from tensogram_xarray.scanner import ObjectInfo
from tensogram_xarray.source import Source
from tensogram_xarray.store import indexed

__all__ = ["open_datasets"]

# The names that these have in the published package.
_make_hashable = grouping.make_hashable
_unique_values = grouping.unique_values
_partition_keys = grouping.partition_keys
_extract_meta_keys = grouping.extract_meta_keys
_try_hypercube = grouping.is_hypercube


def open_datasets(
    path: Any,
    *,
    dim_names: Iterable[str] | None = None,
    variable_key: str | None = None,
    range_threshold: float = DEFAULT_RANGE_THRESHOLD,
    verify_hash: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    drop_variables: str | Iterable[str] | None = None,
    **options: Any,
) -> list[xr.Dataset]:
    """Every object of a file, in as few datasets as shapes and element types allow.

    Objects of one name become one variable, stacked along the metadata keys that tell them apart,
    if they fill the grid of the keys' values; else each is a variable of its own. Coordinates are
    in every dataset. Lazy but for their indexes; arguments, `options` too, as for
    `xr.open_dataset(path, engine="tensogram")`.

    Raises what opening raises, and `ValueError` where a coordinate comes in two shapes or a stack
    has a hole that a duplicate hides.
    """
    wanted = Options.of(
        dim_names=dim_names,
        variable_key=variable_key,
        range_threshold=range_threshold,
        verify_hash=verify_hash,
        storage_options=storage_options,
        drop_variables=drop_variables,
        **options,
    )
    return [indexed(opened.dataset) for opened in open_all(path, wanted)]


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
        source=Source.of(file_path, storage_options),
        dim_names=caller_dim_names(dim_names),
        variable_key=variable_key,
        range_threshold=range_threshold,
        verify_hash=verify_hash,
    )
    datasets = merger.group_datasets(group, coord_vars)
    return indexed(datasets[0]) if datasets else None


def _split_by_key(objects: Iterable[ObjectInfo], key: str) -> list[list[ObjectInfo]]:
    """Objects by the value of one metadata key, in order of first appearance."""
    groups = grouping.group_by(objects, lambda o: grouping.identity(o.merged_meta.get(key)))
    return list(groups.values())
