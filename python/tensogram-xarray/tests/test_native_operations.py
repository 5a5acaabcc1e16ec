"""Everyday xarray on native chunked arrays: nothing is read before it is computed, and the values are numpy's."""

import numpy as np
import operations
import pytest
import xarray as xr
from counting import lazy_variable

chunked = pytest.importorskip("tensogram.chunked")

CHUNKS = {
    "one": {"time": -1, "y": -1, "x": -1},
    "even": {"time": 4, "y": 7, "x": 5},
    "uneven": {"time": (5, 1, 6), "y": (2, 4, 1), "x": 3},
}


@pytest.fixture(autouse=True)
def native_manager():
    with xr.set_options(chunk_manager="tensogram", use_bottleneck=True, use_numbagg=False):
        yield


def opened(expected, chunks):
    """The same DataArray, its values behind a counter."""
    variable, counter = lazy_variable(expected.dims, expected.values, expected.attrs)
    array = xr.DataArray(variable, expected.coords, name=expected.name)
    return array.chunk(chunks, chunked_array_type="tensogram"), counter


def assert_announced(lazy, computed):
    assert type(lazy) is chunked.Array
    assert (lazy.shape, lazy.dtype) == (computed.shape, computed.dtype)
    assert tuple(map(sum, lazy.chunks)) == computed.shape


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
@pytest.mark.parametrize("operation", operations.LAZY.values(), ids=operations.LAZY)
def test_is_lazy_and_right(operation, chunks):
    expected = operations.example()
    array, counter = opened(expected, chunks)
    result = operation(array)
    assert counter.reads == []
    computed = result.compute()
    assert_announced(result.variable._data, computed.variable._data)
    xr.testing.assert_allclose(computed, operation(expected), rtol=1e-12)
    assert computed.dtype == operation(expected).dtype


@pytest.mark.parametrize("operation", operations.EAGER.values(), ids=operations.EAGER)
def test_computes_by_design(operation):
    expected = operations.example()
    array, _ = opened(expected, CHUNKS["uneven"])
    xr.testing.assert_allclose(operation(array).compute(), operation(expected))


def test_a_dataset_computes_together():
    """Several results over one source read every block of it once."""
    expected = operations.example()
    array, counter = opened(expected, CHUNKS["uneven"])
    together = xr.Dataset({name: getattr(array, name)("time") for name in ("mean", "std", "min", "max")})
    assert counter.reads == []
    computed = together.compute()
    assert counter.elements_read == expected.size
    for name in together:
        xr.testing.assert_allclose(computed[name], getattr(expected, name)("time"))


def test_a_selection_reads_what_it_selects():
    array, counter = opened(operations.example(), CHUNKS["even"])
    array.isel(time=5, x=slice(None, None, -2)).compute()
    assert counter.elements_read == 7 * 3


def test_assignment():
    expected = operations.example()
    array, counter = opened(expected, CHUNKS["uneven"])
    for each in (array, expected):
        each[{"time": slice(2, 5), "x": 1}] = 0.0
        each.loc[{"y": 4.0}] = each.isel(y=0, drop=True)
    assert counter.reads == []
    xr.testing.assert_identical(array.compute(), expected)


def test_copies_do_not_see_assignments():
    array, _ = opened(operations.example(), CHUNKS["even"])
    copy = array.copy(deep=True)
    array[{"time": 0}] = 0.0
    xr.testing.assert_identical(copy.compute(), operations.example())


@pytest.mark.parametrize("field", ["month", "dayofyear", "hour", "season", "is_leap_year"])
def test_datetime_fields(field):
    times = xr.DataArray(np.tile(operations.TIMES.values, (3, 1)), dims=["a", "time"])
    array, counter = opened(times, {"a": 2, "time": 5})
    result = getattr(array.dt, field)
    assert counter.reads == []
    xr.testing.assert_identical(result.compute(), getattr(times.dt, field))


@pytest.mark.parametrize("round_to", ["floor", "ceil", "round"])
def test_datetime_rounding(round_to):
    times = xr.DataArray(operations.TIMES.values + np.timedelta64(50, "m"), dims="time")
    array, counter = opened(times, {"time": 5})
    result = getattr(array.dt, round_to)("h")
    assert counter.reads == []
    xr.testing.assert_identical(result.compute(), getattr(times.dt, round_to)("h"))


def test_strftime():
    times = xr.DataArray(operations.TIMES.values, dims="time")
    array, counter = opened(times, {"time": 5})
    result = array.dt.strftime("%Y-%m")
    assert counter.reads == []
    xr.testing.assert_equal(result.compute(), times.dt.strftime("%Y-%m"))


@pytest.mark.parametrize("skipna", [None, True, False])
def test_polyfit(skipna):
    expected = operations.example() if skipna is not False else operations.example().fillna(280)
    array, counter = opened(expected, CHUNKS["uneven"])
    result = array.polyfit("time", 2, skipna=skipna)
    assert counter.reads == []
    xr.testing.assert_allclose(result.compute(), expected.polyfit("time", 2, skipna=skipna))


def test_curvefit():
    def line(x, slope, offset):
        return slope * x + offset

    expected = operations.example().fillna(280)
    array, counter = opened(expected, {"time": 3, "y": -1, "x": -1})
    result = array.curvefit("y", line)
    assert counter.reads == []
    xr.testing.assert_allclose(
        result["curvefit_coefficients"].compute(), expected.curvefit("y", line)["curvefit_coefficients"], rtol=1e-5
    )


def test_shuffle_to_chunks():
    expected = operations.example().drop_vars("area")
    array, counter = opened(expected, CHUNKS["uneven"])
    result = array.groupby("time.season").shuffle_to_chunks()
    assert counter.reads == []
    xr.testing.assert_identical(result.compute(), expected.groupby("time.season").shuffle_to_chunks())


def test_grouping_by_a_chunked_variable_is_refused():
    array, _ = opened(operations.example(), CHUNKS["even"])
    with pytest.raises(ValueError, match="chunked"):
        array.groupby(array.isel(x=0, y=0).rename("k").round()).mean()


def test_text():
    words = xr.DataArray(np.array(["wind", "rain", "snow", "hail"]), dims="w")
    array, counter = opened(words, {"w": 3})
    result = array.str.upper()
    assert counter.reads == []
    xr.testing.assert_identical(result.compute(), words.str.upper())


def test_equality():
    array, _ = opened(operations.example(), CHUNKS["even"])
    other, _ = opened(operations.example(), CHUNKS["uneven"])
    assert array.identical(other)
    assert not array.equals(other + 1)


@pytest.mark.parametrize("form", ["repr", "html"])
def test_no_repr_reads(form):
    array, counter = opened(operations.example(), CHUNKS["even"])
    dataset = array.to_dataset()
    text = repr(dataset) if form == "repr" else dataset._repr_html_()
    assert "tensogram.Array" in text
    assert counter.reads == []
