"""Any dataset, stored in any way, in any chunks, comes back identical."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tensogram_xarray import open_datasets, to_tensogram

SIZES = {"a": 3, "b": 4, "c": 1, "d": 0}
LOSSLESS = [
    {},
    {"compression": "zstd"},
    {"compression": "lz4", "filter": "shuffle"},
    {"compression": "blosc2", "byte_order": "big"},
    {"byte_order": "big"},
]
# Times of every resolution, over the centuries that all of them can tell, and gaps.
SECONDS = 200 * 365 * 86400
TIMES = {
    f"{kind}8[{unit}]": st.integers(-SECONDS * scale, SECONDS * scale).map(
        lambda n, kind=kind, unit=unit: np.array(n, f"{kind}8[{unit}]")[()]
    )
    | st.just(np.array("NaT", f"{kind}8[{unit}]")[()])
    for kind in "Mm"
    for unit, scale in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))
}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
ELEMENTS = {
    **{
        name: hnp.from_dtype(np.dtype(name))
        for name in ("f2", "f4", "f8", "c8", "c16", "i1", "u2", "i4", "u8", "i8", "?")
    },
    **TIMES,
    "U4": TEXT,
    "O": TEXT,
}
ATTRIBUTES = st.dictionaries(
    st.text(max_size=3) | st.sampled_from(["units", "name", "dim_names", "xarray", "mars", "param", "dtype"]),
    st.recursive(
        # Two NaN in maps count as different to xarray: they are in lists only, and in a test of their own.
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | TEXT,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
        max_leaves=4,
    )
    | st.floats()
    | st.lists(st.floats(), max_size=2)
    | hnp.arrays(st.sampled_from(["f4", "i2", "?"]), (2,)),
    max_size=2,
)


@st.composite
def variables(draw):
    dims = draw(st.permutations(sorted(SIZES)))[: draw(st.integers(0, 3))]
    dtype = draw(st.sampled_from(sorted(ELEMENTS)))
    shape = tuple(SIZES[dim] for dim in dims)
    attrs = draw(ATTRIBUTES)
    if dtype[0] in "Mm?":
        for key in ("units", "calendar", "dtype"):
            attrs.pop(key, None)  # xarray says no to these itself
    values = draw(hnp.arrays(dtype, shape, elements=ELEMENTS[dtype]))
    return xr.Variable(dims, values, attrs)


@st.composite
def datasets(draw):
    names = st.text(min_size=1, max_size=3) | st.sampled_from(["lat", "time", "x", "a", "b", "pressure", "object_0"])
    found = {
        name: variable
        for name, variable in draw(st.dictionaries(names, variables(), max_size=4)).items()
        if name not in SIZES or (variable.dims == (name,) and variable.dtype.kind in "iuU" and name != "d")
    }
    coords = draw(st.sets(st.sampled_from(sorted(found)))) if found else set()
    return xr.Dataset(
        {name: v for name, v in found.items() if name not in coords and name not in SIZES},
        {name: v for name, v in found.items() if name in coords or name in SIZES},
        draw(ATTRIBUTES),
    )


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    dataset=datasets(),
    encoding=st.sampled_from(LOSSLESS),
    chunks=st.none() | st.dictionaries(st.sampled_from("ab"), st.integers(1, 3), max_size=2),
    along=st.booleans(),
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_any_dataset(tmp_path, dataset, encoding, chunks, along):
    path = str(tmp_path / "a.tgm")
    data = dataset if chunks is None else dataset.chunk({d: n for d, n in chunks.items() if d in dataset.dims})
    append_dim = "a" if along and "a" in dataset.dims else None
    to_tensogram(data, path, encoding=dict.fromkeys(map(str, dataset.variables), encoding), append_dim=append_dim)
    back = xr.open_dataset(path, engine="tensogram")
    xr.testing.assert_identical(back, dataset)
    assert list(back.data_vars) == list(dataset.data_vars)
    (merged,) = open_datasets(path)
    xr.testing.assert_identical(merged, dataset)


def test_nan_within_a_map_of_attributes(tmp_path):
    path = str(tmp_path / "a.tgm")
    to_tensogram(xr.Dataset(attrs={"a": {"b": np.nan, "c": [1.0, np.nan]}}), path)
    found = xr.open_dataset(path, engine="tensogram").attrs["a"]
    assert np.isnan(found["b"])
    np.testing.assert_array_equal(found["c"], [1.0, np.nan])
