"""Numpy's protocols: its functions and ufuncs, called with our arrays, become ours."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tensogram.chunked import dispatch, execution, operands, universal
from tensogram.chunked.handle import Array

__all__ = ["array_function", "array_ufunc", "functions", "generalized"]

_REDUCTIONS: dict[Any, str] = {
    np.add: "sum", np.multiply: "prod", np.minimum: "min", np.maximum: "max",
    np.logical_and: "all", np.logical_or: "any", np.fmin: "nanmin", np.fmax: "nanmax",
}  # fmt: skip
_ACCUMULATIONS: dict[Any, str] = {
    np.add: "cumsum",
    np.multiply: "cumprod",
    np.minimum: "minimum",
    np.maximum: "maximum",
}


@cache
def functions() -> dict[Any, Callable[..., Any]]:
    """Ours by numpy's."""
    table = {}
    for entry in dispatch.ENTRIES:
        for name in entry.numpy:
            table[dispatch.numpy_function(name)] = entry.function
    return table


def array_function(function: Any, types: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Our function for one of numpy's; `NotImplemented` if there is none or a stranger is among the arguments."""
    ours = functions().get(function)
    if ours is None or not all(issubclass(kind, (Array, np.ndarray)) for kind in types):
        for argument in arguments:
            operands.refuse_foreign(argument)
        return NotImplemented
    keywords = {name: value for name, value in keywords.items() if value is not np._NoValue}
    if not arguments:
        first = _first_parameter(function)
        arguments = (keywords.pop(first),) if first in keywords else ()
    out = keywords.pop("out", None)
    result = ours(*arguments, **keywords)
    return result if out is None else _into(out, result)


@cache
def _first_parameter(function: Any) -> str:
    return next(iter(inspect.signature(function).parameters))


def _into(out: Any, result: Any) -> Any:
    """Computes into a numpy array of the caller."""
    targets, results = (out, result) if isinstance(out, tuple) else ((out,), (result,))
    if not isinstance(results, tuple):
        results = (results,)
    for target, array in zip(targets, results, strict=True):
        if type(target) is Array:
            raise TypeError(
                "out= cannot be a tensogram.chunked.Array: its plan is immutable; assign the result instead"
            )
        execution.compute_into(target, universal.cast(array, target.dtype, "same_kind"))
    return out if isinstance(out, tuple) and len(out) > 1 else targets[0]


def array_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A ufunc with one of our arrays among its inputs, as nodes."""
    for value in inputs:
        if not (operands.combines(value) or isinstance(value, (list, tuple))):
            return NotImplemented
    out = keywords.pop("out", None)
    if out is not None and any(type(target) is Array for target in out):
        raise TypeError("out= cannot be a tensogram.chunked.Array: its plan is immutable; assign the result instead")
    if not operands.has_array(inputs):
        inputs = tuple(map(operands.as_array, inputs))
    run = _METHODS.get(method)
    if run is None:
        return NotImplemented
    result = run(ufunc, inputs, keywords)
    return result if out is None or result is NotImplemented else _into(out, result)


def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    if ufunc.signature is not None or keywords.keys() & {"axis", "axes"}:
        return generalized(ufunc, inputs, **keywords)
    unknown = keywords.keys() - {"dtype", "casting", "where", "subok", "order"}
    if unknown:
        raise TypeError(f"{ufunc.__name__} of a tensogram.chunked.Array takes no {', '.join(sorted(unknown))}=")
    kept = {name: keywords[name] for name in ("dtype", "casting", "where") if name in keywords}
    return universal.apply(ufunc, inputs, **kept)


def _reduce(ufunc: np.ufunc, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    import tensogram.chunked as xp

    name = _REDUCTIONS.get(ufunc)
    if name is None or (ufunc in (np.fmin, np.fmax) and keywords.keys() & {"where", "initial"}):
        return NotImplemented
    array, *positional = inputs
    given = dict(zip(("axis", "dtype"), positional, strict=False)) | keywords
    given = {key: value for key, value in given.items() if value is not None or key == "axis"}
    given.setdefault("axis", 0)
    dtype = given.pop("dtype", None)
    return getattr(xp, name)(array if dtype is None else xp.astype(array, dtype), **given)


def _accumulate(ufunc: np.ufunc, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    from tensogram.chunked import scans

    name = _ACCUMULATIONS.get(ufunc)
    if name is None:
        return NotImplemented
    array, *positional = inputs
    given = {"axis": 0} | dict(zip(("axis", "dtype"), positional, strict=False)) | keywords
    return scans.accumulate(name, array, given["axis"], given.get("dtype"))


def _outer(ufunc: np.ufunc, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    first, second = map(operands.as_array, inputs)
    return universal.apply(ufunc, (first[(..., *(None,) * second.ndim)], second), **keywords)


_METHODS: dict[str, Callable[[np.ufunc, tuple[Any, ...], dict[str, Any]], Any]] = {
    "__call__": _call, "reduce": _reduce, "accumulate": _accumulate, "outer": _outer,
}  # fmt: skip


def generalized(ufunc: np.ufunc, inputs: tuple[Any, ...], **keywords: Any) -> Any:
    """A generalised ufunc: core axes come whole, the others in blocks."""
    from tensogram.chunked import gufunc, products

    if ufunc is np.matmul and not keywords:
        return products.matmul(*inputs)
    return gufunc.apply_ufunc(ufunc, inputs, **keywords)
