"""Names of variables, and of the dimensions of one object."""

import pytest

from tensogram_xarray.arguments import caller_dim_names
from tensogram_xarray.mapping import (
    _resolve_dotted,
    parse_extra_dim_names_hint,
    parse_per_object_dim_names,
    resolve_dim_names,
    resolve_dims_for_axes,
    resolve_variable_name,
    strip_structural_keys,
)

ALL_NAMES = {
    "name": "a",
    "mars": {"param": "b", "shortName": "d"},
    "param": "c",
    "shortName": "e",
}


@pytest.mark.parametrize(
    ("meta", "key", "name"),
    [
        ({}, None, "object_7"),
        (ALL_NAMES, None, "a"),
        (ALL_NAMES | {"name": None}, None, "b"),
        ({"param": "c", "shortName": "e", "mars": {"shortName": "d"}}, None, "c"),
        ({"shortName": "e", "mars": {"shortName": "d"}}, None, "d"),
        ({"shortName": "e"}, None, "e"),
        (ALL_NAMES, "mars.param", "b"),
        (ALL_NAMES, "mars.absent", "a"),
        (ALL_NAMES, "", "a"),
        ({"a.b": "x"}, "a.b", "object_7"),
        ({"a": "text"}, "a.b", "object_7"),
        ({"name": 128}, None, "128"),
        ({"name": 1.5}, None, "1.5"),
        ({"name": True}, None, "True"),
        ({"name": [1, 2]}, None, "[1, 2]"),
        ({"name": ""}, None, ""),
        ({"name": 0}, None, "0"),
    ],
)
def test_variable_names(meta, key, name):
    assert resolve_variable_name(7, meta, key) == name


def test_dotted_paths():
    meta = {"a": {"b": {"c": 1}, "d": None}}
    assert _resolve_dotted(meta, "a.b.c") == 1
    assert _resolve_dotted(meta, "a.b") == {"c": 1}
    for path in ("x", "a.x", "a.b.c.d", "a.d", ""):
        assert _resolve_dotted(meta, path) is None


def test_generic_and_given_dimension_names():
    assert resolve_dim_names(2, None) == ["dim_0", "dim_1"]
    assert resolve_dim_names(2, ("a", "b")) == ["a", "b"]
    assert resolve_dim_names(0, None) == []
    with pytest.raises(ValueError, match="dim_names has 3 entries but tensor has 2 dimensions"):
        resolve_dim_names(2, ["a", "b", "c"])


@pytest.mark.parametrize("names", ["ab", ["a", ""], ["a", 1], ["a", None], ["a", "a"]])
def test_names_a_caller_may_not_give(names):
    with pytest.raises(ValueError, match="dim_names must be"):
        caller_dim_names(names)


def test_a_generator_of_names_is_used_once():
    assert caller_dim_names(name for name in "ab") == ["a", "b"]


@pytest.mark.parametrize(
    ("ndim", "raw", "names", "reason"),
    [
        (2, ["a", "b"], ["a", "b"], None),
        (2, ("a", "b"), ["a", "b"], None),
        (0, [], [], None),
        (2, None, None, None),
        (2, ["a"], None, "1 names for 2 dimensions"),
        (2, "ab", None, "not str"),
        (2, b"ab", None, "not bytes"),
        (2, bytearray(b"ab"), None, "not bytearray"),
        (2, {"5": "a"}, None, "not dict"),
        (2, ["a", "a"], None, "twice"),
        (2, ["a", ""], None, "no string or empty"),
        (2, ["a", 1], None, "no string or empty"),
    ],
)
def test_hints_of_an_object(log, ndim, raw, names, reason):
    assert parse_per_object_dim_names(ndim, {"dim_names": raw}) == names
    assert parse_per_object_dim_names(ndim, {}) is None
    records = [(r.name, r.levelname) for r in log.records]
    assert records == ([("tensogram_xarray.mapping", "DEBUG")] if reason else [])
    assert reason is None or reason in log.text


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("raw", "hint"),
    [
        (["a", "b"], ["a", "b"]),
        ([1, None], ["1", "None"]),
        (["a"], {}),
        (["a", "b", "c"], {}),
        (("a", "b"), {}),
        ({"5": "p", "4": "q"}, {5: "p", 4: "q"}),
        ({5: "p"}, {5: "p"}),
        ({"5": 7}, {5: "7"}),
        ({"5": "p", "x": "q"}, {}),
        ({"5": "p", None: "q"}, {}),
        (["a", Unprintable()], {}),
        ({"5": Unprintable()}, {}),
        (None, {}),
        ("ab", {}),
        (3, {}),
    ],
)
def test_hints_of_a_message(raw, hint):
    assert parse_extra_dim_names_hint(2, raw) == hint


