"""One file as a tree of datasets."""

from __future__ import annotations

from typing import Any

import xarray as xr

from tensogram_xarray.grouping import common
from tensogram_xarray.opening import Options, open_all, open_messages

ROOT = "/"
GROUPINGS = {"dataset": open_all, "message": open_messages}


def open_tree(filename_or_obj: Any, group_by: str, options: Options) -> dict[str, xr.Dataset]:
    """The datasets of a file, or its messages, below a root with the attributes they all share."""
    if group_by not in GROUPINGS:
        raise ValueError(f"group_by must be one of {', '.join(GROUPINGS)}, got {group_by!r}")
    datasets = GROUPINGS[group_by](filename_or_obj, options)
    shared = common([dict(dataset.attrs) for dataset in datasets]) if datasets else {}
    children = {f"{ROOT}{group_by}_{n}": dataset for n, dataset in enumerate(datasets)}
    return {ROOT: xr.Dataset(attrs=shared)} | children


def chosen(tree: dict[str, xr.Dataset], group: str) -> xr.Dataset:
    """One dataset of a tree by its path, with or without the leading slash."""
    path = ROOT + group.strip(ROOT)
    if path not in tree:
        raise ValueError(f"there is no group {group!r}, only {', '.join(tree)}")
    return tree[path]
