"""One message as a dataset: dimensions, coordinates, names, attributes, encoding."""

import logging
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named, zeros

from tensogram_xarray.store import (
    TensogramDataStore,
    _DataVarPlan,
    _disambiguate_fallback_dims,
    _to_numpy_dtype,
)


@pytest.fixture
def opened(tmp_path):
    """Opens a message of the given objects."""

    def open_message(*items, extra=None, hash="xxh3", **options):
        path = tgm.write(tmp_path / "a.tgm", tgm.message(*items, hash=hash, **(extra or {})))
        return xr.open_dataset(path, engine="tensogram", **options)

    return open_message


def data_dims(dataset: xr.Dataset) -> list[tuple]:
    return [variable.dims for variable in dataset.data_vars.values()]


def warnings(log) -> list[str]:
    return [r.getMessage() for r in log.records if r.levelno >= logging.WARNING]


LAT5, LON5, LON4, LON8 = (
    coordinate("lat", 5),
    coordinate("lon", 5),
    coordinate("lon", 4),
    coordinate("lon", 8),
)

# coordinates, data, hints of the message, arguments, dimensions, number of warnings
VECTORS = [
    ([], [zeros("a", 6, 10)], None, {}, [("dim_0", "dim_1")], 0),
    ([LAT5, LON8], [zeros("a", 5, 8)], None, {}, [("latitude", "longitude")], 0),
    (
        [coordinate("lat", 3), coordinate("lon", 4), coordinate("time", 2)],
        [zeros("a", 2, 3, 4)],
        None,
        {},
        [("time", "latitude", "longitude")],
        0,
    ),
    ([LAT5], [zeros("a", 5, 5)], None, {}, [("latitude", "dim_1")], 0),
    ([LAT5, LON5], [zeros("a", 5, 5)], None, {}, [("latitude", "dim_1")], 0),
    ([LON5, LAT5], [zeros("a", 5, 5)], None, {}, [("longitude", "dim_1")], 0),
    ([LAT5, coordinate("depth", 5)], [zeros("a", 5, 5)], None, {}, [("latitude", "depth")], 0),
    ([LAT5, LON5], [zeros("a", 5)], None, {}, [("latitude",)], 0),
    ([coordinate("lat", 1)], [zeros("a", 1, 4, 1)], None, {}, [("latitude", "dim_1", "dim_2")], 0),
    (
        [LAT5],
        [zeros("a", 5, 5, dim_names=["r", "latitude"])],
        None,
        {},
        [("latitude", "dim_1")],
        0,
    ),
    (
        [LAT5],
        [zeros("a", 5, 5, dim_names=["r", "latitude"])],
        ["p", "q"],
        {},
        [("latitude", "q")],
        0,
    ),
    ([], [zeros("a", 5, 4), zeros("b", 5)], ["p", "q"], {}, [("p", "q"), ("dim_0",)], 0),
    ([], [zeros("a", 5, 4), zeros("b", 5)], {"5": "p", "4": "q"}, {}, [("p", "q"), ("p",)], 0),
    ([], [zeros("a", 5, 4)], {"5": "p", "4": "p"}, {}, [("p", "dim_1")], 0),
    (
        [],
        [zeros("a", 5), zeros("b", 4)],
        {"5": "p", "4": "p"},
        {},
        [("obj_0_dim_0",), ("obj_1_dim_0",)],
        1,
    ),
    (
        [],
        [zeros("a", 4, 9), zeros("b", 7, 9), zeros("c", 9)],
        None,
        {},
        [("obj_0_dim_0", "dim_1"), ("obj_1_dim_0", "dim_1"), ("obj_2_dim_0",)],
        0,
    ),
    (
        [],
        [zeros("a", 4, dim_names=["dim_0"]), zeros("b", 4)],
        None,
        {},
        [("dim_0",), ("dim_0",)],
        0,
    ),
    (
        [coordinate("lat", 4)],
        [zeros("a", 4), zeros("b", 7, dim_names=["latitude"])],
        None,
        {},
        [("latitude",), ("obj_2_dim_0",)],
        1,
    ),
    (
        [LAT5, LON4],
        [zeros("a", 5, 4)],
        None,
        {"dim_names": ["longitude", "latitude"]},
        [("obj_2_dim_0", "obj_2_dim_1")],
        2,
    ),
    ([], [zeros("a")], None, {}, [()], 0),
    ([], [zeros("a", 3, 0, 2)], None, {}, [("dim_0", "dim_1", "dim_2")], 0),
    # The caller disambiguates equal sizes.
    (
        [LAT5, LON5],
        [zeros("a", 5, 5)],
        None,
        {"dim_names": ["latitude", "longitude"]},
        [("latitude", "longitude")],
        0,
    ),
    # A generic name that a hint took already.
    ([], [zeros("a", 5, 5)], {"5": "dim_1"}, {}, [("dim_1", "obj_0_dim_1")], 0),
    # The name of a scalar is no dimension, nor is what a dimension would be renamed to.
    (
        [],
        [zeros("a", 2), zeros("b", 3), zeros("obj_0_dim_0")],
        None,
        {},
        [("obj_0_dim_0_1",), ("obj_1_dim_0",), ()],
        0,
    ),
    ([], [zeros("p"), zeros("a", 3, dim_names=["p"])], None, {}, [(), ("obj_1_dim_0",)], 1),
]


