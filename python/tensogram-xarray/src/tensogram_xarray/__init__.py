"""Tensogram `.tgm` files in xarray.

    import xarray as xr

    ds = xr.open_dataset("forecast.tgm", engine="tensogram", chunks={})

Installing the package is enough for xarray to know the engine; importing it does no harm. Opening
reads metadata only. `open_datasets` merges the messages of one file.
"""

from tensogram_xarray.backend import TensogramBackendEntrypoint
from tensogram_xarray.merge import open_datasets

__all__ = ["TensogramBackendEntrypoint", "open_datasets"]
