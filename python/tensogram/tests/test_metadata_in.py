"""Metadata that callers give (contract §5)."""

import datetime
import decimal
import enum
import fractions
import math
import pathlib
import types
import uuid

import numpy as np
import pytest

import tensogram

DATA = np.zeros(2, dtype=np.uint8)
OBJECT = ({"type": "ntensor", "shape": [2], "dtype": "uint8"}, DATA)


def decoded(metadata, objects=1):
    return tensogram.decode_metadata(tensogram.encode(metadata, [OBJECT] * objects))


def stored(value):
    """A value as it comes back from the message's annotations."""
    return decoded({"value": value}, 0).extra["value"]


def entry(metadata, index=0):
    """What the caller gave of an object's entry."""
    return {key: value for key, value in metadata.base[index].items() if key != "_reserved_"}


class TestDict:
    @pytest.mark.parametrize("value", [None, [], "x", 5, types.MappingProxyType({})], ids=repr)
    def test_must_be_a_dict(self, value):
        with pytest.raises(TypeError, match="must be a dict"):
            decoded(value)

    @pytest.mark.parametrize("metadata", [{1: 2}, {"_extra_": {1: 2}}, {"base": [{1: 2}]}, {None: 1}])
    def test_keys_are_text(self, metadata):
        with pytest.raises(TypeError, match="must be a str"):
            decoded(metadata)

    def test_is_not_modified(self):
        metadata = {"base": [{"a": 1}], "_extra_": {"b": 2}, "c": 3}
        before = repr(metadata)
        decoded(metadata, 2)
        assert repr(metadata) == before

    def test_may_be_what_was_decoded(self):
        first = decoded({"base": [{"a": 1}], "b": 2})
        second = decoded(first)
        assert entry(second) == {"a": 1}
        assert second.extra == {"b": 2}
        assert second.reserved["uuid"] != first.reserved["uuid"]

    def test_empty(self):
        assert decoded({}, 0).base == []


class TestBase:
    def test_an_entry_per_object(self):
        metadata = decoded({"base": [{"a": 1}, {"b": 2}]}, 2)
        assert [entry(metadata, index) for index in (0, 1)] == [{"a": 1}, {"b": 2}]

    def test_tuples_are_lists(self):
        assert entry(decoded({"base": ({"a": 1},)})) == {"a": 1}

    def test_is_filled_up(self):
        metadata = decoded({"base": [{"a": 1}]}, 3)
        assert [entry(metadata, index) for index in range(3)] == [{"a": 1}, {}, {}]

    @pytest.mark.parametrize("objects", [0, 1])
    def test_not_more_entries_than_objects(self, objects):
        with pytest.raises(ValueError, match="MetadataError"):
            decoded({"base": [{}] * (objects + 1)}, objects)

    @pytest.mark.parametrize("base", ["x", {}, 5, {"a": 1}, {1}], ids=repr)
    def test_must_be_a_list(self, base):
        with pytest.raises(ValueError, match="'base' must be a list"):
            decoded({"base": base})

    @pytest.mark.parametrize("base", [None, ["x"], [None], [[]], [1]], ids=repr)
    def test_of_dicts(self, base):
        with pytest.raises((ValueError, TypeError)):
            decoded({"base": base})


class TestExtra:
    def test_stray_keys_become_annotations(self):
        assert decoded({"version": 1, "reserved": {}, "a": 2}).extra == {"version": 1, "reserved": {}, "a": 2}

    def test_by_its_name(self):
        assert decoded({"_extra_": {"a": 1}}).extra == {"a": 1}

    def test_by_its_other_name(self):
        assert decoded({"extra": {"a": 1}}).extra == {"a": 1}

    @pytest.mark.parametrize("alias", [{"b": 2}, None, 5])
    def test_the_other_name_is_ignored_beside_it(self, alias):
        assert decoded({"extra": alias, "_extra_": {"a": 1}}).extra == {"a": 1}

    def test_wins_over_stray_keys(self):
        assert decoded({"a": 1, "b": 2, "_extra_": {"a": 3}}).extra == {"a": 3, "b": 2}

    def test_may_have_any_key(self):
        extra = {"_reserved_": 1, "base": 2, "extra": 3, "_extra_": 4}
        assert decoded({"_extra_": extra}).extra == extra

    @pytest.mark.parametrize("key", ["extra", "_extra_"])
    @pytest.mark.parametrize("value", [None, [], "x", 5])
    def test_must_be_a_dict(self, key, value):
        with pytest.raises(ValueError, match=rf"'{key}' must be a dict"):
            decoded({key: value})


