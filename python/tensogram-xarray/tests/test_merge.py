"""All messages of a file as datasets."""

import logging
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, item, named, zeros

from tensogram_xarray import open_datasets
from tensogram_xarray.merge import _build_dataset_from_group
from tensogram_xarray.scanner import scan_file

SHAPE = (3, 4)


@pytest.fixture
def file(tmp_path):
    return lambda *messages: tgm.write(tmp_path / "a.tgm", *messages)


def valued(number: float, base: dict | None = None, shape=SHAPE, **keys) -> tgm.Item:
    """An object all of whose elements are the number."""
    return item(np.full(shape, number), base, **keys)


def warnings(log) -> list[str]:
    merging = [r for r in log.records if r.name == "tensogram_xarray.merge"]
    return [r.getMessage() for r in merging if r.levelno == logging.WARNING]


PARAMS = [("2t", "d1"), ("2t", "d2"), ("10u", "d1"), ("10u", "d2")]


def fields(nested: bool = False) -> list[bytes]:
    """Two parameters on two dates, numbered 0 to 3."""
    metas = [{"param": param, "date": date} for param, date in PARAMS]
    return [tgm.message(valued(i, {"mars": meta} if nested else meta)) for i, meta in enumerate(metas)]


# Vectors


@pytest.mark.parametrize("key", ["param", None])
def test_parameters_by_dates(file, key):
    (dataset,) = open_datasets(file(*fields()), variable_key=key)
    assert list(dataset.data_vars) == ["2t", "10u"]
    assert dataset["2t"].dims == ("date", "dim_0", "dim_1")
    assert dataset["date"].values.tolist() == ["d1", "d2"]
    assert dataset["date"].attrs == {}
    assert dataset["10u"].sel(date="d2").values.tolist() == np.full(SHAPE, 3).tolist()


@pytest.mark.parametrize("key", ["mars.param", None])
def test_nested_keys_are_dotted(file, key):
    (dataset,) = open_datasets(file(*fields(nested=True)), variable_key=key)
    assert list(dataset.data_vars) == ["2t", "10u"]
    assert dataset["2t"].dims == ("mars.date", "dim_0", "dim_1")
    assert dataset["2t"].shape == (2, 3, 4)
    assert dataset["mars.date"].values.tolist() == ["d1", "d2"]
    assert dataset["2t"].attrs == {"mars": {"param": "2t"}}


def test_twenty_steps(file):
    messages = [tgm.message(valued(step, {"name": "temp", "step": step})) for step in range(20)]
    (dataset,) = open_datasets(file(*messages))
    assert dataset["temp"].dims == ("step", "dim_0", "dim_1")
    assert dataset["step"].dtype == np.int64
    assert np.array_equal(dataset["temp"][:, 0, 0], np.arange(20))


def test_names_and_shapes(file):
    messages = [
        tgm.message(zeros("temp", 3, 4)),
        tgm.message(zeros("wind", 3, 4)),
        tgm.message(named("counts", np.arange(5, dtype=np.int32))),
    ]
    first, second = open_datasets(file(*messages))
    assert {name: v.dims for name, v in first.items()} == {
        "temp": ("dim_0", "dim_1"),
        "wind": ("dim_0", "dim_1"),
    }
    assert {name: v.dims for name, v in second.items()} == {"counts": ("dim_0",)}


@pytest.mark.parametrize("key", [None, "k3"])
def test_an_incomplete_grid(file, log, key):
    keys = [("a", 1), ("a", 2), ("b", 1)]
    messages = [tgm.message(valued(i, {"k1": a, "k2": b})) for i, (a, b) in enumerate(keys)]
    (dataset,) = open_datasets(file(*messages), variable_key=key)
    assert list(dataset.data_vars) == ["object_0", "object_0_1", "object_0_2"]
    for number, (name, (a, b)) in enumerate(zip(dataset, keys, strict=True)):
        assert dataset[name].attrs == {"k1": a, "k2": b}
        assert np.array_equal(dataset[name], np.full(SHAPE, number))
    (text,) = warnings(log)
    assert "cannot form a hypercube" in text
    assert "'object_0'" in text


def test_message_annotations_vary_too(file):
    messages = [tgm.message(valued(i, {"name": "t"}), exp=exp) for i, exp in enumerate("ab")]
    (dataset,) = open_datasets(file(*messages))
    assert dataset["t"].dims == ("exp", "dim_0", "dim_1")


def test_scalars(file):
    messages = [tgm.message(valued(step, {"name": "s", "step": step}, ())) for step in (0, 1)]
    (dataset,) = open_datasets(file(*messages))
    assert dataset["s"].dims == ("step",)
    assert np.array_equal(dataset["s"], [0, 1])


