"""Searching: by condition, by extreme, by value."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensogram.chunked import blocks, manipulation, operands, universal
from tensogram.chunked.datatypes import result_type
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import as_dtype, element, is_native
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = [
    "argmax", "argmin", "argwhere", "digitize", "flatnonzero", "nanargmax", "nanargmin", "nonzero", "searchsorted",
    "where",
]  # fmt: skip


@implements("where")
def where(condition: Any, x1: Any = None, x2: Any = None, /) -> Any:
    """`x1` where the condition holds, else `x2`; with the condition alone as `nonzero`."""
    if x1 is None and x2 is None:
        return nonzero(condition)
    return choose(condition, x1, x2)


def choose(condition: Any, x1: Any, x2: Any) -> Array:
    """`x1` where the condition holds, else `x2`."""
    if type(condition) not in (Array, np.ndarray):
        condition = np.asarray(condition)
    # Text would be taken for the name of a type.
    x1, x2 = (np.asarray(x) if isinstance(x, (str, bytes)) else x for x in (x1, x2))
    kind = as_dtype(result_type(x1, x2))
    choice = universal.cast(operands.as_array(condition), np.dtype(bool))
    first, second = (_operand(x, kind) for x in (x1, x2))
    if is_native(kind) or kind.kind in "mM":
        node = make("elementwise", kind, "where", (choice._node, first._node, second._node), element(kind))
        return Array(node)
    return universal.elementwise(np.where, (choice, first, second), kind)


def _operand(value: Any, kind: Any) -> Array:
    if type(value) is not Array and np.ndim(value) == 0:
        return operands.filled(value, kind)
    return universal.cast(operands.as_array(value), kind)


def _extreme(operation: str, x: Any, axis: int | None, keepdims: bool) -> Array:
    array = operands.as_array(x)
    ndim = array.ndim
    if operation.startswith("nan") and array.dtype.kind not in "fcmMO":
        operation = operation[3:]
    if axis is None:
        flat = manipulation.reshape(array, (-1,))
        result = _extreme(operation, flat, 0, False)
        return manipulation.reshape(result, (1,) * ndim) if keepdims else result
    axis = blocks.normalize_axis(axis, ndim)
    if not array.shape[axis]:
        raise ValueError(f"attempt to get {operation} of an empty sequence")
    kind = np.dtype(np.int64)
    if is_native(array.dtype):
        try:
            return Array(make("reduce", kind, operation, array._node, (axis,), bool(keepdims), "int64", 0.0))
        except ValueError:
            pass
    run = Partial(getattr(np, operation), axis=axis, keepdims=keepdims)
    return blocks.along(run, array, (axis,), kind, keepdims=keepdims)


@implements()
def argmax(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Positions of the largest elements, the first of equal ones; of a NaN if there is one."""
    return _extreme("argmax", x, axis, keepdims)


@implements()
def argmin(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Positions of the smallest elements, the first of equal ones; of a NaN if there is one."""
    return _extreme("argmin", x, axis, keepdims)


@implements()
def nanargmax(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Positions of the largest elements, skipping NaN; computing it of NaN alone is a `ValueError`."""
    return _extreme("nanargmax", x, axis, keepdims)


@implements()
def nanargmin(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Array:
    """Positions of the smallest elements, skipping NaN; computing it of NaN alone is a `ValueError`."""
    return _extreme("nanargmin", x, axis, keepdims)


@implements()
def nonzero(x: Any) -> tuple[Array, ...]:
    """Positions of the elements that are not zero, one array per axis; computed at once."""
    array = operands.as_array(x)
    if array.ndim == 0:
        raise ValueError("nonzero of an array of no dimensions has no meaning")
    return tuple(map(operands.from_memory, (array != array.dtype.type()).compute().nonzero()))


@implements()
def flatnonzero(x: Any) -> Array:
    """Positions in the flat array of the elements that are not zero; computed at once."""
    result: Array = nonzero(manipulation.reshape(operands.as_array(x), (-1,)))[0]
    return result


@implements()
def argwhere(x: Any) -> Array:
    """Positions of the elements that are not zero, one row each; computed at once."""
    return operands.from_memory(np.argwhere(operands.as_array(x).compute()))


def _searchsorted_plain(x1: Any, x2: Any, /, side: Any = "left", sorter: Any = None) -> Any:
    return np.searchsorted(x1, x2, side=side, sorter=sorter)


@implements("searchsorted", plain=_searchsorted_plain)
def searchsorted(x1: Any, x2: Any, /, side: Any = "left", sorter: Any = None) -> Array:
    """Positions at which the elements of `x2` would keep `x1`, one line of sorted elements, sorted."""
    line, values = operands.as_array(x1), operands.as_array(x2)
    if line.ndim != 1:
        raise ValueError(f"searchsorted needs one line of sorted elements, not {line.ndim} dimensions")
    if sorter is not None:
        line = line[sorter]
    run = Partial(_search, side)
    return _with_line(run, values, line)


def _with_line(function: Any, values: Array, line: Array) -> Array:
    labels = range(values.ndim)
    inputs = [(values, labels), (blocks.whole(line, (0,)), [values.ndim])]
    return blocks.on_blocks(function, inputs, labels, (np.dtype(np.int64),))[0]


def _search(values: Any, line: Any, side: Any) -> Any:
    return np.searchsorted(line, values, side=side)


@implements()
def digitize(x: Any, bins: Any, right: bool = False) -> Array:
    """Numbers of the bins, given by their edges, that the elements fall into."""
    run = Partial(np.digitize, right=right)
    return _with_line(run, operands.as_array(x), operands.as_array(bins))
