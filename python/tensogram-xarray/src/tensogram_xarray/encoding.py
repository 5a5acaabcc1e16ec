"""How variables are stored: from `encoding` to the stages of the pipeline and their parameters."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import tensogram
from tensogram_xarray import cf
from tensogram_xarray.dtypes import BITMASK

STAGES = {
    "encoding": ("none", "simple_packing"),
    "filter": ("none", "shuffle"),
    "compression": ("none", "szip", "zstd", "lz4", "blosc2", "zfp", "sz3", "rle", "roaring"),
}
# Which stage takes a parameter.
PARAMETERS = {
    "sp_bits_per_value": ("encoding", "simple_packing"),
    "sp_decimal_scale_factor": ("encoding", "simple_packing"),
    "sp_reference_value": ("encoding", "simple_packing"),
    "sp_binary_scale_factor": ("encoding", "simple_packing"),
    "shuffle_element_size": ("filter", "shuffle"),
    "szip_rsi": ("compression", "szip"),
    "szip_block_size": ("compression", "szip"),
    "szip_flags": ("compression", "szip"),
    "zstd_level": ("compression", "zstd"),
    "blosc2_codec": ("compression", "blosc2"),
    "blosc2_clevel": ("compression", "blosc2"),
    "zfp_mode": ("compression", "zfp"),
    "zfp_rate": ("compression", "zfp"),
    "zfp_precision": ("compression", "zfp"),
    "zfp_tolerance": ("compression", "zfp"),
    "sz3_error_bound_mode": ("compression", "sz3"),
    "sz3_error_bound": ("compression", "sz3"),
}
_BYTE_ORDERS = ("little", "big")
KEYS = frozenset({*STAGES, *PARAMETERS, *cf.ENCODING_KEYS, "byte_order", "chunks"})

# Computed from the values at hand: other values need others.
COMPUTED = frozenset({"sp_reference_value", "sp_binary_scale_factor"})
# Compressions that lose something, and more with each round.
_LOSSY = frozenset({"zfp", "sz3"})


@dataclass(frozen=True)
class Storage:
    """How one variable is stored.

    stages: descriptor keys of the pipeline: `encoding`, `filter`, `compression`, their parameters, and
        `byte_order`; nothing where it is the core's default.
    conventions: keys of `cf.ENCODING_KEYS`.
    chunks: the lengths of blocks along each dimension, if the caller wishes some.
    is_bitmask: booleans as single bits.
    """

    stages: Mapping[str, Any] = field(default_factory=dict)
    conventions: Mapping[str, Any] = field(default_factory=dict)
    chunks: tuple[int, ...] | None = None
    is_bitmask: bool = False


def storage(
    name: str, inherited: Mapping[Hashable, Any], given: Mapping[str, Any] | None, shape: tuple[int, ...]
) -> Storage:
    """How a variable of this shape is stored that has `Variable.encoding` `inherited`.

    `given` is the caller's own word and is taken strictly: `ValueError` for a key or value that
    means nothing here. What is inherited may come from other formats and counts as far as it fits.
    """
    given = dict(given or {})
    _check_keys(name, given)
    conventions = _conventions(inherited, given)
    is_bitmask = conventions.get("dtype") == BITMASK
    if is_bitmask:
        conventions = {}
    stages = _stages(name, _inherited_stages(inherited), given)
    return Storage(stages, conventions, _chunks(name, given.get("chunks"), shape), is_bitmask)


def _check_keys(name: str, given: Mapping[str, Any]) -> None:
    for key in given:
        if key not in KEYS:
            raise ValueError(f"encoding of variable {name!r} has {key!r}, which is none of {', '.join(sorted(KEYS))}")
    for stage, known in STAGES.items():
        if given.get(stage) is not None and given[stage] not in known:
            raise ValueError(
                f"encoding of variable {name!r}: {stage} must be one of {', '.join(known)}, got {given[stage]!r}"
            )
    order = given.get("byte_order")
    if order is not None and order not in _BYTE_ORDERS:
        raise ValueError(f"encoding of variable {name!r}: byte_order must be little or big, got {order!r}")


def _stages(name: str, inherited: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The caller's stages with their parameters; of a stage that goes unmentioned, what is inherited."""
    stages: dict[str, Any] = {}
    for stage in STAGES:
        origin = given if stage in given else inherited
        method = origin.get(stage) or "none"
        if method == "none":
            continue
        own = {key for key, owner in PARAMETERS.items() if owner == (stage, method)}
        stages[stage] = method
        stages |= {key: origin[key] for key in own if origin.get(key) is not None}
        stages |= {key: given[key] for key in own if given.get(key) is not None}
    for key in PARAMETERS.keys() & given.keys() - stages.keys():
        stage, method = PARAMETERS[key]
        if given[key] is not None:
            raise ValueError(
                f"encoding of variable {name!r}: {key!r} is a parameter of {stage} {method!r}, which is not asked for"
            )
    order = given.get("byte_order", inherited.get("byte_order"))
    return stages | ({"byte_order": order} if order else {})


