"""The messages that a dataset becomes: which variables, and which parts of them, stand in each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tensogram_xarray.layout import MessageLayout
from tensogram_xarray.stored import Region, StoredVariable

# Chunked variables of one block go into the first message, as long as they are no larger than this together.
_TOGETHER = 64 * 2**20


@dataclass(frozen=True)
class Part:
    """A region of a variable, which becomes an object; `start` is None if it is the whole."""

    variable: StoredVariable
    region: Region
    start: tuple[int, ...] | None = None
    is_of_known_shape: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(piece.stop - piece.start for piece in self.region)

    def entry(self) -> dict[str, Any]:
        """What `base` says of the object."""
        layout = self.variable.layout
        if self.start is not None:
            shape = self.variable.variable.shape if self.is_of_known_shape else None
            layout = replace(layout, start=self.start, shape=shape)
        return layout.entry(self.variable.attrs, self.variable.types)


@dataclass(frozen=True)
class MessagePlan:
    """A message to be written: its metadata and its objects in order."""

    metadata: dict[str, Any]
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class DatasetPlan:
    """A dataset to be written as messages that follow each other along `layout.append_dim`, if there is one.

    offset: how long that dimension already is in the file.
    """

    layout: MessageLayout
    attrs: Mapping[str, Any]
    types: Mapping[str, Any]
    variables: Sequence[StoredVariable]
    offset: int = 0

    def messages(self) -> list[MessagePlan]:
        """The messages in order."""
        dim = self.layout.append_dim
        parts = self._by_block() if dim is None else self._along(dim)
        is_continued = dim is not None or len(parts) > 1
        extra = replace(self.layout, is_continued=is_continued).extra(self.attrs, self.types)
        return [
            MessagePlan({"base": [part.entry() for part in objects], "_extra_": extra}, tuple(objects))
            for objects in parts
        ]

    def _by_block(self) -> list[list[Part]]:
        """What is in one block first; then each block of the others by itself."""
        together: list[Part] = []
        apart: list[list[Part]] = []
        room = _TOGETHER
        for variable in self.variables:
            if variable.blocks is not None:
                apart += [[part] for part in _blocks(variable)]
            elif variable.is_chunked and variable.variable.nbytes > room:
                apart.append([_whole(variable)])
            else:
                room -= variable.variable.nbytes if variable.is_chunked else 0
                together.append(_whole(variable))
        return [together, *apart]

    def _along(self, dim: str) -> list[list[Part]]:
        """A message per stretch of the dimension; variables without it are in the first.

        Coordinates along dimensions of their own are in every message, so that each can be read alone.
        """
        messages = []
        for number, (start, stop) in enumerate(itertools.pairwise(self._edges(dim))):
            is_first = number == 0 and self.offset == 0
            parts = []
            for variable in self.variables:
                dims = variable.layout.dims
                if dim in dims:
                    parts.append(_stretch(variable, dims.index(dim), start, stop, self.offset))
                elif is_first or variable.is_dimension:
                    parts.append(_whole(variable))
            messages.append(parts)
        return messages

    def _edges(self, dim: str) -> list[int]:
        """Where all variables that are in blocks have a boundary, both ends included."""
        size = next(v.variable.sizes[dim] for v in self.variables if dim in v.layout.dims)
        common: set[int] | None = None
        for variable in self.variables:
            if dim in variable.layout.dims and variable.blocks is not None:
                edges = set(_starts(variable.blocks[variable.layout.dims.index(dim)]))
                common = edges if common is None else common & edges
        return sorted((common or set()) | {0, size}) if size else [0, 0]


def _starts(lengths: Iterable[int]) -> list[int]:
    return [0, *np.cumsum(list(lengths)).tolist()]


def _whole(variable: StoredVariable) -> Part:
    return Part(variable, tuple(slice(0, n) for n in variable.variable.shape))


def _stretch(variable: StoredVariable, axis: int, start: int, stop: int, offset: int) -> Part:
    region = tuple(
        slice(start, stop) if a == axis else slice(0, size) for a, size in enumerate(variable.variable.shape)
    )
    place = tuple(start + offset if a == axis else 0 for a in range(len(region)))
    return Part(variable, region, place, is_of_known_shape=False)


def _blocks(variable: StoredVariable) -> Iterator[Part]:
    axes = [
        [slice(start, stop) for start, stop in itertools.pairwise(_starts(lengths))]
        for lengths in variable.blocks or ()
    ]
    for region in itertools.product(*axes):
        yield Part(variable, region, tuple(piece.start for piece in region))