def test_element_types_apart(file):
    path = file(*(tgm.message(named("t", np.zeros(SHAPE, d))) for d in ("float32", "float64")))
    assert [ds["t"].dtype for ds in open_datasets(path)] == [np.float32, np.float64]


# Files without objects, coordinates


@pytest.mark.parametrize("messages", [[], [b"junk"], [tgm.message(), tgm.message(a=1)]])
def test_no_objects(file, messages):
    path = file(*messages)
    assert open_datasets(path) == []
    assert not xr.open_dataset(path, engine="tensogram", merge_objects=True).variables


def test_the_attributes_of_a_message_without_objects(file):
    dataset = xr.open_dataset(file(tgm.message(a=1)), engine="tensogram", merge_objects=True)
    assert dataset.attrs == {"a": 1, "tensogram_wire_version": 3}


def test_a_missing_file():
    with pytest.raises(FileNotFoundError, match=r"gone\.tgm"):
        open_datasets("/gone.tgm")


def test_coordinates_are_in_every_dataset(file):
    messages = [
        tgm.message(coordinate("lat", 3, units="deg"), zeros("a", 3, 4)),
        tgm.message(coordinate("lat", 3), coordinate("level", 9), zeros("b", 5)),
    ]
    datasets = open_datasets(file(*messages))
    assert [set(dataset.coords) for dataset in datasets] == [{"latitude", "level"}] * 2
    assert datasets[0]["a"].dims == ("latitude", "dim_1")
    assert datasets[1]["latitude"].attrs == {"name": "lat", "units": "deg"}
    assert all("latitude" in dataset.indexes for dataset in datasets)


def test_only_coordinates(file):
    path = file(tgm.message(coordinate("lat", 3)), tgm.message(coordinate("lon", 4)))
    (dataset,) = open_datasets(path)
    assert set(dataset.variables) == {"latitude", "longitude"}
    assert dataset.attrs == {"source": path}


def test_coordinates_of_two_shapes(file):
    path = file(tgm.message(coordinate("lat", 3)), tgm.message(zeros("a", 2), coordinate("lat", 4)))
    with pytest.raises(ValueError, match="coordinate 'latitude' has conflicting shapes") as error:
        open_datasets(path)
    for part in ("(3,)", "(4,)", "message 0 object 0", "message 1 object 1", path):
        assert part in str(error.value)


def test_curvilinear_scalar_and_station_coordinates(file):
    (dataset,) = open_datasets(
        file(
            tgm.message(
                named("lat", tgm.field(3, 4)),
                named("time", np.float64(6)),
                coordinate("height", 4, dim_names=["station"]),
                valued(1, {"name": "t"}),
            )
        )
    )
    assert dataset["latitude"].dims == ("dim_0", "station")
    assert dataset["time"].shape == ()
    assert dataset["height"].dims == ("station",)
    assert dataset["t"].dims == ("dim_0", "station")


def test_names_and_coordinates_are_not_taken_from_message_annotations(file):
    path = file(*(tgm.message(valued(i, {"step": i}), name="time") for i in range(2)))
    (dataset,) = open_datasets(path)
    assert list(dataset.data_vars) == ["object_0"]
    assert dataset.attrs["name"] == "time"


# Hypercubes


def test_values_stand_in_order_of_appearance(file):
    messages = [tgm.message(valued(d, {"name": "t", "date": d})) for d in (3, 1, 2)]
    (dataset,) = open_datasets(file(*messages))
    assert dataset["date"].values.tolist() == [3, 1, 2]
    assert np.array_equal(dataset["t"][:, 0, 0], [3, 1, 2])


def test_outer_dimensions_are_sorted_by_name(file):
    metas = [{"name": "t", "step": s, "date": d} for s in (0, 6, 12) for d in (1, 2)]
    messages = [tgm.message(valued(i, meta)) for i, meta in enumerate(metas)]
    (dataset,) = open_datasets(file(*messages))
    assert dataset["t"].dims == ("date", "step", "dim_0", "dim_1")
    assert dataset["t"].sel(date=2, step=6)[0, 0] == 3


def test_keys_in_step_are_one_dimension(file):
    metas = [{"name": "t", "date": d, "label": f"L{d}"} for d in (1, 2)]
    (dataset,) = open_datasets(file(*(tgm.message(valued(0, meta)) for meta in metas)))
    assert dataset["t"].dims == ("date", "dim_0", "dim_1")
    assert dataset["label"].dims == ("date",)
    assert dataset["label"].values.tolist() == ["L1", "L2"]


