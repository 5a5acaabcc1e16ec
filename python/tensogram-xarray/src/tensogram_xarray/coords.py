"""Coordinates: which objects are coordinates, and which dimensions they span."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensogram_xarray.mapping import parse_per_object_dim_names
from tensogram_xarray.vocabulary import CANONICAL_DIM, MAPS, canonical

__all__ = ["CANONICAL_DIM", "KNOWN_COORD_NAMES", "detect_coords"]

logger = logging.getLogger("tensogram_xarray.store")

KNOWN_COORD_NAMES = frozenset(CANONICAL_DIM)


def object_identifier(meta: Mapping[str, Any]) -> str | None:
    """What an object calls itself: the first of `name`, `param`, `mars.param` that is present."""
    for key in ("name", "param"):
        if key in meta:
            return str(meta[key])
    mars = meta.get("mars")
    return str(mars["param"]) if isinstance(mars, MAPS) and "param" in mars else None


def detect_coords(
    metas: Iterable[Mapping[str, Any]],
) -> tuple[list[int], list[int], dict[int, str]]:
    """Splits objects by their metadata into coordinates and data.

    Returns the indices of the coordinates, the indices of the others, and each coordinate's name.
    """
    names: dict[int, str] = {}
    data: list[int] = []
    for index, meta in enumerate(metas):
        name = CANONICAL_DIM.get((object_identifier(meta) or "").lower())
        if name is None:
            data.append(index)
        else:
            names[index] = name
    return list(names), data, names


@dataclass(frozen=True)
class Coordinate:
    """An object that became a coordinate: where it stands, its name, shape and own metadata."""

    index: int
    name: str
    shape: tuple[int, ...]
    meta: Mapping[str, Any]


@dataclass(frozen=True)
class CoordinateDims:
    """The dimensions that coordinates define.

    `sizes` is in object order. `of` tells the dimensions of scalar and 1-D coordinates by name;
    those of higher rank lie along dimensions of others. `unavailable` are names that no dimension
    takes from a hint, because a coordinate of that name is not one-dimensional along it.
    """

    sizes: dict[str, int]
    of: dict[str, tuple[str, ...]]
    unavailable: frozenset[str]


def coordinate_dims(coordinates: Sequence[Coordinate]) -> CoordinateDims:
    """Each 1-D coordinate spans the dimension of its own name, or the one its `dim_names` tells."""
    own_dimension = {c.name: len(c.shape) == 1 and _hinted_dimension(c) is None for c in coordinates}
    sizes = {c.name: c.shape[0] for c in coordinates if own_dimension[c.name]}
    of: dict[str, tuple[str, ...]] = {}
    for coordinate in coordinates:
        if len(coordinate.shape) == 0:
            of[coordinate.name] = ()
        elif len(coordinate.shape) == 1:
            of[coordinate.name] = (_dimension(coordinate, sizes, own_dimension),)
            sizes.setdefault(of[coordinate.name][0], coordinate.shape[0])
    ordered = {dim: sizes[dim] for c in coordinates for dim in of.get(c.name, ())}
    unavailable = frozenset(c.name for c in coordinates if c.name not in ordered)
    return CoordinateDims(ordered, of, unavailable)


def _hinted_dimension(coordinate: Coordinate) -> str | None:
    """The other dimension a 1-D coordinate says it lies along, as stations' latitudes do."""
    names = parse_per_object_dim_names(1, coordinate.meta)
    if names is None or canonical(names[0]) == coordinate.name:
        return None
    return names[0]


def _dimension(coordinate: Coordinate, sizes: Mapping[str, int], own_dimension: Mapping[str, bool]) -> str:
    hinted = _hinted_dimension(coordinate)
    if hinted is None:
        return coordinate.name
    size = coordinate.shape[0]
    if sizes.get(hinted, size) == size and own_dimension.get(hinted, True):
        return hinted
    logger.warning(
        "dim_names of coordinate %r ask for dimension %r of size %d, which is taken; it spans a dimension of its own",
        coordinate.name,
        hinted,
        size,
    )
    return coordinate.name
