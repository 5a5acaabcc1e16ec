"""Which metadata keys tell equal-named objects apart, and how these lie on the grid of values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram_xarray.scanner import ObjectInfo
from tensogram_xarray.vocabulary import MAPS


@dataclass(frozen=True)
class Grid:
    """Objects on a full grid, in row-major order, and the values along each outer dimension.

    `along` holds keys that follow from the value of one dimension: that dimension and their values.
    """

    values: dict[str, list[Any]]
    along: dict[str, tuple[str, list[Any]]]
    objects: list[ObjectInfo]

    def reordered(self, values: Mapping[str, list[Any]]) -> Grid:
        """The same grid with its values in the given order."""
        if not values.keys() & self.values.keys():
            return self
        order = {key: values.get(key, own) for key, own in self.values.items()}
        return _fill(order, {key: dim for key, (dim, _) in self.along.items()}, self.objects)


class MissingEntryError(ValueError):
    """A grid has as many objects as cells, but one cell is empty and another holds two."""


def common(metas: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all the metadata agree on, nested maps included."""
    shared: dict[str, Any] = {}
    for key, first in metas[0].items():
        values = [meta.get(key) for meta in metas]
        if isinstance(first, Mapping) and first and all(isinstance(v, Mapping) for v in values):
            if inner := common(values):  # type: ignore[arg-type]
                shared[key] = inner
        elif len(unique_values(values)) == 1:
            shared[key] = first
    return shared


def make_hashable(value: Any) -> Any:
    """Maps and lists as tuples, so that they compare by value; anything else unchanged."""
    if isinstance(value, MAPS):
        return tuple((key, make_hashable(value[key])) for key in sorted(value, key=str))
    if isinstance(value, list):
        return tuple(make_hashable(item) for item in value)
    return value


# Types whose values are their own identity: nearly all of them, so they are looked at first.
_PLAIN = frozenset({str, int, type(None)})


def identity(value: Any) -> Hashable:
    """Equal for values that count as one: 1 and 1.0, any two NaN; not for 1 and True."""
    if type(value) in _PLAIN:
        return value  # type: ignore[no-any-return]
    if isinstance(value, MAPS):
        return ("map", tuple((k, identity(value[k])) for k in sorted(value, key=str)))
    if isinstance(value, list | tuple):
        return ("list", tuple(identity(item) for item in value))
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, float) and math.isnan(value):
        return ("nan",)
    hash(value)
    return value  # type: ignore[no-any-return]


def unique_values(values: Sequence[Any]) -> list[Any]:
    """Each distinct value once, in order of first appearance. Unhashable ones count as the same."""
    if _PLAIN.issuperset(map(type, values)):
        return list(dict.fromkeys(values))
    distinct: dict[Hashable, Any] = {}
    try:
        for value in values:
            distinct.setdefault(identity(value), value)
    except TypeError:
        return list(values[:1])
    return list(distinct.values())


def extract_meta_keys(objects: Sequence[ObjectInfo]) -> dict[str, list[Any]]:
    """Per metadata key its value in each object; None where an object does not have it."""
    metas = [info.keys for info in objects]
    keys = dict.fromkeys(itertools.chain.from_iterable(metas))
    return {key: [meta.get(key) for meta in metas] for key in keys}


