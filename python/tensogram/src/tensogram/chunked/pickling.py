"""Pickling: the calls that made a plan, one after the other, with sources by their own pickles."""

from __future__ import annotations

import importlib
import pickle
from typing import Any, SupportsIndex

from tensogram.chunked.functions import name_of
from tensogram.chunked.node import Call, Node, call

__all__ = ["nodes_of", "reduce"]


class _Reference:
    """An output of an earlier call."""

    __slots__ = ("call", "output")

    def __init__(self, call: int, output: int) -> None:
        self.call = call
        self.output = output

    def __reduce__(self) -> tuple[Any, ...]:
        return _Reference, (self.call, self.output)


class _Code:
    """A callable as its pickle."""

    __slots__ = ("pickled",)

    def __init__(self, pickled: bytes) -> None:
        self.pickled = pickled

    def __reduce__(self) -> tuple[Any, ...]:
        return _Code, (self.pickled,)


def reduce(array: Any, protocol: SupportsIndex) -> tuple[Any, ...]:
    """What `__reduce_ex__` gives for an array."""
    order = _ordered(array._node)
    numbers = {id(made): number for number, made in enumerate(order)}
    code: dict[int, _Code] = {}

    def packed(argument: Any) -> Any:
        if isinstance(argument, Node):
            return _Reference(numbers[id(argument.call)], argument.output)
        if isinstance(argument, tuple):
            return tuple(map(packed, argument))
        if callable(argument) and not isinstance(argument, type):
            if id(argument) not in code:
                code[id(argument)] = _Code(_pickled(argument, int(protocol.__index__())))
            return code[id(argument)]
        return argument

    program = [(made.constructor, made.dtypes, packed(made.arguments)) for made in order]
    return _rebuilt, (program, array._node.output)


def _pickled(function: Any, protocol: int) -> bytes:
    try:
        return pickle.dumps(function, protocol)
    except Exception as error:
        try:
            cloudpickle = importlib.import_module("cloudpickle")
        except ImportError:
            raise pickle.PicklingError(
                f"{name_of(function)} cannot be pickled ({error}), and cloudpickle, which might, is not installed"
            ) from error
        try:
            return bytes(cloudpickle.dumps(function, protocol))
        except Exception as other:
            raise pickle.PicklingError(f"{name_of(function)} cannot be pickled: {other}") from other


def _ordered(node: Node) -> list[Call]:
    """The calls beneath a node, inputs before what uses them; without recursion."""
    order: list[Call] = []
    done: set[int] = set()
    pending: list[tuple[Call, bool]] = [(node.call, False)]
    while pending:
        made, expanded = pending.pop()
        if id(made) in done:
            continue
        if expanded:
            done.add(id(made))
            order.append(made)
        else:
            pending.append((made, True))
            pending.extend((found.call, False) for found in nodes_of(made.arguments) if id(found.call) not in done)
    return order


def nodes_of(arguments: Any) -> list[Node]:
    """The nodes among a call's arguments, also in tuples."""
    found = []
    for argument in arguments:
        if isinstance(argument, Node):
            found.append(argument)
        elif isinstance(argument, tuple) and argument and not isinstance(argument[0], int):
            found.extend(nodes_of(argument))
    return found


def _rebuilt(program: list[tuple[str, Any, Any]], output: int) -> Any:
    from tensogram.chunked.handle import Array

    nodes: list[tuple[Node, ...]] = []

    def unpacked(argument: Any) -> Any:
        if isinstance(argument, _Reference):
            return nodes[argument.call][argument.output]
        if isinstance(argument, _Code):
            return pickle.loads(argument.pickled)
        return tuple(map(unpacked, argument)) if isinstance(argument, tuple) else argument

    for constructor, dtypes, arguments in program:
        nodes.append(call(constructor, dtypes, unpacked(arguments)))
    return Array(nodes[-1][output])
