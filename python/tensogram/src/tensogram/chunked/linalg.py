"""Linear algebra: the standard's extension. Matrices are whole, stacks of them in blocks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tensogram.chunked import blocks, manipulation, operands, products, statistical, universal
from tensogram.chunked.dispatch import implements
from tensogram.chunked.elements import DType, as_dtype
from tensogram.chunked.functions import Partial
from tensogram.chunked.gufunc import on_core
from tensogram.chunked.handle import Array
from tensogram.chunked.products import matmul, matrix_transpose, tensordot, vecdot

__all__ = [
    "cholesky", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "lstsq", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "norm", "outer", "pinv", "qr", "slogdet", "solve", "svd",
    "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
]  # fmt: skip


class EighResult(NamedTuple):
    """What `eigh` gives."""

    eigenvalues: Array
    eigenvectors: Array


class QRResult(NamedTuple):
    """What `qr` gives."""

    Q: Array
    R: Array


class SlogdetResult(NamedTuple):
    """What `slogdet` gives."""

    sign: Array
    logabsdet: Array


class SVDResult(NamedTuple):
    """What `svd` gives."""

    U: Array
    S: Array
    Vh: Array


def _dtypes(function: Any, *arrays: Array) -> list[DType]:
    """What numpy's function gives for matrices of these types."""
    results = function(*(np.eye(1, dtype=x.dtype) for x in arrays))
    return [as_dtype(np.asarray(r).dtype) for r in (results if isinstance(results, tuple) else (results,))]


def _matrices(function: Any, x: Any, outputs: list[tuple[str, ...]], square: bool = True) -> list[Array]:
    array = operands.as_array(x)
    if array.ndim < 2:
        raise np.linalg.LinAlgError(f"{array.ndim}-dimensional array given. Array must be at least two-dimensional")
    rows, columns = array.shape[-2:]
    if square and rows != columns:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    sizes = {"m": rows, "n": columns, "k": min(rows, columns)}
    whole = blocks.whole(array, (array.ndim - 2, array.ndim - 1))
    return on_core(function, [whole], [("m", "n")], outputs, sizes, _dtypes(function, array))


@implements("linalg.cholesky", plain=np.linalg.cholesky)
def cholesky(x: Any, /, *, upper: bool = False) -> Array:
    """The triangular factor of positive definite matrices."""
    return _matrices(Partial(np.linalg.cholesky, upper=upper), x, [("m", "m")])[0]


@implements("linalg.det", plain=np.linalg.det)
def det(x: Any, /) -> Array:
    """Determinants."""
    return _matrices(np.linalg.det, x, [()])[0]


@implements("linalg.inv", plain=np.linalg.inv)
def inv(x: Any, /) -> Array:
    """Inverse matrices."""
    return _matrices(np.linalg.inv, x, [("m", "m")])[0]


@implements("linalg.pinv", plain=np.linalg.pinv)
def pinv(x: Any, /, rcond: Any = None, *, rtol: Any = None) -> Array:
    """Pseudo-inverses; singular values below `rtol` times the largest count as 0."""
    given = {} if rcond is None and rtol is None else {"rcond": rtol if rcond is None else rcond}
    return _matrices(Partial(np.linalg.pinv, **given), x, [("n", "m")], square=False)[0]


@implements("linalg.eigh", plain=np.linalg.eigh)
def eigh(x: Any, /, UPLO: Any = "L") -> EighResult:  # noqa: N803
    """Eigenvalues and eigenvectors of symmetric matrices."""
    return EighResult(*_matrices(Partial(np.linalg.eigh, UPLO=UPLO), x, [("m",), ("m", "m")]))


@implements("linalg.eigvalsh", plain=np.linalg.eigvalsh)
def eigvalsh(x: Any, /, UPLO: Any = "L") -> Array:  # noqa: N803
    """Eigenvalues of symmetric matrices."""
    return _matrices(Partial(np.linalg.eigvalsh, UPLO=UPLO), x, [("m",)])[0]


