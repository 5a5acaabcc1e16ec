"""Metadata of a message and of one object, as plain dicts, whatever state the message is in."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, NamedTuple

from tensogram_xarray.mapping import strip_structural_keys
from tensogram_xarray.pipeline import is_codec_parameter, parameters
from tensogram_xarray.vocabulary import MAPS


class MessageMetadata(NamedTuple):
    """A message's metadata. The core makes new dicts at every look at its own; these are made once."""

    version: int
    base: list[Any]
    extra: dict[str, Any]
    reserved: dict[str, Any]

    @classmethod
    def of(cls, core: Any) -> MessageMetadata:
        return cls._make(_metadata_of(core))


class Descriptor(NamedTuple):
    """What a data object's descriptor says, under the names of the core."""

    obj_type: str
    shape: list[int]
    strides: list[int]
    dtype: str
    byte_order: str
    encoding: str
    filter: str
    compression: str
    params: dict[str, Any]

    @classmethod
    def of(cls, core: Any) -> Descriptor:
        return cls._make(_fields_of(core))

    @property
    def ndim(self) -> int:
        return len(self.shape)


_metadata_of = operator.attrgetter(*MessageMetadata._fields)
_fields_of = operator.attrgetter(*Descriptor._fields)

RESERVED_KEY = "_reserved_"
# A dataset attribute: the version of the format that the message is written in.
VERSION_KEY = "tensogram_wire_version"


def base_entry(meta: Any, index: int) -> dict[str, Any]:
    """`base[index]` without what the library keeps for itself; empty where there is none."""
    base = getattr(meta, "base", None)
    if not isinstance(base, list | tuple) or not 0 <= index < len(base):
        return {}
    entry = base[index]
    if not isinstance(entry, MAPS):
        return {}
    return {key: value for key, value in entry.items() if key != RESERVED_KEY}


def merge_per_object_meta(meta: Any, index: int, descriptor: Any) -> dict[str, Any]:
    """What is said about one object: its base entry, then further keys of the descriptor.

    Parameters of the object's own codecs say nothing about the data and are left out.
    """
    merged = base_entry(meta, index)
    for key, value in parameters(descriptor).items():
        if key not in merged and key != RESERVED_KEY and not is_codec_parameter(descriptor, key):
            merged[key] = value
    return merged


def extra(meta: Any) -> dict[str, Any]:
    """The message-level annotations."""
    annotations = getattr(meta, "extra", None)
    if not isinstance(annotations, MAPS):
        return {}
    return {key: value for key, value in annotations.items() if key != RESERVED_KEY}


def dataset_attributes(meta: Any) -> dict[str, Any]:
    """Attributes of a dataset made from one message: its annotations and its format version."""
    return strip_structural_keys(extra(meta)) | {VERSION_KEY: meta.version}


def flattened(meta: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested maps as dotted keys: `{"mars": {"date": 1}}` is `{"mars.date": 1}`."""
    flat: dict[str, Any] = {}
    for key, value in meta.items():
        path = f"{prefix}{key}"
        if value and isinstance(value, MAPS):
            flat |= flattened(value, path + ".")
        else:
            flat[path] = value
    return flat