@pytest.mark.parametrize("key", [None, "name"])
def test_a_hole_hidden_by_a_duplicate(file, key):
    cells = [("a", 1), ("a", 2), ("b", 1), ("a", 1)]
    path = file(*(tgm.message(valued(0, {"name": "t", "p": p, "q": q})) for p, q in cells))
    with pytest.raises(ValueError, match="hypercube has a missing entry") as error:
        open_datasets(path, variable_key=key)
    assert "p='b', q=2" in str(error.value)
    assert path in str(error.value)


@pytest.mark.parametrize("dates", [[3, 4], [1, 2, 3]])
def test_variables_whose_outer_values_differ_are_in_datasets_of_their_own(file, dates):
    messages = [tgm.message(valued(d, {"name": "2t", "date": d})) for d in (1, 2)]
    messages += [tgm.message(valued(d, {"name": "10u", "date": d})) for d in dates]
    datasets = open_datasets(file(*messages))
    assert [list(dataset.data_vars) for dataset in datasets] == [["2t"], ["10u"]]
    assert [ds["date"].values.tolist() for ds in datasets] == [[1, 2], dates]


def test_equal_outer_values_in_another_order_are_the_same(file):
    messages = [tgm.message(valued(d, {"name": "2t", "date": d})) for d in (1, 2)]
    messages += [tgm.message(valued(d, {"name": "10u", "date": d})) for d in (2, 1)]
    (dataset,) = open_datasets(file(*messages))
    assert dataset["10u"].sel(date=2)[0, 0] == 2
    assert dataset["2t"].sel(date=2)[0, 0] == 2


@pytest.mark.parametrize(
    ("coords", "name", "key"),
    [([coordinate("step", 7)], "t", "step"), ([], "step1", "step1"), ([], "t", "dim_0")],
)
def test_an_outer_key_whose_name_is_in_use(file, log, coords, name, key):
    metas = [{"title": name, key: i} for i in range(2)]
    messages = [tgm.message(*coords, valued(i, meta)) for i, meta in enumerate(metas)]
    (dataset,) = open_datasets(file(*messages), variable_key="title")
    assert dataset[name].dims == (f"{key}_1", "dim_0", "dim_1")
    assert dataset[f"{key}_1"].values.tolist() == [0, 1]
    assert np.array_equal(dataset[name][:, 0, 0], [0, 1])
    assert len(warnings(log)) == 1


def test_one_object_of_a_name_has_no_outer_dimension(file):
    path = file(*fields()[:3])
    (dataset,) = open_datasets(path, variable_key="param")
    assert dataset["2t"].dims == ("date", "dim_0", "dim_1")
    assert dataset["10u"].dims == ("dim_0", "dim_1")
    assert dataset["10u"].attrs == {"param": "10u", "date": "d1"}


def test_a_scalar_with_the_name_of_a_dimension(file, log):
    station = coordinate("lat", 4, dim_names=["station"])
    (dataset,) = open_datasets(file(tgm.message(station, named("station", np.float64(7)))))
    assert dataset["latitude"].dims == ("station",)
    assert dataset["station_1"] == 7
    assert len(warnings(log)) == 1


# Inner dimensions


def hinted(*hints, key="own", shape=SHAPE) -> list[bytes]:
    """Messages of one variable, each with a hint of its own."""
    messages = []
    for step, hint in enumerate(hints):
        own = {"dim_names": hint} if hint is not None and key == "own" else {}
        extra = {"dim_names": hint} if hint is not None and key == "message" else {}
        messages.append(tgm.message(valued(0, {"name": "t", "step": step} | own, shape), **extra))
    return messages


@pytest.mark.parametrize("key", ["own", "message"])
@pytest.mark.parametrize(
    ("hints", "inner", "text"),
    [
        ([["p", "q"], ["p", "q"]], ("p", "q"), None),
        ([["p", "q"], None], ("p", "q"), None),
        ([["p", "q"], ["only"]], ("p", "q"), None),
        ([["p", "q"], ["q", "p"]], ("dim_0", "dim_1"), "inconsistent"),
    ],
)
def test_hints_on_which_objects_agree(file, log, key, hints, inner, text):
    (dataset,) = open_datasets(file(*hinted(*hints, key=key)))
    assert dataset["t"].dims == ("step", *inner)
    assert set(dataset.coords) == {"step"}
    assert "dim_names" not in dataset["t"].attrs | dataset.attrs
    expected = {"own": "inconsistent per-object dim_names", "message": "inconsistent _extra_"}
    found = warnings(log)
    assert len(found) == (text is not None)
    assert all(expected[key] in warning for warning in found)