@implements("linalg.qr", plain=np.linalg.qr)
def qr(x: Any, /, mode: Any = "reduced") -> QRResult:
    """Orthogonal and triangular factors."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr in mode {mode!r} is not supported: 'reduced' and 'complete' are")
    outputs: list[tuple[str, ...]] = [("m", "k"), ("k", "n")] if mode == "reduced" else [("m", "m"), ("m", "n")]
    return QRResult(*_matrices(Partial(np.linalg.qr, mode=mode), x, outputs, square=False))


@implements("linalg.slogdet", plain=np.linalg.slogdet)
def slogdet(x: Any, /) -> SlogdetResult:
    """Signs and logarithms of determinants."""
    return SlogdetResult(*_matrices(np.linalg.slogdet, x, [(), ()]))


@implements("linalg.svd", plain=np.linalg.svd)
def svd(x: Any, /, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Singular value decompositions."""
    if not compute_uv:
        return svdvals(x)
    outputs: list[tuple[str, ...]] = (
        [("m", "m"), ("k",), ("n", "n")] if full_matrices else [("m", "k"), ("k",), ("k", "n")]
    )
    run = Partial(np.linalg.svd, full_matrices=full_matrices, hermitian=hermitian)
    return SVDResult(*_matrices(run, x, outputs, square=False))


@implements("linalg.svdvals", plain=np.linalg.svdvals)
def svdvals(x: Any, /) -> Array:
    """Singular values."""
    return _matrices(np.linalg.svdvals, x, [("k",)], square=False)[0]


def _rank_plain(x: Any, /, *, rtol: Any = None, **keywords: Any) -> Any:
    return np.linalg.matrix_rank(x, rtol=rtol, **keywords)


@implements("linalg.matrix_rank", plain=_rank_plain)
def matrix_rank(x: Any, /, *, rtol: Any = None) -> Array:
    """Numbers of singular values that are not negligible."""
    return _matrices(Partial(np.linalg.matrix_rank, rtol=rtol), x, [()], square=False)[0]


@implements("linalg.matrix_power", plain=np.linalg.matrix_power)
def matrix_power(x: Any, n: int, /) -> Array:
    """Matrices multiplied with themselves."""
    return _matrices(Partial(np.linalg.matrix_power, n), x, [("m", "m")])[0]


@implements("linalg.solve", plain=np.linalg.solve)
def solve(x1: Any, x2: Any, /) -> Array:
    """Solutions of ``x1 @ x = x2``; `x2` is one vector, or matrices."""
    matrix, right = operands.as_array(x1), operands.as_array(x2)
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2]:
        raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square")
    vector = right.ndim == 1
    names: tuple[str, ...] = ("n",) if vector else ("n", "k")
    if right.shape[-len(names)] != matrix.shape[-1]:
        raise ValueError(f"solve: shapes {matrix.shape} and {right.shape} do not fit")
    arrays = [
        blocks.whole(matrix, (matrix.ndim - 2, matrix.ndim - 1)),
        blocks.whole(right, tuple(range(right.ndim - len(names), right.ndim))),
    ]
    sizes = {"n": matrix.shape[-1], "k": right.shape[-1]}
    dtypes = _dtypes(np.linalg.solve, matrix, right)
    return on_core(np.linalg.solve, arrays, [("n", "n"), names], [names], sizes, dtypes)[0]


@implements("linalg.lstsq", plain=np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, Any, Any]:
    """Least squares by a matrix of numpy's; its rank and singular values are known at once, the rest is lazy."""
    if type(a) is Array:
        raise TypeError("lstsq needs its matrix in memory: compute it")
    matrix, right = np.asarray(a), operands.as_array(b)
    rows, columns = matrix.shape
    _, _, rank, singular = np.linalg.lstsq(matrix, np.zeros((rows, 0), matrix.dtype), rcond)
    kind = np.linalg.lstsq(matrix[:0], np.zeros((0, 0), right.dtype), rcond)[0].dtype
    coefficients = blocks.along(
        Partial(_lstsq_block, matrix, rcond, 0), right, (0,), as_dtype(kind), sizes={0: columns}
    )
    residual_kind = as_dtype(np.zeros(0, kind).real.dtype)
    if rank != columns or rows <= columns:
        residuals = operands.filled(0, residual_kind, (0,))
    else:
        run = Partial(_lstsq_block, matrix, rcond, 1)
        residuals = blocks.along(run, right, (0,), residual_kind)
        residuals = residuals if right.ndim > 1 else manipulation.reshape(residuals, (1,))
    return coefficients, residuals, rank, singular


def _lstsq_block(block: Any, matrix: Any, rcond: Any, output: int) -> Any:
    flat = block.reshape(block.shape[0], -1)
    found = np.linalg.lstsq(matrix, flat, rcond)[output]
    return found.reshape(((matrix.shape[1],) if output == 0 else ()) + block.shape[1:])


def _cross_block(a: Any, b: Any) -> Any:
    return np.cross(a, b)


