"""`ds.tensogram`: writing as a method of datasets, arrays and trees."""

from __future__ import annotations

import os
from typing import Any

import xarray as xr

from tensogram_xarray.writer import to_tensogram


@xr.register_dataset_accessor("tensogram")
@xr.register_dataarray_accessor("tensogram")
@xr.register_datatree_accessor("tensogram")
class TensogramAccessor:
    """What `.tgm` files can do for an xarray object."""

    def __init__(self, data: xr.Dataset | xr.DataArray | xr.DataTree) -> None:
        self._data = data

    def to_file(self, path: str | os.PathLike[str], **options: Any) -> Any:
        """Writes the object to a file: `to_tensogram`, which tells the options."""
        return to_tensogram(self._data, path, **options)
