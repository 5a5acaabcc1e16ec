"""Arrays that read from a `.tgm` file when they are indexed.

They hold a path, not a handle, so they travel to other threads, processes and machines.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from tensogram_xarray import files, reader
from tensogram_xarray.arguments import real_number
from tensogram_xarray.decoded import decoded_objects
from tensogram_xarray.dtypes import to_numpy_dtype
from tensogram_xarray.memory import MemoryFile
from tensogram_xarray.origin import Origin
from tensogram_xarray.pipeline import supports_ranges
from tensogram_xarray.selection import Range, Selection, axis_indices
from tensogram_xarray.source import Source

__all__ = ["DEFAULT_RANGE_THRESHOLD", "StackedBackendArray", "TensogramBackendArray"]

logger = logging.getLogger("tensogram_xarray.array")

# A read of at most this part of an object decodes only that part.
DEFAULT_RANGE_THRESHOLD = 0.5

# The name that this has in the published package.
_supports_range_decode = supports_ranges


class _SelectingArray(BackendArray):
    """What both kinds of array share: orthogonal keys of any step and order are read as they are.

    xarray takes pointwise keys apart into an orthogonal one and what numpy does with its result.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        if not isinstance(key, indexing.VectorizedIndexer):
            return self._raw_indexing_method(key.tuple)
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._raw_indexing_method
        )

    async def async_getitem(self, key: indexing.ExplicitIndexer) -> Any:
        """As indexing, in a thread: neither reading nor decoding holds up the event loop."""
        return await asyncio.to_thread(self.__getitem__, key)

    def _raw_indexing_method(self, key: tuple[Any, ...]) -> NDArray[Any]:
        raise NotImplementedError


