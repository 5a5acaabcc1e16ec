"""Functions of numpy blocks as the engine calls them: typed on the way in, checked and stored on the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram.chunked.elements import DType, stored, typed

__all__ = ["BlockFunction", "Partial", "Reader"]


def name_of(function: Any) -> str:
    """What a person calls a function."""
    if isinstance(function, (BlockFunction, Partial)):
        return name_of(function.function)
    return getattr(function, "__name__", None) or type(function).__name__


class Partial:
    """A function with trailing positional and keyword arguments filled in; pickles if they do."""

    __slots__ = ("arguments", "function", "keywords")

    def __init__(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> None:
        self.function = function
        self.arguments = arguments
        self.keywords = keywords

    def __call__(self, *blocks: Any, **keywords: Any) -> Any:
        return self.function(*blocks, *self.arguments, **self.keywords, **keywords)

    @property
    def __name__(self) -> str:
        return name_of(self.function)

    def __reduce__(self) -> tuple[Any, ...]:
        return _partial, (self.function, self.arguments, self.keywords)


def _partial(function: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Partial:
    return Partial(function, *arguments, **keywords)


class BlockFunction:
    """A function of blocks, with the dtypes that it takes and the dtypes announced for its results."""

    __slots__ = ("function", "inputs", "outputs")

    def __init__(self, function: Callable[..., Any], inputs: tuple[DType, ...], outputs: tuple[DType, ...]) -> None:
        self.function = function
        self.inputs = inputs
        self.outputs = outputs

    def __call__(self, *blocks: NDArray[Any], **keywords: Any) -> Any:
        values = self.function(*map(typed, blocks, self.inputs), **keywords)
        if len(self.outputs) == 1:
            return self._result(values, self.outputs[0])
        if len(values) != len(self.outputs):
            raise ValueError(f"{self.__name__} returned {len(values)} arrays, {len(self.outputs)} were announced")
        return tuple(map(self._result, values, self.outputs))

    def _result(self, values: Any, dtype: DType) -> NDArray[Any]:
        array = np.asarray(values)
        if array.dtype != dtype:
            if not np.can_cast(array.dtype, dtype, "same_kind"):
                raise TypeError(f"{self.__name__} returned {array.dtype}, {dtype} was announced")
            array = array.astype(dtype)
        return stored(array)

    @property
    def __name__(self) -> str:
        return name_of(self.function)

    def __reduce__(self) -> tuple[Any, ...]:
        return BlockFunction, (self.function, self.inputs, self.outputs)


class Reader:
    """Reads regions of anything that has `shape` and `dtype` and takes a tuple of slices."""

    __slots__ = ("data", "dtype", "lock")

    def __init__(self, data: Any, dtype: DType, lock: Any = None) -> None:
        self.data = data
        self.dtype = dtype
        self.lock = lock

    def __call__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        if self.lock is None:
            values = np.asarray(self.data[key])
        else:
            with self.lock:
                values = np.asarray(self.data[key])
        return stored(values.astype(self.dtype, copy=False))

    @property
    def __name__(self) -> str:
        return type(self.data).__name__

    def __reduce__(self) -> tuple[Any, ...]:
        return Reader, (self.data, self.dtype, self.lock)