def _inherited_stages(inherited: Mapping[Hashable, Any]) -> dict[str, Any]:
    """What `Variable.encoding` says; of what a file was read with, only stages that lose nothing."""
    found = {str(key): value for key, value in inherited.items() if key in KEYS and key not in COMPUTED}
    if "codec" in inherited:  # As the engine says; a `compression` is the caller's word or another format's.
        found.pop("encoding", None)
        if "compression" not in found and inherited["codec"] not in _LOSSY:
            found["compression"] = inherited["codec"]
    known = {key: value for key, value in found.items() if value in STAGES.get(key, (value,))}
    if known.get("byte_order") not in _BYTE_ORDERS:
        known.pop("byte_order", None)
    return known


def _conventions(inherited: Mapping[Hashable, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The caller's, where None stands for none, and of those that are inherited what goes with them."""
    found = _inherited_conventions(inherited)
    if given.get("encoding") == "simple_packing" or given.get("compression") in _LOSSY:
        found = {key: value for key, value in found.items() if key in ("units", "calendar")}
    found |= {key: value for key, value in given.items() if key in cf.ENCODING_KEYS}
    return {key: value for key, value in found.items() if value is not None}


def _inherited_conventions(inherited: Mapping[Hashable, Any]) -> dict[str, Any]:
    if "_Unsigned" in inherited:
        return {}  # A wish of netCDF 3, which has no unsigned integers.
    found = {str(key): value for key, value in inherited.items() if key in cf.ENCODING_KEYS}
    dtype = found.get("dtype")
    if dtype is str or getattr(dtype, "kind", "") in ("S", "U", "O"):
        del found["dtype"]
    return found


def _chunks(name: str, wish: Any, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    if wish is None:
        return None
    lengths = tuple(wish) if isinstance(wish, list | tuple) else (wish,)
    if len(lengths) != len(shape) or not all(isinstance(n, int | np.integer) and n > 0 for n in lengths):
        raise ValueError(
            f"encoding of variable {name!r}: chunks must be {len(shape)} lengths above 0, one for each "
            f"dimension, got {wish!r}"
        )
    return tuple(min(int(n), max(size, 1)) for n, size in zip(lengths, shape, strict=True))


def checked(name: str, stages: Mapping[str, Any], dtype: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The stages, tried on one element, so that a wrong option is told before anything is computed.

    Raises `ValueError` where the caller's do not work for this element type. Inherited ones that do
    not are left out.
    """
    asked = {key for key, value in (given or {}).items() if value is not None} & (STAGES.keys() | PARAMETERS.keys())
    try:
        _try(stages, dtype)
    except ValueError as error:
        if asked:
            raise ValueError(f"encoding of variable {name!r} does not work for {dtype}: {error}") from error
        return {key: value for key, value in stages.items() if key == "byte_order"}
    return dict(stages)


def _try(stages: Mapping[str, Any], dtype: str) -> None:
    descriptor = {"type": "ntensor", "shape": [1], "dtype": dtype, **stages}
    one = np.ones(1, bool if dtype == BITMASK else dtype)
    tensogram.encode({}, [(descriptor, one)], hash=None)
