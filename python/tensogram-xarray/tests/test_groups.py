"""One file as a tree of datasets."""

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named

SMALL, LARGE = tgm.field(3, 4), tgm.field(5)


@pytest.fixture
def path(tmp_path):
    messages = [
        tgm.message(coordinate("lat", 3), named("t", SMALL + i, {"step": i}), exp="a", number=0) for i in range(2)
    ]
    messages.append(tgm.message(named("u", LARGE), exp="a", number=2))
    return tgm.write(tmp_path / "a.tgm", *messages)


def test_datasets_as_groups(path):
    groups = xr.open_groups(path, engine="tensogram")
    assert list(groups) == ["/", "/dataset_0", "/dataset_1"]
    assert groups["/"].attrs == {"exp": "a", "tensogram_wire_version": 3}
    assert groups["/dataset_0"]["t"].dims == ("step", "latitude", "dim_1")
    assert "latitude" in groups["/dataset_0"].indexes
    assert np.array_equal(groups["/dataset_1"]["u"], LARGE)


def test_messages_as_groups(path):
    groups = xr.open_groups(path, engine="tensogram", group_by="message")
    assert list(groups) == ["/", "/message_0", "/message_1", "/message_2"]
    assert np.array_equal(groups["/message_1"]["t"], SMALL + 1)
    assert groups["/"].attrs == {"exp": "a", "tensogram_wire_version": 3}


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
def test_a_tree(path, chunks):
    tree = xr.open_datatree(path, engine="tensogram", chunks=chunks, drop_variables="u")
    assert np.array_equal(tree["dataset_0/t"][1], SMALL + 1)
    assert (tree["dataset_0/t"].chunks is not None) == (chunks is not None)
    assert "u" not in tree["dataset_0"]
    tree.close()


@pytest.mark.parametrize(
    ("group", "group_by", "names"),
    [
        ("/dataset_0", "dataset", ["t"]),
        ("dataset_1", "dataset", ["u"]),
        ("/message_2", "message", ["u"]),
        ("/", "dataset", []),
    ],
)
def test_one_group(path, group, group_by, names):
    dataset = xr.open_dataset(path, engine="tensogram", group=group, group_by=group_by)
    assert list(dataset.data_vars) == names


def test_a_group_that_is_not_there(path):
    with pytest.raises(ValueError, match="no group 'x', only /, /dataset_0, /dataset_1"):
        xr.open_dataset(path, engine="tensogram", group="x")
    with pytest.raises(ValueError, match="group_by must be one of dataset, message, got 'x'"):
        xr.open_groups(path, engine="tensogram", group_by="x")
    with pytest.raises(TypeError, match="unknown"):
        xr.open_groups(path, engine="tensogram", unknown=1)


def test_a_file_without_messages(tmp_path):
    path = tgm.write(tmp_path / "a.tgm")
    assert list(xr.open_groups(path, engine="tensogram")) == ["/"]