def partition_keys(
    key_values: Mapping[str, Sequence[Any]],
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The keys of one value with that value, and the keys of several with their distinct values."""
    distinct = {key: unique_values(values) for key, values in key_values.items()}
    constant = {key: values[0] for key, values in distinct.items() if len(values) == 1}
    varying = {key: values for key, values in distinct.items() if len(values) > 1}
    return constant, varying


def is_hypercube(objects: Sequence[Any], varying: Mapping[str, Sequence[Any]]) -> bool:
    """Whether there are as many objects as combinations of the varying values."""
    return len(objects) == math.prod(len(values) for values in varying.values())


def group_by(objects: Iterable[ObjectInfo], key: Any) -> dict[Any, list[ObjectInfo]]:
    """Objects by what `key` says of them, in order of first appearance."""
    groups: dict[Any, list[ObjectInfo]] = {}
    for info in objects:
        groups.setdefault(key(info), []).append(info)
    return groups


def varying_keys(objects: Sequence[ObjectInfo], ignore: Iterable[str] = ()) -> dict[str, list[Any]]:
    """The keys that tell the objects apart, but for those in `ignore`, with distinct values."""
    ignored = set(ignore)
    key_values = {k: v for k, v in extract_meta_keys(objects).items() if k not in ignored}
    return partition_keys(key_values)[1]


def arrange(objects: Sequence[ObjectInfo], varying: Mapping[str, list[Any]]) -> Grid | None:
    """The grid that the objects form along the varying keys, or None if they form none.

    Raises `MissingEntryError` where a duplicate hides a hole.
    """
    dims = sorted(varying)
    along: dict[str, str] = {}
    if not is_hypercube(objects, varying):
        key_values = extract_meta_keys(objects)
        dims, along = _independent({key: key_values[key] for key in dims})
    values = {key: varying[key] for key in dims}
    if not values or not is_hypercube(objects, values):
        return None
    return _fill(values, along, objects)


def _fill(values: Mapping[str, list[Any]], along: Mapping[str, str], objects: Sequence[ObjectInfo]) -> Grid:
    cells = {_cell(info.keys, values): info for info in objects}
    ordered = []
    for combination in itertools.product(*values.values()):
        info = cells.get(tuple(identity(value) for value in combination))
        if info is None:
            pairs = zip(values, combination, strict=True)
            raise MissingEntryError(", ".join(f"{key}={value!r}" for key, value in pairs))
        ordered.append(info)
    return Grid(dict(values), _followers(values, along, ordered), ordered)


def _followers(
    values: Mapping[str, list[Any]], along: Mapping[str, str], objects: Sequence[ObjectInfo]
) -> dict[str, tuple[str, list[Any]]]:
    metas = [info.keys for info in objects]
    followers = {}
    for key, dim in along.items():
        at = {identity(meta.get(dim)): meta.get(key) for meta in metas}
        followers[key] = (dim, [at[identity(value)] for value in values[dim]])
    return followers


def _cell(meta: Mapping[str, Any], keys: Iterable[str]) -> tuple[Hashable, ...]:
    return tuple([identity(meta.get(key)) for key in keys])


def _independent(key_values: Mapping[str, Sequence[Any]]) -> tuple[list[str], dict[str, str]]:
    """Keys that no other key determines, and for each other key the first of them that does.

    Of keys that determine each other, as a date and its label, the first by name stands for all.
    """
    alike: dict[tuple[int, ...], list[str]] = {}
    for key in sorted(key_values):
        alike.setdefault(_partition(key_values[key]), []).append(key)
    finest = [one for one in alike if not any(_refines(other, one) for other in alike if other != one)]
    dims = sorted(alike[partition][0] for partition in finest)
    by_dim = {alike[partition][0]: partition for partition in finest}
    along = {
        key: next(dim for dim in dims if _refines(by_dim[dim], partition))
        for partition, keys in alike.items()
        for key in keys
        if key not in by_dim
    }
    return dims, along


def _partition(values: Sequence[Any]) -> tuple[int, ...]:
    """Which objects share a value: numbers that are equal where values are, in order of appearance."""
    numbers: dict[Hashable, int] = {}
    return tuple(numbers.setdefault(identity(value), len(numbers)) for value in values)


def _refines(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether objects that share a value of one key also share the value of the other."""
    return max(one) >= max(other) and len(set(zip(one, other, strict=True))) == max(one) + 1


def coordinate_values(values: Sequence[Any]) -> NDArray[Any]:
    """Metadata values as a 1-D array: text, numbers, booleans as such, all else as objects."""
    kinds = {type(value) for value in values}
    if kinds <= {str} or kinds <= {bool} or kinds <= {float} or kinds == {int, float}:
        return np.array(values)
    if kinds <= {int} and all(-(2**63) <= value < 2**63 for value in values):
        return np.array(values, np.int64)
    objects = np.empty(len(values), object)
    for position, value in enumerate(values):
        objects[position] = value
    return objects
