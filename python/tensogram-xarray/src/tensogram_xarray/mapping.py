"""Names: of variables from metadata, and of the dimensions of one object."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from tensogram_xarray.vocabulary import MAPS, NAME_PATHS, canonical

logger = logging.getLogger("tensogram_xarray.mapping")

PER_OBJECT_DIM_NAMES_KEY = "dim_names"
EXTRA_DIM_NAMES_KEY = "dim_names"
# Keys that say how the data is laid out; they are used up here and are no attributes.
STRUCTURAL_META_KEYS = frozenset({PER_OBJECT_DIM_NAMES_KEY})

# Coordinates that size does not tell apart: after one has named an axis, the other names none.
_INTERCHANGEABLE = ({"latitude", "longitude"}, {"x", "y"})

Hint = list[str] | dict[int, str]


def strip_structural_keys(meta: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in meta.items() if key not in STRUCTURAL_META_KEYS}


def resolve_variable_name(index: int, meta: Mapping[str, Any], variable_key: str | None) -> str:
    """What metadata call the object at `index` of its message, else `object_<index>`."""
    return name_and_path(index, meta, variable_key)[0]


def name_and_path(index: int, meta: Mapping[str, Any], variable_key: str | None) -> tuple[str, str]:
    """As `resolve_variable_name`, and the dotted path to that name; the path is empty if there is none."""
    for path in (variable_key, *NAME_PATHS) if variable_key else NAME_PATHS:
        name = _resolve_dotted(meta, path)
        if name is not None:
            return str(name), path
    return f"object_{index}", ""


def _resolve_dotted(meta: Mapping[str, Any], path: str) -> Any:
    """The value that a dotted path leads to through nested maps, or None."""
    value: Any = meta
    for step in path.split("."):
        if not isinstance(value, MAPS) or step not in value:
            return None
        value = value[step]
    return value


def resolve_dim_names(ndim: int, names: Sequence[str] | None) -> list[str]:
    """The caller's names for the axes, or generic ones. `ValueError` where their number differs."""
    if names is None:
        return [generic_dim_name(axis) for axis in range(ndim)]
    if len(names) != ndim:
        raise ValueError(
            f"dim_names has {len(names)} entries but tensor has {ndim} dimensions. Provide exactly {ndim} names."
        )
    return list(names)


def generic_dim_name(axis: int) -> str:
    return f"dim_{axis}"


def parse_per_object_dim_names(ndim: int, meta: Mapping[str, Any]) -> list[str] | None:
    """An object's own `dim_names`: as many distinct non-empty names as it has axes, else None."""
    raw = meta.get(PER_OBJECT_DIM_NAMES_KEY)
    if raw is None:
        return None
    if reason := _why_no_names(ndim, raw):
        logger.debug("ignoring per-object dim_names %r: %s", raw, reason)
        return None
    return list(raw)


def _why_no_names(ndim: int, raw: Any) -> str | None:
    if not isinstance(raw, list | tuple):
        return f"a list is expected, not {type(raw).__name__}"
    if len(raw) != ndim:
        return f"{len(raw)} names for {ndim} dimensions"
    if not all(is_name(name) for name in raw):
        return "a name is no string or empty"
    if len(set(raw)) != len(raw):
        return "a name occurs twice"
    return None


def is_name(name: Any) -> bool:
    return isinstance(name, str) and bool(name)


def parse_extra_dim_names_hint(ndim: int, raw: Any) -> Hint:
    """The message's `dim_names`: a name per axis, or a map from size to name; `{}` for neither."""
    try:
        if isinstance(raw, list):
            return [str(name) for name in raw] if len(raw) == ndim else {}
        if isinstance(raw, Mapping):
            return {int(size): str(name) for size, name in raw.items()}
    except Exception:
        # Names and sizes are whatever stands in the file, or in an object somebody put there.
        logger.debug("ignoring the message's dim_names: not readable as names")
    return {}


def resolve_dims_for_axes(
    shape: Sequence[int],
    *,
    user_dim_names: Sequence[str] | None,
    coord_dim_sizes: Mapping[str, int],
    per_object_meta: Mapping[str, Any],
    extra_dim_names_hint: Any,
    unavailable: frozenset[str] = frozenset(),
) -> list[tuple[str, bool]]:
    """The dimension names of one object, each with whether it is a generic `dim_<axis>`.

    The caller's names win; else each axis takes a coordinate's name of its size, the object's own
    hint, the message's hint, or the generic name, whichever comes first and is not used yet. Hints
    that name a dimension in `unavailable` count as absent.
    """
    ndim = len(shape)
    if user_dim_names is not None:
        return [(name, False) for name in resolve_dim_names(ndim, user_dim_names)]
    own = parse_per_object_dim_names(ndim, per_object_meta)
    message = parse_extra_dim_names_hint(ndim, extra_dim_names_hint)
    matched: set[str] = set()
    used = set(unavailable)
    dims: list[tuple[str, bool]] = []
    for axis, size in enumerate(shape):
        hints = [own[axis] if own else None, _hint_for_axis(message, axis, size)]
        name = _size_match(size, coord_dim_sizes, used, matched, hints)
        if name is not None:
            matched.add(name)
        else:
            name = next((hint for hint in hints if hint and hint not in used), None)
        dims.append((generic_dim_name(axis), True) if name is None else (name, False))
        used.add(dims[-1][0])
    return dims


def _hint_for_axis(hint: Hint, axis: int, size: int) -> str | None:
    if isinstance(hint, list):
        return hint[axis]
    return hint.get(size)


def _size_match(
    size: int,
    coord_dim_sizes: Mapping[str, int],
    used: set[str],
    matched: set[str],
    hints: list[str | None],
) -> str | None:
    """The coordinate whose dimension an axis of this size lies along, if that can be told."""
    candidates = [name for name, n in coord_dim_sizes.items() if n == size and name not in used]
    if not candidates:
        return None
    meant = [canonical(hint) for hint in hints if hint]
    hinted = next((name for name in meant if name in candidates), None)
    if hinted is not None:
        return hinted
    first = candidates[0]
    alike = {name for name in matched if coord_dim_sizes[name] == size}
    ambiguous = any(first in pair and pair & alike for pair in _INTERCHANGEABLE)
    return None if ambiguous else first
