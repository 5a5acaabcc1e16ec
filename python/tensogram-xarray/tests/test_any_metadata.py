"""Whatever metadata say, a file opens, and every object is there with its values."""

import numpy as np
import pytest
import tgm
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tensogram_xarray import open_datasets

NAMES = ["a", "b", "lat", "LON", "time", "x", "dim_0", "dim_1", "obj_0_dim_0", "latitude", "a_1", ""]
name = st.sampled_from(NAMES)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=True) | name,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(name, inner, max_size=3),
    max_leaves=5,
)
shapes = st.lists(st.integers(0, 3), max_size=3)
hints = st.lists(name, max_size=3) | st.dictionaries(st.sampled_from("0123x"), name, max_size=3) | anything
metadata = st.fixed_dictionaries(
    {},
    optional={
        "name": name | anything,
        "param": anything,
        "mars": anything | st.fixed_dictionaries({"param": name, "date": st.integers(1, 2)}),
        "dim_names": hints,
        "date": st.integers(1, 2),
        "step": st.integers(0, 1),
    },
)
messages = st.lists(
    st.tuples(st.lists(st.tuples(metadata, shapes), max_size=4), st.dictionaries(name, anything, max_size=2), hints),
    min_size=1,
    max_size=3,
)


def write(path, drawn):
    """The file, and the number that each object's values are."""
    count, encoded, numbers = 0, [], []
    for objects, extra, hint in drawn:
        items = []
        for base, shape in objects:
            count += 1
            items.append(tgm.item(np.full(shape, count, np.int32), base))
            numbers.append([] if 0 in shape else [count])
        extra = {key: value for key, value in extra.items() if key} | {"dim_names": hint}
        encoded.append(tgm.message(*items, **extra))
    return tgm.write(path, *encoded), numbers


def found(dataset: xr.Dataset) -> list[int]:
    ours = {name: v for name, v in dataset.variables.items() if v.dtype == np.int32}
    return sorted(int(n) for variable in ours.values() for n in np.unique(variable.values))


bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@bounded
@given(drawn=messages, key=st.none() | st.sampled_from(["mars.param", "param", "mars"]))
@pytest.mark.filterwarnings("ignore:Duplicate dimension names")
def test_every_object_of_a_message(tmp_path, drawn, key):
    path, _ = write(tmp_path / "a.tgm", drawn)
    position = 0
    for index, (objects, _, _) in enumerate(drawn):
        dataset = xr.open_dataset(path, engine="tensogram", message_index=index, variable_key=key)
        numbers = range(position + 1, position + len(objects) + 1)
        expected = [n for n, (_, shape) in zip(numbers, objects, strict=True) if 0 not in shape]
        assert found(dataset) == expected
        assert all(len(set(v.dims)) == v.ndim for v in dataset.variables.values())
        position += len(objects)


@bounded
@given(drawn=messages, key=st.none() | st.sampled_from(["mars.param", "param", "mars"]))
def test_every_object_of_a_file(tmp_path, drawn, key):
    """Coordinates apart, of which the first of each name stands for all."""
    path, numbers = write(tmp_path / "a.tgm", drawn)
    try:
        datasets = open_datasets(path, variable_key=key)
    except ValueError as error:
        assert "conflicting shapes" in str(error) or "missing entry" in str(error)
        return
    there = {n for dataset in datasets for n in found(dataset)}
    skipped = {n for number in numbers for n in number} - there
    assert all(is_coordinate(drawn, n) for n in skipped)
    assert all(len(set(v.dims)) == v.ndim for ds in datasets for v in ds.variables.values())


def is_coordinate(drawn, number: int) -> bool:
    from tensogram_xarray.coords import detect_coords

    base, _ = [pair for objects, _, _ in drawn for pair in objects][number - 1]
    return bool(detect_coords([base])[0])