@pytest.mark.parametrize(("coords", "data", "hint", "options", "dims", "warned"), VECTORS)
def test_dimensions(opened, log, coords, data, hint, options, dims, warned):
    extra = {} if hint is None else {"dim_names": hint}
    dataset = opened(*coords, *data, extra=extra, **options)
    assert data_dims(dataset) == dims
    assert len(warnings(log)) == warned
    dataset.load()
    assert set(dataset.coords) == {
        {"lat": "latitude", "lon": "longitude"}.get(c.base["name"], c.base["name"]) for c in coords
    }


def test_a_conflict_is_one_warning_with_name_and_sizes(opened, log):
    opened(zeros("a", 5), zeros("b", 4), zeros("c", 4), extra={"dim_names": {"5": "p", "4": "p"}})
    (record,) = [r for r in log.records if r.levelno == logging.WARNING]
    assert record.name == "tensogram_xarray.store"
    assert "'p'" in record.getMessage()
    assert "[4, 5]" in record.getMessage()


def test_a_dropped_variable_is_in_nobodys_way(opened, log):
    items = [zeros("a", 5), zeros("b", 4, 4)]
    assert opened(*items, drop_variables=["b"])["a"].dims == ("dim_0",)
    assert opened(*items, drop_variables="b", dim_names=["p"])["a"].dims == ("p",)
    assert not warnings(log)


# Coordinates


def test_dimension_coordinates(opened):
    values = np.array([3.0, 1.0, 2.0])
    dataset = opened(
        named("LAT", values, {"units": "degrees_north", "dim_names": ["lat"]}),
        zeros("t", 3, 4),
    )
    latitude = dataset.coords["latitude"]
    assert latitude.dims == ("latitude",)
    assert latitude.attrs == {"name": "LAT", "units": "degrees_north"}
    assert np.array_equal(latitude, values)
    assert "latitude" in dataset.indexes
    assert dataset["t"].sel(latitude=1.0).shape == (4,)


def test_curvilinear_coordinates(opened):
    grid = tgm.field(5, 7)
    dataset = opened(named("lat", grid), named("lon", grid + 1), zeros("t", 5, 7))
    assert set(dataset.coords) == {"latitude", "longitude"}
    assert dataset["latitude"].dims == dataset["longitude"].dims == dataset["t"].dims
    assert dataset["t"].dims == ("dim_0", "dim_1")
    assert not dataset.indexes
    assert np.array_equal(dataset["longitude"], grid + 1)


@pytest.mark.parametrize("options", [{}, {"dim_names": ["y", "x"]}])
def test_curvilinear_coordinates_share_the_dimensions_of_data(opened, options):
    hint = {"dim_names": ["latitude", "longitude"]}
    items = [zeros(name, 5, 7, **hint) for name in ("lat", "lon", "t")]
    dataset = opened(*items, **options)
    expected = tuple(options.get("dim_names", ["dim_0", "dim_1"]))
    assert {variable.dims for variable in dataset.variables.values()} == {expected}


def test_scalar_coordinates(opened, log):
    dataset = opened(named("time", np.int64(12)), zeros("t", 3, dim_names=["time"]))
    assert dataset.coords["time"].shape == ()
    assert dataset.coords["time"] == 12
    assert dataset["t"].dims == ("dim_0",)


def test_coordinates_of_stations(opened):
    station = {"dim_names": ["station"]}
    dataset = opened(coordinate("lat", 4, **station), coordinate("lon", 4, **station), zeros("t", 3, 4))
    assert dataset["latitude"].dims == dataset["longitude"].dims == ("station",)
    assert dataset["t"].dims == ("dim_0", "station")
    assert set(dataset["t"].coords) == {"latitude", "longitude"}
    assert not dataset.indexes


def test_a_second_coordinate_of_one_name_is_data(opened, log):
    dataset = opened(named("lat", [1.0, 2.0]), named("latitude", [3.0, 4.0, 5.0]), zeros("t", 2))
    assert np.array_equal(dataset.coords["latitude"], [1, 2])
    assert np.array_equal(dataset["latitude_1"], [3, 4, 5])
    assert dataset["t"].dims == ("latitude",)
    assert any("'latitude'" in text and "0 and 1" in text for text in warnings(log))


