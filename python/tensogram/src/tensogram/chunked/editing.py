"""Elements put in and taken out along an axis, and whole-array comparisons."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensogram.chunked import blocks, elementwise, manipulation, operands, statistical, universal
from tensogram.chunked.dispatch import implements
from tensogram.chunked.handle import Array
from tensogram.chunked.indexing import take_positions
from tensogram.chunked.joining import concat

__all__ = ["allclose", "array_equal", "copy", "delete", "insert"]


@implements()
def delete(x: Any, obj: Any, axis: int | None = None) -> Array:
    """Without the elements at positions along an axis, or of the flat array."""
    array = operands.as_array(x)
    if axis is None:
        array, axis = manipulation.reshape(array, (-1,)), 0
    axis = blocks.normalize_axis(axis, array.ndim)
    return take_positions(array, axis, np.delete(np.arange(array.shape[axis]), _known(obj)))


@implements()
def insert(x: Any, obj: Any, values: Any, axis: int | None = None) -> Array:
    """With `values` before positions along an axis, or of the flat array."""
    array = operands.as_array(x)
    if axis is None:
        array, axis = manipulation.reshape(array, (-1,)), 0
    axis = blocks.normalize_axis(axis, array.ndim)
    positions = _known(obj)
    count = np.insert(np.arange(array.shape[axis]), positions, 0).size - array.shape[axis]
    added = universal.cast(operands.as_array(values), array.dtype)
    if isinstance(positions, (int, np.integer)) and added.ndim == array.ndim - 1 and added.ndim:
        added = manipulation.expanded(added, [axis])
    elif isinstance(positions, (int, np.integer)) and added.ndim == array.ndim:
        count = added.shape[axis]
    shape = tuple(count if a == axis else n for a, n in enumerate(array.shape))
    added = manipulation.broadcast_to(added, shape)
    order = np.insert(np.arange(array.shape[axis]), positions, np.arange(count) + array.shape[axis])
    return take_positions(concat((array, added), axis), axis, order)


def _known(obj: Any) -> Any:
    return obj.compute() if type(obj) is Array else obj


@implements()
def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements agree within `atol` and `rtol` of the second; computed at once."""
    return bool(statistical.all(elementwise.isclose(a, b, rtol, atol, equal_nan)))


@implements()
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Whether both have the same shape and elements; computed at once."""
    first, second = operands.as_array(a1), operands.as_array(a2)
    if first.shape != second.shape:
        return False
    same: Any = first == second
    if equal_nan:
        same = same | ((first != first) & (second != second))
    return bool(statistical.all(same))


@implements("copy")
def copy(a: Any, order: str = "K", subok: bool = False) -> Array:
    """Another handle on the same plan."""
    return operands.as_array(a).copy()
