"""Creation; all lazy, each with `chunks`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tensogram.chunked import chunking, indexing, manipulation, operands, universal
from tensogram.chunked.blocks import rechunk
from tensogram.chunked.datatypes import check_device
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import DType, as_dtype, element, is_native
from tensogram.chunked.handle import Array
from tensogram.chunked.node import make

__all__ = [
    "arange", "array", "asanyarray", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like",
    "identity", "linspace", "meshgrid", "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip


@implements("asarray", "array", "asanyarray", creates=True)
def asarray(
    obj: Any,
    /,
    dtype: Any = None,
    *,
    device: Any = None,
    copy: bool | None = None,
    chunks: Any = "auto",
    order: Any = None,
    like: Any = None,
    ndmin: int = 0,
    subok: bool = False,
) -> Array:
    """An array of what numpy's `asarray` takes; numpy's memory is referenced unless `copy`.

    `copy=False` with a conversion that needs a copy is a `ValueError`.
    """
    check_device(device)
    if type(obj) is Array:
        kind = obj.dtype if dtype is None else as_dtype(dtype)
        if copy is False and kind != obj.dtype:
            raise ValueError(f"a conversion of {obj.dtype} to {kind} copies: copy=False is impossible")
        result = universal.cast(obj, kind)
        result = result.copy() if copy else result
    else:
        values = _values(obj, dtype)
        if copy is False and not (isinstance(obj, np.ndarray) and np.shares_memory(values, obj)) and values.size:
            raise ValueError("elements that are not in an array have to be copied: copy=False is impossible")
        copied = values.copy() if copy and isinstance(obj, np.ndarray) else values
        result = operands.from_memory(copied, chunks)
    return manipulation.reshape(result, (1,) * max(ndmin - result.ndim, 0) + result.shape)


def _values(obj: Any, dtype: Any) -> Any:
    if isinstance(obj, (list, tuple)) and operands.has_array(obj):
        obj = _computed(obj)
    return operands.as_values(obj, dtype)


def _computed(obj: Any) -> Any:
    """Nested lists of 0-d arrays of ours are values, as for numpy."""
    if isinstance(obj, (list, tuple)):
        return [_computed(member) for member in obj]
    return obj.compute() if type(obj) is Array else obj


array = asanyarray = asarray


@implements("full", creates=True)
def full(
    shape: Any,
    fill_value: Any,
    dtype: Any = None,
    *,
    device: Any = None,
    chunks: Any = "auto",
    order: Any = None,
    like: Any = None,
) -> Array:
    """One value everywhere; it takes no memory."""
    check_device(device)
    sizes = _shape(shape)
    if type(fill_value) is Array:
        value = fill_value if dtype is None else universal.cast(fill_value, as_dtype(dtype))
        grid = chunking.normalize_chunks(chunks, sizes, dtype=value.dtype)
        return manipulation.broadcast_to(value, sizes, chunks=grid)
    kind = np.asarray(fill_value).dtype if dtype is None else as_dtype(dtype)
    if np.ndim(fill_value):
        return manipulation.broadcast_to(operands.as_array(np.asarray(fill_value, kind)), sizes, chunks=chunks)
    return operands.filled(fill_value, _sized(kind, fill_value), sizes, chunks)


def _sized(kind: DType, value: Any) -> DType:
    return kind if kind.itemsize else np.asarray(value, kind).dtype


def _shape(shape: Any) -> tuple[int, ...]:
    sizes = tuple(int(n) for n in shape) if isinstance(shape, (tuple, list)) else (int(shape),)
    if any(n < 0 for n in sizes):
        raise ValueError(f"negative dimensions are not allowed: {sizes}")
    return sizes


@implements("zeros", creates=True)
def zeros(
    shape: Any, dtype: Any = float, *, device: Any = None, chunks: Any = "auto", order: Any = None, like: Any = None
) -> Array:
    """Zeros, False or empty text."""
    kind = as_dtype(float if dtype is None else dtype)
    return full(shape, np.zeros((), kind)[()], kind, device=device, chunks=chunks)


@implements("ones", creates=True)
def ones(
    shape: Any, dtype: Any = float, *, device: Any = None, chunks: Any = "auto", order: Any = None, like: Any = None
) -> Array:
    """Ones."""
    return full(shape, 1, float if dtype is None else dtype, device=device, chunks=chunks)


@implements("empty", creates=True)
def empty(
    shape: Any, dtype: Any = float, *, device: Any = None, chunks: Any = "auto", order: Any = None, like: Any = None
) -> Array:
    """Zeros: there is no memory whose contents could be left alone."""
    return zeros(shape, dtype, device=device, chunks=chunks)


@implements("full_like")
def full_like(
    x: Any,
    /,
    fill_value: Any,
    dtype: Any = None,
    *,
    device: Any = None,
    shape: Any = None,
    chunks: Any = None,
    order: Any = None,
    subok: bool = True,
) -> Array:
    """One value, in shape, type and blocks of `x` unless others are given."""
    source = operands.as_array(x)
    sizes = source.shape if shape is None else _shape(shape)
    grid = chunks if chunks is not None else source.chunks if shape is None else "auto"
    return full(sizes, fill_value, source.dtype if dtype is None else dtype, device=device, chunks=grid)


@implements("zeros_like")
def zeros_like(x: Any, /, dtype: Any = None, **keywords: Any) -> Array:
    """Zeros in shape, type and blocks of `x`; keywords as for `full_like`."""
    kind = as_dtype(operands.as_array(x).dtype if dtype is None else dtype)
    return full_like(x, np.zeros((), kind)[()], kind, **keywords)


@implements("ones_like")
def ones_like(x: Any, /, dtype: Any = None, **keywords: Any) -> Array:
    """Ones in shape, type and blocks of `x`; keywords as for `full_like`."""
    return full_like(x, 1, dtype, **keywords)


@implements("empty_like")
def empty_like(x: Any, /, dtype: Any = None, **keywords: Any) -> Array:
    """As `zeros_like`."""
    return zeros_like(x, dtype, **keywords)


@implements("arange", creates=True)
def arange(
    start: Any,
    /,
    stop: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    chunks: Any = "auto",
    like: Any = None,
) -> Array:
    """Evenly spaced numbers below `stop`, or below `start` from 0."""
    check_device(device)
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        dtype = np.result_type(np.arange(start, start, step), np.arange(stop, stop, step))
    kind = as_dtype(dtype)
    if not is_native(kind) or kind.kind not in "iuf":
        return operands.from_memory(np.arange(start, stop, step, dtype=kind), chunks)
    count = max(math.ceil((stop - start) / step), 0)
    grid = chunking.normalize_chunks(chunks, (count,), dtype=kind)
    # numpy steps by what the first two elements differ in once they are of the type.
    first, second = (np.asarray(value).astype(kind).item() for value in (start, start + step))
    delta = kind.type(second) - kind.type(first) if kind.kind == "f" else second - first
    return Array(
        make("arange", kind, first, float(delta) if kind.kind == "f" else delta, element(kind), (count,), grid)
    )


@implements("linspace", creates=True)
def linspace(
    start: Any,
    stop: Any,
    /,
    num: int = 50,
    *,
    dtype: Any = None,
    device: Any = None,
    endpoint: bool = True,
    chunks: Any = "auto",
) -> Array:
    """`num` evenly spaced numbers from `start` to `stop`."""
    check_device(device)
    kind = as_dtype(np.result_type(start, stop, float(num)) if dtype is None else dtype)
    # One line of numbers: numpy's own are exact at both ends.
    return operands.from_memory(np.linspace(start, stop, num, endpoint=endpoint, dtype=kind), chunks)


@implements("eye", creates=True)
def eye(
    n_rows: int,
    n_cols: int | None = None,
    /,
    *,
    k: int = 0,
    dtype: Any = float,
    device: Any = None,
    chunks: Any = "auto",
    order: Any = None,
    like: Any = None,
) -> Array:
    """Ones on the `k`-th diagonal, zeros elsewhere."""
    check_device(device)
    columns = n_rows if n_cols is None else n_cols
    grid = chunking.normalize_chunks(chunks, (n_rows, columns), dtype=as_dtype(dtype or float))
    rows = indexing.read(arange(n_rows, chunks=(grid[0],)), (slice(None), None))
    on_diagonal = arange(columns, chunks=(grid[1],)) == rows + k
    return rechunk(universal.cast(on_diagonal, as_dtype(dtype or float)), grid)


@implements("identity", creates=True)
def identity(n: int, dtype: Any = float) -> Array:
    """The unit matrix."""
    return eye(n, dtype=dtype)


@implements("meshgrid")
def meshgrid(*arrays: Any, indexing: str = "xy", copy: bool = False, sparse: bool = False) -> Any:
    """Coordinate matrices of coordinate vectors."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    lines = [manipulation.reshape(x, (-1,)) for x in map(operands.as_array, arrays)]
    ndim = len(lines)
    order = list(range(ndim))
    if indexing == "xy" and ndim > 1:
        order[:2] = [1, 0]
    spread = [
        manipulation.expanded(line, [axis for axis in range(ndim) if axis != order[i]]) for i, line in enumerate(lines)
    ]
    return tuple(spread) if sparse else manipulation.broadcast_arrays(*spread)


def _triangle(x: Any, k: int, lower: bool) -> Array:
    from tensogram.chunked.searching import choose

    array = operands.as_array(x)
    if array.ndim < 2:
        raise ValueError(f"a triangle needs two dimensions or more, not {array.ndim}")
    rows = indexing.read(arange(array.shape[-2], chunks=(array.chunks[-2],)), (slice(None), None))
    columns = arange(array.shape[-1], chunks=(array.chunks[-1],))
    keep = columns <= rows + k if lower else columns >= rows + k
    return choose(keep, array, np.zeros((), array.dtype)[()])


@implements("tril")
def tril(x: Any, /, k: int = 0) -> Array:
    """The elements on and below the `k`-th diagonal, zeros above."""
    return _triangle(x, k, lower=True)


@implements("triu")
def triu(x: Any, /, k: int = 0) -> Array:
    """The elements on and above the `k`-th diagonal, zeros below."""
    return _triangle(x, k, lower=False)


@implements(creates=True)
def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
    """An array over the memory that another library hands out."""
    check_device(device)
    if type(x) is Array:
        return x.copy() if copy else x
    values = np.from_dlpack(x)
    return operands.from_memory(values.copy() if copy else values)
