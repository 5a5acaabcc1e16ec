"""Any selection of any pipeline, lazy, chunked, merged or restored, is what numpy selects."""

import pickle

import dask
import numpy as np
import pytest
import tgm
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tgm import named

SHAPE = (5, 7, 6)
DIMS = ("a", "b", "c")


def one_axis(size: int) -> st.SearchStrategy:
    index = st.integers(-size, size - 1)
    return st.one_of(
        st.slices(size),
        st.slices(size).map(lambda s: slice(s.start, s.stop, -(s.step or 1))),
        index,
        st.lists(index, max_size=5),
        st.lists(st.booleans(), min_size=size, max_size=size).map(np.array),
    )


selections = st.fixed_dictionaries({}, optional={dim: one_axis(size) for dim, size in zip(DIMS, SHAPE, strict=True)})
pointwise = st.integers(1, 4).flatmap(
    lambda n: st.fixed_dictionaries(
        {
            dim: st.lists(st.integers(0, size - 1), min_size=n, max_size=n).map(
                lambda i: xr.DataArray(i, dims="points")
            )
            for dim, size in list(zip(DIMS, SHAPE, strict=True))[:2]
        }
    )
)


@pytest.fixture(scope="module", params=list(tgm.PIPELINES))
def files(request, tmp_path_factory):
    """Two messages of one variable, and what full reads of them give."""
    keys, _ = tgm.PIPELINES[request.param]
    messages = [
        tgm.message(named("v", tgm.field(*SHAPE) * (i + 1), {"t": i, "dim_names": list(DIMS)}, **keys))
        for i in range(2)
    ]
    path = tgm.write(tmp_path_factory.mktemp("random") / "a.tgm", *messages)
    full = xr.open_dataset(path, engine="tensogram", merge_objects=True, range_threshold=0)
    return path, full["v"].load()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    key=st.one_of(selections, pointwise),
    then=selections,
    threshold=st.sampled_from([0, 0.1, 0.5, 1]),
    chunks=st.sampled_from([None, {}, {"b": 4}]),
    restored=st.booleans(),
    merged=st.booleans(),
)
@pytest.mark.filterwarnings("ignore:The specified chunks separate:UserWarning")
def test_any_selection(files, key, then, threshold, chunks, restored, merged):
    path, full = files
    dataset = xr.open_dataset(
        path,
        engine="tensogram",
        merge_objects=merged,
        range_threshold=threshold,
        chunks=chunks,
        cache=False,
    )
    variable, expected = dataset["v"], full if merged else full.isel(t=0, drop=True)
    if merged:
        key = key | {"t": -1}
    if restored:
        variable = pickle.loads(pickle.dumps(variable))
    with dask.config.set(scheduler="synchronous"):
        first = variable.isel(key)
        assert np.array_equal(first.values, expected.isel(key).values)
        again = {dim: slice(None, None, -1) for dim in first.dims if dim in then}
        assert np.array_equal(first.isel(again).transpose().values, expected.isel(key).isel(again).transpose().values)


DTYPES = [
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint64",
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["little", "big"])
def test_element_types_and_byte_orders(tmp_path, dtype, order):
    values = (np.arange(60) % 50).astype(dtype).reshape(6, 10)
    wire = values.astype(values.dtype.newbyteorder("<" if order == "little" else ">")).tobytes()
    item = tgm.Item({"name": "v"}, tgm.descriptor((6, 10), dtype, byte_order=order), wire)
    path = tgm.write(tmp_path / "a.tgm", tgm.message(item))
    for threshold in (0.0, 1.0):
        variable = xr.open_dataset(path, engine="tensogram", range_threshold=threshold)["v"]
        assert variable.dtype == np.dtype(dtype)
        found = variable[1:3, 4].values
        assert np.array_equal(found, values[1:3, 4])
        assert found.dtype == np.dtype(dtype)


def test_bfloat16(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    values = np.arange(60).astype(ml_dtypes.bfloat16).reshape(6, 10)
    item = tgm.Item({"name": "v"}, tgm.descriptor((6, 10), "bfloat16"), values.tobytes())
    path = tgm.write(tmp_path / "a.tgm", tgm.message(item))
    for threshold in (0.0, 1.0):
        variable = xr.open_dataset(path, engine="tensogram", range_threshold=threshold)["v"]
        assert variable.dtype == ml_dtypes.bfloat16
        assert np.array_equal(variable[1:3, 4].values, values[1:3, 4])


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_non_finite_values(tmp_path, threshold):
    import tensogram

    values = tgm.field(6, 10)
    values[1, 2], values[3, 4], values[5, 9] = np.nan, np.inf, -np.inf
    item = named("v", values)
    path = tmp_path / "a.tgm"
    meta = {"base": [item.base]}
    objects = [(item.descriptor, item.values)]
    path.write_bytes(tensogram.encode(meta, objects, allow_nan=True, allow_inf=True))
    variable = xr.open_dataset(path, engine="tensogram", range_threshold=threshold)["v"]
    for key in (slice(1, 2), slice(2, 6), slice(None)):
        assert np.array_equal(variable[key].values, values[key], equal_nan=True)