@pytest.mark.parametrize("key", ["own", "message"])
def test_hints_that_conflict_with_a_coordinate(file, log, key):
    messages = hinted(["latitude", "q"], ["latitude", "q"], key=key)
    (dataset,) = open_datasets(file(tgm.message(coordinate("lat", 7)), *messages))
    assert dataset["t"].dims == ("step", "obj_0_dim_0", "q")
    (text,) = warnings(log)
    assert "conflicts with coord 'latitude'" in text


def test_the_callers_dim_names_name_inner_axes(file):
    path = file(*hinted(["p", "q"], None))
    (dataset,) = open_datasets(path, dim_names=(name for name in ["y", "x"]))
    assert dataset["t"].dims == ("step", "y", "x")
    with pytest.raises(ValueError, match="dim_names has 1 entries but tensor has 2 dimensions"):
        open_datasets(path, dim_names=["y"])


# What cannot be stacked


@pytest.mark.parametrize("key", [None, "name"])
def test_duplicates_are_all_kept(file, log, key):
    messages = [tgm.message(valued(i, {"name": "t", "units": "K"})) for i in range(3)]
    (dataset,) = open_datasets(file(*messages), variable_key=key)
    assert {name: float(v[0, 0]) for name, v in dataset.items()} == {"t": 0, "t_1": 1, "t_2": 2}
    (text,) = warnings(log)
    assert "3 duplicate objects" in text
    assert "'t'" in text


@pytest.mark.parametrize("name", ["packed", "packed+szip", "zfp fixed rate", "zstd"])
@pytest.mark.parametrize("key", [None, "param"])
@pytest.mark.parametrize("steps", [2, 4])
def test_codec_parameters_tell_nothing_apart(file, name, key, steps):
    keys, _ = tgm.PIPELINES[name]
    arrays = [tgm.field(8, 8) * 10**step + step for step in range(steps)]
    path = file(*(tgm.message(item(array, {"param": "t", "step": step}, **keys)) for step, array in enumerate(arrays)))
    (dataset,) = open_datasets(path, variable_key=key)
    assert list(dataset.data_vars) == ["t"]
    assert dataset["t"].dims == ("step", "dim_0", "dim_1")
    assert set(dataset.coords) == {"step"}
    for step in range(steps):
        alone = xr.open_dataset(path, engine="tensogram", message_index=step)["t"]
        assert np.array_equal(dataset["t"].sel(step=step), alone)
    assert "sp_reference_value" not in dataset["t"].encoding or name == "zfp fixed rate"


# Attributes, encoding, arguments


def test_attributes(file):
    metas = [{"name": n, "step": s, "units": u} for n, u in (("t", "K"), ("u", "m")) for s in (0, 1)]
    path = file(*(tgm.message(valued(0, m), title="x", dim_names=["p", "q"]) for m in metas))
    (dataset,) = open_datasets(path)
    assert dataset["t"].attrs == {"title": "x", "name": "t", "units": "K"}
    assert dataset["u"].attrs == {"title": "x", "name": "u", "units": "m"}
    assert dataset.attrs == {"title": "x", "tensogram_wire_version": 3}
    assert dataset.encoding["source"] == path


def test_attributes_of_one_object(file):
    (dataset,) = open_datasets(file(tgm.message(valued(0, {"name": "t"}), title="x")))
    assert dataset.attrs == {"title": "x", "tensogram_wire_version": 3}


