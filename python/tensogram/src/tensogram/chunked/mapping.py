"""Users' functions over blocks: `map_blocks`, `blockwise`, `reduction`, `shuffle`, `unify_chunks`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from tensogram.chunked import blocks, callbacks, chunking, gufunc, operands, statistical
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import as_dtype
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array
from tensogram.chunked.indexing import take_positions
from tensogram.chunked.node import Chunks

__all__ = ["apply_along_axis", "blockwise", "map_blocks", "reduction", "shuffle", "unify_chunks"]

_IGNORED = ("name", "token", "meta", "inline_array", "enforce_ndim")


def map_blocks(
    func: Callable[..., Any],
    *args: Any,
    dtype: Any = None,
    chunks: Any = None,
    drop_axis: Any = None,
    new_axis: Any = None,
    **kwargs: Any,
) -> Array:
    """A function of corresponding blocks; arguments that are no arrays are handed through.

    `drop_axis` are axes that the function removes, `new_axis` those that it then adds; `chunks` are the block sizes
    of its results, where an int is the size of every block. `dtype` is learnt by a call with ones if it is not given.
    A function with a parameter `block_id` gets the block's position, with `block_info` also where it is.
    """
    meta = kwargs.pop("meta", None)
    for name in _IGNORED:
        kwargs.pop(name, None)
    arrays = {i: x for i, x in enumerate(args) if type(x) is Array or (isinstance(x, np.ndarray) and x.ndim)}
    for x in args:
        operands.refuse_foreign(x)
    sources = {i: operands.as_array(x) for i, x in arrays.items()}
    ndim = max((x.ndim for x in sources.values()), default=0)
    labelled = [(x, tuple(range(ndim - x.ndim, ndim))) for x in sources.values()]
    run: Any = Partial(func, **kwargs) if kwargs else func
    if len(sources) < len(args):
        run = callbacks.Positional(run, {i: x for i, x in enumerate(args) if i not in sources})
    wanted = callbacks.wanted(func)
    dropped = () if drop_axis is None else blocks.normalize_axes(drop_axis, ndim)
    index: list[int] = [axis for axis in range(ndim) if axis not in dropped]
    new = [] if new_axis is None else sorted(_several(new_axis))
    for offset, axis in enumerate(new):
        index.insert(axis, ndim + offset)
    if dtype is None and meta is not None:
        dtype = meta.dtype
    if dtype is None:
        samples = [np.ones((1,) * x.ndim, x.dtype) for x in sources.values()]
        extra = {"block_id": (0,) * len(index), "block_info": {}}
        dtype = gufunc.inferred_dtypes(run, samples, {name: extra[name] for name in wanted}, "dtype")[0]
    grid = _grid(chunks, index, ndim, labelled)
    kinds = (_sized(dtype),)
    if "block_info" in wanted:
        unified = _unified(labelled) | grid
        places = {label: axis for axis, label in enumerate(index)}
        known = {
            position: (x.chunks, tuple(places.get(label) for label in labels))
            for position, (x, labels) in zip(sources, labelled, strict=True)
        }
        run = callbacks.Informed(run, known, tuple(unified[label] for label in index), kinds, "block_id" in wanted)
    return blocks.on_blocks(run, labelled, index, kinds, grid, bool(wanted))[0]


def _sized(dtype: Any) -> Any:
    kind = as_dtype(dtype)
    return kind if kind.itemsize else np.dtype((kind.type, 1))


def _several(axes: Any) -> list[int]:
    return [int(axes)] if isinstance(axes, (int, np.integer)) else [int(axis) for axis in axes]


def _grid(chunks: Any, index: list[int], ndim: int, inputs: Sequence[tuple[Array, Sequence[int]]]) -> dict[int, Any]:
    """Block sizes of the result's labels that the function changes or adds."""
    if chunks is None:
        return {label: (1,) for label in index if label >= ndim}
    given = chunks if isinstance(chunks, (tuple, list)) else (chunks,) * len(index)
    if len(given) != len(index):
        raise ValueError(f"chunks {chunks!r} are for {len(given)} dimensions, the result has {len(index)}")
    counts: dict[int, int] = {}
    for x, labels in inputs:
        for axis, label in enumerate(labels):
            counts[label] = max(counts.get(label, 1), len(x.chunks[axis]))
    made = {}
    for label, sizes in zip(index, given, strict=True):
        if sizes is None:
            continue
        if isinstance(sizes, (int, np.integer)):
            sizes = (int(sizes),) * (1 if label >= ndim else counts.get(label, 1))
        made[label] = tuple(int(n) for n in sizes)
    return made


