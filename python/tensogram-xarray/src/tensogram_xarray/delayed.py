"""Writing as one dask graph: a task for each message computes, encodes and writes it.

So dask's schedulers, progress bars and `compute=False` work as they always do, and no more is held than
the messages that workers are at. Tasks share nothing but the staged file.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
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

    If that fails, they are left.

    Raises `ImportError` where dask is not installed.
    """
    import dask

    blocks = _delayed_blocks(job.chunked_arrays)
    first, *others = [_MessageTask(job, staged, message, blocks) for message in job.messages]
    begun = dask.delayed(first.begin, pure=False)(first.blocks)
    spans = [dask.delayed(task.append, pure=False)(begun, task.blocks) for task in others]
    return dask.delayed(staging.commit, pure=False)(staged, job.path, [begun, *spans], is_appended=job.is_appended)


def _delayed_blocks(arrays: Sequence[Any]) -> Callable[[Any, tuple[int, ...]], Any]:
    """What gives a block of an array as a delayed value.

    Arrays are optimised together, so that what they have in common is computed once.
    """
    if not arrays:
        return lambda _array, _number: None
    from dask.core import flatten
    from dask.delayed import Delayed
    from dask.highlevelgraph import HighLevelGraph

    layer = "blocks"
    keys = list(flatten([array.__dask_keys__() for array in arrays]))
    merged = HighLevelGraph.merge(*(array.__dask_graph__() for array in arrays))
    graph = HighLevelGraph.from_collections(layer, arrays[0].__dask_optimize__(merged, keys), dependencies=())
    return lambda array, number: Delayed((array.name, *number), graph, layer=layer)


class _MessageTask:
    """Writes a message from computed blocks. Travels to other processes."""

    def __init__(
        self, job: Job, staged: Path, message: MessagePlan, block: Callable[[Any, tuple[int, ...]], Any]
    ) -> None:
        self._staged = staged
        self._makes_folder = not staged.parent.exists()
        self._path = job.path
        self._options = job.options
        self._metadata = message.metadata
        self._plans = [object_plan(part) for part in message.parts]
        # What there is of each part now: itself, or where its blocks will go.
        self._sources: list[Part | list[Region]] = []
        self.blocks: list[Any] = []
        for part in message.parts:
            if not part.variable.is_chunked:
                self._sources.append(part)
                continue
            places = []
            for number, place in _blocks_inside(part):
                places.append(place)
                self.blocks.append(block(part.variable.variable.data, number))
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
    for lengths, wanted in zip(part.variable.variable.data.chunks, part.region, strict=True):
        edges = itertools.pairwise([0, *itertools.accumulate(lengths)])
        axes.append(
            [
                (number, slice(start - wanted.start, stop - wanted.start))
                for number, (start, stop) in enumerate(edges)
                if wanted.start <= start and stop <= wanted.stop
            ]
        )
    for blocks in itertools.product(*axes):
        yield tuple(number for number, _ in blocks), tuple(place for _, place in blocks)


def _joined(shape: tuple[int, ...], places: Sequence[Region], blocks: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if len(blocks) == 1:
        return np.asarray(blocks[0])
    values = np.empty(shape, np.result_type(*blocks) if blocks else np.float64)
    for place, block in zip(places, blocks, strict=True):
        values[place] = block
    return values
