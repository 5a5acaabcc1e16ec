"""Methods of arrays that are functions of the namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import tensogram.chunked as xp

if TYPE_CHECKING:
    from tensogram.chunked.handle import Array

__all__ = ["Methods"]


class Methods:
    """What numpy's arrays have as methods; every one is the function of its name."""

    __slots__ = ()

    @property
    def _array(self) -> Array:
        return cast("Array", self)

    # Elements

    def astype(
        self, dtype: Any, order: str = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True
    ) -> Array:
        """Converted to another type."""
        return xp.astype(self._array, dtype, copy=copy, casting=casting)

    def conj(self) -> Array:
        """Complex conjugates."""
        return xp.conj(self._array)  # type: ignore[no-any-return]

    conjugate = conj

    def round(self, decimals: int = 0) -> Array:
        """Rounded to so many decimals."""
        return xp.round(self._array, decimals)

    def clip(self, min: Any = None, max: Any = None) -> Array:
        """None below `min` or above `max`."""
        return xp.clip(self._array, min, max)

    # Shape

    def reshape(self, *shape: Any, order: str = "C") -> Array:
        """In another shape."""
        return xp.reshape(self._array, shape[0] if len(shape) == 1 else shape, order)

    def transpose(self, *axes: Any) -> Array:
        """The axes in another order, by default reversed."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        return xp.permute_dims(self._array, order)

    def ravel(self, order: str = "C") -> Array:
        """Along one axis."""
        return xp.ravel(self._array, order)

    flatten = ravel

    def squeeze(self, axis: Any = None) -> Array:
        """Without axes of size 1."""
        return xp.squeeze(self._array, axis)

    def swapaxes(self, axis1: int, axis2: int) -> Array:
        """Two axes interchanged."""
        return xp.swapaxes(self._array, axis1, axis2)

    def repeat(self, repeats: Any, axis: int | None = None) -> Array:
        """Each element several times in a row."""
        return xp.repeat(self._array, repeats, axis)

    def take(self, indices: Any, axis: int | None = None) -> Array:
        """Elements at positions."""
        return xp.take(self._array, indices, axis)

    # Order

    def argsort(self, axis: int | None = -1, kind: Any = None, *, stable: Any = True) -> Array:
        """Positions that put the elements in order."""
        return xp.argsort(self._array, axis, kind)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Array:
        """Positions at which `v` would keep the elements sorted."""
        return xp.searchsorted(self._array, v, side=side, sorter=sorter)

    def nonzero(self) -> tuple[Array, ...]:
        """Positions of the elements that are not zero; computed at once."""
        return xp.nonzero(self._array)

    # Reductions

    def sum(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> Array:
        """Sums."""
        return xp.sum(self._array, axis, dtype, keepdims, initial, where)

    def prod(
        self, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> Array:
        """Products."""
        return xp.prod(self._array, axis, dtype, keepdims, initial, where)

    def mean(self, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Array:
        """Arithmetic means."""
        return xp.mean(self._array, axis, dtype, keepdims)

    def std(self, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False) -> Array:
        """Standard deviations."""
        return xp.std(self._array, axis, dtype, ddof, keepdims)

    def var(self, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False) -> Array:
        """Variances."""
        return xp.var(self._array, axis, dtype, ddof, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Array:
        """Smallest elements."""
        return xp.min(self._array, axis, keepdims, initial, where)

    def max(self, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True) -> Array:
        """Largest elements."""
        return xp.max(self._array, axis, keepdims, initial, where)

    def any(self, axis: Any = None, keepdims: bool = False) -> Array:
        """Whether one element is true."""
        return xp.any(self._array, axis, keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Array:
        """Whether every element is true."""
        return xp.all(self._array, axis, keepdims)

    def argmin(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Positions of the smallest elements."""
        return xp.argmin(self._array, axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, *, keepdims: bool = False) -> Array:
        """Positions of the largest elements."""
        return xp.argmax(self._array, axis, keepdims=keepdims)

    def cumsum(self, axis: int | None = None, dtype: Any = None) -> Array:
        """Running sums."""
        return xp.cumsum(self._array, axis, dtype)

    def cumprod(self, axis: int | None = None, dtype: Any = None) -> Array:
        """Running products."""
        return xp.cumprod(self._array, axis, dtype)

    def dot(self, other: Any) -> Array:
        """The dot product."""
        return xp.dot(self._array, other)

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
        """Diagonals of two axes."""
        return xp.diagonal(self._array, offset, axis1, axis2)

    # Blocks

    def rechunk(self, chunks: Any = "auto") -> Array:
        """In other blocks; the array itself if they are its own."""
        return xp.rechunk(self._array, chunks)

    def map_blocks(self, func: Any, *args: Any, **kwargs: Any) -> Array:
        """A function of every block."""
        return xp.map_blocks(func, self._array, *args, **kwargs)

    def store(self, target: Any, **kwargs: Any) -> Any:
        """Writes the array into something that takes slices."""
        return xp.store([self._array], [target], **kwargs)

    def visualize(self, filename: Any = None) -> Any:
        """The plan as a drawing."""
        return xp.visualize(self._array, filename=filename)

    def to_dask(self) -> Any:
        """The array as a dask array in the same blocks."""
        return xp.to_dask(self._array)
