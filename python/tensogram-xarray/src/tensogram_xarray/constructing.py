"""A dataset from variables of which nothing has to be aligned."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Set
from typing import Any

import xarray as xr

logger = logging.getLogger("tensogram_xarray.store")

Variables = Mapping[Any, xr.Variable]


def unindexed(variables: Variables, coordinates: Set[Any], attrs: Mapping[str, Any]) -> xr.Dataset:
    """The dataset of variables that agree in the sizes of their dimensions; it has no indexes, so nothing is read.

    Built as xarray's own methods build theirs, for its public constructor first aligns and merges what has no index to
    be aligned by: a tenth of the time that opening a file takes. Where xarray has no such way, by that constructor.
    """
    ordered = {name: v for name, v in variables.items() if name not in coordinates}
    ordered |= {name: v for name, v in variables.items() if name in coordinates}
    try:
        return xr.Dataset._construct_direct(ordered, set(coordinates), attrs=dict(attrs) or None, indexes={})
    except (AttributeError, TypeError) as error:
        logger.debug("datasets are built by xarray's constructor: %s", error)
        return unindexed_by_constructor(variables, coordinates, attrs)


def rebuilt(
    dataset: xr.Dataset, variables: Variables, coordinates: Set[Any], attrs: Mapping[str, Any] | None = None
) -> xr.Dataset:
    """The dataset without indexes and with these variables, and these attributes if any are given."""
    result = unindexed(variables, coordinates, dataset.attrs if attrs is None else attrs)
    result.encoding = dataset.encoding
    result.set_close(dataset._close)
    return result


def unindexed_by_constructor(variables: Variables, coordinates: Set[Any], attrs: Mapping[str, Any]) -> xr.Dataset:
    """The same dataset, by what xarray documents."""
    data = {name: v for name, v in variables.items() if name not in coordinates}
    coords = xr.Coordinates({name: v for name, v in variables.items() if name in coordinates}, indexes={})
    return xr.Dataset(data, coords=coords, attrs=attrs)
