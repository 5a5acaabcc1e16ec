"""Nodes of the plan: the engine's, with the dtype and the call that made them, so that they can be made again."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

from tensogram._native import ArrayNode, TensogramFile
from tensogram.chunked.elements import DType

__all__ = ["Call", "Chunks", "FileSource", "Node", "call", "make"]

Chunks = tuple[tuple[int, ...], ...]


class Call:
    """A constructor of `ArrayNode` with its arguments; nodes stand among them, also in tuples."""

    __slots__ = ("arguments", "constructor", "dtypes")

    def __init__(self, constructor: str, dtypes: tuple[DType, ...], arguments: tuple[Any, ...]) -> None:
        self.constructor = constructor
        self.dtypes = dtypes
        self.arguments = arguments


class FileSource:
    """A file as its user named it: a path, an open file, or something with ``open() -> TensogramFile``."""

    __slots__ = ("file",)

    def __init__(self, file: Any) -> None:
        self.file = file

    def opened(self) -> str | TensogramFile:
        """What the engine reads from."""
        if isinstance(self.file, TensogramFile):
            return self.file
        if isinstance(self.file, (str, PathLike)):
            return fspath(self.file)
        handle: TensogramFile = self.file.open()
        return handle

    def __reduce__(self) -> tuple[Any, ...]:
        return FileSource, (self.file,)


class Node:
    """One immutable array of the plan: an output of a call."""

    __slots__ = ("_chunks", "call", "dtype", "native", "output", "shape")

    def __init__(self, call: Call, output: int, native: ArrayNode) -> None:
        self.call = call
        self.output = output
        self.native = native
        self.dtype = call.dtypes[output]
        self.shape: tuple[int, ...] = native.shape
        self._chunks: Chunks | None = None

    @property
    def chunks(self) -> Chunks:
        """Block sizes along every axis."""
        if self._chunks is None:
            self._chunks = self.native.chunks
        return self._chunks


def make(constructor: str, dtype: DType, *arguments: Any) -> Node:
    """The node that a constructor with one result gives."""
    return call(constructor, (dtype,), arguments)[0]


def call(constructor: str, dtypes: tuple[DType, ...], arguments: tuple[Any, ...]) -> tuple[Node, ...]:
    """The nodes that a constructor gives, one per dtype."""
    made = getattr(ArrayNode, constructor)(*map(_native, arguments))
    record = Call(constructor, dtypes, arguments)
    natives = made if isinstance(made, tuple) else (made,)
    return tuple(Node(record, output, native) for output, native in enumerate(natives))


def _native(argument: Any) -> Any:
    if isinstance(argument, Node):
        return argument.native
    if isinstance(argument, FileSource):
        return argument.opened()
    return tuple(map(_native, argument)) if isinstance(argument, tuple) else argument