# coordinate sizes, shape, object's hint, message's hint, dimensions
DIMS = [
    ({}, (6, 10), None, None, ["dim_0", "dim_1"]),
    ({"latitude": 5, "longitude": 8}, (5, 8), None, None, ["latitude", "longitude"]),
    (
        {"latitude": 3, "longitude": 4, "time": 2},
        (2, 3, 4),
        None,
        None,
        ["time", "latitude", "longitude"],
    ),
    ({"latitude": 5}, (5, 5), None, None, ["latitude", "dim_1"]),
    # Equal sizes: pairs that cannot be told apart name one axis only.
    ({"latitude": 5, "longitude": 5}, (5, 5), None, None, ["latitude", "dim_1"]),
    ({"longitude": 5, "latitude": 5}, (5, 5), None, None, ["longitude", "dim_1"]),
    ({"y": 5, "x": 5}, (5, 5), None, None, ["y", "dim_1"]),
    ({"latitude": 5, "longitude": 5}, (5, 5, 5), None, None, ["latitude", "dim_1", "dim_2"]),
    ({"latitude": 5, "depth": 5}, (5, 5), None, None, ["latitude", "depth"]),
    ({"depth": 5, "time": 5, "x": 5}, (5, 5, 5), None, None, ["depth", "time", "x"]),
    ({"latitude": 5, "longitude": 5}, (5,), None, None, ["latitude"]),
    # A hint that names one of them decides.
    (
        {"latitude": 5, "longitude": 5},
        (5, 5),
        ["longitude", "latitude"],
        None,
        ["longitude", "latitude"],
    ),
    (
        {"latitude": 5, "longitude": 5},
        (5, 5),
        None,
        ["longitude", "latitude"],
        ["longitude", "latitude"],
    ),
    (
        {"latitude": 5, "longitude": 5},
        (5, 5),
        ["a", "b"],
        ["longitude", "latitude"],
        ["longitude", "latitude"],
    ),
    (
        {"latitude": 5, "longitude": 5},
        (5, 5),
        ["Lon", "lat"],
        None,
        ["longitude", "latitude"],
    ),
    ({"latitude": 5, "longitude": 5}, (5, 5), ["a", "b"], None, ["latitude", "b"]),
    ({"latitude": 5, "depth": 5}, (5, 5), ["depth", "latitude"], None, ["depth", "latitude"]),
    # Size outranks hints, hints are per axis.
    ({"latitude": 1}, (1, 4, 1), None, None, ["latitude", "dim_1", "dim_2"]),
    ({"latitude": 5}, (5, 7), ["row", "col"], None, ["latitude", "col"]),
    ({"latitude": 5}, (5, 5), ["r", "latitude"], None, ["latitude", "dim_1"]),
    ({"latitude": 5}, (5, 5), ["r", "latitude"], ["p", "q"], ["latitude", "q"]),
    ({}, (5, 4), ["a", "b"], ["p", "q"], ["a", "b"]),
    # A message's hint.
    ({}, (5, 4), None, ["p", "q"], ["p", "q"]),
    ({}, (5,), None, ["p", "q"], ["dim_0"]),
    ({}, (5, 4), None, {5: "p", 4: "q"}, ["p", "q"]),
    ({}, (5, 4), None, {"5": "p", "4": "q"}, ["p", "q"]),
    ({}, (5,), None, {5: "p", 4: "q"}, ["p"]),
    ({}, (5, 4), None, {5: "p", 4: "p"}, ["p", "dim_1"]),
    ({}, (5, 5), None, {5: "p"}, ["p", "dim_1"]),
    ({}, (5, 4), None, ["p", "p"], ["p", "dim_1"]),
    ({}, (5, 4), None, ["", "q"], ["dim_0", "q"]),
    ({}, (5, 4), None, "pq", ["dim_0", "dim_1"]),
    ({}, (), None, None, []),
    ({}, (3, 0, 2), None, None, ["dim_0", "dim_1", "dim_2"]),
]


@pytest.mark.parametrize(("sizes", "shape", "own", "message", "dims"), DIMS)
def test_dimensions_of_an_object(sizes, shape, own, message, dims):
    resolved = resolve_dims_for_axes(
        shape,
        user_dim_names=None,
        coord_dim_sizes=sizes,
        per_object_meta={"dim_names": own},
        extra_dim_names_hint=message,
    )
    generic = {f"dim_{axis}" for axis in range(len(shape))}
    assert resolved == [(name, name in generic) for name in dims]


def test_the_callers_names_outrank_all():
    resolved = resolve_dims_for_axes(
        (5, 4),
        user_dim_names=["p", "q"],
        coord_dim_sizes={"latitude": 5},
        per_object_meta={"dim_names": ["a", "b"]},
        extra_dim_names_hint=["c", "d"],
    )
    assert resolved == [("p", False), ("q", False)]


def test_structural_keys():
    meta = {"units": "K", "dim_names": ["a"], "nested": {"dim_names": ["b"]}}
    assert strip_structural_keys(meta) == {"units": "K", "nested": {"dim_names": ["b"]}}
