"""From the values of a message's objects to its bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tensogram
from tensogram_xarray.converted import to_bytes
from tensogram_xarray.dtypes import BITMASK

Values = NDArray[Any]


@dataclass(frozen=True)
class ObjectPlan:
    """An object to be written, without its values. Travels to other processes."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    is_text: bool
    stages: Mapping[str, Any]

    def described(self, values: Values) -> tuple[dict[str, Any], Values]:
        """The descriptor and the elements. `ValueError` for values of another shape."""
        if values.shape != self.shape:
            raise ValueError(f"values of shape {values.shape} came for an object of shape {self.shape}")
        dtype = bool if self.dtype == BITMASK else self.dtype
        elements = to_bytes(values) if self.is_text else np.asarray(values, dtype)
        descriptor = {"type": "ntensor", "shape": list(elements.shape), "dtype": self.dtype, **self.stages}
        return descriptor | self._packing(elements), elements

    def write(self, encoder: Any, values: Values) -> None:
        """Writes the object with a streaming encoder of the core."""
        descriptor, elements = self.described(values)
        if _is_beyond_masks(elements):
            stored = elements.astype(elements.dtype.newbyteorder(descriptor.get("byte_order", "=")))
            bare = {key: value for key, value in descriptor.items() if key not in self.stages or key == "byte_order"}
            encoder.write_object_pre_encoded(bare, stored.tobytes())
        else:
            encoder.write_object(descriptor, elements)

    def _packing(self, values: Values) -> dict[str, Any]:
        """The scale of packed values among which some are not finite; those are left to masks."""
        if self.stages.get("encoding") != "simple_packing" or "sp_reference_value" in self.stages:
            return {}
        finite = np.isfinite(values)
        if finite.all():
            return {}
        if not finite.any():
            return {"sp_reference_value": 0.0, "sp_binary_scale_factor": 0}
        bits, decimal = (self.stages.get(key, 0) for key in ("sp_bits_per_value", "sp_decimal_scale_factor"))
        return dict(tensogram.compute_packing_params(values[finite], bits, decimal))


@dataclass(frozen=True)
class EncodeOptions:
    """What is asked of the core for every message."""

    hash: str | None
    threads: int

    @property
    def keywords(self) -> dict[str, Any]:
        return {"hash": self.hash, "threads": self.threads, "allow_nan": True, "allow_inf": True}


def encoded(
    metadata: Mapping[str, Any],
    plans: Sequence[ObjectPlan],
    values: Sequence[Values],
    options: EncodeOptions,
    path: Path,
) -> bytes:
    """A message."""
    pairs = list(zip(plans, values, strict=True))
    with naming_the_variable(", ".join(plan.name for plan in plans), path):
        if not any(plan.dtype.startswith("complex") for plan in plans):
            described = [plan.described(elements) for plan, elements in pairs]
            return bytes(tensogram.encode(dict(metadata), described, **options.keywords))
        encoder = tensogram.StreamingEncoder(dict(metadata), **options.keywords)
        for plan, elements in pairs:
            plan.write(encoder, elements)
        return bytes(encoder.finish_backfilled())


def _is_beyond_masks(values: Values) -> bool:
    """Whether there are complex numbers of which one part is infinite: masks hold both parts alike.

    Such an object is stored as it is, without masks, and so without the stages that need them.
    """
    return values.dtype.kind == "c" and bool((np.isinf(values) & (values.real != values.imag)).any())


@contextmanager
def naming_the_variable(name: str, path: Path) -> Iterator[None]:
    """Errors from inside keep their type and tell variable and file."""
    try:
        yield
    except Exception as error:
        error.add_note(f"while writing variable {name!r} to {path}")
        raise
