"""Arguments of the converters: their types, which are checked first, and their values."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tensogram

_ENCODINGS = ("none", "simple_packing")
_FILTERS = ("none", "shuffle")
_COMPRESSIONS = ("none", "szip", "zstd", "lz4", "blosc2")
_LEVELS = {"zstd": "zstd_level", "blosc2": "blosc2_clevel"}

_DEFAULT_BITS = 16
_MAXIMUM_BITS = 64
# szip codes samples of at most this many bytes; wider ones only as bytes, after shuffle.
_SZIP_SAMPLE = 4


class Stages:
    """What happens to payloads, in the words of the converters.

    Making one checks types only, ``check`` then the values.
    """

    def __init__(
        self, encoding: Any, bits: Any, filtering: Any, compression: Any, level: Any, threads: Any, hashing: Any
    ) -> None:
        self.encoding = text("encoding", encoding)
        self.bits = optional_count("bits", bits)
        self.filtering = text("filter", filtering)
        self.compression = text("compression", compression)
        self.level = None if level is None else integer("compression_level", level)
        self.threads = integer("threads", threads)
        self.hash = None if hashing is None else text("hash", hashing)

    def check(self) -> None:
        """ValueError for names that do not exist and bits that no packing has."""
        choice("encoding", self.encoding, _ENCODINGS)
        choice("filter", self.filtering, _FILTERS)
        choice("compression", self.compression, _COMPRESSIONS)
        if self.hash not in (None, "none", "xxh3"):
            raise ValueError(f"unknown hash {self.hash!r}: it is 'xxh3', 'none' or None")
        if self.bits is not None and self.bits > _MAXIMUM_BITS:
            raise ValueError(f"bits_per_value {self.bits} exceeds maximum of {_MAXIMUM_BITS}")

    def data_object(self, array: NDArray[Any], *, is_packable: bool) -> tuple[dict[str, Any], NDArray[Any]]:
        """Descriptor and array as ``encode`` takes them."""
        descriptor: dict[str, Any] = {"type": "ntensor", "filter": self.filtering}
        is_packed = is_packable and self.encoding == "simple_packing"
        if is_packed:
            array = array.astype(np.float64, copy=False)
            descriptor |= {"encoding": "simple_packing", **self._packing(array)}
        if self.compression != "szip" or is_packed or self.filtering != "none" or array.itemsize <= _SZIP_SAMPLE:
            descriptor["compression"] = self.compression
        if self.level is not None and self.compression in _LEVELS:
            descriptor[_LEVELS[self.compression]] = self.level
        return descriptor | {"shape": list(array.shape), "dtype": array.dtype.name}, array

    def _packing(self, array: NDArray[Any]) -> dict[str, Any]:
        """Parameters of simple packing; those of finite values, where ``encode`` would find none for others."""
        bits = _DEFAULT_BITS if self.bits is None else self.bits
        finite = np.isfinite(array)
        if finite.all():
            return {"sp_bits_per_value": bits}
        return dict(tensogram.compute_packing_params(array[finite], bits, 0))

    def encode(self, metadata: dict[str, Any], objects: list[tuple[dict[str, Any], NDArray[Any]]]) -> bytes:
        """A message; what is missing in the source is not finite here, and gets masks."""
        return tensogram.encode(
            metadata,
            objects,
            hash=self.hash,  # type: ignore[arg-type]  # check() has seen it
            threads=self.threads,
            allow_nan=True,
            allow_inf=True,
        )


def text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"argument '{name}' must be a str, not {type(value).__name__}")
    return value


def flag(name: str, value: object) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"argument '{name}' must be a bool, not {type(value).__name__}")
    return bool(value)


def integer(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"argument '{name}' must be an integer, not {type(value).__name__}") from None


def optional_count(name: str, value: Any) -> int | None:
    if value is None:
        return None
    count = integer(name, value)
    if count < 0:
        raise OverflowError(f"argument '{name}' must not be negative, got {count}")
    return count


def path(name: str, value: object) -> str:
    """A path of str: bytes are none here, as everywhere in this package."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"argument '{name}' must be a str or os.PathLike, not {type(value).__name__}")
    return text(name, os.fspath(value))


def buffer(name: str, value: Any) -> memoryview:
    """The bytes of any contiguous buffer."""
    try:
        view = memoryview(value)
    except TypeError:
        raise TypeError(f"argument '{name}' must be bytes or a buffer of bytes, not {type(value).__name__}") from None
    if not view.c_contiguous or view.itemsize != 1:
        raise ValueError(f"argument '{name}' must be a contiguous buffer of bytes")
    return view.cast("B")


def messages(function: str, value: Any) -> list[Any]:
    """Encoded messages, of a list or any other iterable that is not itself a message."""
    if isinstance(value, str | bytes | bytearray | memoryview | np.ndarray) or not isinstance(value, Iterable):
        raise TypeError(f"{function} takes a list of messages as bytes, not {type(value).__name__}")
    return list(value)


def choice(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"unknown {name} {value!r}: it is one of {', '.join(map(repr, known))}")
