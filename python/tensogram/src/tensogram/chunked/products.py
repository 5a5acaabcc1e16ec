"""Products of matrices and tensors: blocks are multiplied, partial products summed natively."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensogram.chunked import blocks, manipulation, operands, statistical, universal
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import DType, as_dtype
from tensogram.chunked.functions import Partial
from tensogram.chunked.handle import Array

__all__ = [
    "diagonal", "dot", "einsum", "inner", "kron", "matmul", "matrix_transpose", "outer", "tensordot", "trace", "vdot",
    "vecdot",
]  # fmt: skip

Labels = Sequence[int]


def contract(arrays: Sequence[Array], labels: Sequence[Labels], result: Labels, dtype: DType | None = None) -> Array:
    """The sum, over labels that the result lacks, of the products of elements with equal labels."""
    kind = as_dtype(np.result_type(*(x.dtype for x in arrays)) if dtype is None else dtype)
    arrays = [universal.cast(x, kind) for x in arrays]
    _check_sizes(arrays, labels)
    arrays, labels = _without_repeats(arrays, labels)
    numbers = {label: number for number, label in enumerate(dict.fromkeys(one for group in labels for one in group))}
    labels, result = [[numbers[one] for one in group] for group in labels], [numbers[one] for one in result]
    summed = [label for label in dict.fromkeys(one for group in labels for one in group) if label not in result]
    everything = {label for group in labels for label in group}
    if kind.kind in "fciu" and kind != np.dtype(np.float16) and any(set(group) == everything for group in labels):
        return _multiplied(arrays, labels, result, summed, kind)
    if not summed:
        return blocks.on_blocks(
            Partial(_einsum_block, tuple(map(tuple, labels)), tuple(result), 0),
            list(zip(arrays, labels, strict=True)), result, (kind,),
        )[0]  # fmt: skip
    # A block of every partial product keeps the summed axes as 1.
    grid = _grid(arrays, labels)
    chunks = {label: (1,) * len(grid[label]) for label in summed}
    run = Partial(_einsum_block, tuple(map(tuple, labels)), tuple(result), len(summed))
    partial = blocks.on_blocks(run, list(zip(arrays, labels, strict=True)), [*result, *summed], (kind,), chunks)[0]
    axes = tuple(range(len(result), len(result) + len(summed)))
    if all(partial.shape[axis] == 1 for axis in axes):
        return manipulation.squeeze(partial, axes)
    if kind.kind == "b":
        return statistical.any(partial, axes)
    return statistical.sum(partial, axes, kind)


def _check_sizes(arrays: Sequence[Array], labels: Sequence[Labels]) -> None:
    sizes: dict[int, int] = {}
    for x, group in zip(arrays, labels, strict=True):
        for label, extent in zip(group, x.shape, strict=True):
            known = sizes.get(label, 1)
            if known != 1 and extent not in (1, known):
                raise ValueError(
                    f"operands with shapes {[x.shape for x in arrays]} do not fit: sizes {known} and {extent}"
                )
            sizes[label] = max(known, extent) if extent else 0


def _without_repeats(arrays: Sequence[Array], labels: Sequence[Labels]) -> tuple[list[Array], list[Labels]]:
    """Arrays in which no label occurs twice: their diagonals."""
    made: list[Array] = []
    groups: list[Labels] = []
    for x, group in zip(arrays, labels, strict=True):
        kept = list(group)
        while len(set(kept)) != len(kept):
            label = next(label for label in kept if kept.count(label) > 1)
            first = kept.index(label)
            second = kept.index(label, first + 1)
            x = diagonal_of(x, first, second)
            kept = [n for i, n in enumerate(kept) if i not in (first, second)] + [label]
        made.append(x)
        groups.append(kept)
    return made, groups


def diagonal_of(x: Array, axis1: int, axis2: int, offset: int = 0) -> Array:
    """The diagonal of two axes, as a new last axis."""
    rows, columns = x.shape[axis1], x.shape[axis2]
    count = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    along = np.arange(count)
    key: list[Any] = [slice(None)] * x.ndim
    key[axis1], key[axis2] = along + max(-offset, 0), along + max(offset, 0)
    return manipulation.moveaxis(x.vindex[tuple(key)], 0, -1)


def _multiplied(
    arrays: Sequence[Array], labels: Sequence[Labels], result: Labels, summed: Labels, kind: DType
) -> Array:
    """Where one operand has every label: broadcast, multiply, sum; all native and fused."""
    order = [*result, *summed]
    product: Any = None
    for x, group in zip(arrays, labels, strict=True):
        places = [order.index(label) for label in group]
        ordered = manipulation.permute_dims(x, tuple(np.argsort(places)))
        wide = manipulation.expanded(ordered, [i for i, label in enumerate(order) if label not in group])
        product = wide if product is None else product * wide
    axes = tuple(range(len(result), len(order)))
    total: Array = statistical.sum(product, axes, kind) if axes else product
    return total


def _grid(arrays: Sequence[Array], labels: Sequence[Labels]) -> dict[int, tuple[int, ...]]:
    from tensogram.chunked.mapping import _unified

    return _unified(list(zip(arrays, labels, strict=True)))


def _einsum_block(*arguments: Any) -> Any:
    *operands_, labels, result, ones = arguments
    interleaved = [part for pair in zip(operands_, map(list, labels), strict=True) for part in pair]
    product = np.einsum(*interleaved, list(result), optimize=len(operands_) > 1)
    return product[(..., *(None,) * ones)]


@implements()
def einsum(*arguments: Any, optimize: Any = False, dtype: Any = None, order: Any = "K", casting: Any = "safe") -> Array:
    """Einstein's summation, as `numpy.einsum`."""
    arrays, labels, result = _parsed(arguments)
    return contract(arrays, labels, result, as_dtype(dtype) if dtype is not None else None)


