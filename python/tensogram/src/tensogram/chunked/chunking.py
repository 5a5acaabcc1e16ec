"""Chunks: every way to say them, made into block sizes along every axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from tensogram._native import normalize_chunks as native_normalize
from tensogram.chunked import configuration
from tensogram.chunked.elements import DType
from tensogram.chunked.node import Chunks

__all__ = ["normalize_chunks", "rechunk_spec"]

# What an object is reckoned to take.
_OBJECT_BYTES = 64


def normalize_chunks(
    chunks: Any,
    shape: Sequence[int],
    limit: int | str | None = None,
    dtype: DType | None = None,
    previous_chunks: Any = None,
) -> Chunks:
    """Block sizes along every axis of an array.

    `chunks` is a specification for all axes, a sequence with one per axis, or a dict from axis to specification. A
    specification is an int (blocks of that size, the last one shorter), -1 or None (whole), ``"auto"``, a number of
    bytes such as ``"16MB"`` (automatic with that limit), or a tuple of sizes that add up. Automatic axes make blocks
    of at most `limit` bytes, by default the setting `auto_chunk_bytes`, out of whole `previous_chunks`.
    """
    extents = tuple(int(n) for n in shape)
    if (
        isinstance(chunks, tuple)
        and chunks
        and all(type(sizes) is tuple for sizes in chunks)
        and _adds_up(chunks, extents)
    ):
        return chunks
    try:
        specs, named = _per_axis(chunks, extents)
        bytes_limit = named or (
            configuration.settings.auto_chunk_bytes if limit is None else configuration.parse_bytes(limit)
        )
        itemsize = 8 if dtype is None else _OBJECT_BYTES if dtype.kind == "O" else max(dtype.itemsize, 1)
        previous = None if previous_chunks is None else _previous(previous_chunks, extents)
        grid: Chunks = native_normalize(specs, extents, max(bytes_limit, 1), itemsize, previous)
        return grid
    except ValueError as error:
        raise ValueError(f"chunks {chunks!r} do not fit the shape {extents}: {error}") from None


def rechunk_spec(chunks: Any, old: Chunks) -> Any:
    """`chunks` of a rechunk, in which axes that are not mentioned, or None, keep their blocks."""
    if isinstance(chunks, Mapping):
        given = {_axis(axis, len(old)): spec for axis, spec in chunks.items()}
        return tuple(old[axis] if given.get(axis) is None else given[axis] for axis in range(len(old)))
    if isinstance(chunks, (tuple, list)) and len(chunks) == len(old):
        return tuple(sizes if spec is None else spec for spec, sizes in zip(chunks, old, strict=True))
    return chunks


def _adds_up(chunks: tuple[tuple[Any, ...], ...], shape: tuple[int, ...]) -> bool:
    return len(chunks) == len(shape) and all(
        sizes and all(type(n) is int and n >= 0 for n in sizes) and sum(sizes) == extent
        for sizes, extent in zip(chunks, shape, strict=True)
    )


def _per_axis(chunks: Any, shape: tuple[int, ...]) -> tuple[tuple[Any, ...], int | None]:
    """One specification per axis, and the limit that byte strings among them name."""
    ndim = len(shape)
    if isinstance(chunks, Mapping):
        given = {_axis(axis, ndim): spec for axis, spec in chunks.items()}
        specs = [given.get(axis) for axis in range(ndim)]
    elif isinstance(chunks, (tuple, list)):
        specs = list(chunks)
        if ndim == 1 and len(specs) > 1:
            specs = [tuple(specs)]
    else:
        specs = [chunks] * ndim
    if len(specs) != ndim:
        raise ValueError(f"there are {len(specs)} for {ndim} dimensions")
    limits: set[int] = set()
    made = tuple(_spec(spec, limits) for spec in specs)
    if len(limits) > 1:
        raise ValueError("they name two different numbers of bytes")
    return made, next(iter(limits), None)


def _axis(axis: Any, ndim: int) -> int:
    if not isinstance(axis, (int, np.integer)) or not -ndim <= axis < ndim:
        raise ValueError(f"there is no axis {axis!r} among {ndim}")
    return int(axis) % ndim


def _spec(spec: Any, limits: set[int]) -> Any:
    if spec is None:
        return None
    if isinstance(spec, str):
        if spec != "auto":
            limits.add(configuration.parse_bytes(spec))
        return "auto"
    if isinstance(spec, (tuple, list, np.ndarray)):
        return tuple(_size(n) for n in spec)
    return _size(spec)


def _size(value: Any) -> int:
    if isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{value!r} is no size")
    if isinstance(value, (Integral, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return int(value)
    raise ValueError(f"{value!r} is no size")


def _previous(previous: Any, shape: tuple[int, ...]) -> Chunks:
    """Stored chunks: an int or a tuple of sizes per axis."""
    made = []
    for sizes, extent in zip(previous, shape, strict=True):
        if isinstance(sizes, (tuple, list)):
            made.append(tuple(map(int, sizes)))
        else:
            size = max(min(int(sizes), extent), 1)
            count, rest = divmod(extent, size)
            made.append((size,) * count + ((rest,) if rest else ()) or (0,))
    return tuple(made)
