"""Coordinates that come again in later messages, of which the first stands for all."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from tensogram_xarray.scanner import ObjectInfo
from tensogram_xarray.source import Source

logger = logging.getLogger("tensogram_xarray.merge")

_MOST_NAMED = 5


def warn_of_other_content(source: Source, coordinates: Mapping[str, Sequence[ObjectInfo]]) -> None:
    """Warns where the objects of a coordinate do not have the hash of the first of them.

    Hashes stand in the file, so no payload is read. Objects without one are passed over, and so are
    remote files, where each hash would take a request.
    """
    hashes = _Hashes(source)
    for name, (first, *others) in coordinates.items():
        expected = hashes.of(first) if others else None
        if expected is None:
            continue
        different = [info.msg_index for info in others if hashes.of(info) not in (None, expected)]
        if different:
            listed = ", ".join(map(str, different[:_MOST_NAMED])) + (", …" if len(different) > _MOST_NAMED else "")
            logger.warning(
                "coordinate %r of %s has other content in %d of %d messages (%s) than in message %d, which is taken",
                name,
                source.path,
                len(different),
                len(others) + 1,
                listed,
                first.msg_index,
            )


class _Hashes:
    """The hashes of a file's objects, as far as they can be had without further reading."""

    def __init__(self, source: Source) -> None:
        handle = None if source.is_remote else source.opened().handle
        self._look_up: Any = getattr(handle, "object_hashes", None)
        self._known: dict[int, list[str | None]] = {}

    def of(self, info: ObjectInfo) -> str | None:
        if self._look_up is None:
            return None
        if info.msg_index not in self._known:
            self._known[info.msg_index] = self._look_up(info.msg_index)
        return self._known[info.msg_index][info.obj_index]
