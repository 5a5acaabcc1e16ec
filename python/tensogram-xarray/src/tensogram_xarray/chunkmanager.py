"""The chunk manager `tensogram`: how xarray drives the native chunked arrays of `tensogram.chunked`.

```python
ds = xr.open_dataset("forecast.tgm", engine="tensogram", chunks={}, chunked_array_type="tensogram")
xr.set_options(chunk_manager="tensogram")  # so that a plain .chunk() makes them too
```

xarray loads every registered manager as soon as anybody chunks anything, so importing this module must neither fail
nor cost: `tensogram.chunked` is imported when it is first used.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from xarray.namedarray.parallelcompat import ChunkManagerEntrypoint

from tensogram_xarray import compatibility

__all__ = ["TensogramManager"]

_MODULE = "tensogram.chunked"


def _is_installed() -> bool:
    """Whether `tensogram.chunked` can be found; it is not imported."""
    try:
        return importlib.util.find_spec(_MODULE) is not None
    except (ImportError, AttributeError, ValueError):
        return False


def _chunked() -> Any:
    """The module `tensogram.chunked`."""
    import tensogram.chunked

    return tensogram.chunked


class TensogramManager(ChunkManagerEntrypoint[Any]):
    """Runs chunked computations on the native engine: on all cores, out of core, any number of results in one pass."""

    available = _is_installed()

    def __init__(self) -> None:
        compatibility.apply()

    @property
    def array_cls(self) -> type[Any]:  # type: ignore[override]
        """The one class of native chunked arrays."""
        cls: type[Any] = _chunked().Array
        return cls

    @property
    def array_api(self) -> ModuleType:
        """The namespace of array functions: `tensogram.chunked` itself."""
        module: ModuleType = _chunked()
        return module

    def is_chunked_array(self, data: Any) -> bool:
        """Whether `data` is a native chunked array; where the module is not loaded, nothing is."""
        module = sys.modules.get(_MODULE)
        return module is not None and isinstance(data, module.Array)

    def chunks(self, data: Any) -> Any:
        """The sizes of the chunks along each axis."""
        return data.chunks

    def normalize_chunks(
        self,
        chunks: Any,
        shape: tuple[int, ...] | None = None,
        limit: int | None = None,
        dtype: Any = None,
        previous_chunks: Any = None,
    ) -> Any:
        """The sizes of the chunks along each axis that a specification in any form means."""
        return _chunked().normalize_chunks(
            chunks, shape=shape, limit=limit, dtype=dtype, previous_chunks=previous_chunks
        )

    def from_array(self, data: Any, chunks: Any, **kwargs: Any) -> Any:
        """A lazy array over anything that is indexed like numpy's; objects of `.tgm` files are read natively."""
        from tensogram_xarray import native_source

        return native_source.from_array(data, chunks, **kwargs)

    def rechunk(self, data: Any, chunks: Any, **kwargs: Any) -> Any:
        """The same array in other chunks; an empty mapping changes nothing."""
        if isinstance(chunks, dict) and not chunks:
            return data
        return super().rechunk(data, chunks, **kwargs)

    def compute(self, *data: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The values of all chunked arrays in `data`, computed together; anything else as it is.

        A source that several of them share is read once.
        """
        return self._together(data, _chunked().compute, kwargs)

    def persist(self, *data: Any, **kwargs: Any) -> tuple[Any, ...]:
        """As `compute`, but the results are chunked arrays in memory."""
        return self._together(data, _chunked().persist, kwargs)

    def _together(self, data: tuple[Any, ...], run: Callable[..., Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        ours = [position for position, item in enumerate(data) if self.is_chunked_array(item)]
        results = list(data)
        if ours:
            computed = run(*(data[position] for position in ours), **kwargs)
            for position, result in zip(ours, computed, strict=True):
                results[position] = result
        return tuple(results)

    def apply_gufunc(
        self,
        func: Callable[..., Any],
        signature: str,
        *args: Any,
        axes: Sequence[tuple[int, ...]] | None = None,
        keepdims: bool = False,
        output_dtypes: Sequence[Any] | None = None,
        vectorize: bool | None = None,
        **kwargs: Any,
    ) -> Any:
        """Applies a function of whole core dimensions to each block of the loop dimensions."""
        return _chunked().apply_gufunc(
            func,
            signature,
            *args,
            axes=axes,
            keepdims=keepdims,
            output_dtypes=output_dtypes,
            vectorize=vectorize,
            **kwargs,
        )

    def map_blocks(
        self,
        func: Callable[..., Any],
        *args: Any,
        dtype: Any = None,
        chunks: Any = None,
        drop_axis: int | Sequence[int] | None = None,
        new_axis: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Applies a function to each block."""
        return _chunked().map_blocks(
            func, *args, dtype=dtype, chunks=chunks, drop_axis=drop_axis, new_axis=new_axis, **kwargs
        )

    def blockwise(self, func: Callable[..., Any], out_ind: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        """Applies a function to blocks that index letters bring together."""
        return _chunked().blockwise(func, out_ind, *args, **kwargs)

    def reduction(
        self,
        arr: Any,
        func: Callable[..., Any],
        combine_func: Callable[..., Any] | None = None,
        aggregate_func: Callable[..., Any] | None = None,
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
        keepdims: bool = False,
    ) -> Any:
        """Reduces each block with `func`, and the blocks' results in their order."""
        return _chunked().reduction(
            arr,
            func,
            combine=combine_func,
            aggregate=aggregate_func,
            axis=axis,
            dtype=np.dtype(dtype) if dtype is not None else None,
            keepdims=keepdims,
        )

    def scan(
        self,
        func: Callable[..., Any],
        binop: Callable[..., Any],
        ident: float,
        arr: Any,
        axis: int | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> Any:
        """A cumulative operation along an axis: `func` on each block, `binop` with what the blocks before carry."""
        return _chunked().scan(func, binop, ident, arr, axis=axis, dtype=dtype, **kwargs)

    def shuffle(self, x: Any, indexer: list[list[int]], axis: int, chunks: Any) -> Any:
        """The groups of positions in `indexer`, one after the other along `axis`; no chunk boundary cuts a group."""
        return _chunked().shuffle(x, indexer, axis, chunks)

    def unify_chunks(self, *args: Any, **kwargs: Any) -> tuple[dict[Any, Any], list[Any]]:
        """The arrays, each followed by the names of its dimensions, in chunks that agree wherever a name does."""
        unified: tuple[dict[Any, Any], list[Any]] = _chunked().unify_chunks(*args, **kwargs)
        return unified

    def store(self, sources: Any, targets: Any, **kwargs: Any) -> Any:
        """Writes each block of the sources to its target as soon as it exists; all sources in one execution."""
        return _chunked().store(sources, targets, **kwargs)

    def get_auto_chunk_size(self) -> int:
        """Bytes that an automatic chunk has at most."""
        size: int = _chunked().settings.auto_chunk_bytes
        return size
