"""What may stand beside our arrays, and how it becomes one of them."""

from __future__ import annotations

import datetime
import decimal
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram.chunked import chunking
from tensogram.chunked.elements import DType, as_dtype, element, stored
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = ["as_array", "as_values", "combines", "filled", "from_memory", "has_array", "is_array", "refuse_foreign"]

_SCALARS = (bool, int, float, complex, np.generic)
_COMBINING = (Array, np.ndarray, *_SCALARS, str, bytes, datetime.date, datetime.timedelta, decimal.Decimal)


def is_array(value: Any) -> bool:
    """Whether this is one of our arrays."""
    return type(value) is Array


def has_array(arguments: Iterable[Any]) -> bool:
    """Whether one of our arrays is among the arguments or the members of a list or tuple among them."""
    for argument in arguments:
        kind = type(argument)
        if kind is Array or ((kind is list or kind is tuple) and has_array(argument)):
            return True
    return False


def refuse_foreign(value: Any) -> None:
    """Raises a `TypeError` for arrays in blocks that are not ours: their values belong to another engine."""
    if type(value) is not Array and hasattr(value, "chunks") and hasattr(value, "dtype") and not _is_xarray(value):
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise TypeError(
            f"tensogram.chunked.Array and {kind} do not combine: compute one of them, convert it with from_dask or "
            "to_dask, or chunk both with xr.set_options(chunk_manager='tensogram')"
        )


def _is_xarray(value: Any) -> bool:
    return hasattr(value, "dims")


def combines(other: Any) -> bool:
    """Whether an operator takes this beside one of our arrays; a `TypeError` for other arrays in blocks."""
    if isinstance(other, _COMBINING):
        return True
    refuse_foreign(other)
    return False


def as_array(value: Any, dtype: Any = None) -> Array:
    """One of our arrays: `value` itself, or one over its memory in one block."""
    if type(value) is not Array:
        return from_memory(as_values(value, dtype))
    if dtype is None:
        return value
    from tensogram.chunked.universal import cast

    return cast(value, as_dtype(dtype))


def as_values(value: Any, dtype: Any = None) -> NDArray[Any]:
    """A numpy array of what is not one of ours."""
    if not isinstance(value, (np.ndarray, *_SCALARS)):
        refuse_foreign(value)
        if _is_xarray(value) and "xarray" in sys.modules:
            raise TypeError(f"functions of tensogram.chunked take arrays, not {type(value).__name__}: pass its .data")
    return np.asarray(value, dtype=dtype)


def from_memory(values: NDArray[Any], chunks: Any = -1) -> Array:
    """An array over numpy's memory, which is not copied unless its bytes are swapped."""
    dtype = as_dtype(values.dtype)
    if dtype.itemsize == 0:
        dtype = np.dtype((dtype.type, 1))
    values = np.asarray(values, dtype=dtype)
    grid = chunking.normalize_chunks(chunks, values.shape, dtype=dtype)
    return Array(make("memory", dtype, stored(values), element(dtype), values.shape, grid))


def filled(value: Any, dtype: DType, shape: tuple[int, ...] = (), chunks: Any = -1) -> Array:
    """One element, repeated; takes no memory."""
    values = np.asarray(value, dtype=dtype)
    grid = chunking.normalize_chunks(chunks, shape, dtype=dtype) if shape else ()
    content = value if dtype.kind == "O" else values.tobytes()
    return Array(make("full", dtype, content, element(dtype), shape, grid))
