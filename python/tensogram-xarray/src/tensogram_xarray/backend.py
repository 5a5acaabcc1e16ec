"""The engine: what xarray calls when a file is opened with `engine="tensogram"`."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import xarray as xr
from xarray.backends import BackendEntrypoint

from tensogram_xarray import reader
from tensogram_xarray.arguments import message_number
from tensogram_xarray.array import DEFAULT_RANGE_THRESHOLD
from tensogram_xarray.interchange import with_flat_attributes
from tensogram_xarray.merge import open_merged
from tensogram_xarray.store import TensogramDataStore

logger = logging.getLogger("tensogram_xarray.backend")

_MAGIC = b"TENSOGRM"
_EXTENSION = ".tgm"


class TensogramBackendEntrypoint(BackendEntrypoint):
    """Opens `.tgm` files: `xr.open_dataset(path, engine="tensogram", chunks={})`."""

    description: ClassVar[str] = "Open tensogram .tgm files in xarray"
    url: ClassVar[str] = "https://sites.ecmwf.int/docs/tensogram/main/"
    supports_groups: ClassVar[bool] = False

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        dim_names: Iterable[str] | None = None,
        variable_key: str | None = None,
        message_index: int = 0,
        merge_objects: bool = False,
        range_threshold: float = DEFAULT_RANGE_THRESHOLD,
        storage_options: Mapping[str, Any] | None = None,
        verify_hash: bool = False,
        flatten_attrs: bool = False,
    ) -> xr.Dataset:
        """One message as a dataset, or with `merge_objects` the first that `open_datasets` makes.

        Reads metadata only; xarray then reads 1-D dimension coordinates for its indexes.

        drop_variables: names of variables to leave out.
        dim_names: dimension names of every data variable, in axis order.
        variable_key: dotted metadata path that names variables, as `"mars.param"`.
        message_index: which message of the file, from 0.
        range_threshold: selections of at most this part of an object decode only that part.
        storage_options: for the object store behind a remote URL.
        verify_hash: check an object's hash whenever all of it is decoded.
        flatten_attrs: attributes as netCDF takes them, nested maps under dotted keys.

        Raises `OSError` where the file cannot be opened, `ValueError` where the message is missing
        or damaged or an argument does not fit, `TypeError` for an unsupported element type.
        """
        index = message_number(message_index)
        if merge_objects:
            dataset = open_merged(
                filename_or_obj,
                drop_variables=drop_variables,
                dim_names=dim_names,
                variable_key=variable_key,
                range_threshold=range_threshold,
                storage_options=storage_options,
                verify_hash=verify_hash,
            )
        else:
            store = TensogramDataStore(
                filename_or_obj,
                index,
                dim_names,
                variable_key,
                range_threshold,
                storage_options,
                verify_hash,
            )
            store.log_unopened_messages()
            dataset = store.build_dataset(drop_variables, default_indexes=False)
        return with_flat_attributes(dataset) if flatten_attrs else dataset

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Whether this looks like a `.tgm` file: by extension, else by its first bytes."""
        try:
            if isinstance(filename_or_obj, str | os.PathLike):
                return _path_looks_right(os.fspath(filename_or_obj))
            return _first_bytes(filename_or_obj) == _MAGIC
        except Exception:
            # xarray asks every engine about every argument: what cannot be looked at is not ours.
            return False


def _path_looks_right(path: Any) -> bool:
    name = str(path)
    if reader.is_remote(name) or "://" in name:
        name = urlsplit(name).path
    if Path(name).suffix.lower() == _EXTENSION:
        return True
    local = Path(reader.normalise_path(path))
    if reader.is_remote(str(path)) or not local.is_file():
        return False
    with local.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _first_bytes(buffer: Any) -> bytes | None:
    if isinstance(buffer, bytes | bytearray | memoryview):
        return bytes(buffer[: len(_MAGIC)])
    if not (hasattr(buffer, "read") and hasattr(buffer, "seek") and hasattr(buffer, "tell")):
        return None
    position = buffer.tell()
    try:
        buffer.seek(0)
        first: bytes = buffer.read(len(_MAGIC))
    finally:
        buffer.seek(position)
    return first