def _parsed(arguments: tuple[Any, ...]) -> tuple[list[Array], list[list[int]], list[int]]:
    if isinstance(arguments[0], str):
        text, *given = arguments
        sides = text.replace(" ", "").split("->")
        groups, target = sides[0].split(","), sides[1] if len(sides) == 2 else None
    else:
        given = list(arguments[: len(arguments) // 2 * 2 : 2])
        groups = [_text(group) for group in arguments[1::2]]
        target = _text(arguments[-1]) if len(arguments) % 2 else None
    arrays = [operands.as_array(x) for x in given]
    if len(groups) != len(arrays):
        raise ValueError(f"the subscripts name {len(groups)} operands, {len(arrays)} were given")
    spread = max(
        (x.ndim - len(g.replace("...", "")) for x, g in zip(arrays, groups, strict=True) if "..." in g), default=0
    )
    labels = []
    for x, group in zip(arrays, groups, strict=True):
        count = x.ndim - len(group.replace("...", ""))
        if count < 0 or (count and "..." not in group):
            raise ValueError(f"the subscripts {group!r} do not fit an operand of {x.ndim} dimensions")
        labels.append(_labels(group, count, spread))
    if target is None:
        letters = [letter for group in groups for letter in group.replace("...", "")]
        target = ("..." if spread else "") + "".join(sorted(n for n in set(letters) if letters.count(n) == 1))
    result = _labels(target, spread if "..." in target else 0, spread)
    known = {label for group in labels for label in group}
    if len(set(result)) != len(result) or not set(result) <= known:
        raise ValueError(f"the output subscripts {target!r} repeat a letter or have one that no operand has")
    return arrays, labels, result


def _text(group: Any) -> str:
    return "".join(
        "..." if entry is Ellipsis else chr(65 + entry) if entry < 26 else chr(71 + entry) for entry in group
    )


def _labels(group: str, count: int, spread: int) -> list[int]:
    """Letters as their code points; axes of the ellipsis are negative, aligned at their ends."""
    before, dots, after = group.partition("...")
    between = list(range(-count, 0)) if dots else []
    return [*map(ord, before), *between, *map(ord, after)]


@implements("matmul", "linalg.matmul")
def matmul(x1: Any, x2: Any, /) -> Array:
    """Matrix products over the last two axes; vectors count as a row before, a column after."""
    first, second = operands.as_array(x1), operands.as_array(x2)
    if not first.ndim or not second.ndim:
        raise ValueError("matmul: an operand does not have enough dimensions: there is none")
    left = [*range(-first.ndim + 2, 0), *((1, 2) if first.ndim > 1 else (2,))]
    right = [*range(-second.ndim + 2, 0), *((2, 3) if second.ndim > 1 else (2,))]
    if first.shape[-1] != second.shape[max(second.ndim - 2, 0)]:
        raise ValueError(f"matmul: shapes {first.shape} and {second.shape} do not fit in their core dimension")
    loop = max(first.ndim, second.ndim) - 2
    result = [*range(-loop, 0), *((1,) if first.ndim > 1 else ()), *((3,) if second.ndim > 1 else ())]
    return contract([first, second], [left, right], result)


@implements("matrix_transpose", "linalg.matrix_transpose")
def matrix_transpose(x: Any, /) -> Array:
    """The last two axes swapped."""
    array = operands.as_array(x)
    if array.ndim < 2:
        raise ValueError(f"matrices need two dimensions or more, not {array.ndim}")
    return manipulation.swapaxes(array, -1, -2)


@implements("tensordot", "linalg.tensordot")
def tensordot(x1: Any, x2: Any, /, axes: Any = 2) -> Array:
    """Products summed over pairs of axes: the last and first so many, or those named."""
    first, second = operands.as_array(x1), operands.as_array(x2)
    if isinstance(axes, (int, np.integer)):
        pairs = list(zip(range(first.ndim - int(axes), first.ndim), range(int(axes)), strict=True))
    else:
        given = [[a] if isinstance(a, (int, np.integer)) else list(a) for a in axes]
        pairs = [
            (blocks.normalize_axis(a, first.ndim), blocks.normalize_axis(b, second.ndim))
            for a, b in zip(given[0], given[1], strict=True)
        ]
    left, right = list(range(first.ndim)), list(range(first.ndim, first.ndim + second.ndim))
    for a, b in pairs:
        if first.shape[a] != second.shape[b]:
            raise ValueError(f"shape-mismatch for sum: {first.shape} along {a}, {second.shape} along {b}")
        right[b] = left[a]
    summed = {left[a] for a, _ in pairs}
    return contract([first, second], [left, right], [label for label in left + right if label not in summed])


@implements("vecdot", "linalg.vecdot")
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Array:
    """Dot products of vectors along an axis, the first conjugated."""
    first, second = operands.as_array(x1), operands.as_array(x2)
    first, second = manipulation.moveaxis(first, axis, -1), manipulation.moveaxis(second, axis, -1)
    if first.shape[-1] != second.shape[-1]:
        raise ValueError(f"vecdot: vectors have {first.shape[-1]} and {second.shape[-1]} elements")
    left, right = [*range(-first.ndim + 1, 0), 1], [*range(-second.ndim + 1, 0), 1]
    loop = max(first.ndim, second.ndim) - 1
    return contract([_conjugated(first), second], [left, right], [*range(-loop, 0)])


def _conjugated(x: Array) -> Array:
    conjugated: Array = universal.apply(np.conjugate, (x,)) if x.dtype.kind == "c" else x
    return conjugated


@implements()
def dot(a: Any, b: Any) -> Array:
    """Products summed over the first's last and the second's last but one axis."""
    first, second = operands.as_array(a), operands.as_array(b)
    if not first.ndim or not second.ndim:
        return first * second
    return tensordot(first, second, ((-1,), (max(second.ndim - 2, 0),)))


@implements()
def vdot(a: Any, b: Any, /) -> Array:
    """The dot product of the flat arrays, the first conjugated."""
    first, second = (manipulation.reshape(operands.as_array(x), (-1,)) for x in (a, b))
    return contract([_conjugated(first), second], [[0], [0]], [])


@implements()
def inner(a: Any, b: Any, /) -> Array:
    """Products summed over the last axes."""
    first, second = operands.as_array(a), operands.as_array(b)
    return tensordot(first, second, ((-1,), (-1,))) if first.ndim and second.ndim else first * second


@implements("outer")
def outer(a: Any, b: Any, /) -> Array:
    """Products of every pair of elements of the flat arrays."""
    first, second = (manipulation.reshape(operands.as_array(x), (-1,)) for x in (a, b))
    return manipulation.expanded(first, [1]) * second


@implements()
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Diagonals of two axes, as a last axis."""
    array = operands.as_array(x)
    return diagonal_of(
        array, blocks.normalize_axis(axis1, array.ndim), blocks.normalize_axis(axis2, array.ndim), offset
    )


@implements()
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Array:
    """Sums of diagonals of two axes."""
    return statistical.sum(diagonal(x, offset, axis1, axis2), -1, dtype)


@implements()
def kron(a: Any, b: Any) -> Array:
    """The Kronecker product."""
    first, second = operands.as_array(a), operands.as_array(b)
    ndim = max(first.ndim, second.ndim)
    first, second = (manipulation.reshape(x, (1,) * (ndim - x.ndim) + x.shape) for x in (first, second))
    wide = manipulation.expanded(first, range(1, 2 * ndim, 2)) * manipulation.expanded(second, range(0, 2 * ndim, 2))
    return manipulation.reshape(wide, tuple(m * n for m, n in zip(first.shape, second.shape, strict=True)))
