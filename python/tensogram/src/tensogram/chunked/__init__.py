"""Lazy arrays in blocks, computed by the native core: an array API namespace (version 2025.12) and numpy's names.

>>> import numpy as np, tensogram.chunked as xp
>>> x = xp.from_array(np.arange(12.0).reshape(3, 4), chunks=(1, 4))
>>> mean, std = xp.compute(x.mean(axis=0), x.std(axis=0))  # one pass over the data
>>> mean
array([4., 5., 6., 7.])

Functions take our arrays, numpy's and scalars in any mixture, and compute nothing; `Array.compute`, `compute`,
`persist` and `store` do, on the threads of the process, in memory that does not grow with the arrays. `settings`
holds what they use. Every module here is a chapter of the namespace and says in `__all__` what it adds.
"""

from numpy import e, inf, nan, newaxis, pi

from tensogram.chunked import assignment as assignment
from tensogram.chunked import (
    calculus,
    creation,
    datatypes,
    editing,
    elementwise,
    fft,
    joining,
    lib,
    linalg,
    manipulation,
    mapping,
    padding,
    products,
    scans,
    searching,
    sorting,
    statistical,
)
from tensogram.chunked import indexing as indexing
from tensogram.chunked import operands as operands
from tensogram.chunked import protocols as protocols
from tensogram.chunked import universal as universal
from tensogram.chunked.blocks import rechunk
from tensogram.chunked.calculus import *
from tensogram.chunked.chunking import normalize_chunks
from tensogram.chunked.configuration import settings
from tensogram.chunked.creation import *
from tensogram.chunked.datatypes import *
from tensogram.chunked.diagram import visualize
from tensogram.chunked.editing import *
from tensogram.chunked.elementwise import *
from tensogram.chunked.execution import compute, persist
from tensogram.chunked.gufunc import apply_gufunc
from tensogram.chunked.handle import Array
from tensogram.chunked.info import NamespaceInfo
from tensogram.chunked.interchange import from_dask, to_dask
from tensogram.chunked.joining import *
from tensogram.chunked.linalg import cross
from tensogram.chunked.manipulation import *
from tensogram.chunked.mapping import *
from tensogram.chunked.padding import *
from tensogram.chunked.products import *
from tensogram.chunked.progress import ProgressBar
from tensogram.chunked.scans import *
from tensogram.chunked.searching import *
from tensogram.chunked.sorting import *
from tensogram.chunked.sources import from_array, from_tgm
from tensogram.chunked.statistical import *
from tensogram.chunked.storing import store
from tensogram.chunked.taking import take, take_along_axis
from tensogram.chunked.windows import sliding_window_view

__array_api_version__ = "2025.12"

__all__ = [
    "Array",
    "ProgressBar",
    "apply_gufunc",
    "compute",
    "cross",
    "e",
    "fft",
    "from_array",
    "from_dask",
    "from_tgm",
    "inf",
    "lib",
    "linalg",
    "nan",
    "newaxis",
    "normalize_chunks",
    "persist",
    "pi",
    "rechunk",
    "settings",
    "sliding_window_view",
    "store",
    "take",
    "take_along_axis",
    "to_dask",
    "visualize",
]
__all__ += calculus.__all__
__all__ += creation.__all__
__all__ += datatypes.__all__
__all__ += editing.__all__
__all__ += elementwise.__all__
__all__ += joining.__all__
__all__ += manipulation.__all__
__all__ += mapping.__all__
__all__ += padding.__all__
__all__ += products.__all__
__all__ += scans.__all__
__all__ += searching.__all__
__all__ += sorting.__all__
__all__ += statistical.__all__


def __array_namespace_info__() -> NamespaceInfo:  # noqa: N807
    """What the namespace can do; see the array API standard."""
    return NamespaceInfo()
