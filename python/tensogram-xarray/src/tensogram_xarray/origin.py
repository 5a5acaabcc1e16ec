"""What a lazy array remembers of the message it was opened from, to know it again later."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from tensogram_xarray.files import Identity
from tensogram_xarray.metadata import Descriptor, MessageMetadata

# A message's identifier, as its encoder gave it, and its objects.
Described = tuple[Any, Sequence[Descriptor]]


class Origin:
    """The file as it was when a message was opened, and a fingerprint of that message.

    The fingerprint is made when it is asked for: a file can have many messages, and few are looked at again after it
    changed. Origins are equal if both are; they travel in pickles as the two.
    """

    __slots__ = ("_described", "_fingerprint", "identity")

    def __init__(self, identity: Identity, fingerprint: str = "", described: Described | None = None) -> None:
        self.identity = identity
        self._fingerprint = fingerprint
        self._described = described

    @classmethod
    def of(cls, identity: Identity, metadata: MessageMetadata, descriptors: Sequence[Descriptor]) -> Origin:
        return cls(identity, described=(metadata.reserved.get("uuid"), descriptors))

    @property
    def fingerprint(self) -> str:
        """Tells messages apart: by the identifier that their encoder gave them, layout and storage."""
        described = self._described
        if described is not None:
            self._fingerprint = _digest(*described)
            self._described = None
        return self._fingerprint

    def __reduce__(self) -> tuple[Any, ...]:
        return (Origin, (self.identity, self.fingerprint))

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        return (type(self).__name__, self.identity, self.fingerprint)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Origin):
            return NotImplemented
        return (self.identity, self.fingerprint) == (other.identity, other.fingerprint)

    def __hash__(self) -> int:
        return hash((self.identity, self.fingerprint))

    def __repr__(self) -> str:
        return f"Origin({self.identity!r}, {self.fingerprint!r})"


def _digest(identifier: Any, descriptors: Sequence[Descriptor]) -> str:
    told = repr((identifier, [(*d[:-1], len(d.params)) for d in descriptors]))
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()