class TestReserved:
    @pytest.mark.parametrize("value", [{}, None, 1])
    def test_belongs_to_the_library(self, value):
        with pytest.raises(ValueError, match="_reserved_"):
            decoded({"_reserved_": value})
        with pytest.raises(ValueError, match=r"_reserved_.*base\[0\]"):
            decoded({"base": [{"_reserved_": value}]})

    def test_deeper_it_is_a_key_as_any(self):
        assert entry(decoded({"base": [{"a": {"_reserved_": 1}}]})) == {"a": {"_reserved_": 1}}

    def test_what_the_library_puts_there(self):
        metadata = decoded({})
        assert set(metadata.reserved) == {"encoder", "time", "uuid"}
        assert metadata.reserved["encoder"]["name"] == "tensogram-swift"
        assert metadata.reserved["encoder"]["version"] == tensogram.__version__
        assert uuid.UUID(metadata.reserved["uuid"]).version == 4
        time = datetime.datetime.strptime(metadata.reserved["time"], "%Y-%m-%dT%H:%M:%SZ")
        assert abs((datetime.datetime.now(datetime.UTC).replace(tzinfo=None) - time).total_seconds()) < 60
        tensor = {"ndim": 1, "shape": [2], "strides": [1], "dtype": "uint8"}
        assert metadata.base[0]["_reserved_"] == {"tensor": tensor}


class Number(enum.IntEnum):
    SEVEN = 7


class Word(enum.StrEnum):
    HELLO = "hello"


class Index:
    def __index__(self):
        return 42


class Float:
    def __float__(self):
        return 4.25


VALUES = [
    ("text", "text"), ("", ""), ("Ωäß 日本語 🌍\0", "Ωäß 日本語 🌍\0"), (Word.HELLO, "hello"), (np.str_("x"), "x"),
    (True, True), (False, False), (np.True_, True), (np.False_, False),
    (0, 0), (-1, -1), (23, 23), (24, 24), (255, 255), (256, 256), (65536, 65536), (2**32, 2**32),
    (2**63 - 1, 2**63 - 1), (-(2**63), -(2**63)), (2**63, 2**63), (2**64 - 1, 2**64 - 1), (-(2**63) - 1, -(2**63) - 1),
    (-(2**64), -(2**64)), (Number.SEVEN, 7), (Index(), 42), (np.int8(-3), -3), (np.uint64(2**64 - 1), 2**64 - 1),
    (np.array(5), 5),
    (1.5, 1.5), (0.1, 0.1), (1e300, 1e300), (5e-324, 5e-324), (math.inf, math.inf), (-math.inf, -math.inf),
    (np.float32(0.1), float(np.float32(0.1))), (np.float16(0.5), 0.5), (decimal.Decimal("1.25"), 1.25),
    (fractions.Fraction(1, 4), 0.25), (Float(), 4.25), (np.array(2.5), 2.5),
    (None, None),
    ({}, {}), ([], []), ({"a": {"b": [1, {"c": None}]}}, {"a": {"b": [1, {"c": None}]}}),
    ((1, (2, "x")), [1, [2, "x"]]),
    ({1: "a", -2: "b", 1.5: "c", None: "d", False: "e"}, {1: "a", -2: "b", 1.5: "c", None: "d", False: "e"}),
]  # fmt: skip


@pytest.mark.parametrize(("value", "result"), VALUES, ids=repr)
def test_values(value, result):
    back = stored(value)
    assert back == result
    assert type(back) is type(result)


def test_values_of_every_level():
    assert entry(decoded({"base": [{"a": [True, 2**63]}]})) == {"a": [True, 2**63]}
    message = tensogram.encode({}, [({**OBJECT[0], "custom": [False, -(2**64)]}, DATA)])
    assert tensogram.decode_descriptors(message)[1][0].params == {"custom": [False, -(2**64)]}


def test_nan_and_negative_zero():
    assert math.isnan(stored(math.nan))
    assert math.copysign(1, stored(-0.0)) == -1


@pytest.mark.parametrize("value", [2**64, -(2**64) - 1, 10**100])
def test_integers_that_cannot_be_exact(value):
    with pytest.raises(ValueError, match="integer"):
        stored(value)


class Raising:
    def __float__(self):
        raise RuntimeError("no float today")


