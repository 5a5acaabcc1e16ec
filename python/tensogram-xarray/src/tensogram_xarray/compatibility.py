"""Opens a handful of doors in xarray that are closed to every array type but dask's.

`apply` rebinds names of xarray to "the original, or ours": for every other array they do what they did. A name that
xarray has changed is left alone, with a log record at debug level; then that one operation computes, or raises, as it
does for any array that is not dask's. `TENSOGRAM_XARRAY_COMPAT=0` in the environment leaves all of them alone.

Each door carries the proposal to xarray that would make it superfluous.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["DOORS", "Door", "apply"]

logger = logging.getLogger(__name__)

Function = Callable[..., Any]


class Door(NamedTuple):
    """A name of xarray, the parameters that it is known to have, and what it becomes."""

    module: str
    name: str
    parameters: tuple[str, ...]
    widened: Callable[[Function], Function]
    proposal: str


def is_ours(data: object) -> bool:
    """Whether `data` is a native chunked array; where `tensogram.chunked` is not loaded, nothing is."""
    module = sys.modules.get("tensogram.chunked")
    return module is not None and type(data) is module.Array


def apply() -> None:
    """Opens every door that still has its known shape. Doing so twice changes nothing."""
    if os.environ.get("TENSOGRAM_XARRAY_COMPAT", "1") != "0":
        for door in DOORS:
            _open(door)


def _open(door: Door) -> None:
    path, _, name = door.name.rpartition(".")
    try:
        place: Any = importlib.import_module(door.module)
        for part in filter(None, path.split(".")):
            place = getattr(place, part)
        original = vars(place)[name]
        found = tuple(inspect.signature(original).parameters)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError) as error:
        logger.debug("%s.%s is left as it is: %s", door.module, door.name, error)
        return
    if hasattr(original, "_tensogram_original"):
        return
    if found != door.parameters:
        logger.debug("%s.%s is left as it is: its parameters are %s", door.module, door.name, found)
        return
    replacement: Any = functools.wraps(original)(door.widened(original))
    replacement._tensogram_original = original
    setattr(place, name, replacement)


def _indexed_pointwise(original: Function) -> Function:
    def _vindex_get(self: Any, indexer: Any) -> Any:
        return self.array.vindex[indexer.tuple] if is_ours(self.array) else original(self, indexer)

    return _vindex_get


def _also_ours(original: Function) -> Function:
    def is_duck_dask_array(x: Any) -> bool:
        return is_ours(x) or original(x)

    return is_duck_dask_array


def _filled_forward(original: Function) -> Function:
    def push(array: Any, n: Any, axis: int, method: str = "blelloch") -> Any:
        if not is_ours(array):
            return original(array, n, axis, method)
        from tensogram import chunked

        return chunked.push(array, n, axis)

    return push


def _without_ours(original: Function) -> Function:
    def contains_only_chunked_or_numpy(obj: Any) -> bool:
        held = getattr(obj, "variables", None) or {None: obj.variable, **obj.coords.variables}
        return not any(is_ours(variable._data) for variable in held.values()) and original(obj)

    return contains_only_chunked_or_numpy


def _fitted(original: Function) -> Function:
    def least_squares(lhs: Any, rhs: Any, rcond: Any = None, skipna: bool = False) -> Any:
        if not is_ours(rhs):
            return original(lhs, rhs, rcond=rcond, skipna=skipna)
        return _least_squares_by_block(original, lhs, rhs, rcond, skipna)

    return least_squares


def _least_squares_by_block(solve: Function, lhs: Any, rhs: Any, rcond: Any, skipna: bool) -> tuple[Any, Any]:
    """Coefficients, with their axis first, and residuals of a fit along the first axis of `rhs`, both lazy."""
    from tensogram import chunked

    def fit(block: Any) -> tuple[Any, Any]:
        columns = block.reshape(-1, block.shape[-1]).T
        coefficients, residuals = solve(lhs, columns, rcond=rcond, skipna=skipna)
        loops = block.shape[:-1]
        return coefficients.T.reshape(*loops, lhs.shape[1]), residuals.reshape(loops)

    coefficients, residuals = chunked.apply_gufunc(
        fit,
        "(samples)->(coefficients),()",
        chunked.moveaxis(rhs, 0, -1),
        output_dtypes=[float, float],
        output_sizes={"coefficients": lhs.shape[1]},
        allow_rechunk=True,
    )
    return chunked.moveaxis(coefficients, -1, 0), residuals


_CHUNKED_TEST = "ask the chunk manager (is_chunked_array) where the code behind the test goes through the manager"
_FILLING = "fill through the manager's `scan` for every chunked array, as it is done for dask's"
_GROUPING = "hand grouped reductions to flox for array types that flox knows, and to none else"

DOORS = (
    Door(
        "xarray.core.indexing",
        "ArrayApiIndexingAdapter._vindex_get",
        ("self", "indexer"),
        _indexed_pointwise,
        "use the array's `vindex` where it has one: an adapter cannot know that an array refuses pointwise indexing",
    ),
    Door("xarray.core.accessor_dt", "is_duck_dask_array", ("x",), _also_ours, _CHUNKED_TEST),
    Door("xarray.computation.weighted", "is_duck_dask_array", ("x",), _also_ours, _CHUNKED_TEST),
    Door(
        "xarray.core.duck_array_ops",
        "push",
        ("array", "n", "axis", "method"),
        _filled_forward,
        _FILLING,
    ),
    Door(
        "xarray.core.missing",
        "push",
        ("array", "n", "axis", "method"),
        _filled_forward,
        _FILLING,
    ),
    Door(
        "xarray.core._aggregations",
        "contains_only_chunked_or_numpy",
        ("obj",),
        _without_ours,
        _GROUPING,
    ),
    Door(
        "xarray.core.groupby",
        "contains_only_chunked_or_numpy",
        ("obj",),
        _without_ours,
        _GROUPING,
    ),
    Door("xarray.computation.fit", "is_duck_dask_array", ("x",), _also_ours, _CHUNKED_TEST),
    Door(
        "xarray.computation.fit",
        "least_squares",
        ("lhs", "rhs", "rcond", "skipna"),
        _fitted,
        "solve per block through the manager's `apply_gufunc`, with the fit axis in one chunk",
    ),
)
