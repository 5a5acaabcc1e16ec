"""Where messages come from: a file by its path or URL, or one that is held in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tensogram_xarray import files, reader
from tensogram_xarray.memory import MemoryFile, memory_file
from tensogram_xarray.metadata import Descriptor, MessageMetadata
from tensogram_xarray.origin import Origin


class Message(NamedTuple):
    """The metadata of one message."""

    metadata: MessageMetadata
    descriptors: Sequence[Descriptor]
    origin: Origin


class OpenSource(NamedTuple):
    """A file that is open, and what it was when it was opened."""

    handle: Any
    identity: files.Identity

    def message_count(self) -> int:
        return len(self.handle)

    def message(self, msg_index: int, like: Sequence[Descriptor] = ()) -> Message:
        """The metadata of one message; no payload is read. Of descriptors that are equal to `like`, those are taken.

        Raises `UnsupportedDtypeError` for an object of unknown element type, and what the core
        raises.
        """
        metadata, descriptors = reader.describe(self.handle, msg_index)
        if descriptors == like:
            descriptors = like
        return Message(metadata, descriptors, Origin.of(self.identity, metadata, descriptors))


@dataclass(frozen=True)
class Source:
    """A file. `path` is absolute, a URL, or a description of what is in memory."""

    path: str
    storage_options: Mapping[str, Any] | None = None
    memory: MemoryFile | None = None

    @classmethod
    def of(cls, filename_or_obj: Any, storage_options: Mapping[str, Any] | None = None) -> Source:
        """The file that a path, URL, bytes or file object means. No local file is touched yet."""
        if isinstance(filename_or_obj, Source):
            return filename_or_obj
        path = files.path_of(filename_or_obj)
        if path is not None:
            return cls(path, storage_options)
        memory = memory_file(filename_or_obj, storage_options)
        return cls(memory.label, None, memory)

    @property
    def is_remote(self) -> bool:
        return self.memory is None and files.is_remote(self.path)

    @property
    def is_path(self) -> bool:
        return self.memory is None

    def opened(self) -> OpenSource:
        """The file, opened once for all that is asked of its metadata. `OSError` where that fails."""
        if self.memory is not None:
            return OpenSource(self.memory, None)
        file = files.open_files.get(self.path, self.storage_options, anew=self.is_remote)
        return OpenSource(file.handle, file.identity)

    def release(self) -> None:
        """Lets go of what is kept of the file; a later read opens it again."""
        if self.memory is None:
            files.release(self.path)
