"""From objects to variables: names that are distinct, and dimensions that agree in size."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensogram_xarray.array import StackedBackendArray, TensogramBackendArray

logger = logging.getLogger("tensogram_xarray.store")

Axis = tuple[int, int]


@dataclass
class DataVarPlan:
    """A variable to be made; each dimension with whether its name is a generic `dim_<axis>`."""

    obj_index: int
    var_name: str
    shape: tuple[int, ...]
    dims_with_provenance: list[tuple[str, bool]]
    backend_array: TensogramBackendArray | StackedBackendArray
    var_attrs: dict[str, Any]


def distinct_names(names: Sequence[str], taken: Iterable[str] = ()) -> list[str]:
    """The names, where those in use already have `_1`, `_2`, … behind them."""
    used = set(taken)
    reserved = used | set(names)
    distinct = []
    for name in names:
        fresh, number = name, 0
        while fresh in used or (number and fresh in reserved):
            number += 1
            fresh = f"{name}_{number}"
        used.add(fresh)
        distinct.append(fresh)
    return distinct


def disambiguate_dims(
    plans: Sequence[DataVarPlan],
    coord_dim_sizes: Mapping[str, int],
    scalar_names: Iterable[str] = (),
) -> list[tuple[str, ...]]:
    """The dimensions of each plan, with every name at one size only.

    A name that is claimed at several sizes stays where it is a coordinate's, at the coordinate's
    size; elsewhere it becomes `obj_<object>_dim_<axis>`, and so does a generic name that occurs
    twice in one object. Names of 0-D variables are no dimensions. Renaming what somebody named is
    a warning.
    """
    dims = [_without_repeated_generic_names(plan) for plan in plans]
    sizes = _claimed_sizes(plans, dims, coord_dim_sizes)
    scalars = set(scalar_names)
    conflicts = {name for name, claimed in sizes.items() if len(claimed) > 1 or name in scalars}
    given: set[str] = set()
    for plan, names in zip(plans, dims, strict=True):
        for axis, (name, size) in enumerate(zip(names, plan.shape, strict=True)):
            if name not in conflicts or (coord_dim_sizes.get(name) == size and name not in scalars):
                continue
            if not plan.dims_with_provenance[axis][1]:
                given.add(name)
            names[axis] = _own_name(plan, axis, sizes.keys() | scalars)
    for name in sorted(given):
        logger.warning(
            "dimension name %r is claimed at sizes %s; axes that cannot keep it are named obj_<object>_dim_<axis>",
            name,
            sorted(sizes[name]),
        )
    return [tuple(names) for names in dims]


def _without_repeated_generic_names(plan: DataVarPlan) -> list[str]:
    names = [name for name, _ in plan.dims_with_provenance]
    for axis, (name, generic) in enumerate(plan.dims_with_provenance):
        if generic and names.count(name) > 1:
            names[axis] = _own_name(plan, axis, names)
    return names


def _claimed_sizes(
    plans: Sequence[DataVarPlan], dims: Sequence[Sequence[str]], coord_dim_sizes: Mapping[str, int]
) -> dict[str, set[int]]:
    sizes: dict[str, set[int]] = defaultdict(set)
    for name, size in coord_dim_sizes.items():
        sizes[name].add(size)
    for plan, names in zip(plans, dims, strict=True):
        for name, size in zip(names, plan.shape, strict=True):
            sizes[name].add(size)
    return sizes


def _own_name(plan: DataVarPlan, axis: int, taken: Iterable[str]) -> str:
    """A name that no other axis has."""
    return distinct_names([f"obj_{plan.obj_index}_dim_{axis}"], taken)[0]
