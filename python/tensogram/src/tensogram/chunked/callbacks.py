"""Users' functions of blocks with what else they are given: values that are no arrays, and where their block is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tensogram.chunked.functions import name_of
from tensogram.chunked.node import Chunks

__all__ = ["Informed", "Positional", "wanted"]


class Positional:
    """A function whose arguments are blocks and, at their places, values that are not arrays."""

    __slots__ = ("function", "values")

    def __init__(self, function: Callable[..., Any], values: dict[int, Any]) -> None:
        self.function = function
        self.values = values

    def __call__(self, *given: Any, **keywords: Any) -> Any:
        rest = iter(given)
        count = len(given) + len(self.values)
        return self.function(*(self.values[i] if i in self.values else next(rest) for i in range(count)), **keywords)

    @property
    def __name__(self) -> str:
        return name_of(self.function)


class Informed:
    """A function that gets `block_info` made of its block's position: as dask tells it."""

    __slots__ = ("chunks", "dtypes", "function", "inputs", "passes_id")

    def __init__(self, function: Any, inputs: Any, chunks: Chunks, dtypes: Any, passes_id: bool) -> None:
        self.function = function
        # Chunks of every array among the arguments, and which axis of the result each of its axes is.
        self.inputs = inputs
        self.chunks = chunks
        self.dtypes = dtypes
        self.passes_id = passes_id

    def __call__(self, *given: Any, block_id: tuple[int, ...]) -> Any:
        info = {i: _info(chunks, axes, block_id) for i, (chunks, axes) in self.inputs.items()}
        info[None] = _info(self.chunks, range(len(self.chunks)), block_id)
        info[None] |= {"chunk-shape": tuple(b - a for a, b in info[None]["array-location"]), "dtype": self.dtypes[0]}
        keywords = {"block_id": block_id} if self.passes_id else {}
        return self.function(*given, block_info=info, **keywords)

    @property
    def __name__(self) -> str:
        return name_of(self.function)


def _info(chunks: Chunks, axes: Any, block_id: tuple[int, ...]) -> dict[str, Any]:
    # An axis that the result lacks, or of one block, has but one.
    at = [
        block_id[axis] if axis is not None and len(sizes) > 1 else 0 for axis, sizes in zip(axes, chunks, strict=True)
    ]
    spans = [(sum(sizes[:i]), sum(sizes[: i + 1])) for sizes, i in zip(chunks, at, strict=True)]
    return {
        "shape": tuple(map(sum, chunks)),
        "num-chunks": tuple(map(len, chunks)),
        "array-location": spans,
        "chunk-location": tuple(at),
    }


def wanted(func: Any) -> set[str]:
    """Which of `block_id` and `block_info` the function takes."""
    try:
        parameters = inspect.signature(func).parameters
    except (TypeError, ValueError):
        return set()
    return {"block_id", "block_info"} & set(parameters)
