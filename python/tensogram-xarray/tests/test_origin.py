"""What an array remembers of its message: equal for the same message of the same file, another for any other."""

import pickle

import pytest
import tgm
from dask.base import tokenize

from tensogram_xarray.metadata import Descriptor, MessageMetadata
from tensogram_xarray.origin import Origin
from tensogram_xarray.source import Source


def origin(path, msg_index=0):
    return Source.of(path).opened().message(msg_index).origin


@pytest.fixture
def path(tmp_path):
    one, other = tgm.message(tgm.zeros("t", 3)), tgm.message(tgm.zeros("t", 4))
    return tgm.write(tmp_path / "a.tgm", one, other)


def test_it_is_the_same_for_the_same_message(path):
    first, second = origin(path), origin(path)
    assert first is not second
    assert first == second
    assert hash(first) == hash(second)
    assert tokenize(first) == tokenize(second)
    assert first.fingerprint == second.fingerprint != ""


def test_it_is_another_for_another_message(path):
    first, second = origin(path, 0), origin(path, 1)
    assert first.identity == second.identity
    assert first != second
    assert first != "another thing"
    assert tokenize(first) != tokenize(second)


def test_it_travels_as_identity_and_fingerprint(path):
    first = origin(path)
    for asked_before in (False, True):
        if asked_before:
            assert first.fingerprint
        dumped = pickle.dumps(first)
        assert len(dumped) < 200
        assert pickle.loads(dumped) == first
        assert repr(pickle.loads(dumped)) == repr(first)


DESCRIPTOR = Descriptor("ntensor", [3], [1], "float32", "little", "none", "none", "none", {})
CHANGES = {
    "shape": [4],
    "strides": [2],
    "dtype": "int32",
    "byte_order": "big",
    "encoding": "simple_packing",
    "filter": "shuffle",
    "compression": "zstd",
    "params": {"zstd_level": 3},
}


def described(*descriptors, uuid="0"):
    return Origin.of(None, MessageMetadata(3, [], {}, {"uuid": uuid}), descriptors).fingerprint


@pytest.mark.parametrize("field", CHANGES)
def test_what_is_read_in_another_way_is_another_message(field):
    assert described(DESCRIPTOR) != described(DESCRIPTOR._replace(**{field: CHANGES[field]}))


def test_the_identifier_and_the_number_of_objects_count_too():
    fingerprints = {described(DESCRIPTOR), described(DESCRIPTOR, uuid="1"), described(DESCRIPTOR, DESCRIPTOR)}
    assert len(fingerprints) == 3
