"""The work of writing: messages go to a staged file one by one, which then takes the place of the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from xarray.namedarray.parallelcompat import get_chunked_array_type

import tensogram
from tensogram_xarray import staging
from tensogram_xarray.encoder import EncodeOptions, ObjectPlan, naming_the_variable
from tensogram_xarray.messages import MessagePlan, Part
from tensogram_xarray.staging import Span


@dataclass(frozen=True, kw_only=True)
class Job:
    """Messages to be written, in order, to a file or to its end."""

    path: Path
    messages: Sequence[MessagePlan]
    options: EncodeOptions
    is_appended: bool

    @property
    def chunked_arrays(self) -> list[Any]:
        """What chunk managers have of it, each array once."""
        parts = [part for message in self.messages for part in message.parts if part.variable.is_chunked]
        return list({id(part.variable): part.variable.variable.data for part in parts}.values())

    def run(self) -> None:
        """Writes; chunks are computed by their manager, object by object."""
        staged = staging.staged_beside(self.path)
        staging.prepare(staged)
        try:
            staging.begin(staged)
            spans = [self._write(staged, message) for message in self.messages]
            staging.commit(staged, self.path, spans, is_appended=self.is_appended)
        finally:
            staging.discard(staged)

    def _write(self, staged: Path, message: MessagePlan) -> Span:
        plans = [object_plan(part) for part in message.parts]
        values = map(part_values, message.parts)
        return write_streamed(staged, message.metadata, plans, values, self.options, self.path)


def write_streamed(
    staged: Path,
    metadata: dict[str, Any],
    plans: Iterable[ObjectPlan],
    values: Iterable[NDArray[Any]],
    options: EncodeOptions,
    path: Path,
) -> Span:
    """Puts a message at the end of the staged file, holding one object at a time."""
    start = staged.stat().st_size
    pending = iter(values)
    with tensogram.StreamingEncoder.to_file(str(staged), metadata, **options.keywords) as encoder:
        for plan in plans:
            with naming_the_variable(plan.name, path):
                plan.write(encoder, next(pending))
    return Span(start, staged.stat().st_size - start)


def object_plan(part: Part) -> ObjectPlan:
    variable = part.variable
    return ObjectPlan(variable.name, part.shape, variable.dtype, variable.layout.text is not None, variable.stages)


def part_values(part: Part) -> NDArray[Any]:
    """The elements of a part, read or computed now."""
    if not part.variable.is_chunked:
        return part.variable.values(part.region)
    array = part.variable.variable.data
    computed: Any = get_chunked_array_type(array).compute(array[part.region])
    return np.asarray(computed[0])
