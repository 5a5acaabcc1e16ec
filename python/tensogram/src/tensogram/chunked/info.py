"""What the array API standard asks a namespace about itself."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["NamespaceInfo"]

_NAMES = {
    "bool": "bool", "signed integer": "int8 int16 int32 int64", "unsigned integer": "uint8 uint16 uint32 uint64",
    "real floating": "float32 float64", "complex floating": "complex64 complex128",
}  # fmt: skip
_GROUPS = {
    "integral": ("signed integer", "unsigned integer"),
    "numeric": ("signed integer", "unsigned integer", "real floating", "complex floating"),
    None: tuple(_NAMES),
}


class NamespaceInfo:
    """Capabilities, devices and types of the namespace."""

    def capabilities(self) -> dict[str, Any]:
        """Boolean masks work by computing them; every shape is known; arrays have up to 64 dimensions."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """The CPU."""
        return "cpu"

    def devices(self) -> list[str]:
        """The CPU alone."""
        return ["cpu"]

    def default_dtypes(self, *, device: Any = None) -> dict[str, np.dtype[Any]]:
        """Types that results have when nothing else is asked for."""
        found = {"real floating": "float64", "complex floating": "complex128", "integral": "int64", "indexing": "int64"}
        return {kind: np.dtype(name) for kind, name in found.items()}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, np.dtype[Any]]:
        """The types of a kind, or of several, by name."""
        kinds = kind if isinstance(kind, tuple) else (kind,)
        groups = [group for one in kinds for group in _GROUPS.get(one, (one,))]
        unknown = [group for group in groups if group not in _NAMES]
        if unknown:
            raise ValueError(f"there is no kind of types {unknown[0]!r}")
        return {name: np.dtype(name) for group in groups for name in _NAMES[group].split()}
