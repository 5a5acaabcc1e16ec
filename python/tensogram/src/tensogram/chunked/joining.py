"""Joining arrays and taking them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensogram.chunked import blocks, operands, universal
from tensogram.chunked.datatypes import result_type
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import as_dtype
from tensogram.chunked.handle import Array
from tensogram.chunked.indexing import sliced
from tensogram.chunked.manipulation import atleast_1d, atleast_2d, expanded, moveaxis, reshape
from tensogram.chunked.node import make

__all__ = ["append", "array_split", "concat", "concatenate", "dstack", "hstack", "split", "stack", "unstack", "vstack"]


def _common(arrays: Any, dtype: Any = None, casting: Any = "same_kind") -> list[Array]:
    """All with their common type."""
    given = list(arrays)
    if not given:
        raise ValueError("need at least one array to concatenate")
    kind = as_dtype(result_type(*given) if dtype is None else dtype)
    return [universal.cast(operands.as_array(x), kind, casting if dtype is not None else "unsafe") for x in given]


@implements("concatenate", "concat")
def concat(arrays: Any, axis: int | None = 0, dtype: Any = None, casting: Any = "same_kind") -> Array:
    """Joined along an axis, or flat if that is None; block boundaries are kept."""
    made = _common(arrays, dtype, casting)
    if axis is None:
        made, axis = [reshape(x, (-1,)) for x in made], 0
    ndim = made[0].ndim
    if ndim == 0:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    axis = blocks.normalize_axis(axis, ndim)
    expected = [n for a, n in enumerate(made[0].shape) if a != axis]
    for position, x in enumerate(made):
        if x.ndim != ndim or [n for a, n in enumerate(x.shape) if a != axis] != expected:
            raise ValueError(
                f"arrays joined along axis {axis} must agree in the other axes: number 0 has shape {made[0].shape}, "
                f"number {position} has {x.shape}"
            )
    if len(made) > 1:
        made = [x for x in made if x.shape[axis]] or made[:1]
    return made[0] if len(made) == 1 else Array(make("concat", made[0].dtype, tuple(x._node for x in made), axis))


concatenate = concat


@implements()
def stack(arrays: Any, axis: int = 0, dtype: Any = None, casting: Any = "same_kind") -> Array:
    """Joined along a new axis."""
    made = _common(arrays, dtype, casting)
    shapes = {x.shape for x in made}
    if len(shapes) != 1:
        raise ValueError(f"all input arrays must have the same shape, not {', '.join(map(str, sorted(shapes)))}")
    position = blocks.normalize_axis(axis, made[0].ndim + 1)
    return concat([expanded(x, [position]) for x in made], position)


@implements("hstack")
def hstack(arrays: Any, dtype: Any = None, casting: Any = "same_kind") -> Array:
    """Joined along the second axis, one-dimensional arrays along the first."""
    made = [atleast_1d(operands.as_array(x)) for x in arrays]
    return concat(made, 0 if made and made[0].ndim == 1 else 1, dtype, casting)


@implements("vstack")
def vstack(arrays: Any, dtype: Any = None, casting: Any = "same_kind") -> Array:
    """Joined along the first axis, one-dimensional arrays as rows."""
    return concat([atleast_2d(operands.as_array(x)) for x in arrays], 0, dtype, casting)


@implements("dstack")
def dstack(arrays: Any) -> Array:
    """Joined along the third axis."""
    from tensogram.chunked.manipulation import atleast_3d

    return concat([atleast_3d(operands.as_array(x)) for x in arrays], 2)


@implements()
def append(x: Any, values: Any, axis: int | None = None) -> Array:
    """`values` after the array, both flat if there is no axis."""
    return concat((operands.as_array(x), operands.as_array(values)), axis)


@implements()
def unstack(x: Any, axis: int = 0) -> tuple[Array, ...]:
    """The parts along an axis, without it."""
    array = moveaxis(operands.as_array(x), axis, 0)
    return tuple(array[i] for i in range(array.shape[0]))


@implements()
def array_split(x: Any, sections: Any, axis: int = 0) -> list[Array]:
    """Parts along an axis: so many, nearly equal, or cut at positions."""
    array = operands.as_array(x)
    axis = blocks.normalize_axis(axis, array.ndim)
    cuts = [part[0] if part.size else None for part in np.array_split(np.arange(array.shape[axis]), sections)]
    sizes = [part.size for part in np.array_split(np.arange(array.shape[axis]), sections)]
    return [_part(array, axis, int(cut or 0), size) for cut, size in zip(cuts, sizes, strict=True)]


def _part(array: Array, axis: int, start: int, count: int) -> Array:
    ranges: Sequence[tuple[int, int, int]] = [
        (start, 1, count) if a == axis else (0, 1, n) for a, n in enumerate(array.shape)
    ]
    return sliced(array, ranges)


@implements()
def split(x: Any, sections: Any, axis: int = 0) -> list[Array]:
    """Parts along an axis: so many equal ones, or cut at positions."""
    array = operands.as_array(x)
    extent = array.shape[blocks.normalize_axis(axis, array.ndim)]
    if isinstance(sections, (int, np.integer)) and extent % int(sections):
        raise ValueError("array split does not result in an equal division")
    result: list[Array] = array_split(array, sections, axis)
    return result