UNSUPPORTED = [
    {1}, range(3), iter([1]), np.array([1, 2]), np.array([1]), np.array([1.5]), b"x", bytearray(b"x"), memoryview(b"x"),
    datetime.datetime(2020, 1, 1), datetime.date(2020, 1, 1), uuid.UUID(int=1), pathlib.Path("x"), 1j, np.complex64(1j),
    np.complex128(1j), np.dtype("f4"), types.MappingProxyType({}), object(), Raising(), int, np.datetime64("2020"),
]  # fmt: skip


@pytest.mark.parametrize("value", UNSUPPORTED, ids=lambda value: type(value).__name__)
def test_values_that_metadata_does_not_hold(value):
    with pytest.raises(ValueError, match=rf"cannot convert {type(value).__name__} to CBOR"):
        stored(value)


def test_the_place_of_such_a_value_is_named():
    with pytest.raises(ValueError, match=r"at 'b\.1\.c'"):
        stored({"a": 1, "b": [0, {"c": {1}}]})


@pytest.mark.parametrize("value", ["\ud800", {"\ud800": 1}, ["\udfff"]])
def test_lone_surrogates(value):
    with pytest.raises(ValueError):
        stored(value)


def nested(levels, make):
    value = 1
    for _ in range(levels):
        value = make(value)
    return value


class TestNesting:
    # The metadata map and `_extra_` are two of the 64 levels that the format allows.
    @pytest.mark.parametrize("make", [lambda value: [value], lambda value: {"a": value}, lambda value: (value,)])
    def test_up_to_64_levels(self, make):
        assert stored(nested(62, make)) is not None
        with pytest.raises(ValueError, match="64 levels"):
            stored(nested(63, make))

    @pytest.mark.parametrize("levels", [1_000, 100_000])
    def test_far_too_deep(self, levels):
        with pytest.raises(ValueError, match="64 levels"):
            stored(nested(levels, lambda value: [value]))

    def test_a_list_that_contains_itself(self):
        loop = []
        loop.append(loop)
        with pytest.raises(ValueError, match="contains itself"):
            stored(loop)

    def test_a_dict_that_contains_itself(self):
        loop = {}
        loop["a"] = [loop]
        with pytest.raises(ValueError, match="contains itself"):
            decoded({"base": [loop]})

    def test_in_entries_and_descriptors(self):
        assert decoded({"base": [{"a": nested(61, lambda value: [value])}]}).base
        with pytest.raises(ValueError, match="64 levels"):
            decoded({"base": [{"a": nested(62, lambda value: [value])}]})
        message = tensogram.encode({}, [({**OBJECT[0], "a": nested(63, lambda value: [value])}, DATA)])
        assert tensogram.decode_descriptors(message)
        with pytest.raises(ValueError, match="64 levels"):
            tensogram.encode({}, [({**OBJECT[0], "a": nested(64, lambda value: [value])}, DATA)])


class Meddler:
    """Changes the container it is in while it is converted."""

    def __init__(self, change):
        self.change = change

    def __index__(self):
        self.change()
        return 1


@pytest.mark.parametrize("turn", range(20))
class TestContainersThatChangeMeanwhile:
    def test_list(self, turn):
        items = [Meddler(lambda: items.clear()), "x" * turn, "y" * 50]
        assert stored(items) == [1]

    def test_inner_dict(self, turn):
        inner = {"a": Meddler(lambda: inner.clear()), "b": ["z" * turn]}
        assert stored({"inner": inner})["inner"]["a"] == 1

    def test_dict_around(self, turn):
        outer = {"inner": {"a": Meddler(lambda: outer.clear()), "b": ["z" * turn]}, "c": ["x" * 50]}
        assert stored(outer)["inner"] == {"a": 1, "b": ["z" * turn]}

    def test_metadata(self, turn):
        metadata = {"a": Meddler(lambda: metadata.clear()), "b": "x" * turn, "_extra_": {"c": [1, 2]}}
        assert decoded(metadata, 0).extra["a"] == 1

    def test_shape(self, turn):
        shape = [Meddler(lambda: shape.clear()), turn]
        assert tensogram.encode({}, [({**OBJECT[0], "shape": shape}, bytes(1))])


def test_two_encodes_differ_in_time_and_uuid_only():
    first, second = decoded({"a": 1}), decoded({"a": 1})
    assert first.reserved["uuid"] != second.reserved["uuid"]
    assert first.base == second.base and first.extra == second.extra
