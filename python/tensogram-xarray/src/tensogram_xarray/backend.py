"""The engine: what xarray calls when a file is opened with `engine="tensogram"`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import xarray as xr
from xarray.backends import BackendEntrypoint

from tensogram_xarray import files
from tensogram_xarray.arguments import FIRST_MESSAGE, message_number
from tensogram_xarray.array import DEFAULT_RANGE_THRESHOLD
from tensogram_xarray.groups import chosen, open_tree
from tensogram_xarray.opening import Options, open_first, open_message

_MAGIC = b"TENSOGRM"
_EXTENSION = ".tgm"


class TensogramBackendEntrypoint(BackendEntrypoint):
    """Opens `.tgm` files: `xr.open_dataset(path, engine="tensogram", chunks={})`."""

    description: ClassVar[str] = "Open tensogram .tgm files in xarray"
    url: ClassVar[str] = "https://sites.ecmwf.int/docs/tensogram/main/"
    supports_groups: ClassVar[bool] = True

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        dim_names: Iterable[str] | None = None,
        variable_key: str | None = None,
        message_index: int = FIRST_MESSAGE,
        merge_objects: bool = False,
        range_threshold: float = DEFAULT_RANGE_THRESHOLD,
        storage_options: Mapping[str, Any] | None = None,
        verify_hash: bool = False,
        group: str | None = None,
        group_by: str = "dataset",
        group_key: str | None = None,
        scalar_coords: str | Iterable[str] | None = None,
        expand_dims: str | Iterable[str] | None = None,
        mars_coords: bool = False,
        flatten_attrs: bool = False,
        mask_and_scale: Any = None,
        decode_times: Any = None,
        decode_timedelta: Any = None,
        use_cftime: Any = None,
        concat_characters: Any = None,
        decode_coords: Any = None,
    ) -> xr.Dataset:
        """One message as a dataset, or with `merge_objects` the first that `open_datasets` makes.

        Reads metadata only; xarray then reads 1-D dimension coordinates for its indexes. What
        `to_tensogram` wrote comes back as it was, in however many messages it lies.

        filename_or_obj: a path, a URL, bytes, or a file open in binary mode. What is no path and no
            URL that the core reads itself is read into memory.
        drop_variables: names of variables to leave out.
        dim_names: dimension names of every data variable, in axis order.
        variable_key: dotted metadata path that names variables, as `"mars.param"`.
        message_index: which message of the file, from 0, to be opened for itself.
        range_threshold: selections of at most this part of an object decode only that part.
        storage_options: for the object store behind a remote URL.
        verify_hash: check an object's hash whenever all of it is decoded.
        group: one group of those that `xr.open_groups` finds with `group_by` and `group_key`.
        scalar_coords: metadata keys that become scalar coordinates, as `["mars.date"]`.
        expand_dims: metadata keys that become dimensions of length 1.
        mars_coords: latitude and longitude from `mars.area`, times from `mars.date` and `mars.time`, as fields
            from GRIB have them.
        flatten_attrs: attributes as netCDF takes them, nested maps under dotted keys.
        mask_and_scale, decode_times, decode_timedelta, use_cftime, concat_characters,
            decode_coords: decoding by the CF conventions as in `xr.open_dataset`; if not given, it is
            off, but on for what `to_tensogram` wrote.

        Raises `OSError` where the file cannot be opened, `ValueError` where the message is missing
        or damaged or an argument does not fit, `TypeError` for an unsupported element type.
        """
        index = message_number(message_index)
        options = Options.of(
            drop_variables=drop_variables,
            dim_names=dim_names,
            variable_key=variable_key,
            range_threshold=range_threshold,
            storage_options=storage_options,
            verify_hash=verify_hash,
            scalar_coords=scalar_coords,
            expand_dims=expand_dims,
            mars_coords=mars_coords,
            flatten_attrs=flatten_attrs,
            mask_and_scale=mask_and_scale,
            decode_times=decode_times,
            decode_timedelta=decode_timedelta,
            use_cftime=use_cftime,
            concat_characters=concat_characters,
            decode_coords=decode_coords,
        )
        if group is not None:
            return chosen(open_tree(filename_or_obj, group_by, group_key, options), group)
        if merge_objects:
            return open_first(filename_or_obj, options)
        return open_message(filename_or_obj, index, options, is_part=message_index is not FIRST_MESSAGE)

    def open_groups_as_dict(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        group_by: str = "dataset",
        group_key: str | None = None,
        **options: Any,
    ) -> dict[str, xr.Dataset]:
        """The file as a root and its children: `/dataset_0`, … as `open_datasets` makes them.

        With `group_by="message"` a child is a message, `/message_0`, …. `group_key` is a dotted
        metadata key whose value names the children instead, as `"mars.step"`. What was written with a
        path in a tree has that path. The root has the attributes that all children share. Other
        options as for `open_dataset`.
        """
        wanted = Options.of(drop_variables=drop_variables, **options)
        return open_tree(filename_or_obj, group_by, group_key, wanted)

    def open_datatree(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        group_by: str = "dataset",
        group_key: str | None = None,
        **options: Any,
    ) -> xr.DataTree:
        """The groups of `open_groups_as_dict` as a tree."""
        groups = self.open_groups_as_dict(
            filename_or_obj, drop_variables=drop_variables, group_by=group_by, group_key=group_key, **options
        )
        tree = xr.DataTree.from_dict(groups)
        for path, dataset in groups.items():
            tree[path].set_close(dataset._close)
        return tree

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
    if "://" in name:
        name = urlsplit(name).path
    if Path(name).suffix.lower() == _EXTENSION:
        return True
    local = files.path_of(path)
    if local is None or not Path(local).is_file():
        return False
    with Path(local).open("rb") as file:
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
