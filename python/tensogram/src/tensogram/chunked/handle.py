"""The class `Array`: a handle on an immutable node of the plan."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import ModuleType
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

import tensogram.chunked as xp
from tensogram.chunked import display, pickling
from tensogram.chunked.arithmetic import Arithmetic
from tensogram.chunked.elements import DType
from tensogram.chunked.methods import Methods
from tensogram.chunked.node import Chunks, Node

__all__ = ["Array", "PointwiseIndex"]


class Array(Arithmetic, Methods):
    """A lazy array in blocks: shape, dtype and chunks are known, elements are computed when they are asked for.

    Made by `from_array`, `asarray` and the other creation functions of `tensogram.chunked`. Operations give new
    arrays and compute nothing. Item assignment and in-place operators make this handle mean another plan; other
    handles keep theirs.
    """

    __slots__ = ("__weakref__", "_node")
    _node: Node

    def __init__(self, node: Node) -> None:
        self._node = node

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """Elements along every axis."""
        return self._node.shape

    @property
    def dtype(self) -> DType:
        """What the elements are."""
        return self._node.dtype

    @property
    def chunks(self) -> Chunks:
        """Block sizes along every axis."""
        return self._node.chunks

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._node.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self._node.shape)

    @property
    def itemsize(self) -> int:
        """Bytes of an element."""
        return self._node.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self._node.dtype.itemsize

    @property
    def chunksize(self) -> tuple[int, ...]:
        """Largest block along every axis."""
        return tuple(max(sizes, default=0) for sizes in self.chunks)

    @property
    def numblocks(self) -> tuple[int, ...]:
        """Number of blocks along every axis."""
        return tuple(map(len, self.chunks))

    @property
    def npartitions(self) -> int:
        """Number of blocks."""
        return math.prod(self.numblocks)

    @property
    def device(self) -> str:
        """Where the results are: always ``"cpu"``."""
        return "cpu"

    @property
    def real(self) -> Array:
        """Real parts."""
        return xp.real(self)

    @property
    def imag(self) -> Array:
        """Imaginary parts; zeros of a real array."""
        return xp.imag(self)

    @property
    def T(self) -> Array:  # noqa: N802
        """Axes reversed."""
        return xp.permute_dims(self, tuple(reversed(range(self.ndim))))

    @property
    def mT(self) -> Array:  # noqa: N802
        """The last two axes swapped."""
        return xp.matrix_transpose(self)

    @property
    def vindex(self) -> PointwiseIndex:
        """Pointwise reads: ``x.vindex[rows, columns]``; axes read by slices come last."""
        return PointwiseIndex(self)

    # Values

    def compute(self, **settings: Any) -> NDArray[Any]:
        """The elements as a new numpy array; `settings` for this call as in `tensogram.chunked.settings`."""
        result: NDArray[Any] = xp.compute(self, **settings)[0]
        return result

    def persist(self, **settings: Any) -> Array:
        """The same array with its elements computed and held in memory, in the same blocks."""
        result: Array = xp.persist(self, **settings)[0]
        return result

    def to_numpy(self) -> NDArray[Any]:
        """The elements as a new numpy array."""
        return self.compute()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("the elements of a tensogram.chunked.Array have to be computed: copy=False is impossible")
        values = self.compute()
        return values if dtype is None else values.astype(dtype, copy=False)

    def item(self, *index: int) -> Any:
        """One element as a Python scalar; without an index the array must have just one."""
        if index:
            return self[index if len(index) > 1 else np.unravel_index(index[0], self.shape)].item()
        if self.size != 1:
            raise ValueError(f"item() without an index needs an array of one element; the shape is {self.shape}")
        return self.compute().item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python scalars."""
        return self.compute().tolist()

    def _scalar(self, kind: type) -> Any:
        if self.ndim:
            raise TypeError(f"only an array of no dimensions converts to {kind.__name__}; the shape is {self.shape}")
        return self.compute()[()]

    def __bool__(self) -> bool:
        return bool(self._scalar(bool))

    def __int__(self) -> int:
        return int(self._scalar(int))

    def __float__(self) -> float:
        return float(self._scalar(float))

    def __complex__(self) -> complex:
        return complex(self._scalar(complex))

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"only integer arrays can be an index, not {self.dtype}")
        return int(self._scalar(int))

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of an array of no dimensions")
        return self.shape[0]

    def __iter__(self) -> Iterator[Array]:
        if not self.ndim:
            raise TypeError("iteration over an array of no dimensions")
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, value: Any) -> bool:
        return bool(xp.any(self == value))

    # Reading and assigning

    def __getitem__(self, key: Any) -> Array:
        return xp.indexing.read(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._node = xp.assignment.assigned(self, key, value)._node

    # Protocols

    def __array_namespace__(self, *, api_version: str | None = None) -> ModuleType:
        if api_version is not None and api_version not in ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12"):
            raise ValueError(f"there is no version {api_version!r} of the array API standard here, but 2025.12")
        return xp

    def __array_function__(self, function: Any, types: Any, arguments: Any, keywords: Any) -> Any:
        return xp.protocols.array_function(function, types, arguments, keywords)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        return xp.protocols.array_ufunc(ufunc, method, inputs, keywords)

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: Any = None,
        copy: bool | None = None,
    ) -> Any:
        if stream is not None:
            raise ValueError(f"elements are in the CPU's memory, which has no streams; stream={stream!r} was given")
        if copy is False:
            raise BufferError("the elements have to be computed: copy=False is impossible")
        return self.compute().__dlpack__(max_version=max_version, dl_device=dl_device)

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # DLPack's number of CPU memory

    def to_device(self, device: Any, /, *, stream: Any = None) -> Array:
        """The array itself, if `device` is ``"cpu"``."""
        if device != "cpu" or stream is not None:
            raise ValueError(f"the only device is 'cpu' without a stream, not {device!r}, stream={stream!r}")
        return self

    # Handles

    def __copy__(self) -> Array:
        return Array(self._node)

    def __deepcopy__(self, memo: Any) -> Array:
        return Array(self._node)

    def copy(self) -> Array:
        """Another handle on the same plan."""
        return Array(self._node)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        return pickling.reduce(self, protocol)

    __hash__ = object.__hash__

    # Display

    def __repr__(self) -> str:
        return display.text(self)

    def _repr_html_(self) -> str:
        return display.html(self)

    def _repr_inline_(self, max_width: int) -> str:
        return display.inline(self, max_width)


class PointwiseIndex:
    """What `Array.vindex` gives."""

    __slots__ = ("array",)

    def __init__(self, array: Array) -> None:
        self.array = array

    def __getitem__(self, key: Any) -> Array:
        return xp.indexing.read_pointwise(self.array, key)
