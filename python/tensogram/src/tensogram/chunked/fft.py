"""Fourier transforms: the standard's extension. The axes concerned come in one block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensogram.chunked import blocks, operands
from tensogram.chunked.creation import asarray
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import as_dtype
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.manipulation import roll

__all__ = [
    "fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft",
    "rfftfreq", "rfftn",
]  # fmt: skip


def _transformed(function: Any, x: Any, along: tuple[int, ...], lengths: Any, **keywords: Any) -> Array:
    """Results of a transform along axes; its own sizes are learnt from a line of each."""
    array = operands.as_array(x)
    probe = np.zeros(tuple(n if a in along else 1 for a, n in enumerate(array.shape)), array.dtype)
    run = Partial(function, lengths, **keywords)
    sample = run(probe)
    sizes = {axis: sample.shape[axis] for axis in along}
    return blocks.along(run, array, along, as_dtype(sample.dtype), sizes=sizes)


def _one(name: str, what: str) -> Callable[..., Array]:
    function: Any = getattr(np.fft, name)

    def transform(x: Any, /, n: int | None = None, axis: int = -1, norm: Any = "backward") -> Array:
        array = operands.as_array(x)
        along = blocks.normalize_axis(axis, array.ndim)
        return _transformed(function, array, (along,), n, axis=along, norm=norm)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"{what} along one axis, cut or filled up with zeros to `n` elements."
    chosen: Callable[..., Array] = implements(f"fft.{name}", plain=function)(transform)
    return chosen


def _several(name: str, what: str) -> Callable[..., Array]:
    function: Any = getattr(np.fft, name)

    def transform(x: Any, /, s: Any = None, axes: Any = None, norm: Any = "backward") -> Array:
        array = operands.as_array(x)
        if axes is None:
            axes = range(array.ndim) if s is None else range(array.ndim - len(s), array.ndim)
        along = tuple(blocks.normalize_axis(a, array.ndim) for a in axes)
        return _transformed(function, array, along, s, axes=along, norm=norm)

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = f"{what} along several axes, cut or filled up with zeros to `s` elements."
    chosen: Callable[..., Array] = implements(f"fft.{name}", plain=function)(transform)
    return chosen


fft = _one("fft", "The discrete Fourier transform")
ifft = _one("ifft", "The inverse discrete Fourier transform")
rfft = _one("rfft", "The Fourier transform of real elements")
irfft = _one("irfft", "The inverse of `rfft`")
hfft = _one("hfft", "The Fourier transform of Hermitian elements")
ihfft = _one("ihfft", "The inverse of `hfft`")
fftn = _several("fftn", "The discrete Fourier transform")
ifftn = _several("ifftn", "The inverse discrete Fourier transform")
rfftn = _several("rfftn", "The Fourier transform of real elements")
irfftn = _several("irfftn", "The inverse of `rfftn`")


@implements("fft.fftfreq", creates=True)
def fftfreq(n: int, /, d: float = 1.0, *, dtype: Any = None, device: Any = None, chunks: Any = "auto") -> Array:
    """Frequencies of the results of `fft`."""
    return asarray(np.fft.fftfreq(n, d), dtype or np.float64, device=device, chunks=chunks)


@implements("fft.rfftfreq", creates=True)
def rfftfreq(n: int, /, d: float = 1.0, *, dtype: Any = None, device: Any = None, chunks: Any = "auto") -> Array:
    """Frequencies of the results of `rfft`."""
    return asarray(np.fft.rfftfreq(n, d), dtype or np.float64, device=device, chunks=chunks)


def _shifted(x: Any, axes: Any, direction: int) -> Array:
    array = operands.as_array(x)
    along = blocks.normalize_axes(axes, array.ndim)
    shifts = [array.shape[a] // 2 if direction > 0 else -(array.shape[a] // 2) for a in along]
    return roll(array, shifts, along) if along else array


@implements("fft.fftshift", plain=np.fft.fftshift)
def fftshift(x: Any, /, axes: Any = None) -> Array:
    """Frequency 0 moved to the middle."""
    return _shifted(x, axes, 1)


@implements("fft.ifftshift", plain=np.fft.ifftshift)
def ifftshift(x: Any, /, axes: Any = None) -> Array:
    """The inverse of `fftshift`."""
    return _shifted(x, axes, -1)
