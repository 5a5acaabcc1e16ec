"""The data objects of messages, with what their metadata say of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from numpy.typing import NDArray

import tensogram

# Where the name of an object may stand, in the order in which the xarray engine looks too.
_NAMES = ("name", "mars.param", "param", "mars.shortName", "shortName")


class NamedObject(NamedTuple):
    """A data object."""

    place: str
    """Where it was found, for messages to people."""
    name: str
    descriptor: tensogram.DataObjectDescriptor
    array: NDArray[Any]
    metadata: dict[str, Any]
    """Its own entry of ``base``."""
    extra: dict[str, Any]
    """The annotations of its message."""


def decoded_objects(function: str, messages: list[Any]) -> Iterator[NamedObject]:
    """Every object of the messages; TypeError for what is no buffer, ValueError for what is no message."""
    for number, message in enumerate(messages):
        try:
            metadata, objects = tensogram.decode(message)
        except ValueError as error:
            raise ValueError(f"{function} cannot decode message {number}: {error}") from error
        extra = metadata.extra
        for index, ((descriptor, array), entry) in enumerate(zip(objects, metadata.base, strict=True)):
            place = f"object {index} of message {number}"
            yield NamedObject(place, _name(entry) or f"object_{index}", descriptor, array, entry, extra)


def _name(entry: dict[str, Any]) -> str | None:
    for path in _NAMES:
        value: Any = entry
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            return str(value)
    return None
