"""Writing arrays: every block once, as soon as it exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tensogram._native import arrays_store
from tensogram.chunked import execution, operands
from tensogram.chunked.configuration import settings
from tensogram.chunked.elements import DType, typed
from tensogram.chunked.handle import Array

__all__ = ["store"]


class _Writer:
    """Writes blocks into a region of a target."""

    def __init__(self, target: Any, dtype: DType, shape: tuple[int, ...], region: Any, lock: Any) -> None:
        self.target = target
        self.dtype = dtype
        self.lock = lock
        self.region = None if region is None else _ranges(region, target, shape)

    def __call__(self, key: tuple[slice, ...], block: Any) -> None:
        values = typed(block, self.dtype)
        if self.region is not None:
            key = tuple(_within(part, place) for part, place in zip(key, self.region, strict=True))
        if self.lock is None:
            self.target[key] = values
        else:
            with self.lock:
                self.target[key] = values


def _ranges(region: Any, target: Any, shape: tuple[int, ...]) -> list[range]:
    slices = region if isinstance(region, tuple) else (region,)
    if len(slices) != len(shape):
        raise ValueError(f"region {region!r} is for {len(slices)} dimensions, the array has {len(shape)}")
    extents = getattr(target, "shape", None)
    made = []
    for axis, (part, extent) in enumerate(zip(slices, shape, strict=True)):
        if extents is not None:
            place = range(*part.indices(extents[axis]))
        else:
            start, step = part.start or 0, part.step or 1
            place = range(start, start + extent * step, step)
        if len(place) != extent:
            raise ValueError(f"region {region!r} has {len(place)} elements along axis {axis}, the array {extent}")
        made.append(place)
    return made


def _within(part: slice, place: range) -> slice:
    taken = place[part]
    stop = taken.stop if taken.stop >= 0 else None
    return slice(taken.start, stop, taken.step)


def store(
    sources: Any,
    targets: Any,
    *,
    lock: Any = None,
    compute: bool = True,
    flush: bool = True,
    regions: Any = None,
    return_stored: bool = False,
    load_stored: bool = False,
    **options: Any,
) -> Any:
    """Writes arrays into targets that take ``target[slices] = values``, from several threads, all in one go.

    `regions` are tuples of slices of the targets, or None for all of one. With ``compute=False`` a `dask.delayed`
    object that does it. `options` are settings for this call.
    """
    used = settings.overridden(options)
    arrays = [operands.as_array(x) for x in (sources if isinstance(sources, (list, tuple)) else [sources])]
    outputs = list(targets) if isinstance(targets, (list, tuple)) else [targets]
    places = list(regions) if isinstance(regions, list) else [regions] * len(arrays)
    if not len(arrays) == len(outputs) == len(places):
        raise ValueError(f"there are {len(arrays)} sources, {len(outputs)} targets and {len(places)} regions")
    if return_stored or load_stored:
        raise NotImplementedError("store gives nothing back: open what it wrote")
    shared = _lock(lock)
    writers = [
        _Writer(target, x.dtype, x.shape, region, shared)
        for x, target, region in zip(arrays, outputs, places, strict=True)
    ]
    if compute:
        _run(arrays, writers, used)
        return None
    return _delayed(lambda: _run(arrays, writers, used))


def _run(arrays: Sequence[Array], writers: Sequence[_Writer], used: Any) -> None:
    for x, writer in zip(arrays, writers, strict=True):
        if x.ndim == 0:
            writer((), x.compute())
    pairs = [(x, writer) for x, writer in zip(arrays, writers, strict=True) if x.ndim and x.size]
    if pairs:
        nodes, targets = zip(*((x._node.native, writer) for x, writer in pairs), strict=True)
        arrays_store(nodes, targets, *execution.running(used))


def _lock(lock: Any) -> Any:
    if lock is True:
        import threading

        return threading.Lock()
    return lock or None


def _delayed(run: Callable[[], None]) -> Any:
    try:
        import dask
    except ImportError:
        raise NotImplementedError(
            "store with compute=False gives a dask.delayed object, and dask is not installed"
        ) from None
    return dask.delayed(run)()