def test_a_variable_with_the_name_of_a_coordinate(opened, log):
    dataset = opened(coordinate("lat", 3), zeros("a", 3, long="latitude"), variable_key="long")
    assert list(dataset.data_vars) == ["latitude_1"]
    assert len(warnings(log)) == 1


def test_a_coordinate_without_elements(opened):
    dataset = opened(coordinate("lat", 0), zeros("t", 0, 4))
    assert dataset["t"].dims == ("latitude", "dim_1")
    assert dataset["t"].load().shape == (0, 4)


def test_dropped_coordinates_leave_their_dimension(opened):
    dataset = opened(coordinate("lat", 3), zeros("t", 3), drop_variables=["latitude"])
    assert not dataset.coords
    assert dataset["t"].dims == ("latitude",)


def test_a_variable_along_its_own_name_is_a_dimension_coordinate(opened):
    dataset = opened(named("nx", [4.0, 2.0], {"dim_names": ["nx"]}), zeros("t", 2, dim_names=["nx"]))
    assert "nx" in dataset.indexes
    assert list(dataset.data_vars) == ["t"]


# Names


def test_names_in_object_order(opened):
    dataset = opened(zeros("b", 2), coordinate("lat", 3), tgm.item(np.zeros(2)), zeros("a", 2))
    assert list(dataset.data_vars) == ["b", "object_2", "a"]


def test_equal_names_are_told_apart(opened, log):
    dataset = opened(*(named(name, float(i)) for i, name in enumerate(["t", "t", "t_1", "t"])))
    assert {name: float(v) for name, v in dataset.items()} == {"t": 0, "t_2": 1, "t_1": 2, "t_3": 3}
    (record,) = [r for r in log.records if r.levelno == logging.WARNING]
    assert record.name == "tensogram_xarray.store"
    assert "'t'" in record.getMessage()
    assert "3 variables" in record.getMessage()


def test_a_given_generic_name(opened):
    dataset = opened(named("object_1", [0.0]), tgm.item([1.0]))
    assert list(dataset.data_vars) == ["object_1", "object_1_1"]


@pytest.mark.parametrize(
    ("key", "names"),
    [("mars.param", ["2t", "10u"]), ("absent", ["a", "b"]), (None, ["a", "b"])],
)
def test_variable_key(opened, key, names):
    items = [zeros(name, 2, mars={"param": param, "levtype": "sfc"}) for name, param in (("a", "2t"), ("b", "10u"))]
    dataset = opened(*items, variable_key=key)
    assert list(dataset.data_vars) == names
    assert dataset[names[0]].attrs["mars"] == {"param": "2t", "levtype": "sfc"}


# Attributes and encoding


@pytest.mark.filterwarnings("ignore:.*descriptor:UserWarning")
def test_attributes(opened):
    mars = {"class": "od", "nested": {"deep": [1, 2]}}
    plain = zeros("t", 2, units="K", none=None, flag=True, dim_names=["x1"], mars=mars)
    dataset = opened(
        plain._replace(descriptor=plain.descriptor | {"units": "hidden", "scale": 2}),
        extra={"title": "test", "dim_names": ["p"], "nested": {"a": None}, "version": 7},
    )
    assert dataset.attrs == {
        "title": "test",
        "nested": {"a": None},
        "version": 7,
        "tensogram_wire_version": 3,
    }
    assert list(dataset["t"].attrs.items()) == [
        ("flag", True),
        ("mars", mars),
        ("name", "t"),
        ("none", None),
        ("units", "K"),
        ("scale", 2),
    ]


def test_the_wire_version_is_not_the_users(opened):
    assert opened(extra={"tensogram_wire_version": 99}).attrs == {"tensogram_wire_version": 3}


@pytest.mark.filterwarnings("ignore:.*descriptor:UserWarning")
def test_metadata_of_base_hides_the_descriptors_as_a_whole(opened):
    item = zeros("t", 2, mars={"levtype": "sfc"})
    item.descriptor["mars"] = {"param": "2t"}
    assert opened(item)["t"].attrs["mars"] == {"levtype": "sfc"}


def test_each_variable_owns_its_attributes(opened):
    dataset = opened(zeros("a", 2, units="K"), zeros("b", 2, units="K"))
    dataset["a"].attrs["units"] = "C"
    assert dataset["b"].attrs["units"] == "K"


