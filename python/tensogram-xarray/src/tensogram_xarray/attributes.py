"""Attributes as metadata holds them, and what it takes to have them back as they were.

Metadata knows text, numbers, booleans, null, lists and maps. An attribute of any other type is
written as the nearest of these, so that every reader understands it, and its type is noted beside it:
`"float32"` for a numpy scalar, `["int16", 2]` for an array of shape (2,), a map for a nested map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_KINDS = "biufcmM"  # of numpy types that are told by their name
_SMALLEST, _LARGEST = -(2**64), 2**64 - 1  # what CBOR has integers for


def plain(attrs: Mapping[Any, Any], owner: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The attributes as metadata takes them, and the notes by which `restored` undoes that.

    `owner` says in errors whose attributes they are. `TypeError` for a key that is no text and for a
    value that is none of text, bytes, numbers, booleans, numpy scalars and arrays, lists, maps, None.
    """
    values, types = {}, {}
    for key, value in attrs.items():
        if not isinstance(key, str):
            raise TypeError(f"{owner}: attribute names must be str, got {key!r}")
        values[key], note = _plain(value, f"{owner}: attribute {key!r}")
        if note:
            types[key] = note
    return values, types


def restored(values: Mapping[str, Any], types: Any) -> dict[str, Any]:
    """The attributes that `plain` was given; whatever a note does not fit stays as it is."""
    notes = types if isinstance(types, Mapping) else {}
    return {key: _restored(value, notes.get(key)) for key, value in values.items()}


def _plain(value: Any, owner: str) -> tuple[Any, Any]:
    if isinstance(value, np.ndarray | np.generic):
        return _plain_array(np.asarray(value), owner)
    if isinstance(value, Mapping):
        return plain(value, owner)
    if isinstance(value, list | tuple):
        return [_plain(item, owner)[0] for item in value], None
    if isinstance(value, bytes):
        return list(value), "bytes"
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        raise TypeError(f"{owner} is {value}, which takes more than 64 bits")
    if value is None or isinstance(value, str | bool | int | float):
        return value, None
    raise TypeError(
        f"{owner} is of type {type(value).__name__}; what can be written are text, numbers, booleans, "
        "None, numpy scalars and arrays, lists and maps of these"
    )


def _plain_array(array: NDArray[Any], owner: str) -> tuple[Any, Any]:
    kind = array.dtype.kind
    if kind == "O":
        values = [_plain(item, owner)[0] for item in array.ravel()]
        return (values, ["object", *array.shape]) if array.ndim else (values[0], None)
    if kind in "SV" and array.dtype.name != "bfloat16":
        raise TypeError(f"{owner} is an array of {array.dtype}, which cannot be written: text can")
    name = "str" if kind in "UT" else array.dtype.name
    listed = _portable(array).tolist()
    if array.ndim:
        return listed, [name, *array.shape]
    return listed, None if name == "str" else name


def _portable(array: NDArray[Any]) -> NDArray[Any]:
    """Times as text, durations as their count of units, complex numbers as pairs."""
    kind = array.dtype.kind
    if kind == "M":
        return np.datetime_as_string(array)
    if kind == "m":
        return array.astype(np.int64)
    if kind == "c":
        return np.stack([array.real, array.imag], -1)
    return array


def _restored(value: Any, note: Any) -> Any:
    if isinstance(note, Mapping) and isinstance(value, Mapping):
        return restored(value, note)
    try:
        if note == "bytes":
            return bytes(value)
        if isinstance(note, str):
            return _array(value, note, ())[()]
        if isinstance(note, list) and note:
            return _array(value, note[0], tuple(note[1:]))
    except (TypeError, ValueError, OverflowError):
        return value  # The note is not one of ours.
    return value


def _array(value: Any, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    if name == "object":
        objects = np.empty(len(value), object)
        for position, item in enumerate(value):
            objects[position] = item
        return objects.reshape(shape)
    dtype = np.dtype(name)
    if dtype.kind not in _KINDS and name not in {"str", "bfloat16"}:
        raise TypeError(f"no attribute is written with type {name!r}")
    if dtype.kind == "c":
        pairs = np.asarray(value, np.float64).reshape((*shape, 2))
        return (pairs[..., 0] + 1j * pairs[..., 1]).astype(dtype)
    return np.asarray(value, dtype).reshape(shape)
