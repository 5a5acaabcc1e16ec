"""How a dataset that was written by `to_tensogram` lies in messages, as the messages themselves say.

Other files leave names, dimensions and roles to be found out from metadata and sizes. What is
written here says them, in a map under the key `xarray`: one in `_extra_` for the message, and one in
each object's entry of `base`. Readers that do not know the key find `name`, `dim_names` and the
attributes where they always are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tensogram_xarray.attributes import restored
from tensogram_xarray.mapping import PER_OBJECT_DIM_NAMES_KEY, is_name
from tensogram_xarray.metadata import RESERVED_KEY
from tensogram_xarray.vocabulary import CANONICAL_DIM, MAPS

LAYOUT_KEY = "xarray"
LAYOUT_VERSION = 1
TEXT_KINDS = ("str", "bytes", "object", "string")
CAST_KINDS = ("float16", "float32")
_NAME_KEYS = ("name", "shortName")
_TAKEN_BY_OBJECTS = frozenset({LAYOUT_KEY, PER_OBJECT_DIM_NAMES_KEY, RESERVED_KEY, *_NAME_KEYS})
_TAKEN_BY_MESSAGES = frozenset({LAYOUT_KEY, PER_OBJECT_DIM_NAMES_KEY, RESERVED_KEY})


class MalformedLayoutError(ValueError):
    """What stands under the key `xarray` is not what `to_tensogram` writes."""


@dataclass(frozen=True, kw_only=True)
class MessageLayout:
    """What a message says of the dataset that it is all or a part of.

    dataset: tells the messages of one dataset from others in the file.
    names: the variables in order.
    is_continued: whether further messages of the dataset may follow.
    append_dim: the dimension along which messages follow each other.
    group: the dataset's path in a tree.
    """

    dataset: str
    names: tuple[str, ...]
    is_continued: bool = False
    append_dim: str | None = None
    group: str | None = None

    @classmethod
    def of(cls, extra: Mapping[str, Any]) -> MessageLayout | None:
        """What stands in a message's annotations; None where there is nothing of this version."""
        found = extra.get(LAYOUT_KEY)
        if not isinstance(found, MAPS) or found.get("version") != LAYOUT_VERSION:
            return None
        names, dim, group = found.get("names"), found.get("append_dim"), found.get("group")
        if not isinstance(found.get("dataset"), str) or not isinstance(names, list):
            return None
        if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
            return None
        if not all(text is None or isinstance(text, str) for text in (dim, group)):
            return None
        return cls(
            dataset=found["dataset"],
            names=tuple(names),
            is_continued=found.get("continued") is True,
            append_dim=dim,
            group=group,
        )

    def extra(self, attrs: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
        """The annotations of a message with these attributes of the dataset, which are plain."""
        own = {
            "version": LAYOUT_VERSION,
            "dataset": self.dataset,
            "names": list(self.names),
            "continued": self.is_continued or None,
            "append_dim": self.append_dim,
            "group": self.group,
        }
        return _beside(attrs, types, own, _TAKEN_BY_MESSAGES)


def dataset_attrs(extra: Mapping[str, Any]) -> dict[str, Any]:
    """The dataset's attributes, from a message's annotations."""
    return _attrs(extra, _TAKEN_BY_MESSAGES)


@dataclass(frozen=True, kw_only=True)
class VariableLayout:
    """What an object says of the variable that it is all or a part of.

    start: where the object begins in the variable.
    shape: of the variable, as far as it is known when the object is written.
    text: of which kind the strings are that the object's bytes stand for.
    cast: the type of floats that were widened for a codec.
    decode: which conventions were applied, for `cf.decoded`.
    encoding: what to put back into `Variable.encoding`.
    """

    name: str
    dims: tuple[str, ...]
    is_coordinate: bool
    start: tuple[int, ...] | None = None
    shape: tuple[int, ...] | None = None
    text: str | None = None
    cast: str | None = None
    decode: Mapping[str, Any] = field(default_factory=dict)
    encoding: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Mapping[str, Any], ndim: int) -> VariableLayout:
        """What stands in an object's entry of `base`. Raises `MalformedLayoutError`."""
        found = entry.get(LAYOUT_KEY)
        if not isinstance(found, MAPS):
            raise MalformedLayoutError("an object says nothing of its variable")
        name, dims, text = found.get("name"), found.get("dims"), found.get("text")
        rank = ndim - (text is not None)
        if not isinstance(name, str) or not isinstance(dims, list) or len(dims) != rank:
            raise MalformedLayoutError(f"an object of {ndim} dimensions has name {name!r} and dimensions {dims!r}")
        if not all(is_name(dim) for dim in dims) or len(set(dims)) != rank:
            raise MalformedLayoutError(f"variable {name!r} has dimensions {dims!r}")
        if text is not None and text not in TEXT_KINDS:
            raise MalformedLayoutError(f"variable {name!r} has text of kind {text!r}")
        return cls(
            name=name,
            dims=tuple(dims),
            is_coordinate=found.get("role") == "coordinate",
            start=_sizes(found.get("start"), rank, name),
            shape=_sizes(found.get("shape"), rank, name),
            text=text,
            cast=found.get("cast") if found.get("cast") in CAST_KINDS else None,
            decode=_map(found.get("decode")),
            encoding=_map(found.get("encoding")),
        )

    def entry(self, attrs: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
        """The object's entry of `base`, with these attributes of the variable, which are plain."""
        own = {
            "name": self.name,
            "dims": list(self.dims),
            "role": "coordinate" if self.is_coordinate else "data",
            "start": None if self.start is None else list(self.start),
            "shape": None if self.shape is None else list(self.shape),
            "text": self.text,
            "cast": self.cast,
            "decode": dict(self.decode) or None,
            "encoding": dict(self.encoding) or None,
        }
        stored_dims = [*self.dims, f"{self.name}_bytes"] if self.text else list(self.dims)
        names = {self._name_key: self.name, PER_OBJECT_DIM_NAMES_KEY: stored_dims}
        return names | _beside(attrs, types, own, _TAKEN_BY_OBJECTS)

    @property
    def _name_key(self) -> str:
        """Where readers that go by metadata look for the name.

        Under `name` they take some names for 1-D coordinates, and fail where such an object is none.
        """
        canonical = CANONICAL_DIM.get(self.name.lower())
        is_dimension = self.dims == (self.name,) and not self.text
        return "name" if canonical is None or is_dimension else "shortName"


def variable_attrs(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The variable's attributes, from an object's entry of `base`."""
    return _attrs(entry, _TAKEN_BY_OBJECTS)


def _beside(
    attrs: Mapping[str, Any], types: Mapping[str, Any], own: Mapping[str, Any], taken: frozenset[str]
) -> dict[str, Any]:
    """Attributes and the layout map; the latter holds those whose keys mean something else."""
    displaced = {key: value for key, value in attrs.items() if key in taken}
    noted = {**own, "types": dict(types) or None, "attrs": displaced or None}
    kept = {key: value for key, value in attrs.items() if key not in taken}
    return kept | {LAYOUT_KEY: {key: value for key, value in noted.items() if value is not None}}


def _attrs(holder: Mapping[str, Any], taken: frozenset[str]) -> dict[str, Any]:
    found = _map(holder.get(LAYOUT_KEY))
    values = {key: value for key, value in holder.items() if key not in taken} | _map(found.get("attrs"))
    return restored(values, found.get("types"))


def _map(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _sizes(value: Any, rank: int, name: str) -> tuple[int, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != rank:
        raise MalformedLayoutError(f"variable {name!r} of {rank} dimensions has position or shape {value!r}")
    if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**62 for n in value):
        raise MalformedLayoutError(f"variable {name!r} has position or shape {value!r}")
    return tuple(value)