@pytest.mark.parametrize("pipeline", tgm.PIPELINES)
def test_codec_parameters_are_encoding(opened, pipeline):
    keys, in_parts = tgm.PIPELINES[pipeline]
    dataset = opened(named("t", tgm.field(16, 20), **keys))
    assert dataset["t"].attrs == {"name": "t"}
    encoding = dataset["t"].encoding
    assert encoding["encoding"] == keys["encoding"]
    assert encoding["filter"] == keys["filter"]
    assert encoding["codec"] == keys["compression"]
    assert encoding["byte_order"] == "little"
    assert encoding["dtype"] == np.float64
    assert encoding["original_shape"] == (16, 20)
    assert encoding["source"] == dataset.encoding["source"]
    assert encoding.items() >= {k: v for k, v in keys.items() if "_" in k}.items()
    assert "szip_block_offsets" not in encoding
    whole = None if in_parts else {"dim_0": 16, "dim_1": 20}
    assert encoding.get("preferred_chunks") == whole


def test_parameters_of_other_codecs_are_attributes(opened):
    item = zeros("t", 2, zstd_level=3)
    item.descriptor["zfp_rate"] = 8
    assert opened(item)["t"].attrs == {"name": "t", "zstd_level": 3, "zfp_rate": 8}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, name) for name in ["float16", "float32", "float64", "complex64", "complex128"]]
    + [(f"{sign}int{bits}", f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]
    + [("Float32", "float32"), ("f4", "float32"), ("bitmask", "bool")],
)
def test_dtypes(name, dtype):
    assert _to_numpy_dtype(name) == np.dtype(dtype)


def test_bfloat16_with_and_without_ml_dtypes(monkeypatch):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    assert _to_numpy_dtype("bfloat16") == ml_dtypes.bfloat16
    monkeypatch.setitem(__import__("sys").modules, "ml_dtypes", None)
    assert _to_numpy_dtype("bfloat16") == np.uint16


def test_an_unsupported_dtype():
    with pytest.raises(TypeError, match="unsupported tensogram dtype 'float128x'"):
        _to_numpy_dtype("float128x")


# The store itself


def test_metadata_are_fetched_once(tmp_path):
    """The core builds a new list at every look: object by object that would be quadratic."""
    store = TensogramDataStore(tgm.write(tmp_path / "a.tgm", tgm.message(zeros("a", 2), zeros("b", 2))))
    assert store._meta.base is store._meta.base
    assert store._meta.extra is store._meta.extra
    assert store._descriptors[0].params is store._descriptors[0].params


def test_a_store_builds_a_dataset_with_indexes(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(coordinate("lat", 3), zeros("t", 3)))
    store = TensogramDataStore(path, 0, None, None)
    dataset = store.build_dataset()
    assert "latitude" in dataset.indexes
    assert list(store.build_dataset(drop_variables=["t"]).data_vars) == []
    store.close()
    store.close()
    assert dataset["t"].load().shape == (3,)


@pytest.mark.parametrize("base", [[], None, [None, None], ["x", 3]])
def test_metadata_that_are_too_short(tmp_path, log, base):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(zeros("t", 3), zeros("u", 3)))
    store = TensogramDataStore(path)
    store._meta = SimpleNamespace(base=base, extra={}, version=3)
    assert list(store.build_dataset().data_vars) == ["object_0", "object_1"]
    if not base:
        assert "meta.base has 0 entries but object index 0" in log.text


def test_per_object_metadata(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(zeros("t", 3)))
    store = TensogramDataStore(path)
    store._meta = SimpleNamespace(base=[{"name": "x", "_reserved_": 1}], extra={}, version=3)
    for params, merged in [
        ({"units": "K", "name": "y"}, {"name": "x", "units": "K"}),
        (None, {"name": "x"}),
        ("text", {"name": "x"}),
    ]:
        assert store._get_per_object_meta(0, SimpleNamespace(params=params)) == merged


def test_conflicting_dimensions_of_plans(log):
    def plan(index, shape, *dims):
        return _DataVarPlan(index, f"v{index}", shape, list(dims), None, {})

    plans = [plan(0, (5,), ("p", False)), plan(3, (4, 7), ("p", False), ("dim_1", True))]
    assert _disambiguate_fallback_dims(plans, {}) == [("obj_0_dim_0",), ("obj_3_dim_0", "dim_1")]
    assert _disambiguate_fallback_dims(plans, {"p": 4}) == [("obj_0_dim_0",), ("p", "dim_1")]
    assert _disambiguate_fallback_dims([], {"p": 4}) == []


def test_building_from_many_threads(tmp_path):
    path = tgm.write(tmp_path / "a.tgm", tgm.message(coordinate("lat", 3), zeros("t", 3, 4)))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(TensogramDataStore(path).build_dataset().load())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(dataset.identical(found[0]) for dataset in found)
