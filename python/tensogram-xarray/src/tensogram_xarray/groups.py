"""One file as a tree of datasets."""

from __future__ import annotations

from typing import Any

import xarray as xr

from tensogram_xarray.grouping import common
from tensogram_xarray.opening import Opened, Options, open_all, open_messages
from tensogram_xarray.planning import distinct_names
from tensogram_xarray.promotion import agreed_value

ROOT = "/"
GROUPINGS = {"dataset": open_all, "message": open_messages}


def open_tree(filename_or_obj: Any, group_by: str, group_key: str | None, options: Options) -> dict[str, xr.Dataset]:
    """The datasets of a file, or its messages, below a root with the attributes they all share.

    `group_key` is metadata that names them; else they have the paths they were written with, or numbers.
    """
    if group_by not in GROUPINGS:
        raise ValueError(f"group_by must be one of {', '.join(GROUPINGS)}, got {group_by!r}")
    opened = GROUPINGS[group_by](filename_or_obj, options)
    paths = distinct_names([_path(one, n, group_by, group_key) for n, one in enumerate(opened)])
    children = {path: one.dataset for path, one in zip(paths, opened, strict=True)}
    is_tree = any(one.group is not None for one in opened)
    shared = common([dict(one.dataset.attrs) for one in opened]) if opened and not is_tree else {}
    return {ROOT: xr.Dataset(attrs=shared)} | children


def _path(opened: Opened, number: int, group_by: str, group_key: str | None) -> str:
    if group_key is not None:
        return ROOT + str(agreed_value(opened.dataset, group_key)).replace("/", "_")
    if opened.group is not None and group_by == "dataset":
        return ROOT + opened.group.strip(ROOT)
    return f"{ROOT}{group_by}_{number}"


def chosen(tree: dict[str, xr.Dataset], group: str) -> xr.Dataset:
    """One dataset of a tree by its path, with or without the leading slash."""
    path = ROOT + group.strip(ROOT)
    if path not in tree:
        raise ValueError(f"there is no group {group!r}, only {', '.join(tree)}")
    return tree[path]