def blockwise(
    func: Callable[..., Any],
    out_ind: Sequence[Hashable],
    *args: Any,
    dtype: Any = None,
    adjust_chunks: dict[Any, Any] | None = None,
    new_axes: dict[Any, Any] | None = None,
    align_arrays: bool = True,
    concatenate: bool | None = None,
    **kwargs: Any,
) -> Array:
    """A function of blocks whose axes are labelled: ``blockwise(f, "ij", x, "ik", y, "kj")``.

    Labels that the result lacks are contracted: their blocks come joined to one. A value with None for labels is
    handed through. `new_axes` are sizes of labels that no argument has; `adjust_chunks` change the block sizes of
    others, by a number, sizes or a function of the size.
    """
    meta = kwargs.pop("meta", None)
    for name in _IGNORED:
        kwargs.pop(name, None)
    if concatenate is False:
        raise NotImplementedError("contracted blocks come joined: concatenate=False is not supported")
    names: dict[Hashable, int] = {}
    label = names.setdefault
    inputs, values = [], {}
    for position, (value, labels) in enumerate(zip(args[::2], args[1::2], strict=True)):
        if labels is None:
            values[position] = value
        else:
            inputs.append((operands.as_array(value), tuple(label(name, len(names)) for name in labels)))
    index = [label(name, len(names)) for name in out_ind]
    chunks: dict[int, Any] = {}
    for name, size in (new_axes or {}).items():
        chunks[label(name, len(names))] = tuple(size) if isinstance(size, (tuple, list)) else (int(size),)
    unified = _unified(inputs)
    for name, change in (adjust_chunks or {}).items():
        old = unified[names[name]]
        if callable(change):
            sizes = tuple(int(change(n)) for n in old)
        else:
            sizes = (int(change),) * len(old) if isinstance(change, (int, np.integer)) else tuple(map(int, change))
        chunks[names[name]] = sizes
    run: Any = Partial(func, **kwargs) if kwargs else func
    if values:
        run = callbacks.Positional(run, values)
    if dtype is None and meta is not None:
        dtype = meta.dtype
    if dtype is None:
        samples = [np.ones((1,) * x.ndim, x.dtype) for x, _ in inputs]
        dtype = gufunc.inferred_dtypes(run, samples, {}, "dtype")[0]
    return blocks.on_blocks(run, inputs, index, (_sized(dtype),), chunks, "block_id" in callbacks.wanted(func))[0]


def _unified(inputs: Sequence[tuple[Array, Sequence[int]]]) -> dict[int, tuple[int, ...]]:
    """The common grid of every label."""
    boundaries: dict[int, tuple[int, ...]] = {}
    for x, labels in inputs:
        for axis, label in enumerate(labels):
            sizes = x.chunks[axis]
            known = boundaries.get(label)
            if known is None or (sum(known) == 1 and sum(sizes) != 1):
                boundaries[label] = sizes
            elif known != sizes and sum(sizes) != 1:
                boundaries[label] = _refined(known, sizes)
    return boundaries


