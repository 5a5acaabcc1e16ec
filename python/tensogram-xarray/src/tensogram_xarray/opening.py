"""What the engine's entry points share: what a caller may ask for, and the ways to a dataset."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import xarray as xr

from tensogram_xarray import cf
from tensogram_xarray.arguments import (
    caller_dim_names,
    names_to_drop,
    optional_mapping,
    optional_text,
    real_number,
)
from tensogram_xarray.array import DEFAULT_RANGE_THRESHOLD
from tensogram_xarray.decoding import decoded
from tensogram_xarray.interchange import with_flat_attributes
from tensogram_xarray.mars import with_mars_coordinates
from tensogram_xarray.merger import Merger
from tensogram_xarray.metadata import dataset_attributes
from tensogram_xarray.promotion import promoted
from tensogram_xarray.scanner import FileIndex, scan_file
from tensogram_xarray.source import Message, Source
from tensogram_xarray.store import TensogramDataStore, assemble
from tensogram_xarray.written import WrittenDataset, WrittenMessage, datasets

logger = logging.getLogger("tensogram_xarray.merge")


def _keys(keys: str | Iterable[str] | None) -> tuple[str, ...]:
    return (keys,) if isinstance(keys, str) else tuple(keys or ())


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "drop_variables": names_to_drop,
    "dim_names": caller_dim_names,
    "variable_key": partial(optional_text, "variable_key"),
    "range_threshold": partial(real_number, "range_threshold"),
    "storage_options": partial(optional_mapping, "storage_options"),
    "scalar_coords": _keys,
    "expand_dims": _keys,
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """Keyword arguments of the entry points."""

    drop_variables: frozenset[str] = frozenset()
    dim_names: list[str] | None = None
    variable_key: str | None = None
    range_threshold: float = DEFAULT_RANGE_THRESHOLD
    storage_options: Mapping[str, Any] | None = None
    verify_hash: bool = False
    mars_coords: bool = False
    flatten_attrs: bool = False
    scalar_coords: tuple[str, ...] = ()
    expand_dims: tuple[str, ...] = ()
    mask_and_scale: Any = None
    decode_times: Any = None
    decode_timedelta: Any = None
    use_cftime: Any = None
    concat_characters: Any = None
    decode_coords: Any = None

    @classmethod
    def of(cls, **given: Any) -> Options:
        """What a caller gave, checked before any file is touched."""
        return cls(**{name: _CHECKS[name](v) if name in _CHECKS else v for name, v in given.items()})

    @property
    def finds_names(self) -> bool:
        """Whether the caller says how names are found, whatever messages say themselves."""
        return self.dim_names is not None or self.variable_key is not None

    def finished(self, dataset: xr.Dataset, notes: cf.Notes | None = None) -> xr.Dataset:
        """The dataset with what is done after its variables are there.

        `notes` tell which conventions it was written with.
        """
        if self.scalar_coords or self.expand_dims:
            dataset = promoted(dataset, self.scalar_coords, self.expand_dims)
        if self.mars_coords:
            dataset = with_mars_coordinates(dataset)
        wishes = {
            "mask_and_scale": self.mask_and_scale,
            "decode_times": self.decode_times,
            "decode_timedelta": self.decode_timedelta,
            "use_cftime": self.use_cftime,
            "concat_characters": self.concat_characters,
            "decode_coords": self.decode_coords,
        }
        dataset = decoded(dataset, wishes) if notes is None else cf.decoded(dataset, notes, wishes)
        return with_flat_attributes(dataset) if self.flatten_attrs else dataset


class Opened(NamedTuple):
    """A dataset, and the path in a tree that it was written with, if it was."""

    dataset: xr.Dataset
    group: str | None = None


def open_message(filename_or_obj: Any, msg_index: int, options: Options, *, is_part: bool = True) -> xr.Dataset:
    """One message, without indexes; the log tells how many others there are.

    Unless it `is_part`, further messages of the same dataset are taken along.
    """
    store = _store(filename_or_obj, msg_index, options)
    written = None if options.finds_names else WrittenMessage.of(msg_index, store.message)
    if written is None:
        store.log_unopened_messages()
        return options.finished(store.build_dataset(options.drop_variables, default_indexes=False))
    messages = [written] if is_part else [written, *_continuation(store.source, written)]
    store.log_unopened_messages(len(messages))
    return _opened(store.source, messages, options, is_part=is_part).dataset


def _continuation(source: Source, first: WrittenMessage) -> list[WrittenMessage]:
    """The messages of the same dataset behind the first."""
    if not first.layout.is_continued:
        return []
    file = source.opened()
    others = [WrittenMessage.of(n, file.message(n)) for n in range(first.index + 1, file.message_count())]
    return [one for one in others if one is not None and one.layout.dataset == first.layout.dataset]


def _opened(source: Source, messages: Sequence[WrittenMessage], options: Options, *, is_part: bool = False) -> Opened:
    written = WrittenDataset(
        source=source,
        messages=messages,
        range_threshold=options.range_threshold,
        verify_hash=options.verify_hash,
        is_part=is_part,
    )
    dataset = written.dataset(options.drop_variables)
    return Opened(options.finished(dataset, written.notes), written.layout.group)


def _store(filename_or_obj: Any, msg_index: int, options: Options) -> TensogramDataStore:
    return TensogramDataStore(
        filename_or_obj,
        msg_index,
        options.dim_names,
        options.variable_key,
        options.range_threshold,
        options.storage_options,
        options.verify_hash,
    )


def open_messages(filename_or_obj: Any, options: Options) -> list[Opened]:
    """Each message, without indexes."""
    source = Source.of(filename_or_obj, options.storage_options)
    return [Opened(open_message(source, index, options)) for index in range(source.opened().message_count())]


def open_all(filename_or_obj: Any, options: Options) -> list[Opened]:
    """All objects of a file, merged into as few datasets as there can be, without indexes."""
    return _all(Source.of(filename_or_obj, options.storage_options), options)[1]


def open_first(filename_or_obj: Any, options: Options) -> xr.Dataset:
    """The first of all datasets, without indexes; an empty one for a file without objects."""
    source = Source.of(filename_or_obj, options.storage_options)
    index, opened = _all(source, options)
    if not opened:
        attrs = {} if index.first_metadata is None else dataset_attributes(index.first_metadata)
        return assemble({}, (), attrs, source)
    if len(opened) > 1:
        logger.warning(
            "%s makes %d datasets of different shapes, element types or outer coordinates; the "
            "first is returned and %d are left out: open_datasets returns all",
            index.file_path,
            len(opened),
            len(opened) - 1,
        )
    return opened[0].dataset


def _all(source: Source, options: Options) -> tuple[FileIndex, list[Opened]]:
    """Datasets that were written as such, then those that the other objects make."""
    written: list[WrittenMessage] = []

    def claim(index: int, message: Message) -> bool:
        found = None if options.finds_names else WrittenMessage.of(index, message)
        if found is None:
            return False
        written.append(found)
        return True

    index = scan_file(source, claim=claim)
    merger = Merger(
        source=source,
        dim_names=options.dim_names,
        variable_key=options.variable_key,
        range_threshold=options.range_threshold,
        verify_hash=options.verify_hash,
        dropped=options.drop_variables,
    )
    as_written = [_opened(source, messages, options) for messages in datasets(written)]
    return index, as_written + [Opened(options.finished(dataset)) for dataset in merger.datasets(index)]
