"""Writing as one dask graph: a task for each message computes, encodes and writes it.

So dask's schedulers, progress bars and `compute=False` work as they always do, and no more is held than
the messages that workers are at. Tasks share nothing but the staged file.
"""

from __future__ import annotations

import itertools
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensogram_xarray import staging
from tensogram_xarray.encoder import encoded
from tensogram_xarray.job import Job, object_plan, part_values, write_streamed
from tensogram_xarray.messages import MessagePlan, Part
from tensogram_xarray.staging import Span
from tensogram_xarray.stored import Region


def is_dask(array: Any) -> bool:
    return hasattr(array, "__dask_graph__")


def delayed(job: Job, staged: Path) -> Any:
    """A `dask.delayed.Delayed` that does the job in the staged file, whose folder is there or is made.

    If that fails, they are left. Raises `ImportError` where dask is not installed.
    """
    from dask.delayed import Delayed
    from dask.highlevelgraph import HighLevelGraph

    name = f"to_tensogram-{uuid.uuid4().hex}"
    first, *others = [_MessageTask(job, staged, message) for message in job.messages]
    # One graph made at once: delayed values made one by one would each look through all blocks.
    graph = _blocks_graph(job.chunked_arrays)
    spans = [(name, number) for number in range(len(job.messages))]
    graph[spans[0]] = (first.begin, first.blocks)
    graph |= {key: (task.append, spans[0], task.blocks) for key, task in zip(spans[1:], others, strict=True)}
    commit = partial(staging.commit, staged, job.path, is_appended=job.is_appended)
    graph[name] = (commit, spans)
    return Delayed(name, HighLevelGraph.from_collections(name, graph, dependencies=()))


def _blocks_graph(arrays: Sequence[Any]) -> dict[Any, Any]:
    """The tasks that compute all blocks.

    Arrays are optimised together, so that what they have in common is computed once.
    """
    if not arrays:
        return {}
    from dask.core import flatten
    from dask.highlevelgraph import HighLevelGraph

    keys = list(flatten([array.__dask_keys__() for array in arrays]))
    merged = HighLevelGraph.merge(*(array.__dask_graph__() for array in arrays))
    return dict(arrays[0].__dask_optimize__(merged, keys))


class _MessageTask:
    """Writes a message from computed blocks. Travels to other processes."""

    def __init__(self, job: Job, staged: Path, message: MessagePlan) -> None:
        self._staged = staged
        self._makes_folder = not staged.parent.exists()
        self._path = job.path
        self._options = job.options
        self._metadata = message.metadata
        self._plans = [object_plan(part) for part in message.parts]
        # What there is of each part now: itself, or where its blocks will go.
        self._sources: list[Part | list[Region]] = []
        self.blocks: list[tuple[str | int, ...]] = []  # their keys in the graph
        for part in message.parts:
            if not part.variable.is_chunked:
                self._sources.append(part)
                continue
            places = []
            for number, place in _blocks_inside(part):
                places.append(place)
                self.blocks.append((part.variable.variable.data.name, *number))
            self._sources.append(places)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"blocks": []}

    def begin(self, blocks: Sequence[NDArray[Any]]) -> Span:
        """As the first of its file."""
        if self._makes_folder:
            staging.prepare(self._staged)
        staging.begin(self._staged)
        values = self._values(iter(blocks))
        return write_streamed(self._staged, self._metadata, self._plans, values, self._options, self._path)

    def append(self, _begun: Span, blocks: Sequence[NDArray[Any]]) -> Span:
        """As one of those that follow, at the same time as others."""
        values = list(self._values(iter(blocks)))
        message = encoded(self._metadata, self._plans, values, self._options, self._path)
        return staging.append(self._staged, message)

    def _values(self, blocks: Iterator[NDArray[Any]]) -> Iterator[NDArray[Any]]:
        for plan, source in zip(self._plans, self._sources, strict=True):
            if isinstance(source, Part):
                yield part_values(source)
            else:
                yield _joined(plan.shape, source, [next(blocks) for _ in source])


def _blocks_inside(part: Part) -> Iterator[tuple[tuple[int, ...], Region]]:
    """The blocks of a part, whose region begins and ends with blocks, by number and place inside it."""
    axes = []
    for edges, wanted in zip(part.variable.edges, part.region, strict=True):
        numbers = range(bisect_left(edges, wanted.start), bisect_right(edges, wanted.stop) - 1)
        axes.append([(n, slice(edges[n] - wanted.start, edges[n + 1] - wanted.start)) for n in numbers])
    for blocks in itertools.product(*axes):
        yield tuple(number for number, _ in blocks), tuple(place for _, place in blocks)


def _joined(shape: tuple[int, ...], places: Sequence[Region], blocks: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if len(blocks) == 1:
        return np.asarray(blocks[0])
    values = np.empty(shape, np.result_type(*blocks) if blocks else np.float64)
    for place, block in zip(places, blocks, strict=True):
        values[place] = block
    return values
