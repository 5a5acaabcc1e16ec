"""All objects of a file, by their metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tensogram_xarray import reader
from tensogram_xarray.mapping import STRUCTURAL_META_KEYS
from tensogram_xarray.metadata import RESERVED_KEY, base_entry, extra, flattened, merge_per_object_meta
from tensogram_xarray.origin import Origin
from tensogram_xarray.pipeline import parameters
from tensogram_xarray.source import Message, Source

__all__ = ["RESERVED_KEY", "FileIndex", "ObjectInfo", "scan_file", "scan_message"]

# The names that these have in the published package.
_base_entry_from_meta = base_entry
_desc_params = parameters
_extra_from_meta = extra
_merge_per_object_meta = merge_per_object_meta

# Keys that tell no objects apart.
_NOT_TELLING = STRUCTURAL_META_KEYS | {RESERVED_KEY}


@dataclass
class ObjectInfo:
    """One data object: where it stands, its layout, and what is said about it and its message."""

    msg_index: int
    obj_index: int
    ndim: int
    shape: tuple[int, ...]
    dtype: str
    descriptor: Any
    per_object_meta: dict[str, Any]
    common_meta: dict[str, Any]
    origin: Origin | None = None

    @property
    def merged_meta(self) -> dict[str, Any]:
        """The message's annotations overlaid by the object's own metadata."""
        return {**self.common_meta, **self.per_object_meta}

    @cached_property
    def keys(self) -> dict[str, Any]:
        """What tells objects apart: the merged metadata with nested maps flattened, without hints."""
        return flattened({key: value for key, value in self.merged_meta.items() if key not in _NOT_TELLING})


@dataclass
class FileIndex:
    """The objects of a file in order."""

    file_path: str
    objects: list[ObjectInfo] = field(default_factory=list)
    first_metadata: Any = None

    @property
    def message_count(self) -> int:
        """Messages up to the last that holds an object."""
        return max((info.msg_index + 1 for info in self.objects), default=0)


def scan_file(
    path: Any,
    storage_options: Mapping[str, Any] | None = None,
    claim: Callable[[int, Message], bool] = lambda _index, _message: False,
) -> FileIndex:
    """The objects of a local or remote file; reads metadata only.

    `claim` is asked for each message whether somebody else takes its objects.
    """
    source = Source.of(path, storage_options)
    index = FileIndex(source.path)
    file = source.opened()
    descriptors: Sequence[Any] = ()
    for msg_index in range(file.message_count()):
        # Messages of a series have equal descriptors: one is kept for all in a row.
        message = file.message(msg_index, like=descriptors)
        descriptors = message.descriptors
        if msg_index == 0:
            index.first_metadata = message.metadata
        if not claim(msg_index, message):
            index.objects += _objects(msg_index, message.metadata, descriptors, message.origin)
    return index


def scan_message(buffer: bytes) -> list[ObjectInfo]:
    """The objects of the message that stands in a buffer."""
    return _objects(0, *reader.decode_descriptors(buffer))


def _objects(
    msg_index: int, metadata: Any, descriptors: Sequence[Any], origin: Origin | None = None
) -> list[ObjectInfo]:
    common = extra(metadata)
    return [
        ObjectInfo(
            msg_index,
            obj_index,
            len(descriptor.shape),
            tuple(descriptor.shape),
            descriptor.dtype,
            descriptor,
            merge_per_object_meta(metadata, obj_index, descriptor),
            common,
            origin,
        )
        for obj_index, descriptor in enumerate(descriptors)
    ]
