"""What is in a file already, where more of the same dataset is to follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tensogram_xarray import cf
from tensogram_xarray.encoding import COMPUTED
from tensogram_xarray.layout import MessageLayout, VariableLayout
from tensogram_xarray.source import Source
from tensogram_xarray.stored import StoredVariable
from tensogram_xarray.written import WrittenDataset, WrittenMessage, datasets

_CONVENTIONS = cf.ENCODING_KEYS - {"dtype"}


@dataclass(frozen=True)
class Existing:
    """A dataset in a file, as it is stored, to which more is added along `dim`."""

    path: Path
    dim: str
    layout: MessageLayout
    stored: xr.Dataset
    layouts: Mapping[str, VariableLayout]

    @classmethod
    def of(cls, path: Path, dim: str, group: str | None) -> Existing | None:
        """The last dataset of the group; None if there is none yet.

        Raises `ValueError` where its messages do not follow each other along the dimension.
        """
        if not path.exists():
            return None
        source = Source.of(path)
        file = source.opened()
        found = [WrittenMessage.of(n, file.message(n)) for n in range(file.message_count())]
        same = [one for one in datasets(m for m in found if m is not None) if one[0].layout.group == group]
        if not same:
            return None
        written = WrittenDataset(source=source, messages=same[-1])
        if written.layout.append_dim != dim:
            raise ValueError(
                f"nothing can be appended along {dim!r} to the dataset in {path}: "
                f"it was not written with append_dim={dim!r}"
            )
        return cls(path, dim, written.layout, written.dataset(), written.layouts)

    @property
    def length(self) -> int:
        return self.stored.sizes[self.dim]

    def conforming(self, dataset: xr.Dataset) -> xr.Dataset:
        """The dataset with the encodings of this one. `ValueError` where variables differ."""
        for name in self.stored.variables.keys() ^ dataset.variables.keys():
            where = "the dataset" if name in self.stored.variables else f"{self.path}"
            raise ValueError(f"variable {name!r} is missing in {where}: what is appended must have the same variables")
        conforming = dataset.copy(deep=False)
        for name, variable in conforming.variables.items():
            variable.encoding = self._encoding(str(name), variable)
        return conforming

    def _encoding(self, name: str, variable: xr.Variable) -> dict[str, Any]:
        stored = self.stored.variables[name]
        # A type is asked for only where it is one that values are packed into.
        own = {"codec", *COMPUTED} | (set() if self.layouts[name].decode else {"dtype"})
        storage = {key: value for key, value in stored.encoding.items() if key not in own}
        conventions = {key: stored.attrs[key] for key in _CONVENTIONS & stored.attrs.keys() - variable.attrs.keys()}
        return storage | conventions | {"compression": stored.encoding.get("codec")}

    def check(self, variables: Iterable[StoredVariable]) -> None:
        """Raises `ValueError` unless these can follow what is here."""
        for variable in variables:
            name, stored = variable.name, self.stored.variables[variable.name]
            dims = variable.layout.dims
            if dims != stored.dims:
                raise self._differs(name, "dimensions", stored.dims, dims)
            sizes = [{d: n for d, n in v.sizes.items() if d != self.dim} for v in (stored, variable.variable)]
            if sizes[0] != sizes[1]:
                raise self._differs(name, "sizes", *sizes)
            if self.dim in dims:
                self._check_stretch(variable, stored)
            elif variable.is_dimension and not np.array_equal(stored.values, variable.values((slice(None),))):
                raise ValueError(f"coordinate {name!r} has other values than in {self.path}")

    def _check_stretch(self, variable: StoredVariable, stored: xr.Variable) -> None:
        """Times in other units or values packed in another way would be taken for what they are not."""
        here, there = self.layouts[variable.name], variable.layout
        pairs: dict[str, tuple[Any, Any]] = {
            "text": (here.text, there.text),
            "type": (here.cast, there.cast),
            "decoding": (dict(here.decode), dict(there.decode)),
        }
        if there.text is None and there.cast is None:
            pairs["element type"] = (str(stored.dtype), variable.dtype)
        if there.decode:
            pairs |= {key: (stored.attrs.get(key), variable.attrs.get(key)) for key in sorted(_CONVENTIONS)}
        for what, (one, other) in pairs.items():
            if one != other and not (one != one and other != other):
                raise self._differs(variable.name, what, one, other)

    def _differs(self, name: str, what: str, here: Any, there: Any) -> ValueError:
        return ValueError(f"variable {name!r} has {what} {there!r}, but in {self.path} it has {here!r}")
