"""Equal-named objects as stacks, and stacks that agree in one dataset."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tensogram_xarray import grouping
from tensogram_xarray.grouping import Grid, MissingEntryError
from tensogram_xarray.mapping import name_and_path
from tensogram_xarray.scanner import ObjectInfo

logger = logging.getLogger("tensogram_xarray.merge")


@dataclass(frozen=True)
class Stack:
    """A variable to be made of one object, or of a grid of them."""

    name: str
    objects: list[ObjectInfo]
    grid: Grid | None = None


@dataclass
class Box:
    """Stacks that share a dataset: what they say of an outer dimension agrees."""

    values: dict[str, list[Any]] = field(default_factory=dict)
    along: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)
    stacks: list[Stack] = field(default_factory=list)

    def take(self, stack: Stack) -> bool:
        """Takes the stack in if it agrees, laid out in the order of the values that are here."""
        if stack.grid is None:
            self.stacks.append(stack)
            return True
        if not all(_same(self.values.get(key, v), v) for key, v in stack.grid.values.items()):
            return False
        grid = stack.grid.reordered(self.values)
        if any(self.along.get(key, follower) != follower for key, follower in grid.along.items()):
            return False
        values, along = self.values | grid.values, self.along | grid.along
        if values.keys() & along.keys():
            return False
        self.values, self.along = values, along
        self.stacks.append(Stack(stack.name, grid.objects, grid))
        return True


def boxes(group: Sequence[ObjectInfo], variable_key: str | None, path: str) -> list[Box]:
    """The datasets that objects of one shape and element type make."""
    found: list[Box] = []
    for stack in _stacks(group, variable_key, path):
        if not any(box.take(stack) for box in found):
            box = Box()
            box.take(stack)
            found.append(box)
    return found


def _stacks(group: Sequence[ObjectInfo], variable_key: str | None, path: str) -> list[Stack]:
    named: dict[str, list[ObjectInfo]] = {}
    naming_keys: dict[str, set[str]] = {}
    for info in group:
        name, key = name_and_path(info.obj_index, info.per_object_meta, variable_key)
        named.setdefault(name, []).append(info)
        naming_keys.setdefault(name, set()).add(key)
    return [stack for name, keys in naming_keys.items() for stack in _stacks_of_name(name, named[name], keys, path)]


def _stacks_of_name(name: str, objects: list[ObjectInfo], naming_keys: set[str], path: str) -> list[Stack]:
    if len(objects) == 1:
        return [Stack(name, objects)]
    varying = grouping.varying_keys(objects, naming_keys)
    try:
        grid = grouping.arrange(objects, varying)
    except MissingEntryError as missing:
        raise ValueError(
            f"hypercube has a missing entry: {path} holds no object {name!r} with {missing}, and another one twice"
        ) from missing
    if grid is not None:
        return [Stack(name, grid.objects, grid)]
    _warn_of_single_variables(name, objects, varying, path)
    return [Stack(name, [info]) for info in objects]


def _warn_of_single_variables(
    name: str, objects: Sequence[ObjectInfo], varying: Mapping[str, Sequence[Any]], path: str
) -> None:
    if varying:
        sizes = ", ".join(f"{key}: {len(values)}" for key, values in sorted(varying.items()))
        reason = f"{len(objects)} objects cannot form a hypercube of their keys ({sizes})"
    else:
        reason = f"{len(objects)} duplicate objects: no metadata tells them apart"
    logger.warning(
        "variable %r of %s: %s; each becomes a variable of its own, %s, %s_1, …",
        name,
        path,
        reason,
        name,
        name,
    )


def _same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    return {grouping.identity(value) for value in one} == {grouping.identity(value) for value in other}
