"""Writing datasets to `.tgm` files."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from tensogram_xarray import staging
from tensogram_xarray.appending import Existing
from tensogram_xarray.attributes import plain
from tensogram_xarray.delayed import delayed, is_dask
from tensogram_xarray.encoder import EncodeOptions
from tensogram_xarray.files import is_remote, path_of
from tensogram_xarray.job import Job
from tensogram_xarray.layout import MessageLayout
from tensogram_xarray.messages import DatasetPlan
from tensogram_xarray.stored import check_names, stored_variable

# Names by which xarray tells that a file holds a DataArray, in every format.
_ARRAY_VARIABLE = "__xarray_dataarray_variable__"
_ARRAY_NAME = "__xarray_dataarray_name__"

Encoding = Mapping[str, Mapping[str, Any]]


def to_tensogram(
    data: xr.Dataset | xr.DataArray | xr.DataTree,
    path: str | os.PathLike[str],
    *,
    mode: str = "w",
    append_dim: str | None = None,
    group: str | None = None,
    encoding: Encoding | None = None,
    compute: bool = True,
    hash: str | None = "xxh3",  # noqa: A002 (the name that it has in `tensogram`)
    threads: int = 0,
) -> Any:
    """Writes a dataset, an array, or a tree of datasets to a `.tgm` file.

    `xr.open_dataset(path, engine="tensogram")` gives it back as it was: dimensions, coordinates of any
    kind, attributes, times, text, missing values. Chunked variables are written block by block and
    come back in these chunks. If anything fails, the file is as it was before.

    path: of the file. A local one; its folder must exist.
    mode: `"w"` makes the file or replaces it. `"a"` adds to it: a further dataset, or with
        `append_dim` more of the one that is there.
    append_dim: a dimension along which messages follow each other, one for each stretch of chunks
        along it, each with its coordinates, so that it can be read alone.
    group: the dataset's path in a tree, for `xr.open_datatree` and `xr.open_dataset(..., group=...)`.
    encoding: by variable how it is stored: `compression`, `filter` and `encoding` with their
        parameters as in a descriptor, `byte_order`, `chunks`, and what xarray's CF conventions take,
        as `dtype`, `units`, `_FillValue`, `scale_factor`. For a tree, by node and variable.
        `Variable.encoding` counts where nothing is given.
    compute: False returns a `dask.delayed.Delayed` that writes when it is computed.
    hash: `"xxh3"`, or None for no hashes.
    threads: of the codecs, for one object.

    Raises `ValueError` or `TypeError` for what cannot be written, before anything is computed or the
    file is touched, and `OSError` where the file cannot be written.
    """
    if mode not in ("w", "a"):
        raise ValueError(f"mode must be 'w' or 'a', got {mode!r}")
    target = _target(path)
    plans = [
        _planned(dataset, target, mode, append_dim, node, node_encoding)
        for node, dataset, node_encoding in _datasets(data, group, encoding or {})
    ]
    job = Job(
        path=target,
        messages=[message for plan in plans for message in plan.messages()],
        options=EncodeOptions(hash, threads),
        is_appended=mode == "a",
    )
    return _done(job, compute)


def _target(path: str | os.PathLike[str]) -> Path:
    """The file that is written: what a link leads to."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or os.PathLike, got {type(path).__name__}")
    local = path_of(path)
    if local is None or is_remote(local):
        raise ValueError(f"only local files can be written, not {os.fspath(path)}")
    target = Path(local).resolve()
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a directory, not a .tgm file", str(target))
    return target


def _datasets(
    data: Any, group: str | None, encoding: Mapping[str, Any]
) -> Iterable[tuple[str | None, xr.Dataset, Encoding]]:
    """What is to be written: datasets with their paths in the tree and their encodings."""
    if isinstance(data, xr.DataTree):
        return _nodes(data, group, encoding)
    if isinstance(data, xr.DataArray):
        return [(group, _as_dataset(data), encoding)]
    if isinstance(data, xr.Dataset):
        return [(group, data, encoding)]
    raise TypeError(f"only a Dataset, a DataArray or a DataTree can be written, got {type(data).__name__}")


def _nodes(
    tree: xr.DataTree, group: str | None, encoding: Mapping[str, Any]
) -> Iterable[tuple[str | None, xr.Dataset, Encoding]]:
    paths = [node.path for node in tree.subtree]
    unknown = [path for path in encoding if path not in paths]
    if unknown:
        raise ValueError(f"encoding names {', '.join(map(repr, unknown))}, but the tree has {', '.join(paths)}")
    above = (group or "").strip("/")
    for node in tree.subtree:
        below = node.path.strip("/") if node is not tree else ""
        path = "/" + "/".join(part for part in (above, below) if part)
        yield path, node.to_dataset(inherit=False), encoding.get(node.path, {})


def _as_dataset(array: xr.DataArray) -> xr.Dataset:
    """The array as a dataset from which `xr.open_dataarray` makes it again."""
    if array.name is None:
        return array.to_dataset(name=_ARRAY_VARIABLE)
    if array.name in array.coords or array.name in array.dims:
        dataset = array.to_dataset(name=_ARRAY_VARIABLE)
        dataset.attrs[_ARRAY_NAME] = array.name
        return dataset
    return array.to_dataset()


def _planned(
    dataset: xr.Dataset, path: Path, mode: str, append_dim: str | None, group: str | None, encoding: Encoding
) -> DatasetPlan:
    check_names(dataset)
    _check_indexes(dataset)
    unknown = [name for name in encoding if name not in dataset.variables]
    if unknown:
        raise ValueError(f"encoding names {', '.join(map(repr, unknown))}, which the dataset does not have")
    if append_dim is not None and append_dim not in dataset.sizes:
        raise ValueError(f"append_dim {append_dim!r} is none of the dimensions {', '.join(map(str, dataset.sizes))}")
    existing = Existing.of(path, append_dim, group) if mode == "a" and append_dim is not None else None
    if existing is not None:
        dataset = existing.conforming(dataset)
    variables = [
        stored_variable(
            str(name), variable, encoding.get(str(name)), is_coordinate=name in dataset.coords, append_dim=append_dim
        )
        for name, variable in dataset.variables.items()
    ]
    attrs, types = plain(dataset.attrs, "dataset")
    plan = DatasetPlan(
        layout=MessageLayout(
            dataset=existing.layout.dataset if existing else uuid.uuid4().hex,
            names=tuple(variable.name for variable in variables),
            append_dim=append_dim,
            group=group,
        ),
        attrs=attrs,
        types=types,
        variables=variables,
        offset=existing.length if existing else 0,
    )
    if existing is not None:
        existing.check(variables)
    return plan


def _check_indexes(dataset: xr.Dataset) -> None:
    for name, index in dataset.xindexes.items():
        if isinstance(index, xr.indexes.PandasMultiIndex):
            raise ValueError(f"coordinate {name!r} is a MultiIndex, which cannot be written: use reset_index first")


def _done(job: Job, compute: bool) -> Any:
    """The job, done; or what will do it."""
    arrays = job.chunked_arrays
    if compute and not (arrays and all(map(is_dask, arrays))):
        job.run()
        return None
    staged = staging.staged_beside(job.path)
    if not compute:
        return delayed(job, staged)
    staging.prepare(staged)
    try:
        delayed(job, staged).compute()
    finally:
        staging.discard(staged)
    return None
