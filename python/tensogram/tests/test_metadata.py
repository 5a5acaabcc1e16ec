"""Metadata as a result (contract §6.1)."""

from collections.abc import Mapping, MutableMapping

import numpy as np
import pytest

import tensogram

DATA = np.zeros(1, dtype=np.uint8)
OBJECT = ({"type": "ntensor", "shape": [1], "dtype": "uint8"}, DATA)


@pytest.fixture(scope="module")
def meta():
    entries = [
        {"zz": 1, "bbb": 2, "a": {"y": 3, "null": None, "empty": ""}},
        {"a": {"only": 4}, "c": 0, "zz": 9, "x.y": 5},
    ]
    extra = {"source": "test", "a": 7, "extra": {"deep": 8}, "_reserved_": {"own": 1}, "version": 99}
    return tensogram.decode_metadata(tensogram.encode({"base": entries, "_extra_": extra}, [OBJECT, OBJECT]))


class TestProperties:
    def test_version_is_the_wires(self, meta):
        assert meta.version == 3

    def test_base_has_the_librarys_part(self, meta):
        assert meta.num_objects == len(meta.base) == 2
        assert set(meta.base[0]) == {"_reserved_", "a", "bbb", "zz"}

    def test_dicts_are_in_plain_text_order(self, meta):
        assert list(meta.base[0]) == ["_reserved_", "a", "bbb", "zz"]
        assert list(meta.extra) == ["_reserved_", "a", "extra", "source", "version"]
        assert list(meta.reserved) == ["encoder", "time", "uuid"]

    def test_are_new_each_time(self, meta):
        meta.base[0]["new"] = 1
        meta.base.append({})
        meta.extra.clear()
        assert "new" not in meta.base[0]
        assert meta.num_objects == 2
        assert meta.extra

    def test_are_new_each_time_however_deep(self, meta):
        before = repr((meta.base, meta.extra, meta.reserved, meta.items(), meta["a"]))
        for _ in range(2):
            meta.base[0]["a"]["y"] = meta.base[1]["_reserved_"]["tensor"]["shape"] = None
            meta.extra["extra"]["deep"] = meta.reserved["encoder"]["name"] = meta["a"]["y"] = meta.get("a")["y"] = None
            meta.get_path("a")["y"] = dict(meta)["a"]["y"] = dict(meta.items())["a"]["y"] = None
            meta.values()[0]["y"] = None
            meta.base[0]["_reserved_"]["tensor"]["shape"].append(7)
        assert repr((meta.base, meta.extra, meta.reserved, meta.items(), meta["a"])) == before

    def test_repr(self, meta):
        keys = '["_reserved_", "a", "extra", "source", "version"]'
        assert repr(meta) == f"Metadata(version=3, base_len=2, extra_keys={keys})"


KEYS = ["a", "bbb", "zz", "c", "x.y", "_reserved_", "extra", "source", "version"]


class TestMapping:
    def test_is_a_read_only_mapping(self, meta):
        assert isinstance(meta, Mapping)
        assert not isinstance(meta, MutableMapping)
        match meta:
            case {"bbb": value}:
                assert value == 2
            case _:
                pytest.fail("does not match as a mapping")

    def test_keys_come_first_seen_and_sorted_within_an_entry(self, meta):
        assert meta.keys() == KEYS
        assert list(meta) == KEYS
        assert len(meta) == len(KEYS)

    def test_values_and_items_are_lists_in_that_order(self, meta):
        assert isinstance(meta.values(), list)
        assert meta.values() == [meta[key] for key in KEYS]
        assert meta.items() == [(key, meta[key]) for key in KEYS]

    def test_becomes_a_dict(self, meta):
        assert dict(meta) == {**meta} == dict(meta.items())

    def test_first_match_wins(self, meta):
        assert meta["zz"] == 1
        assert meta["a"] == {"y": 3, "null": None, "empty": ""}
        assert meta["c"] == 0

    def test_a_dot_is_part_of_a_key(self, meta):
        assert meta["x.y"] == 5
        assert "a.y" not in meta

    def test_reserved_is_hidden_in_entries_but_not_in_extra(self, meta):
        assert meta["_reserved_"] == {"own": 1}
        plain = tensogram.decode_metadata(tensogram.encode({}, [OBJECT]))
        assert "_reserved_" not in plain
        with pytest.raises(KeyError):
            plain["_reserved_"]

    def test_absent_keys(self, meta):
        with pytest.raises(KeyError) as caught:
            meta["nope"]
        assert caught.value.args == ("nope",)
        assert "nope" not in meta
        assert meta.get("nope") is None
        default = object()
        assert meta.get("nope", default) is default

    def test_found_but_false_is_found(self, meta):
        assert meta.get("c", 5) == 0

    def test_an_empty_one_is_false(self):
        assert not tensogram.decode_metadata(tensogram.encode({}, [OBJECT]))

    @pytest.mark.parametrize("key", [0, None, b"a", ("a",)])
    def test_keys_are_text(self, meta, key):
        for access in (lambda: meta[key], lambda: key in meta, lambda: meta.get(key)):
            with pytest.raises(TypeError):
                access()

    @pytest.mark.parametrize("key", ["\ud800", "é", "e\u0301"])
    def test_strange_keys(self, meta, key):
        try:
            assert key not in meta
        except ValueError:
            assert key == "\ud800"

    def test_texts_that_only_look_alike_are_different_keys(self):
        metadata = {"_extra_": {"\u00e9": 1, "e\u0301": 2}}
        meta = tensogram.decode_metadata(tensogram.encode(metadata, []))
        assert (meta["\u00e9"], meta["e\u0301"]) == (1, 2)
        assert len(meta) == 2