def test_the_messages_of_a_stack_are_its_chunks(file):
    (dataset,) = open_datasets(file(*fields()))
    assert dataset["2t"].encoding["preferred_chunks"] == {"date": 1}
    opened = xr.open_dataset(file(*fields()), engine="tensogram", merge_objects=True, chunks={})
    assert opened["2t"].chunks == ((1, 1), (3,), (4,))
    compressed = [tgm.message(valued(0, {"step": i}, compression="zstd")) for i in range(2)]
    (dataset,) = open_datasets(file(*compressed))
    assert dataset["object_0"].encoding["preferred_chunks"] == {"step": 1, "dim_0": 3, "dim_1": 4}


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ({"date": 0}, 1),
        ({"date": -1, "dim_0": 1}, 1),
        ({"date": [1]}, 1),
        ({"date": slice(1, 2)}, 1),
        ({"date": slice(None, None, -1)}, 2),
        ({"date": slice(0, 0)}, 0),
        ({"dim_0": 0, "dim_1": 2}, 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("chunked", [False, True])
def test_selections_of_a_stack(file, reads, key, cells, chunked):
    options = {"chunks": {}} if chunked else {"cache": False}
    path = file(*fields())
    stack = xr.open_dataset(path, engine="tensogram", merge_objects=True, **options)["2t"]
    expected = stack.copy(data=np.stack([np.full(SHAPE, 0.0), np.full(SHAPE, 1.0)]))
    selected = stack.isel(key).compute(scheduler="synchronous")
    assert selected.identical(expected.isel(key))
    assert len(reads) == cells


@pytest.mark.parametrize("drop", ["10u", ["10u", "unknown"]])
def test_dropping_variables(file, drop):
    path = file(*fields(), tgm.message(coordinate("lat", 5)))
    for dataset in (
        open_datasets(path, drop_variables=drop)[0],
        xr.open_dataset(path, engine="tensogram", merge_objects=True, drop_variables=drop),
    ):
        assert set(dataset.variables) == {"2t", "date", "latitude"}
    (dataset,) = open_datasets(path, drop_variables=["latitude", "10u"])
    assert set(dataset.variables) == {"2t", "date"}


def test_merge_objects_returns_the_first_and_tells_of_the_rest(file, log):
    path = file(*(tgm.message(zeros("t", n)) for n in (2, 3, 4)))
    dataset = xr.open_dataset(path, engine="tensogram", merge_objects=True, message_index=1)
    assert dataset["t"].shape == (2,)
    (text,) = warnings(log)
    assert "2 are left out" in text


def test_paths(file, monkeypatch):
    path = Path(file(*fields()))
    monkeypatch.chdir(path.parent)
    for given in (path, path.name, f"file://{path}"):
        assert open_datasets(given)[0].encoding["source"] == str(path)


def test_datasets_travel(file):
    for dataset in open_datasets(file(*fields())):
        restored = pickle.loads(pickle.dumps(dataset))
        assert restored.load().identical(dataset.load())


def test_closing_one_dataset_leaves_its_siblings(file):
    path = file(*(tgm.message(named("t", np.arange(n))) for n in (2, 3)))
    first, second = open_datasets(path)
    first.close()
    assert np.array_equal(second["t"], [0, 1, 2])
    assert np.array_equal(first["t"], [0, 1])


def test_building_from_a_group(file):
    lock = threading.Lock()
    assert _build_dataset_from_group([], "a.tgm", {}, None, None, lock) is None
    path = file(*fields())
    coords = {"longitude": xr.Variable("longitude", np.arange(4))}
    dataset = _build_dataset_from_group(scan_file(path).objects, path, coords, None, None, lock)
    assert dataset["2t"].dims == ("date", "dim_0", "longitude")
    assert "longitude" in dataset.indexes


def test_opening_reads_no_data(file, reads):
    messages = [tgm.message(coordinate("lat", 3), valued(i, {"step": i})) for i in range(3)]
    open_datasets(file(*messages))
    assert reads == [("whole", 0, 0)]
    reads.clear()
    options = {"merge_objects": True, "create_default_indexes": False}
    xr.open_dataset(file(*messages), engine="tensogram", **options)
    assert reads == []


class TestCoordinatesThatComeAgain:
    """The first of each stands for all; where later ones are not the same, a warning says so."""

    def messages(self, *values, **options):
        return [
            tgm.message(named("lat", np.array(v, np.float64)), named("t", tgm.field(3) + i, {"step": i}), **options)
            for i, v in enumerate(values)
        ]

    def test_the_same(self, tmp_path, log):
        path = tgm.write(tmp_path / "a.tgm", *self.messages([1, 2, 3], [1, 2, 3]))
        open_datasets(path)
        assert "other content" not in log.text

    def test_others(self, tmp_path, log, reads):
        path = tgm.write(tmp_path / "a.tgm", *self.messages([1, 2, 3], [1, 2, 3], *[[1, 2, 4]] * 7))
        (dataset,) = open_datasets(path)
        assert dataset["latitude"].values.tolist() == [1, 2, 3]
        (warning,) = [record for record in log.records if record.levelname == "WARNING"]
        assert warning.name == "tensogram_xarray.merge"
        assert warning.getMessage() == (
            f"coordinate 'latitude' of {path} has other content in 7 of 9 messages (2, 3, 4, 5, 6, …) "
            "than in message 0, which is taken"
        )
        assert {(message, obj) for _, message, obj in reads} == {(0, 0)}

    def test_without_hashes(self, tmp_path, log):
        path = tgm.write(tmp_path / "a.tgm", *self.messages([1, 2, 3], [1, 2, 4], hash=None))
        open_datasets(path)
        assert "other content" not in log.text
