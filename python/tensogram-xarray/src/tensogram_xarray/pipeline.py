"""What a descriptor says about storage: the codecs' parameters, and whether parts can be read."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tensogram_xarray.dtypes import BITMASK
from tensogram_xarray.vocabulary import MAPS

# Descriptor keys that belong to a stage of the pipeline, by the prefix they share.
_STAGE_PARAMETERS = {
    ("encoding", "simple_packing"): "sp_",
    ("filter", "shuffle"): "shuffle_element_size",
    ("compression", "szip"): "szip_",
    ("compression", "zstd"): "zstd_level",
    ("compression", "blosc2"): "blosc2_",
    ("compression", "zfp"): "zfp_",
    ("compression", "sz3"): "sz3_",
}
# Positions inside the compressed stream, thousands of them: of no use to a reader of the data.
_STREAM_POSITIONS = "szip_block_offsets"


def parameters(descriptor: Any) -> dict[str, Any]:
    """The descriptor's extra keys; empty where there are none or they are malformed."""
    params = getattr(descriptor, "params", None)
    return dict(params) if isinstance(params, MAPS) else {}


def stage(descriptor: Any, name: str) -> str:
    """The name of the `encoding`, `filter` or `compression` stage; `none` where nothing is said."""
    return str(getattr(descriptor, name, None) or "none")


def is_codec_parameter(descriptor: Any, key: str) -> bool:
    """Whether the key is a parameter of the object's own pipeline, so no attribute of the data."""
    return any(
        key.startswith(prefix) and stage(descriptor, kind) == name for (kind, name), prefix in _STAGE_PARAMETERS.items()
    )


def codec_parameters(descriptor: Any) -> dict[str, Any]:
    """The parameters of the object's own pipeline, without positions inside the stream."""
    return {
        key: value
        for key, value in parameters(descriptor).items()
        if is_codec_parameter(descriptor, key) and key != _STREAM_POSITIONS
    }


def supports_ranges(descriptor: Any) -> bool:
    """Whether part of the payload can be decoded without decoding all of it."""
    if stage(descriptor, "filter") == "shuffle" or getattr(descriptor, "dtype", None) == BITMASK:
        return False
    compression = stage(descriptor, "compression")
    if compression == "zfp":
        return parameters(descriptor).get("zfp_mode") == "fixed_rate"
    return compression in {"none", "szip", "blosc2"}


def variable_encoding(
    descriptors: Sequence[Any],
    source: str,
    dims: tuple[str, ...],
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
) -> dict[str, Any]:
    """`Variable.encoding`: how a variable's objects are stored, as far as all of them agree.

    The last dimensions are those of one object. Any in front run over objects and are best chunked
    one by one. An object that cannot be read in part is one chunk; of one that can, nothing is
    said, so that users may split it as they like.

    The compression stage goes by `codec`: xarray's netCDF writers take a `compression` for theirs.
    """
    distinct = [descriptor for descriptor, _ in itertools.groupby(descriptors)]
    agreed, *others = (_storage_facts(descriptor) for descriptor in distinct)
    if others:
        agreed = {key: value for key, value in agreed.items() if all(other.get(key) == value for other in others)}
    outer = len(dims) - len(descriptors[0].shape)
    preferred = dict.fromkeys(dims[:outer], 1)
    if not all(supports_ranges(descriptor) for descriptor in distinct):
        preferred |= dict(zip(dims[outer:], shape[outer:], strict=True))
    encoding = {"source": source, "original_shape": shape, "dtype": dtype, **agreed}
    return encoding | ({"preferred_chunks": preferred} if preferred else {})


def _storage_facts(descriptor: Any) -> dict[str, Any]:
    return {
        "byte_order": getattr(descriptor, "byte_order", None),
        "encoding": stage(descriptor, "encoding"),
        "filter": stage(descriptor, "filter"),
        "codec": stage(descriptor, "compression"),
        **codec_parameters(descriptor),
    }
