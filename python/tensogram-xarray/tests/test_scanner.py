"""All objects of a file, by their metadata."""

from types import SimpleNamespace

import pytest
import tgm
from tgm import coordinate, zeros

from tensogram_xarray.scanner import (
    FileIndex,
    ObjectInfo,
    _base_entry_from_meta,
    _desc_params,
    _extra_from_meta,
    _merge_per_object_meta,
    scan_file,
    scan_message,
)


def test_objects_of_a_file(tmp_path, reads):
    first = tgm.message(coordinate("lat", 3), zeros("t", 3, 4, step=0), exp="a")
    path = tgm.write(tmp_path / "a.tgm", first, tgm.message(), tgm.message(zeros("t", 3, 4)))
    index = scan_file(path)
    assert index.file_path == path
    assert index.message_count == 3
    assert [(o.msg_index, o.obj_index, o.ndim, o.shape, o.dtype) for o in index.objects] == [
        (0, 0, 1, (3,), "float64"),
        (0, 1, 2, (3, 4), "float32"),
        (2, 0, 2, (3, 4), "float32"),
    ]
    assert index.objects[1].per_object_meta == {"name": "t", "step": 0}
    assert index.objects[1].common_meta == {"exp": "a"}
    assert index.objects[1].merged_meta == {"exp": "a", "name": "t", "step": 0}
    assert reads == []


def test_a_series_of_messages_shares_its_descriptors(tmp_path):
    sizes = [(3, 4), (3, 4), (4, 3), (3, 4)]
    messages = [tgm.message(zeros("t", *size, step=step)) for step, size in enumerate(sizes)]
    first, second, third, fourth = scan_file(tgm.write(tmp_path / "a.tgm", *messages)).objects
    assert first.descriptor is second.descriptor
    assert [tuple(info.descriptor.shape) for info in (first, second, third, fourth)] == sizes
    assert [info.per_object_meta["step"] for info in (first, second, third, fourth)] == [0, 1, 2, 3]


def test_objects_of_a_message():
    (info,) = scan_message(tgm.message(zeros("t", 2), exp="a"))
    assert (info.msg_index, info.obj_index, info.shape) == (0, 0, (2,))
    assert info.merged_meta == {"exp": "a", "name": "t"}


def test_an_empty_index():
    assert FileIndex("a.tgm").objects == []
    assert FileIndex("a.tgm").message_count == 0
    objects = [ObjectInfo(4, 0, 0, (), "float32", None, {}, {})]
    assert FileIndex("a.tgm", objects).message_count == 5


@pytest.mark.parametrize("base", [None, [], [None], ["x"], 3, {"0": {}}])
def test_base_entries_that_are_no_maps(base):
    assert _base_entry_from_meta(SimpleNamespace(base=base), 0) == {}


def test_base_entries():
    entry = {"name": "x", "_reserved_": {}}
    meta = SimpleNamespace(base=[entry])
    assert _base_entry_from_meta(meta, 0) == {"name": "x"}
    assert _base_entry_from_meta(meta, 1) == {}
    assert _base_entry_from_meta(SimpleNamespace(), 0) == {}
    _base_entry_from_meta(meta, 0)["name"] = "changed"
    assert entry["name"] == "x"


@pytest.mark.parametrize("params", [None, "text", 3, []])
def test_descriptor_parameters_that_are_no_map(params):
    assert _desc_params(SimpleNamespace(params=params)) == {}
    assert _desc_params(None) == {}


def test_message_annotations():
    assert _extra_from_meta(SimpleNamespace(extra={"a": 1, "_reserved_": 2})) == {"a": 1}
    assert _extra_from_meta(SimpleNamespace(extra=None)) == {}
    assert _extra_from_meta(SimpleNamespace()) == {}


def test_base_wins_over_the_descriptor():
    meta = SimpleNamespace(base=[{"name": "x"}])
    descriptor = SimpleNamespace(params={"name": "y", "units": "K"})
    assert _merge_per_object_meta(meta, 0, descriptor) == {"name": "x", "units": "K"}


def test_parameters_of_the_own_codecs_are_no_metadata():
    meta = SimpleNamespace(base=[])
    params = {"sp_bits_per_value": 16, "zstd_level": 3, "units": "K"}
    descriptor = SimpleNamespace(params=params, encoding="simple_packing", compression="none")
    assert _merge_per_object_meta(meta, 0, descriptor) == {"zstd_level": 3, "units": "K"}