ABSENT = object()

PATHS = [
    ("bbb", 2), ("a.y", 3), ("a.null", None), ("a.empty", ""), ("c", 0), ("nope", ABSENT), ("a.nope", ABSENT),
    ("", ABSENT), (".", ABSENT), ("a.", ABSENT), (".a", ABSENT),
    # The whole path is searched for in one entry after the other.
    ("a.only", 4), ("a", {"y": 3, "null": None, "empty": ""}),
    # A key with a dot cannot be reached.
    ("x.y", ABSENT),
    ("extra.source", "test"), ("_extra_.source", "test"), ("extra.a", 7), ("extra.bbb", ABSENT), ("source", "test"),
    ("extra", ABSENT), ("_extra_", ABSENT), ("extra.extra.deep", 8), ("version", 99),
    ("_reserved_.own", 1), ("_reserved_.tensor", ABSENT), ("bbb.x", ABSENT), ("a.y.z", ABSENT),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), PATHS)
def test_paths(meta, path, value):
    assert meta.has_path(path) == (value is not ABSENT)
    assert meta.get_path(path, ABSENT) == value
    assert meta.get_path(path) == (None if value is ABSENT else value)


AT_PATHS = [
    (0, "a.y", 3), (1, "a.y", ABSENT), (1, "a.only", 4), (1, "zz", 9), (0, "c", ABSENT), (0, "source", ABSENT),
    (0, "extra.source", ABSENT), (0, "_reserved_", ABSENT), (0, "_reserved_.tensor", ABSENT), (2, "zz", ABSENT),
    (2**64 - 1, "zz", ABSENT), (0, "", ABSENT),
]  # fmt: skip


@pytest.mark.parametrize(("obj", "path", "value"), AT_PATHS)
def test_paths_in_one_entry(meta, obj, path, value):
    assert meta.has_path_at(obj, path) == (value is not ABSENT)
    assert meta.get_path_at(obj, path, ABSENT) == value


def test_values_that_are_easily_changed_on_the_way_come_back_exactly():
    given = {
        "big": 2147483648, "count": -5, "ratio": 0.5, "flag": True, "nothing": None,
        "nested": {"map": {"list": [1, [2.5, "three"], {"four": False}]}},
    }  # fmt: skip
    meta = tensogram.decode_metadata(tensogram.encode({"base": [given]}, [OBJECT]))
    for read in (meta.get_path, lambda path: meta.get_path_at(0, path), meta.get):
        for key, value in given.items():
            assert read(key) == value
            assert type(read(key)) is type(value)
    assert meta.get_path("nested.map.list") == [1, [2.5, "three"], {"four": False}]


def test_any_script_in_keys_and_values():
    given = {"温度": "°C ✓", "ключ": {"κλειδί": "مفتاح"}, "": "", " ": " "}
    meta = tensogram.decode_metadata(tensogram.encode(given, []))
    assert meta.extra == given
    assert meta.get_path("ключ.κλειδί") == "مفتاح"


def test_extra_is_a_key_as_any_in_an_entry():
    entry = {"extra": {"b": 1}, "x": {"_reserved_": 2}}
    meta = tensogram.decode_metadata(tensogram.encode({"base": [entry]}, [OBJECT]))
    assert meta.get_path_at(0, "extra.b") == 1
    assert meta.get_path_at(0, "extra") == {"b": 1}
    assert meta.get_path("extra.b") is None
    assert meta.get_path("x._reserved_") == 2


