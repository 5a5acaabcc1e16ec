"""Tensogram `.tgm` files in xarray.

    import xarray as xr

    ds = xr.open_dataset("forecast.tgm", engine="tensogram", chunks={})

    ds.tensogram.to_file("copy.tgm", encoding={"t": {"compression": "zstd"}})

Installing the package is enough for xarray to know the engine; importing it adds the accessor for
writing. Opening reads metadata only. `open_datasets` merges the messages of one file.
"""

from tensogram_xarray.accessor import TensogramAccessor
from tensogram_xarray.backend import TensogramBackendEntrypoint
from tensogram_xarray.merge import open_datasets
from tensogram_xarray.writer import to_tensogram

__all__ = ["TensogramAccessor", "TensogramBackendEntrypoint", "open_datasets", "to_tensogram"]
