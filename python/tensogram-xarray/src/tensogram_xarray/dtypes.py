"""Element types: from the format's names to numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

BITMASK = "bitmask"


class UnsupportedDtypeError(TypeError, ValueError):
    """An object's element type is unknown. A `ValueError` too, as other faults of a file are."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unsupported tensogram dtype {name!r}")


def to_numpy_dtype(name: str) -> np.dtype[Any]:
    """The numpy dtype, in native byte order, of the values that are read from an object.

    Names are those of the format in any case, and whatever `numpy.dtype` understands.
    `bitmask` is unpacked to `bool`; `bfloat16` needs `ml_dtypes` and is raw `uint16` without it.
    """
    lowered = name.lower()
    if lowered == BITMASK:
        return np.dtype(np.bool_)
    if lowered == "bfloat16":
        return _bfloat16()
    try:
        return np.dtype(lowered)
    except TypeError as error:
        raise UnsupportedDtypeError(name) from error


def _bfloat16() -> np.dtype[Any]:
    try:
        import ml_dtypes
    except ImportError:
        return np.dtype(np.uint16)
    bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    return bfloat16
