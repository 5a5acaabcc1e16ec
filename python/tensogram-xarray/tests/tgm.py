"""Short words for writing `.tgm` files in tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import tensogram

# Partial reads, metadata without payloads and pickling are those of the native core.
NATIVE_CORE = hasattr(tensogram.TensogramFile, "read_selection")

NONE = {"encoding": "none", "filter": "none", "compression": "none"}
PACKED = NONE | {"encoding": "simple_packing", "sp_bits_per_value": 16}
SZIP = {"compression": "szip", "szip_rsi": 4, "szip_block_size": 16, "szip_flags": 8}

# Every pipeline of float64 objects by name, with whether parts of it can be read.
PIPELINES: dict[str, tuple[dict[str, Any], bool]] = {
    "none": (NONE, True),
    "packed": (PACKED, True),
    "packed+szip": (PACKED | SZIP, True),
    "blosc2": (NONE | {"compression": "blosc2", "blosc2_codec": "lz4", "blosc2_clevel": 5}, True),
    "zfp fixed rate": (
        NONE | {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 32.0},
        True,
    ),
    "zfp fixed precision": (
        NONE | {"compression": "zfp", "zfp_mode": "fixed_precision", "zfp_precision": 40},
        False,
    ),
    "zstd": (NONE | {"compression": "zstd", "zstd_level": 3}, False),
    "lz4": (NONE | {"compression": "lz4"}, False),
    "sz3": (
        NONE | {"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 1e-6},
        False,
    ),
    "shuffle+zstd": (
        NONE | {"filter": "shuffle", "shuffle_element_size": 8, "compression": "zstd"},
        False,
    ),
}


class Item(NamedTuple):
    """A data object: its entry in `base`, its descriptor, its values."""

    base: dict[str, Any]
    descriptor: dict[str, Any]
    values: Any


def descriptor(shape: Any, dtype: Any = "float32", **keys: Any) -> dict[str, Any]:
    return {
        "type": "ntensor",
        "shape": list(shape),
        "dtype": str(dtype),
        "byte_order": "little",
        **NONE,
        **keys,
    }


def item(values: Any, base: dict[str, Any] | None = None, **keys: Any) -> Item:
    """An object of these values; `keys` go into the descriptor."""
    array = np.asarray(values)
    return Item(base or {}, descriptor(array.shape, array.dtype, **keys), np.ascontiguousarray(array))


def named(name: Any, values: Any, base: dict[str, Any] | None = None, **keys: Any) -> Item:
    return item(values, {"name": name} | (base or {}), **keys)


def zeros(name: Any, *shape: int, **base: Any) -> Item:
    """An object that is only looked at: its name and shape."""
    return named(name, np.zeros(shape, np.float32), base)


def coordinate(name: str, size: int, **base: Any) -> Item:
    return named(name, np.arange(size, dtype=np.float64), base)


def message(*items: Item, hash: str | None = "xxh3", **extra: Any) -> bytes:
    """One message; `extra` are its message-level annotations."""
    meta = {"base": [item.base for item in items], "_extra_": extra}
    return bytes(tensogram.encode(meta, [(item.descriptor, item.values) for item in items], hash=hash))


def write(path: Path, *messages: bytes) -> str:
    path.write_bytes(b"".join(messages))
    return str(path)


def broken(content: bytes) -> bytes:
    """The message with every zstd payload made unreadable."""
    magic = b"\x28\xb5\x2f\xfd"
    assert magic in content
    return content.replace(magic, b"none")


def flipped(content: bytes, values: np.ndarray) -> bytes:
    """The message with the last byte of these uncompressed values changed: the hash differs."""
    data = values.tobytes()
    position = content.rindex(data) + len(data) - 1
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def field(*shape: int, dtype: Any = np.float64) -> np.ndarray:
    """Distinct values, smooth enough for every codec."""
    size = int(np.prod(shape))
    return (np.arange(size) * 0.25 + np.sin(np.arange(size))).astype(dtype).reshape(shape)
