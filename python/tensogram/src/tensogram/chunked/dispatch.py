"""The one list of the namespace's functions, from which its names and both of numpy's protocols come."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from tensogram.chunked import operands

__all__ = ["ENTRIES", "Entry", "implements", "numpy_function"]

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Entry:
    """A function of the namespace and the names in numpy that mean it."""

    name: str
    function: Callable[..., Any]
    numpy: tuple[str, ...]


ENTRIES: list[Entry] = []


class Register(Protocol):
    """A decorator that keeps a function's type."""

    def __call__(self, function: Function, /) -> Function: ...


def implements(*numpy_names: str, creates: bool = False, plain: Callable[..., Any] | None = None) -> Register:
    """Adds a function to the list.

    `numpy_names` are dotted names below `numpy`, by default the function's own. Without one of our arrays among its
    arguments the function gives numpy's result, by numpy's function of its name or by `plain`, so that functions of
    blocks written against the namespace stay cheap; `creates` says that it always gives ours.
    """

    def register(function: Function) -> Function:
        name = function.__name__
        names = tuple(numpy_names or ((name,) if numpy_function(name) else ()))
        if creates:
            ENTRIES.append(Entry(name, function, names))
            return function
        fallback = plain or next(filter(None, map(numpy_function, (name, *names))), None)

        @functools.wraps(function)
        def chosen(*arguments: Any, **keywords: Any) -> Any:
            if operands.has_array(arguments) or operands.has_array(keywords.values()):
                return function(*arguments, **keywords)
            return _plain(fallback, function, arguments, keywords)

        ENTRIES.append(Entry(name, chosen, names))
        return chosen  # type: ignore[return-value]

    return register


def _plain(fallback: Any, function: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    for argument in (*arguments, *keywords.values()):
        operands.refuse_foreign(argument)
    if fallback is not None:
        return fallback(*arguments, **keywords)
    first, *others = arguments
    return function(operands.as_array(first), *others, **keywords).compute()


def numpy_function(name: str) -> Callable[..., Any] | None:
    """What a dotted name below `numpy` means."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if callable(found) else None
