"""Functions with core dimensions: `apply_gufunc`, and numpy's generalised ufuncs."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensogram.chunked import blocks, operands
from tensogram.chunked.elements import DType, as_dtype
from tensogram.chunked.functions import Partial, name_of
from tensogram.chunked.handle import Array
from tensogram.chunked.manipulation import moveaxis

__all__ = ["apply_gufunc", "apply_ufunc", "inferred_dtypes", "on_core"]

Dimensions = tuple[str, ...]
_IGNORED = frozenset({"name", "token", "inline_array"})


def parse_signature(signature: str) -> tuple[list[Dimensions], list[Dimensions] | None]:
    """Core dimensions of inputs and outputs of ``"(i,j),(j)->(i)"``; outputs are None for a bare result."""
    text = re.sub(r"\s", "", signature)
    sides = text.split("->")
    if len(sides) != 2:
        raise ValueError(f"{signature!r} is no signature such as '(i,j),(j)->(i)'")
    group = r"\(([^()]*)\)"
    if not all(re.fullmatch(rf"({group}(,{group})*)?", side) for side in sides):
        raise ValueError(f"{signature!r} is no signature such as '(i,j),(j)->(i)'")
    inputs, outputs = ([tuple(filter(None, found.split(","))) for found in re.findall(group, side)] for side in sides)
    return inputs, outputs


def apply_gufunc(
    func: Callable[..., Any],
    signature: str,
    *args: Any,
    axes: Any = None,
    axis: int | None = None,
    keepdims: bool = False,
    output_dtypes: Any = None,
    output_sizes: dict[str, int] | None = None,
    vectorize: bool | None = None,
    allow_rechunk: bool = False,
    meta: Any = None,
    **kwargs: Any,
) -> Any:
    """A function of blocks with whole core dimensions, over the other dimensions block by block.

    The trailing axes of the arguments are their core dimensions, named in `signature`; the others broadcast. The
    function gets and gives loop axes before core axes, or core axes only with `vectorize`. `output_sizes` tells
    dimensions that only outputs have; without `output_dtypes` the function is called once, on ones.
    """
    for name in _IGNORED:
        kwargs.pop(name, None)
    inputs, outputs = parse_signature(signature)
    assert outputs is not None
    if len(inputs) != len(args):
        raise ValueError(f"the signature {signature!r} has {len(inputs)} inputs, {len(args)} were given")
    moved = [list(group) for group in _axes(axes, axis, keepdims, inputs, outputs)]
    arrays = [operands.as_array(x) for x in args]
    for position, (x, names) in enumerate(zip(arrays, inputs, strict=True)):
        if x.ndim < len(names):
            raise ValueError(f"argument {position} has {x.ndim} dimensions, its core dimensions are {names}")
        if names and moved[position]:
            arrays[position] = moveaxis(x, moved[position], range(-len(names), 0))
    sizes = _sizes(arrays, inputs, outputs, output_sizes or {})
    arrays = [_with_whole_core(x, names, allow_rechunk) for x, names in zip(arrays, inputs, strict=True)]
    dtypes = _dtypes(func, arrays, inputs, outputs, output_dtypes, meta, vectorize, kwargs)
    run = Partial(func, **kwargs) if kwargs else func
    if vectorize:
        run = Vectorized(run, signature, tuple(dtypes))
    results = on_core(run, arrays, inputs, outputs, sizes, dtypes)
    placed = []
    for result, names, group in zip(results, outputs, moved[len(inputs) :], strict=True):
        if keepdims:
            result = result[(..., *(None,) * len(group))]
            names = ("",) * len(group)
        placed.append(moveaxis(result, range(-len(names), 0), group) if names and group else result)
    return placed[0] if len(outputs) == 1 else tuple(placed)


def _axes(axes: Any, axis: int | None, keepdims: bool, inputs: list[Any], outputs: list[Any]) -> list[Any]:
    """Where core dimensions are, per input and output; nothing: last."""
    if axis is not None:
        if axes is not None:
            raise ValueError("only one of axis and axes can be given")
        return [
            [axis] if names or (keepdims and i >= len(inputs)) else [] for i, names in enumerate((*inputs, *outputs))
        ]
    if axes is None:
        count = max((len(names) for names in inputs), default=0)
        kept = [list(range(-count, 0)) if keepdims else [] for _ in outputs]
        return [[] for _ in inputs] + kept
    groups = [[a] if isinstance(a, int) else list(a) for a in (axes if isinstance(axes, (list, tuple)) else [axes])]
    missing = len(inputs) + len(outputs) - len(groups)
    return groups + ([groups[0] if keepdims else []] * missing)


def _sizes(
    arrays: list[Array], inputs: list[Dimensions], outputs: list[Dimensions], given: dict[str, int]
) -> dict[str, int]:
    sizes = dict(given)
    known: dict[str, int] = {}
    for x, names in zip(arrays, inputs, strict=True):
        for name, extent in zip(names, x.shape[x.ndim - len(names) :], strict=True):
            if known.setdefault(name, extent) != extent:
                raise ValueError(f"core dimension {name!r} has sizes {known[name]} and {extent}")
    sizes |= known
    for names in outputs:
        for name in names:
            if name not in sizes:
                raise ValueError(f"output_sizes does not tell the size of the new core dimension {name!r}")
    return sizes


def _with_whole_core(x: Array, names: Dimensions, allow_rechunk: bool) -> Array:
    core = tuple(range(x.ndim - len(names), x.ndim))
    for axis, name in zip(core, names, strict=True):
        if len(x.chunks[axis]) > 1 and not allow_rechunk:
            raise ValueError(
                f"core dimension {name!r} consists of {len(x.chunks[axis])} chunks: rechunk it into one, or allow it "
                "with allow_rechunk=True"
            )
    return blocks.whole(x, core)


def on_core(
    function: Callable[..., Any],
    arrays: Sequence[Array],
    inputs: Sequence[Dimensions],
    outputs: Sequence[Dimensions],
    sizes: dict[str, int],
    dtypes: Sequence[DType],
) -> list[Array]:
    """Results of a function whose core dimensions are the trailing axes of arrays, in one block each."""
    loops = [x.ndim - len(names) for x, names in zip(arrays, inputs, strict=True)]
    ndim = max(loops, default=0)
    np.broadcast_shapes(*(x.shape[:loop] for x, loop in zip(arrays, loops, strict=True)))
    # Labels: loop axes as in the result, then each input's core axes, then the outputs'.
    free = ndim
    sources = []
    for x, names, loop in zip(arrays, inputs, loops, strict=True):
        sources.append((x, [*range(ndim - loop, ndim), *range(free, free + len(names))]))
        free += len(names)
    if len(set(outputs)) == 1 and len(outputs) > 1:
        return list(_outputs(function, sources, ndim, free, outputs[0], sizes, dtypes))
    results: list[Array] = []
    for position, names in enumerate(outputs):
        one = function if len(outputs) == 1 else Partial(_one_of, function, position)
        results += _outputs(one, sources, ndim, free, names, sizes, [dtypes[position]])
    return results


def _outputs(
    function: Any, sources: Any, ndim: int, free: int, names: Dimensions, sizes: dict[str, int], dtypes: Any
) -> tuple[Array, ...]:
    core = range(free, free + len(names))
    chunks = {label: (sizes[name],) for label, name in zip(core, names, strict=True)}
    return blocks.on_blocks(function, sources, [*range(ndim), *core], dtypes, chunks)


def _one_of(*arguments: Any) -> Any:
    *values, function, position = arguments
    return function(*values)[position]


class Vectorized:
    """`numpy.vectorize` that pickles if its function does."""

    __slots__ = ("dtypes", "function", "run", "signature")

    def __init__(self, function: Callable[..., Any], signature: str, dtypes: tuple[DType, ...]) -> None:
        self.function = function
        self.signature = signature
        self.dtypes = dtypes
        # numpy would cut text to one character: it takes the kinds of dtypes, not their lengths.
        self.run = np.vectorize(function, otypes=["O" if d.kind in "SU" else d for d in dtypes], signature=signature)

    def __call__(self, *values: Any) -> Any:
        results = self.run(*values)
        if len(self.dtypes) == 1:
            return self._text(results, self.dtypes[0])
        return tuple(self._text(result, dtype) for result, dtype in zip(results, self.dtypes, strict=True))

    def _text(self, result: Any, dtype: DType) -> Any:
        if dtype.kind not in "SU":
            return result
        text = np.asarray(result).astype(dtype.kind)
        if text.dtype.itemsize > dtype.itemsize:
            raise ValueError(f"{self.__name__} returned text of dtype {text.dtype}, which does not fit into {dtype}")
        return text.astype(dtype)

    @property
    def __name__(self) -> str:
        return name_of(self.function)

    def __reduce__(self) -> tuple[Any, ...]:
        return Vectorized, (self.function, self.signature, self.dtypes)


def _dtypes(
    func: Any, arrays: list[Array], inputs: Any, outputs: Any, given: Any, meta: Any, vectorize: Any, kwargs: Any
) -> list[DType]:
    count = len(outputs)
    if meta is not None:
        several = meta if isinstance(meta, (tuple, list)) else (meta,)
        return [as_dtype(getattr(one, "dtype", one)) for one in several]
    if given is not None:
        several = list(given) if isinstance(given, (tuple, list)) else [given] * count
        if len(several) != count:
            raise ValueError(f"output_dtypes has {len(several)} members for {count} outputs")
        return [as_dtype(one) for one in several]
    samples = [_sample(x.dtype, len(names) if vectorize else x.ndim) for x, names in zip(arrays, inputs, strict=True)]
    return inferred_dtypes(func, samples, kwargs, "output_dtypes", count)


def _sample(dtype: DType, ndim: int) -> Any:
    return np.ones((1,) * ndim, dtype) if dtype.kind not in "V" else np.zeros((1,) * ndim, dtype)


def inferred_dtypes(func: Any, samples: Sequence[Any], kwargs: Any, wanted: str, count: int = 1) -> list[DType]:
    """The dtypes of a function's results of tiny arrays; a `ValueError` that asks for them if it fails there."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            results = func(*samples, **kwargs)
    except Exception as error:
        raise ValueError(
            f"{name_of(func)} raised {type(error).__name__}: {error} when called with ones to learn what it gives: "
            f"say it with {wanted}="
        ) from error
    return [as_dtype(np.asarray(result).dtype) for result in (results if count > 1 else (results,))]


_SIGNATURES = {"matmul": "(n,k),(k,m)->(n,m)", "matvec": "(m,n),(n)->(m)", "vecmat": "(n),(n,m)->(m)"}


def apply_ufunc(
    ufunc: np.ufunc,
    inputs: tuple[Any, ...],
    *,
    axis: Any = None,
    axes: Any = None,
    keepdims: bool = False,
    **kwargs: Any,
) -> Any:
    """A generalised ufunc, core axes merged to one block."""
    arrays = [operands.as_array(x) for x in inputs]
    signature = _SIGNATURES.get(ufunc.__name__, ufunc.signature)
    if not signature or "?" in signature:
        return NotImplemented
    dtype = kwargs.pop("dtype", None)
    try:
        kinds = (*(x.dtype for x in arrays), *(None,) * ufunc.nout)
        dtypes = [as_dtype(dtype)] * ufunc.nout if dtype else list(ufunc.resolve_dtypes(kinds)[ufunc.nin :])
    except TypeError:
        dtypes = None
    keywords = {"axis": axis, "axes": axes, "keepdims": keepdims}
    return apply_gufunc(ufunc, signature, *arrays, output_dtypes=dtypes, allow_rechunk=True, **keywords, **kwargs)
