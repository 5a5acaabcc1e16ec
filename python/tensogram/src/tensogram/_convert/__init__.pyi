"""The types of the converters; what they do is told by their own docstrings."""

from collections.abc import Iterable
from os import PathLike
from typing import Literal, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Path: TypeAlias = str | PathLike[str]
_Buffer: TypeAlias = bytes | bytearray | memoryview | NDArray[np.uint8]
_Flag: TypeAlias = bool | np.bool_
_Grouping: TypeAlias = Literal["merge_all", "one_to_one"]
_Encoding: TypeAlias = Literal["none", "simple_packing"]
_Filter: TypeAlias = Literal["none", "shuffle"]
_Compression: TypeAlias = Literal["none", "szip", "zstd", "lz4", "blosc2"]
_Hash: TypeAlias = Literal["xxh3", "none"] | None

def convert_grib(
    path: _Path,
    *,
    grouping: _Grouping = "merge_all",
    preserve_all_keys: _Flag = False,
    encoding: _Encoding = "none",
    bits: SupportsIndex | None = None,
    filter: _Filter = "none",  # noqa: A002
    compression: _Compression = "none",
    compression_level: SupportsIndex | None = None,
    threads: SupportsIndex = 0,
    hash: _Hash = "xxh3",  # noqa: A002
) -> list[bytes]: ...
def convert_grib_buffer(
    buffer: _Buffer,
    *,
    grouping: _Grouping = "merge_all",
    preserve_all_keys: _Flag = False,
    encoding: _Encoding = "none",
    bits: SupportsIndex | None = None,
    filter: _Filter = "none",  # noqa: A002
    compression: _Compression = "none",
    compression_level: SupportsIndex | None = None,
    threads: SupportsIndex = 0,
    hash: _Hash = "xxh3",  # noqa: A002
) -> list[bytes]: ...
def convert_netcdf(
    path: _Path,
    *,
    split_by: Literal["file", "variable", "record"] = "file",
    cf: _Flag = False,
    encoding: _Encoding = "none",
    bits: SupportsIndex | None = None,
    filter: _Filter = "none",  # noqa: A002
    compression: _Compression = "none",
    compression_level: SupportsIndex | None = None,
    threads: SupportsIndex = 0,
    hash: _Hash = "xxh3",  # noqa: A002
) -> list[bytes]: ...
def to_grib(messages: Iterable[_Buffer]) -> bytes: ...
def to_netcdf(messages: Iterable[_Buffer], path: _Path) -> None: ...
def converter_flag(name: str) -> bool: ...
