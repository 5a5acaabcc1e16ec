"""Values that are stored as others: text as the bytes of its UTF-8 form, padded with zeros along a
last axis; narrow floats as the wide ones that a codec takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram_xarray.array import TensogramBackendArray, _SelectingArray


def text_kind(values: NDArray[Any]) -> str | None:
    """Of which kind the strings in an array are: str, bytes, object, string; None if it holds none.

    Raises `ValueError` for objects of which some are strings and others are not.
    """
    kind = values.dtype.kind
    if kind in "UST":
        return {"U": "str", "S": "bytes", "T": "string"}[kind]
    if kind != "O":
        return None
    if not values.size:
        return "object"  # of whatever kind: there are none
    strings = sum(isinstance(value, str) for value in values.ravel())
    if strings == 0:
        return None
    if strings < values.size:
        other = next(value for value in values.ravel() if not isinstance(value, str))
        raise ValueError(f"there are strings in it, but also {other!r}: fill what is missing with '' to write it")
    return "object"


def to_bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """The strings of an array as bytes, with one axis more, as long as the longest of them.

    Raises `ValueError` for strings that end in a zero character: padding would take it away.
    """
    if values.dtype.kind in "OT":
        if any(not isinstance(value, str) or value.endswith("\0") for value in values.ravel()):
            raise ValueError("an element is no str, or ends in a zero character")
        values = np.array(values.ravel().tolist(), str).reshape(values.shape)
    encoded = values if values.dtype.kind == "S" else np.char.encode(values, "utf-8")
    contiguous = np.ascontiguousarray(encoded).reshape(values.shape)
    if not contiguous.dtype.itemsize:
        contiguous = contiguous.astype("S1")
    return contiguous.reshape(-1).view(np.uint8).reshape((*values.shape, contiguous.dtype.itemsize))


def text_dtype(kind: str, width: int) -> np.dtype[Any]:
    """The dtype of strings that are read from at most `width` bytes each."""
    if kind == "object":
        return np.dtype(object)
    if kind == "string":
        return np.dtypes.StringDType()
    return np.dtype(f"{'S' if kind == 'bytes' else 'U'}{max(width, 1)}")


class TextArray(_SelectingArray):
    """The strings of an object that holds their bytes along its last axis."""

    def __init__(self, stored: TensogramBackendArray, kind: str) -> None:
        self._stored = stored
        self._kind = kind
        self.shape = stored.shape[:-1]
        self.dtype = text_dtype(kind, stored.shape[-1])

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (type(self).__name__, self._kind, self._stored.__dask_tokenize__())

    def _raw_indexing_method(self, key: tuple[Any, ...]) -> NDArray[Any]:
        stored = self._stored._raw_indexing_method((*key, slice(None)))
        shape, width = stored.shape[:-1], stored.shape[-1]
        if not stored.size:
            return np.zeros(shape, self.dtype)
        fixed = np.ascontiguousarray(stored, np.uint8).reshape(-1).view(f"S{width}").reshape(shape)
        if self._kind == "bytes":
            return fixed
        return np.char.decode(fixed, "utf-8").astype(self.dtype)


class CastArray(_SelectingArray):
    """An array of floats that are stored wider than they are."""

    def __init__(self, stored: TensogramBackendArray, dtype: str) -> None:
        self._stored = stored
        self.shape = stored.shape
        self.dtype = np.dtype(dtype)

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (type(self).__name__, str(self.dtype), self._stored.__dask_tokenize__())

    def _raw_indexing_method(self, key: tuple[Any, ...]) -> NDArray[Any]:
        return self._stored._raw_indexing_method(key).astype(self.dtype)
