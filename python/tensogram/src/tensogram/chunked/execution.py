"""Running plans: all arrays of one call in one go, so that what they share is read and computed once."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram._native import arrays_compute
from tensogram.chunked import operands, progress
from tensogram.chunked.configuration import Settings, settings
from tensogram.chunked.elements import stored
from tensogram.chunked.handle import Array
from tensogram.chunked.node import Node

__all__ = ["compute", "compute_into", "persist"]


def compute(*args: Any, **options: Any) -> tuple[Any, ...]:
    """The elements of arrays as numpy arrays, computed together; anything else is handed through.

    `options` are settings for this call: `threads`, `memory_limit`, `cache_bytes`, `auto_chunk_bytes`.
    """
    ours = {id(x._node): x for x in args if type(x) is Array}
    results = {key: np.empty(x.shape, x.dtype) for key, x in ours.items()}
    _run([x._node for x in ours.values()], list(results.values()), options)
    taken: set[int] = set()
    return tuple(_once(results[id(x._node)], taken) if type(x) is Array else x for x in args)


def _once(values: NDArray[Any], taken: set[int]) -> NDArray[Any]:
    """The values, or a copy if they were handed out before: results never share memory."""
    if id(values) in taken:
        return values.copy()
    taken.add(id(values))
    return values


def compute_into(target: NDArray[Any], x: Array) -> None:
    """Computes into memory of the right shape and type."""
    if target.shape != x.shape:
        raise ValueError(f"the result has shape {x.shape}, the array to write into {target.shape}")
    _run([x._node], [target], {})


def _run(nodes: Sequence[Node], targets: Sequence[NDArray[Any]], options: dict[str, Any]) -> None:
    used = settings.overridden(options)
    if nodes:
        arrays_compute(
            tuple(node.native for node in nodes),
            tuple(map(stored, targets)),
            *running(used),
        )


def running(used: Settings) -> tuple[Any, ...]:
    """What the engine takes after nodes and results."""
    return used.threads, used.memory_limit or None, used.cache_bytes, progress.current(), _warn


def _warn(text: str) -> None:
    warnings.warn(text, ResourceWarning, stacklevel=4)


def persist(*args: Any, **options: Any) -> tuple[Any, ...]:
    """The same arrays in the same blocks, their elements computed together and held in memory."""
    computed = compute(*args, **options)
    return tuple(
        operands.from_memory(values, x.chunks) if type(x) is Array else x
        for x, values in zip(args, computed, strict=True)
    )