class TensogramBackendArray(_SelectingArray):
    """One data object of a `.tgm` file.

    A selection of at most `range_threshold` of the elements decodes only what it needs, where the
    object's pipeline allows it; any other decodes the whole object, and checks its hash if
    `verify_hash`. Results are new, writable, native-endian numpy arrays.

    `_lock` guards opening and reopening the file; reads of an open one take no lock and run in parallel. Neither
    it nor an injected `shared_file` is pickled, unless that is a file in memory.
    """

    def __init__(
        self,
        file_path: str,
        msg_index: int,
        obj_index: int,
        shape: Sequence[int],
        dtype: np.dtype[Any],
        supports_range: bool,
        *,
        range_threshold: float = DEFAULT_RANGE_THRESHOLD,
        lock: Any = None,
        storage_options: Mapping[str, Any] | None = None,
        shared_file: Any = None,
        verify_hash: bool = False,
        origin: Origin | None = None,
    ) -> None:
        self._is_remote = files.is_remote(file_path)
        # A path with an origin was made absolute when the file was opened.
        is_path = origin is None and not self._is_remote and not isinstance(shared_file, MemoryFile)
        self.file_path = files.absolute(file_path) if is_path else file_path
        self.msg_index = msg_index
        self.obj_index = obj_index
        self.shape = tuple(shape)
        self.dtype = dtype
        self.supports_range = supports_range
        self.range_threshold = real_number("range_threshold", range_threshold)
        self.storage_options = storage_options
        self.verify_hash = verify_hash
        self.origin = origin
        self._shared_file = shared_file
        self._lock = lock or threading.Lock()

    @classmethod
    def of(
        cls, source: Source, msg_index: int, obj_index: int, descriptor: Any, **options: Any
    ) -> TensogramBackendArray:
        """The object of an opened source that a descriptor tells of."""
        return cls(
            source.path,
            msg_index,
            obj_index,
            descriptor.shape,
            to_numpy_dtype(descriptor.dtype),
            supports_ranges(descriptor),
            storage_options=source.storage_options,
            shared_file=source.memory,
            **options,
        )

    def sibling(
        self, msg_index: int, obj_index: int, supports_range: bool, origin: Origin | None
    ) -> TensogramBackendArray:
        """Another object of the file, of the same shape and element type and to be read in the same way."""
        other = object.__new__(type(self))
        other.__dict__ = self.__dict__ | {
            "msg_index": msg_index,
            "obj_index": obj_index,
            "supports_range": supports_range,
            "origin": origin,
            "_lock": threading.Lock(),
        }
        return other

    def __getstate__(self) -> dict[str, Any]:
        travels = isinstance(self._shared_file, MemoryFile)
        state = self.__dict__ | {"_shared_file": self._shared_file if travels else None}
        del state["_lock"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        options = sorted((self.storage_options or {}).items())
        source = (self.file_path, options, self.origin, self.msg_index, self.obj_index)
        return (type(self).__name__, *source, self.range_threshold, self.verify_hash)

    def _get_file(self) -> Any:
        if self._shared_file is not None:
            return self._shared_file
        place = self.file_path, self.storage_options, self.msg_index, self.origin
        handle = reader.known_handle(*place)
        if handle is None:
            with self._lock:
                handle = reader.shared_handle(*place)
        return handle

    def _raw_indexing_method(self, key: tuple[Any, ...]) -> NDArray[Any]:
        """The elements that an orthogonal key selects; axes indexed by an integer are dropped."""
        selection = Selection.of(key, self.shape)
        if selection.is_empty:
            return np.empty(selection.result_shape, self.dtype)
        try:
            return self._read(selection)
        except OSError as error:
            if not self._is_remote or error.errno != errno.ESTALE:
                raise
        # The remote file changed since its handle was opened; it may have the message still.
        files.release(self.file_path)
        return self._read(selection)

    def _read(self, selection: Selection) -> NDArray[Any]:
        handle = self._get_file()
        try:
            part = self._read_part(handle, selection) if self._is_small(selection) else None
            if part is not None:
                return part
            if selection.is_whole:
                return self._decoded(handle)
            return selection.cut_whole(self._read_whole(handle))
        except Exception as error:
            reader.name_the_object(error, self.file_path, self.msg_index, self.obj_index)
            raise

    def _decoded(self, handle: Any) -> NDArray[Any]:
        return reader.read_object(handle, self.msg_index, self.obj_index, self.shape, verify_hash=self.verify_hash)

    def _read_whole(self, handle: Any) -> NDArray[Any]:
        """All values, for a part of them; read-only, for other readers may get the same."""
        if self.verify_hash:
            return self._decoded(handle)
        return decoded_objects.get((handle, self.msg_index, self.obj_index), lambda: self._decoded(handle))

    def _is_small(self, selection: Selection) -> bool:
        if selection.is_whole:
            return self.range_threshold >= 1
        return selection.covered / math.prod(self.shape) <= self.range_threshold

    def _read_part(self, handle: Any, selection: Selection) -> NDArray[Any] | None:
        """The selection by a partial read, or None where that is not to be had."""
        if not self.supports_range:
            self._log_fallback("RangeNotSupported")
            return None
        try:
            return self._read_selection(handle, selection)
        except (ValueError, RuntimeError, OSError) as error:
            if reader.is_integrity_error(error):
                raise
            self._log_fallback(error)
            return None

    def _read_selection(self, handle: Any, selection: Selection) -> NDArray[Any]:
        slices = selection.as_slices
        if slices is not None:
            selected = reader.read_selection(handle, self.msg_index, self.obj_index, slices)
            if selected is not None:
                return selected
        ranges = selection.ranges()
        flat = reader.read_ranges(handle, self.msg_index, self.obj_index, ranges)
        return selection.cut(flat.reshape(tuple(len(indices) for indices in selection.cover)))

    def _log_fallback(self, cause: object) -> None:
        logger.debug(
            "decode_range failed for %s msg=%d obj=%d, falling back to full decode: %s",
            self.file_path,
            self.msg_index,
            self.obj_index,
            cause,
        )


class StackedBackendArray(_SelectingArray):
    """Equal arrays laid out on a grid: outer axes say which array, inner axes select from it.

    `arrays` are in row-major order of `outer_shape`. Only those that a selection touches are read.
    """

    def __init__(
        self,
        arrays: Sequence[Any],
        outer_shape: Sequence[int],
        inner_shape: Sequence[int],
        dtype: np.dtype[Any],
    ) -> None:
        if len(arrays) != math.prod(outer_shape):
            raise ValueError(
                f"expected {math.prod(outer_shape)} backing arrays for outer shape "
                f"{tuple(outer_shape)}, got {len(arrays)}"
            )
        self._arrays = list(arrays)
        self._outer_shape = tuple(outer_shape)
        self.shape = self._outer_shape + tuple(inner_shape)
        self.dtype = dtype

    def _raw_indexing_method(self, key: tuple[Any, ...]) -> NDArray[Any]:
        outer = len(self._outer_shape)
        selection = Selection.of(key, self.shape)
        inner = Selection.of(key[outer:], self.shape[outer:])
        cells = np.arange(len(self._arrays)).reshape(self._outer_shape)
        wanted = cells[np.ix_(*selection.axes[:outer])]
        result = np.empty(wanted.shape + inner.result_shape, self.dtype)
        if not selection.is_empty:
            for position, cell in np.ndenumerate(wanted):
                result[position] = self._arrays[cell]._raw_indexing_method(key[outer:])
        return result.reshape(selection.result_shape)


def _is_contiguous_slice(key: tuple[Any, ...]) -> bool:
    """Whether a key consists of slices of step 1 only."""
    return all(isinstance(k, slice) and k.step in (None, 1) for k in key)


def _nd_slice_to_flat_ranges(shape: Sequence[int], key: tuple[slice, ...]) -> tuple[list[Range], tuple[int, ...]]:
    """What slices of step 1 select: `(start, count)` ranges of the flattened array, and shape."""
    selection = Selection.of(tuple(key), shape)
    return selection.ranges(), selection.full_shape


def _expand_key_to_indices(key: tuple[Any, ...], shape: Sequence[int]) -> list[list[int]]:
    """Per axis the indices that a slice, an integer or an array selects; None selects them all."""
    return [
        [int(index) for index in axis_indices(slice(None) if k is None else k, size, axis)]
        for axis, (k, size) in enumerate(zip(key, shape, strict=False))
    ]
