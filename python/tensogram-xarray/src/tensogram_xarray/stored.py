"""Variables in the form in which they are stored, with what it takes to read them back as they were."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.core import indexing

from tensogram_xarray import cf
from tensogram_xarray.attributes import plain
from tensogram_xarray.converted import text_kind
from tensogram_xarray.dtypes import BITMASK
from tensogram_xarray.encoding import Storage, checked, storage
from tensogram_xarray.layout import CAST_KINDS, VariableLayout

_DTYPES = frozenset(
    ["bfloat16", "float16", "float32", "float64", "complex64", "complex128"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)

Region = tuple[slice, ...]


@dataclass(frozen=True, kw_only=True)
class StoredVariable:
    """A variable to be written.

    variable: as it is stored, or not yet, if there are `deferred` conventions to apply.
    dtype: the format's element type.
    stages: the pipeline, as descriptor keys.
    attrs, types: attributes as stored, and the notes on their types.
    blocks: the lengths of its blocks along each dimension, None if it is written in one piece.
    """

    layout: VariableLayout
    variable: xr.Variable
    dtype: str
    stages: Mapping[str, Any]
    attrs: Mapping[str, Any]
    types: Mapping[str, Any]
    blocks: tuple[tuple[int, ...], ...] | None = None
    deferred: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return self.layout.name

    @property
    def is_chunked(self) -> bool:
        """Whether a chunk manager has the data."""
        return self.variable.chunks is not None

    @cached_property
    def edges(self) -> tuple[list[int], ...]:
        """Where the chunks of a chunked variable begin and end along each dimension."""
        return tuple([0, *itertools.accumulate(lengths)] for lengths in self.variable.chunks or ())

    @property
    def is_dimension(self) -> bool:
        return self.variable.dims == (self.name,)

    def values(self, region: Region) -> NDArray[Any]:
        """The elements of a region as they are stored, read now. Not for chunked variables."""
        part = self.variable[region]
        if self.deferred is not None:
            part, _ = cf.encoded(self.name, part, self.deferred)
        return np.asarray(part.values)


def stored_variable(
    name: str,
    variable: xr.Variable,
    given: Mapping[str, Any] | None,
    *,
    is_coordinate: bool,
    append_dim: str | None = None,
) -> StoredVariable:
    """The variable as its encoding and the CF conventions have it stored. Chunks are not computed.

    Times along `append_dim` are stored so that any others can follow, unless units are given.

    Raises `ValueError` for an encoding that does not fit, `TypeError` for values that the format has
    no element type for.
    """
    wish = storage(name, variable.encoding, given, variable.shape)
    if wish.chunks is not None and variable.chunks is not None:
        variable = variable.chunk(dict(zip(variable.dims, wish.chunks, strict=True)))
    if wish.is_bitmask and variable.dtype.kind != "b":
        raise ValueError(f"encoding of variable {name!r}: dtype 'bitmask' is for booleans, not for {variable.dtype}")
    text = _text_kind(name, variable)
    cast = _cast(variable, wish)
    note: dict[str, Any] = {}
    if text is not None or wish.is_bitmask:
        shown, deferred = variable, None
    else:
        conventions = _conventions(variable, wish, cast, append_dim)
        deferred = conventions if _is_lazy(variable) else None
        encode = cf.encoded if deferred is None else _announced
        shown, note = encode(name, variable, conventions)
    dtype = "uint8" if text else BITMASK if wish.is_bitmask else _element_type(name, shown)
    attrs, types = plain(shown.attrs, f"variable {name!r}")
    layout = VariableLayout(
        name=name,
        dims=tuple(map(str, variable.dims)),
        is_coordinate=is_coordinate,
        text=text,
        cast=cast,
        decode=note,
        encoding=_related(variable.encoding),
    )
    return StoredVariable(
        layout=layout,
        variable=variable if deferred is not None else shown,
        dtype=dtype,
        stages=checked(name, wish.stages, dtype, given),
        attrs=attrs,
        types=types,
        blocks=_blocks(variable, wish.chunks),
        deferred=deferred,
    )


def check_names(dataset: xr.Dataset) -> None:
    """Raises `TypeError` for a variable or dimension whose name is no text, or is empty."""
    for kind, names in (("variable", dataset.variables), ("dimension", dataset.sizes)):
        for name in names:
            if not isinstance(name, str) or not name:
                raise TypeError(f"{kind} names must be non-empty str to be written, got {name!r}")


def _text_kind(name: str, variable: xr.Variable) -> str | None:
    if variable.dtype.kind not in "USTO":
        return None
    if variable.dtype.kind == "O":
        first = variable[(slice(0, 1),) * variable.ndim] if variable.chunks is not None else variable
        values = np.asarray(first.values)
    else:
        values = np.empty((), variable.dtype)
    try:
        return text_kind(values)
    except ValueError as error:
        raise ValueError(f"variable {name!r} cannot be written: {error}") from error


def _cast(variable: xr.Variable, wish: Storage) -> str | None:
    """The type of floats that are widened because packing takes wide ones only."""
    is_packed = wish.stages.get("encoding") == "simple_packing"
    narrow = variable.dtype.name in CAST_KINDS and not wish.conventions.keys() & {"scale_factor", "add_offset"}
    asked = wish.conventions.get("dtype")
    return variable.dtype.name if is_packed and narrow and asked in (None, variable.dtype) else None


def _conventions(variable: xr.Variable, wish: Storage, cast: str | None, append_dim: str | None) -> dict[str, Any]:
    if variable.dtype.kind == "b":
        return {}  # xarray stores them as int8, unless it is told a type
    conventions = dict(wish.conventions) | ({"dtype": "float64"} if cast else {})
    if append_dim not in variable.dims or "units" in conventions or variable.dtype.kind not in "MmO":
        return conventions
    return conventions | cf.counted_from_1970(variable.dtype)


def _is_lazy(variable: xr.Variable) -> bool:
    """Whether the data is still in a file and can be converted region by region.

    How times are encoded depends on all of them.
    """
    is_loaded = isinstance(variable._data, np.ndarray | indexing.PandasIndexingAdapter)
    return not is_loaded and variable.chunks is None and variable.dtype.kind in "biufc" and variable.ndim > 0


def _announced(name: str, variable: xr.Variable, conventions: Mapping[str, Any]) -> tuple[xr.Variable, dict[str, Any]]:
    """What will be said of the variable, without its values. Warnings come when it is written."""
    empty = np.empty((0,) * variable.ndim, variable.dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cf.encoded(name, xr.Variable(variable.dims, empty, variable.attrs, variable.encoding), conventions)


def _element_type(name: str, stored: xr.Variable) -> str:
    dtype = stored.dtype
    if isinstance(dtype, np.dtype) and dtype.name in _DTYPES:
        return dtype.name
    raise TypeError(f"variable {name!r} has values of type {dtype}, which .tgm files have no element type for")


def _related(encoding: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {key: encoding[key] for key in cf.RELATED_KEYS if isinstance(encoding.get(key), str)}


def _blocks(variable: xr.Variable, lengths: tuple[int, ...] | None) -> tuple[tuple[int, ...], ...] | None:
    """Lengths of blocks, those without elements left out; None for one block, or none at all."""
    if variable.chunks is not None:
        blocks = variable.chunks
    elif lengths is not None:
        blocks = tuple(_split(size, length) for size, length in zip(variable.shape, lengths, strict=True))
    else:
        return None
    if not variable.size or all(len(axis) == 1 for axis in blocks):
        return None
    return tuple(tuple(n for n in axis if n) for axis in blocks)


def _split(size: int, length: int) -> tuple[int, ...]:
    whole, rest = divmod(size, length)
    return (length,) * whole + ((rest,) if rest else ())
