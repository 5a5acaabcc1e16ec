"""Values behind xarray's lazy adapters, as `open_dataset` gives them, that count what is read of them."""

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing


class CountingArray(BackendArray):
    """An array in memory; `reads` lists the orthogonal keys that were read."""

    def __init__(self, values):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype
        self.reads = []

    def __getitem__(self, key):
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key):
        self.reads.append(key)
        axes = [np.atleast_1d(np.arange(size)[k]) for k, size in zip(key, self.shape, strict=True)]
        selected = self.values[np.ix_(*axes)] if axes else self.values[()]
        dropped = tuple(axis for axis, k in enumerate(key) if isinstance(k, int | np.integer))
        return np.asarray(selected).squeeze(dropped)

    @property
    def elements_read(self):
        """How many elements all reads together returned."""
        return sum(self._count(key) for key in self.reads)

    def _count(self, key):
        return int(np.prod([np.size(np.arange(size)[k]) for k, size in zip(key, self.shape, strict=True)]))


def lazy_variable(dims, values, attrs=None):
    """A variable that reads when asked, and its counter."""
    counter = CountingArray(values)
    return xr.Variable(dims, indexing.LazilyIndexedArray(counter), attrs), counter
