"""Checks of what callers pass, made before any file is touched."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Iterable, Mapping
from typing import Any

from tensogram_xarray.mapping import is_name


class DefaultMessage(int):
    """The index of the first message, where nobody asked for it.

    What `to_tensogram` wrote in several messages is then opened as the one dataset that it is.
    """

    def __repr__(self) -> str:
        return "0"


FIRST_MESSAGE = DefaultMessage(0)


def message_number(value: Any) -> int:
    """The index of a message, from anything that is an integer."""
    index = operator.index(value)
    if index < 0:
        raise ValueError(f"message_index must be >= 0, got {index}")
    return index


def real_number(name: str, value: Any) -> float:
    if not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {value!r}")
    return float(value)


def optional_text(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"{name} must be a str, got {value!r}")


def optional_mapping(name: str, value: Any) -> Mapping[str, Any] | None:
    if value is None or isinstance(value, Mapping):
        return value
    raise TypeError(f"{name} must be a dict, got {value!r}")


def caller_dim_names(names: Iterable[Any] | None) -> list[str] | None:
    """The caller's dimension names as a list. `ValueError` unless distinct non-empty strings."""
    if names is None:
        return None
    if isinstance(names, str):
        raise ValueError(f"dim_names must be a sequence of names, not the one string {names!r}")
    listed = list(names)
    if not all(is_name(name) for name in listed):
        raise ValueError(f"dim_names must be non-empty strings, got {listed}")
    if len(set(listed)) != len(listed):
        raise ValueError(f"dim_names must be distinct, got {listed}")
    return listed


def names_to_drop(names: str | Iterable[str] | None) -> frozenset[str]:
    """The names as a set; a single string is one name."""
    return frozenset({names} if isinstance(names, str) else names or ())
