"""The result of decoding a message."""

from __future__ import annotations

from collections import namedtuple

# Stands for typing.TYPE_CHECKING: importing typing would be half of this package's import time.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from numpy.typing import NDArray

    from tensogram._native import DataObjectDescriptor, Metadata

    class Message(NamedTuple):
        """Metadata and data objects of one message, as ``decode`` returns them."""

        metadata: Metadata
        """What the message says about itself and its objects."""
        objects: list[tuple[DataObjectDescriptor, NDArray[Any]]]
        """Descriptor and elements of each data object."""

else:
    Message = namedtuple("Message", ["metadata", "objects"], module="tensogram")
    Message.__doc__ = "Metadata and data objects of one message, as ``decode`` returns them."
    Message.metadata.__doc__ = "What the message says about itself and its objects."
    Message.objects.__doc__ = "A tuple of descriptor and elements for each data object."
