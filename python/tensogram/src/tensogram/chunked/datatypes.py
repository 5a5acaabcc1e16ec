"""Data types: those of the standard, conversion, and promotion, which is numpy's with Python scalars weak."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensogram.chunked import operands, universal
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import DType, as_dtype
from tensogram.chunked.handle import Array

__all__ = [
    "astype", "bool", "bool_", "can_cast", "complex64", "complex128", "finfo", "float16", "float32", "float64",
    "iinfo", "int8", "int16", "int32", "int64", "iscomplexobj", "isdtype", "isrealobj", "ndim", "promote_types",
    "result_type", "shape", "size", "uint8", "uint16", "uint32", "uint64",
]  # fmt: skip

bool = bool_ = np.dtype(np.bool_)
int8, int16, int32, int64 = map(np.dtype, (np.int8, np.int16, np.int32, np.int64))
uint8, uint16, uint32, uint64 = map(np.dtype, (np.uint8, np.uint16, np.uint32, np.uint64))
float16, float32, float64 = map(np.dtype, (np.float16, np.float32, np.float64))
complex64, complex128 = map(np.dtype, (np.complex64, np.complex128))


def _astype_plain(x: Any, dtype: Any, /, *, copy: Any = True, device: Any = None, casting: Any = "unsafe") -> Any:
    return np.asarray(x).astype(dtype, copy=copy, casting=casting)


@implements("astype", plain=_astype_plain)
def astype(x: Any, dtype: Any, /, *, copy: Any = True, device: Any = None, casting: Any = "unsafe") -> Array:
    """The elements converted to another type; `casting` as for numpy's method."""
    check_device(device)
    result = universal.cast(operands.as_array(x), as_dtype(dtype), casting)
    return result.copy() if copy else result


def check_device(device: Any) -> None:
    """`ValueError` for another device than the CPU."""
    if device not in (None, "cpu"):
        raise ValueError(f"the only device is 'cpu', not {device!r}")


def _dtypes(values: Any) -> Any:
    return [value.dtype if type(value) is Array else value for value in values]


@implements("result_type", creates=True)
def result_type(*arrays_and_dtypes: Any) -> DType:
    """The type that numpy promotes these to; Python scalars are weak, our arrays count as their dtype."""
    for value in arrays_and_dtypes:
        operands.refuse_foreign(value)
    return np.result_type(*_dtypes(arrays_and_dtypes))


@implements("can_cast", creates=True)
def can_cast(from_: Any, to: Any, /, casting: Any = "safe") -> Any:
    """Whether a conversion is allowed."""
    return np.can_cast(from_.dtype if type(from_) is Array else from_, to, casting)


@implements("promote_types", creates=True)
def promote_types(type1: Any, type2: Any) -> DType:
    """The smallest type that holds both."""
    return np.promote_types(type1, type2)


@implements("isdtype", creates=True)
def isdtype(dtype: Any, kind: Any) -> Any:
    """Whether a type is of a kind such as ``"real floating"``."""
    return np.isdtype(dtype, kind)


@implements(creates=True)
def finfo(type: Any, /) -> Any:
    """Limits of a floating type, also of an array's."""
    return np.finfo(type.dtype if isinstance(type, (Array, np.ndarray)) else type)


@implements(creates=True)
def iinfo(type: Any, /) -> Any:
    """Limits of an integer type, also of an array's."""
    return np.iinfo(type.dtype if isinstance(type, (Array, np.ndarray)) else type)


@implements("iscomplexobj", creates=True)
def iscomplexobj(x: Any) -> Any:
    """Whether the elements are complex."""
    return x.dtype.kind == "c" if type(x) is Array else np.iscomplexobj(x)


@implements("isrealobj", creates=True)
def isrealobj(x: Any) -> Any:
    """Whether the elements are not complex."""
    return not iscomplexobj(x)


@implements("shape", creates=True)
def shape(a: Any) -> tuple[int, ...]:
    """Elements along every axis."""
    return a.shape if type(a) is Array else np.shape(a)


@implements("ndim", creates=True)
def ndim(a: Any) -> int:
    """Number of axes."""
    return a.ndim if type(a) is Array else np.ndim(a)


@implements("size", creates=True)
def size(a: Any, axis: int | None = None) -> int:
    """Number of elements, in all or along an axis."""
    if type(a) is not Array:
        return np.size(a, axis)
    return a.size if axis is None else a.shape[axis]
