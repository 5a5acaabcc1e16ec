"""Element types: numpy's dtypes, and what the engine calls their elements.

Times are 64-bit integers to the engine. What it cannot compute on (text, bytes, records, long doubles) is opaque to
it: moved, and looked at by numpy only.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DType", "as_dtype", "element", "is_native", "storage", "stored", "typed"]

DType = np.dtype[Any]

_NATIVE = frozenset({
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "complex64", "complex128",
})  # fmt: skip


def as_dtype(dtype: Any) -> DType:
    """Any way to name a type as a dtype in this machine's byte order."""
    found: DType = np.dtype(dtype).newbyteorder("=")
    return found


@cache
def is_native(dtype: DType) -> bool:
    """Whether the engine computes on such elements itself."""
    return dtype.name in _NATIVE


@cache
def element(dtype: DType) -> str:
    """The engine's name of an element type."""
    if dtype.name in _NATIVE or dtype.name == "bfloat16":
        return dtype.name
    if dtype.kind in "mM":
        return "int64"
    return "object" if dtype.kind == "O" else f"opaque:{dtype.itemsize}"


@cache
def storage(dtype: DType) -> DType:
    """The dtype that arrays have when the engine sees them."""
    if dtype.name in _NATIVE or dtype.name == "bfloat16" or dtype.kind == "O":
        return dtype
    return np.dtype(np.int64) if dtype.kind in "mM" else np.dtype((np.void, dtype.itemsize))


def stored(values: NDArray[Any]) -> NDArray[Any]:
    """The same memory as the engine sees it."""
    wanted = storage(values.dtype)
    return values if values.dtype == wanted else values.view(wanted)


def typed(values: NDArray[Any], dtype: DType) -> NDArray[Any]:
    """The same memory as numpy's type: the inverse of `stored`."""
    return values if values.dtype == dtype else values.view(dtype)