def test_list_indices_are_no_path():
    meta = tensogram.decode_metadata(tensogram.encode({"x": [1, 2]}, []))
    assert not meta.has_path("x.0")


@pytest.mark.parametrize("path", [0, None, ["a"]])
def test_paths_are_text(meta, path):
    for access in (meta.has_path, meta.get_path, lambda path: meta.has_path_at(0, path)):
        with pytest.raises(TypeError):
            access(path)


class TestWireValues:
    """Values that no Python caller can write, but files may hold."""

    CASES = (
        ("bytes", b"\x43\1\2\3", b"\1\2\3"),
        ("undefined", b"\xf7", None),
        ("half float", b"\xf9\x3c\x00", 1.0),
        ("single float", b"\xfa\x3f\x80\x00\x00", 1.0),
        ("2^64 - 1", b"\x1b" + b"\xff" * 8, 2**64 - 1),
        ("-2^64", b"\x3b" + b"\xff" * 8, -(2**64)),
        ("bignum", b"\xc2\x49\x01" + bytes(8), 2**64),
        ("negative bignum", b"\xc3\x49\x01" + bytes(8), -(2**64) - 1),
        ("empty bignum", b"\xc2\x40", 0),
        ("tagged text", b"\xc0\x61x", "x"),
        ("tags in tags", b"\xd8\x20\xc0\x61x", "x"),
        ("simple value", b"\xf0", 16),
        ("indefinite array", b"\x9f\x01\x02\xff", [1, 2]),
        ("indefinite text", b"\x7f\x61a\x61b\xff", "ab"),
        ("integer key", b"\xa1\x01\x02", {1: 2}),
    )

    @pytest.mark.parametrize(("encoded", "value"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
    def test_become_python_values(self, wire, encoded, value):
        meta = tensogram.decode_metadata(wire.message(wire.metadata({"value": encoded})))
        assert meta["value"] == value
        assert type(meta["value"]) is type(value)

    @pytest.mark.parametrize("key", [b"\x81\x01", b"\xa1\x01\x02"], ids=["array", "map"])
    def test_keys_that_python_cannot_hash(self, wire, key):
        meta = tensogram.decode_metadata(wire.message(wire.metadata({"value": {key: 1}})))
        with pytest.raises(ValueError, match="MetadataError"):
            meta["value"]

    def test_nested_dicts_keep_the_wires_order(self, wire):
        meta = tensogram.decode_metadata(wire.message(wire.metadata({"value": {"zz": 1, "a": 2, "bbb": 3}})))
        assert list(meta["value"]) == ["zz", "a", "bbb"]


WIRE_OBJECT = {"shape": [1], "dtype": "uint8"}


class TestWirePlaces:
    def both(self, wire, header, footer, objects=1):
        frames = [wire.data_object(WIRE_OBJECT, b"\1") for _ in range(objects)]
        return wire.message(wire.metadata(header), *frames, wire.metadata(footer, 7))

    def test_the_footers_metadata_is_used_everywhere(self, wire):
        message = self.both(wire, {"a": 1}, {"a": 2, "base": [{"b": 3}]})
        for meta in (
            tensogram.decode(message).metadata,
            tensogram.decode_metadata(message),
            tensogram.decode_descriptors(message)[0],
            tensogram.decode_object(message, 0)[0],
        ):
            assert meta.extra == {"a": 2}
            assert meta.base == [{"b": 3}]

    def test_header_entries_without_objects_do_not_matter_beside_an_empty_footer(self, wire):
        message = self.both(wire, {"base": [{"a": 1}]}, {}, objects=0)
        assert tensogram.decode(message).objects == []

    def test_base_is_filled_up_everywhere(self, wire):
        message = wire.message(wire.metadata({}), wire.data_object(WIRE_OBJECT, b"\1"))
        assert tensogram.decode_metadata(message).base == [{}]

    def test_preceders_are_merged_everywhere(self, wire):
        preceder = wire.metadata({"base": [{"a": 1, "_reserved_": {"x": 1}}]}, 8)
        message = wire.message(
            wire.metadata({"base": [{"a": 0, "b": 2}]}), preceder, wire.data_object(WIRE_OBJECT, b"\1")
        )
        assert tensogram.decode_metadata(message).base == [{"a": 1, "b": 2}]
