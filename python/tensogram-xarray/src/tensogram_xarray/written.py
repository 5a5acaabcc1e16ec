"""Datasets that `to_tensogram` wrote, put together from their messages."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import xarray as xr

from tensogram_xarray.array import DEFAULT_RANGE_THRESHOLD, TensogramBackendArray
from tensogram_xarray.blocks import BlockArray, IncompleteError
from tensogram_xarray.converted import CastArray, TextArray
from tensogram_xarray.layout import MalformedLayoutError, MessageLayout, VariableLayout, dataset_attrs, variable_attrs
from tensogram_xarray.metadata import Descriptor, base_entry, extra
from tensogram_xarray.pipeline import variable_encoding
from tensogram_xarray.source import Message, Source
from tensogram_xarray.store import assemble, lazy_variable

logger = logging.getLogger("tensogram_xarray.store")


@dataclass(frozen=True)
class WrittenMessage:
    """A message, what it says of the dataset that it is a part of, and what its objects say of variables."""

    index: int
    message: Message
    layout: MessageLayout
    objects: tuple[VariableLayout, ...]

    @classmethod
    def of(cls, index: int, message: Message) -> WrittenMessage | None:
        """None for a message that `to_tensogram` did not write, or that somebody has changed since."""
        layout = MessageLayout.of(message.metadata.extra)
        if layout is None:
            return None
        objects = []
        try:
            for number, descriptor in enumerate(message.descriptors):
                found = VariableLayout.of(base_entry(message.metadata, number), len(descriptor.shape))
                if found.name not in layout.names:
                    raise MalformedLayoutError(f"variable {found.name!r} is not announced")
                objects.append(found)
        except MalformedLayoutError as error:
            logger.warning("message %d is read as if by another writer: %s", index, error)
            return None
        return cls(index, message, layout, tuple(objects))


@dataclass(frozen=True)
class WrittenObject:
    """An object, where it stands, and what it says of the variable that it is a part of."""

    message: WrittenMessage
    index: int
    layout: VariableLayout

    @property
    def descriptor(self) -> Descriptor:
        return self.message.message.descriptors[self.index]

    @property
    def start(self) -> tuple[int, ...]:
        return self.layout.start or (0,) * len(self.layout.dims)

    @property
    def attrs(self) -> dict[str, Any]:
        return variable_attrs(base_entry(self.message.message.metadata, self.index))


@dataclass(frozen=True, kw_only=True)
class WrittenDataset:
    """A dataset in messages, and how its arrays are to be read.

    is_part: the messages are taken for themselves, whatever else of the dataset there is.
    """

    source: Source
    messages: Sequence[WrittenMessage]
    range_threshold: float = DEFAULT_RANGE_THRESHOLD
    verify_hash: bool = False
    is_part: bool = False

    @property
    def layout(self) -> MessageLayout:
        return self.messages[0].layout

    @cached_property
    def objects(self) -> dict[str, list[WrittenObject]]:
        """The objects of each variable, in the order of the dataset."""
        found: dict[str, list[WrittenObject]] = {name: [] for name in self.layout.names}
        for message in self.messages:
            for index, layout in enumerate(message.objects):
                found.setdefault(layout.name, []).append(WrittenObject(message, index, layout))
        missing = [name for name, objects in found.items() if not objects]
        if missing and not self.is_part:
            raise ValueError(f"{self.source.path} does not have variable {', '.join(map(repr, missing))}")
        return {name: objects for name, objects in found.items() if objects}

    @property
    def layouts(self) -> dict[str, VariableLayout]:
        """What the first object of each variable says of it."""
        return {name: objects[0].layout for name, objects in self.objects.items()}

    @property
    def notes(self) -> dict[str, Mapping[str, Any]]:
        """How each variable is to be decoded."""
        return {name: layout.decode for name, layout in self.layouts.items()}

    def dataset(self, dropped: frozenset[str] = frozenset()) -> xr.Dataset:
        """The dataset as it is stored, lazy and without indexes.

        Raises `ValueError` where blocks of a variable are missing.
        """
        kept = {name: objects for name, objects in self.objects.items() if name not in dropped}
        variables = {name: self._variable(name, objects) for name, objects in kept.items()}
        coordinates = [name for name, objects in kept.items() if objects[0].layout.is_coordinate]
        attrs = dataset_attrs(extra(self.messages[0].message.metadata))
        return assemble(variables, coordinates, attrs, self.source)

    def _variable(self, name: str, objects: Sequence[WrittenObject]) -> xr.Variable:
        first = objects[0]
        dims = first.layout.dims
        if any(other.layout.dims != dims for other in objects):
            raise ValueError(f"parts of variable {name!r} in {self.source.path} have different dimensions")
        array = self._joined(name, objects)
        encoding = _encoding(objects, self.source.path, array)
        return lazy_variable(dims, array, first.attrs, encoding | dict(first.layout.encoding))

    def _joined(self, name: str, objects: Sequence[WrittenObject]) -> Any:
        """The array of a variable, whose parts are in other messages; the first of equal parts counts."""
        parts: dict[tuple[int, ...], WrittenObject] = {}
        for info in objects:
            parts.setdefault(info.start, info)
        origin = tuple(map(min, zip(*parts, strict=True))) if self.is_part else (0,) * len(objects[0].start)
        shape = None if self.is_part else objects[0].layout.shape
        arrays = {
            tuple(n - low for n, low in zip(start, origin, strict=True)): self._array(info)
            for start, info in parts.items()
        }
        (only, *others) = arrays.items()
        if not others and not any(only[0]) and shape in (None, only[1].shape):
            return only[1]
        try:
            return BlockArray(arrays, shape)
        except IncompleteError as error:
            raise ValueError(f"{self.source.path} does not have all of variable {name!r}: {error}") from error

    def _array(self, info: WrittenObject) -> Any:
        array: Any = TensogramBackendArray.of(
            self.source,
            info.message.index,
            info.index,
            info.descriptor,
            range_threshold=self.range_threshold,
            verify_hash=self.verify_hash,
            origin=info.message.message.origin,
        )
        if info.layout.text is not None:
            return TextArray(array, info.layout.text)
        return array if info.layout.cast is None else CastArray(array, info.layout.cast)


def _encoding(objects: Sequence[WrittenObject], path: str, array: Any) -> dict[str, Any]:
    """`Variable.encoding`: a block of a variable is best read as a chunk."""
    first = objects[0]
    descriptors = [info.descriptor for info in objects]
    dims = first.layout.dims
    stored = dims if first.layout.text is None else (*dims, "")
    encoding = variable_encoding(descriptors, path, stored, tuple(first.descriptor.shape), array.dtype)
    encoding["original_shape"] = array.shape
    preferred = encoding.pop("preferred_chunks", {})
    if isinstance(array, BlockArray):
        preferred = {dim: _regular(lengths) for dim, lengths in zip(dims, array.chunks, strict=True)}
    preferred = {dim: lengths for dim, lengths in preferred.items() if dim in dims}
    return encoding | ({"preferred_chunks": preferred} if preferred else {})


def _regular(lengths: tuple[int, ...]) -> int | tuple[int, ...]:
    """Lengths of chunks as xarray has them: one number, if only the last may be shorter."""
    return lengths[0] if set(lengths[:-1]) <= {lengths[0]} and lengths[-1] <= lengths[0] else lengths


def datasets(messages: Iterable[WrittenMessage]) -> list[list[WrittenMessage]]:
    """The messages of each dataset, datasets in order of first appearance."""
    found: dict[str, list[WrittenMessage]] = {}
    for message in messages:
        found.setdefault(message.layout.dataset, []).append(message)
    return list(found.values())
