"""A chunk manager with the least that xarray needs: it reads blocks and puts them together."""

import itertools
import math

import numpy as np
from xarray.namedarray.parallelcompat import ChunkManagerEntrypoint


class ToyArray:
    """Blocks of a source that are read when computed."""

    def __init__(self, source, chunks):
        self.source, self.chunks = source, chunks
        self.shape = tuple(sum(sizes) for sizes in chunks)
        self.dtype, self.ndim, self.size = source.dtype, len(chunks), math.prod(self.shape)

    def compute(self):
        result = np.empty(self.shape, self.dtype)
        edges = [list(itertools.accumulate(sizes, initial=0)) for sizes in self.chunks]
        for block in itertools.product(*(itertools.pairwise(edge) for edge in edges)):
            key = tuple(slice(*ends) for ends in block)
            result[key] = np.asarray(self.source[key])
        return result

    def __array_function__(self, *arguments):
        return NotImplemented

    def __array_ufunc__(self, *arguments):
        return NotImplemented


class ToyManager(ChunkManagerEntrypoint):
    available = True

    def __init__(self):
        self.array_cls = ToyArray

    def chunks(self, data):
        return data.chunks

    def normalize_chunks(self, chunks, shape=None, limit=None, dtype=None, previous_chunks=None):
        sizes = chunks if isinstance(chunks, tuple) else (chunks,) * len(shape)
        return tuple(self._cut(size, n) for size, n in zip(sizes, shape, strict=True))

    @staticmethod
    def _cut(size, n):
        if isinstance(size, tuple):
            return size
        if size in (None, -1, "auto"):
            return (n,)
        return (size,) * (n // size) + ((n % size,) if n % size else ())

    def from_array(self, data, chunks, **kwargs):
        return ToyArray(data, self.normalize_chunks(chunks, data.shape))

    def rechunk(self, data, chunks, **kwargs):
        return ToyArray(data.source, self.normalize_chunks(chunks, data.shape))

    def compute(self, *data, **kwargs):
        return tuple(array.compute() for array in data)

    def apply_gufunc(self, *arguments, **kwargs):
        raise NotImplementedError