@implements("cross", "linalg.cross", plain=np.cross)
def cross(x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Array:
    """Cross products of vectors of three elements along an axis; of two elements, as numpy's, their third."""
    first, second = operands.as_array(x1), operands.as_array(x2)
    if axis is not None:
        axisa = axisb = axisc = axis
    first, second = manipulation.moveaxis(first, axisa, -1), manipulation.moveaxis(second, axisb, -1)
    if not {first.shape[-1], second.shape[-1]} <= {2, 3}:
        raise ValueError(f"cross products are of vectors of 2 or 3 elements, not {first.shape[-1]}, {second.shape[-1]}")
    flat = first.shape[-1] == second.shape[-1] == 2
    arrays = [blocks.whole(x, (x.ndim - 1,)) for x in (first, second)]
    output: tuple[str, ...] = () if flat else ("o",)
    dtypes = [as_dtype(np.result_type(first.dtype, second.dtype))]
    result = on_core(_cross_block, arrays, [("i",), ("j",)], [output], {"o": 3}, dtypes)[0]
    return result if flat else manipulation.moveaxis(result, -1, axisc)


@implements("linalg.diagonal", plain=np.linalg.diagonal)
def diagonal(x: Any, /, *, offset: int = 0) -> Array:
    """Diagonals of matrices."""
    return products.diagonal(operands.as_array(x), offset, -2, -1)


@implements("linalg.trace", plain=np.linalg.trace)
def trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """Sums of the diagonals of matrices."""
    return products.trace(operands.as_array(x), offset, -2, -1, dtype)


@implements("linalg.outer", plain=np.linalg.outer)
def outer(x1: Any, x2: Any, /) -> Array:
    """Products of every pair of elements of two vectors."""
    first, second = operands.as_array(x1), operands.as_array(x2)
    if first.ndim != 1 or second.ndim != 1:
        raise ValueError(f"outer products are of vectors, not of {first.ndim} and {second.ndim} dimensions")
    return manipulation.expanded(first, [1]) * second


@implements("linalg.vector_norm", plain=np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """Lengths of vectors along axes, of any order."""
    array = operands.as_array(x)
    if array.dtype.kind in "iub":
        array = universal.cast(array, np.dtype(np.float64))
    size: Any = universal.apply(np.absolute, (array,))
    if ord == np.inf:
        return statistical.max(size, axis, keepdims)
    if ord == -np.inf:
        return statistical.min(size, axis, keepdims)
    if ord == 0:
        return universal.cast(statistical.count_nonzero(array, axis, keepdims), size.dtype)
    if ord == 1:
        return statistical.sum(size, axis, keepdims=keepdims)
    if ord == 2:
        length: Array = universal.apply(np.sqrt, (statistical.sum(size * size, axis, keepdims=keepdims),))
        return length
    power: Array = statistical.sum(size**ord, axis, keepdims=keepdims) ** (1.0 / ord)
    return power


@implements("linalg.matrix_norm", plain=np.linalg.matrix_norm)
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """Norms of matrices, of any order."""
    array = operands.as_array(x)
    if ord in ("fro", None):
        return vector_norm(array, axis=(-2, -1), keepdims=keepdims)
    outputs: list[tuple[str, ...]] = [("a", "b") if keepdims else ()]
    whole = blocks.whole(array, (array.ndim - 2, array.ndim - 1))
    run = Partial(np.linalg.matrix_norm, keepdims=keepdims, ord=ord)
    return on_core(run, [whole], [("m", "n")], outputs, {"a": 1, "b": 1}, _dtypes(run, array))[0]


@implements("linalg.norm", plain=np.linalg.norm)
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Array:
    """As `numpy.linalg.norm`: of vectors along one axis, of matrices along two."""
    array = operands.as_array(x)
    if axis is None and (ord is None or array.ndim == 1):
        flat = vector_norm(manipulation.reshape(array, (-1,)), ord=2 if ord is None else ord)
        return manipulation.reshape(flat, (1,) * array.ndim) if keepdims else flat
    axes = tuple(range(array.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(blocks.normalize_axis(a, array.ndim) for a in axes)
    if len(axes) == 1:
        return vector_norm(array, axis=axes, keepdims=keepdims, ord=2 if ord is None else ord)
    if len(axes) != 2:
        raise ValueError("Improper number of dimensions to norm.")
    result = matrix_norm(manipulation.moveaxis(array, axes, (-2, -1)), ord=ord)
    return manipulation.expanded(result, sorted(axes)) if keepdims else result
