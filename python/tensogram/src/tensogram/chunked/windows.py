"""Moving windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensogram.chunked import blocks, operands
from tensogram.chunked.dispatch import implements
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = ["sliding_window_view"]


@implements("lib.stride_tricks.sliding_window_view", plain=np.lib.stride_tricks.sliding_window_view)
def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Array:
    """Windows into the array: their elements make new last axes. Windows are never all in memory."""
    array = operands.as_array(x)
    sizes = [int(n) for n in (window_shape if isinstance(window_shape, (tuple, list)) else [window_shape])]
    if axis is None:
        axes = list(range(array.ndim))
        if len(sizes) != array.ndim:
            raise ValueError(
                f"window_shape {tuple(sizes)} must have one size per axis of {array.ndim}, or name the axes"
            )
    else:
        given = axis if isinstance(axis, (tuple, list)) else [axis]
        axes = [blocks.normalize_axis(a, array.ndim) for a in given]
        if len(axes) != len(sizes):
            raise ValueError(f"window_shape {tuple(sizes)} and axis {axis!r} must be equally many")
    if any(n < 0 for n in sizes):
        raise ValueError("`window_shape` cannot contain negative values")
    left = list(array.shape)
    for along, size in zip(axes, sizes, strict=True):
        left[along] -= size - 1
        if left[along] < 0:
            raise ValueError(f"window shape {tuple(sizes)} cannot be larger than input array shape {array.shape}")
    return Array(make("window", array.dtype, array._node, tuple(axes), tuple(sizes)))