def _refined(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    if sum(first) != sum(second):
        raise ValueError(f"chunks {first} and {second} do not cover the same size")
    edges = np.union1d(np.cumsum((0, *first)), np.cumsum((0, *second)))
    return tuple(int(n) for n in np.diff(edges)) or (0,)


def unify_chunks(*args: Any) -> tuple[dict[Hashable, tuple[int, ...]], list[Array]]:
    """Alternating arrays and their axes' names, as arrays in common blocks, and the blocks of every name."""
    pairs = [(operands.as_array(x), tuple(names)) for x, names in zip(args[::2], args[1::2], strict=True)]
    labels: dict[Hashable, int] = {}
    named = [(x, [labels.setdefault(name, len(labels)) for name in names]) for x, names in pairs]
    grid = _unified(named)
    arrays = []
    for x, axes in named:
        wanted = tuple(
            grid[label] if x.shape[axis] == sum(grid[label]) else x.chunks[axis] for axis, label in enumerate(axes)
        )
        arrays.append(blocks.rechunk(x, wanted))
    return {name: grid[label] for name, label in labels.items()}, arrays


def reduction(
    x: Array,
    func: Callable[..., Any],
    *,
    combine: Callable[..., Any] | None = None,
    aggregate: Callable[..., Any] | None = None,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
) -> Array:
    """A reduction by functions of blocks.

    `func(block, axis=…, keepdims=True)` of every block; neighbours' results, joined in order, go through
    `combine` and at last `aggregate`, which default to one another and to `func`.
    """
    array = operands.as_array(x)
    axes = blocks.normalize_axes(axis, array.ndim)
    finish = aggregate or combine or func
    kind = as_dtype(array.dtype if dtype is None else dtype)
    if len(axes) == 1:
        return statistical.merged(func, finish, array, axes[0], kind, bool(keepdims), combine=combine)
    # Of every block at once along all axes; what they leave is small.
    labels = range(array.ndim)
    ones = {a: (1,) * len(array.chunks[a]) for a in axes}
    partial = blocks.on_blocks(Partial(func, axis=axes, keepdims=True), [(array, labels)], labels, (kind,), ones)[0]
    return blocks.along(Partial(finish, axis=axes, keepdims=keepdims), partial, axes, kind, keepdims=keepdims)


def shuffle(x: Array, indexer: Sequence[Sequence[int]], axis: int, chunks: Any = "auto") -> Array:
    """The axis as groups of positions one after the other, none cut by a block boundary."""
    axis = blocks.normalize_axis(axis, x.ndim)
    groups = [np.asarray(group, dtype=np.int64) for group in indexer]
    positions = np.concatenate(groups) if groups else np.empty(0, np.int64)
    if positions.size and (positions.min() < 0 or positions.max() >= x.shape[axis]):
        raise IndexError(f"a position of the indexer is out of bounds for axis {axis} with size {x.shape[axis]}")
    taken = take_positions(x, axis, positions)
    sizes: list[int] = []
    limit = max(x.chunks[axis], default=1)
    for group in groups:
        if sizes and sizes[-1] + group.size <= limit:
            sizes[-1] += group.size
        elif group.size:
            sizes.append(group.size)
    spec: list[Any] = list(x.chunks)
    if chunks is not None and chunks != "auto":
        others = chunking.rechunk_spec(chunks, x.chunks)
        spec = list(chunking.normalize_chunks(others, x.shape, dtype=x.dtype, previous_chunks=x.chunks))
    spec[axis] = tuple(sizes) or (0,)
    grid: Chunks = tuple(spec)
    return blocks.rechunk(taken, grid)


@implements()
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Array, *args: Any, **kwargs: Any) -> Array:
    """A function of every line along an axis; what it gives of ones tells shape and type."""
    axis = blocks.normalize_axis(axis, arr.ndim)
    sample = np.asarray(func1d(np.ones(max(arr.shape[axis], 1), arr.dtype), *args, **kwargs))
    if sample.ndim > 1:
        raise NotImplementedError(f"a function that gives {sample.ndim} dimensions for a line is not supported")
    sizes = {axis: sample.shape[0]} if sample.ndim else {}
    run = Partial(_along_lines, func1d, axis, args, kwargs)
    return blocks.along(run, arr, (axis,), as_dtype(sample.dtype), sizes=sizes)


def _along_lines(block: Any, func1d: Any, axis: int, args: Any, kwargs: Any) -> Any:
    return np.apply_along_axis(func1d, axis, block, *args, **kwargs)
