"""`encoding=`: every stage and parameter of the pipeline, for each variable by itself."""

import dask.array as da
import numpy as np
import pytest
import xarray as xr

import tensogram
from tensogram_xarray import to_tensogram

FIELD = 280 + np.sin(np.arange(600.0)).reshape(20, 30)
GAPS = np.where(FIELD > 280.9, np.nan, FIELD)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "a.tgm")


def round_trip(values, path, **encoding) -> xr.DataArray:
    dataset = xr.Dataset({"t": (("y", "x"), values)})
    to_tensogram(dataset, path, encoding={"t": encoding})
    return xr.open_dataset(path, engine="tensogram")["t"]


def descriptor(path):
    with tensogram.TensogramFile.open(path) as file:
        return file.file_decode_descriptors(0)["descriptors"][0]


# What is asked for, the element type, and how far values may be off.
PIPELINES = {
    "nothing": ({}, "float64", 0),
    "none": ({"compression": None, "filter": "none", "encoding": "none"}, "float64", 0),
    "zstd": ({"compression": "zstd", "zstd_level": 9}, "float64", 0),
    "lz4": ({"compression": "lz4"}, "int16", 0),
    "blosc2": ({"compression": "blosc2", "blosc2_codec": "zstd", "blosc2_clevel": 3}, "float32", 0),
    "szip": ({"compression": "szip", "szip_rsi": 64, "szip_block_size": 32, "szip_flags": 8}, "int32", 0),
    "shuffle": ({"filter": "shuffle", "compression": "zstd"}, "float64", 0),
    "shuffle of halves": ({"filter": "shuffle", "shuffle_element_size": 4}, "float64", 0),
    "packing": ({"encoding": "simple_packing", "sp_bits_per_value": 16}, "float64", 2**-15),
    "decimal packing": (
        {"encoding": "simple_packing", "sp_bits_per_value": 24, "sp_decimal_scale_factor": 2}, "float64", 2**-22,
    ),
    "packing by given scale": (
        {"encoding": "simple_packing", "sp_bits_per_value": 16, "sp_reference_value": 279.0,
         "sp_binary_scale_factor": -12},
        "float64", 2**-12,
    ),
    "packing and szip": (
        {"encoding": "simple_packing", "sp_bits_per_value": 16, "compression": "szip"}, "float64", 2**-15,
    ),
    "packing of narrow floats": ({"encoding": "simple_packing", "sp_bits_per_value": 16}, "float32", 2**-14),
    "zfp rate": ({"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 24}, "float64", 2e-3),
    "zfp precision": ({"compression": "zfp", "zfp_mode": "fixed_precision", "zfp_precision": 30}, "float64", 2e-3),
    "zfp accuracy": ({"compression": "zfp", "zfp_mode": "fixed_accuracy", "zfp_tolerance": 0.01}, "float32", 0.01),
    "sz3": ({"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 0.01}, "float64", 0.01),
    "big endian": ({"byte_order": "big", "compression": "zstd"}, "float64", 0),
}  # fmt: skip


@pytest.mark.parametrize("case", PIPELINES)
@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
@pytest.mark.parametrize("values", [FIELD, GAPS], ids=["full", "gaps"])
def test_pipelines(path, case, chunked, values):
    encoding, dtype, error = PIPELINES[case]
    values = np.nan_to_num(values).astype(dtype) if dtype.startswith("int") else values.astype(dtype)
    dataset = xr.Dataset({"t": (("y", "x"), values)})
    to_tensogram(dataset.chunk(y=7) if chunked else dataset, path, encoding={"t": encoding})
    back = xr.open_dataset(path, engine="tensogram")["t"]
    assert back.dtype == dtype
    assert np.array_equal(np.isnan(back), np.isnan(values))
    np.testing.assert_allclose(back, values, rtol=0, atol=error)
    for key, asked in encoding.items():
        found = back.encoding["codec" if key == "compression" else key]
        assert found == ("none" if asked is None else asked)


def test_the_smallest_possible_error_of_packed_gaps(path):
    """What masks hold does not widen the range of what is packed."""
    back = round_trip(GAPS, path, encoding="simple_packing", sp_bits_per_value=12)
    spread = np.nanmax(GAPS) - np.nanmin(GAPS)
    assert np.nanmax(abs(back - GAPS)) <= spread / 2**12


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_packing_where_nothing_is_finite(path, value):
    back = round_trip(np.full((2, 3), value), path, encoding="simple_packing", sp_bits_per_value=12)
    assert np.array_equal(back, np.full((2, 3), value), equal_nan=True)


@pytest.mark.parametrize("compression", ["none", "rle", "roaring", "zstd"])
def test_bits(path, compression):
    mask = FIELD > 280
    back = round_trip(mask, path, dtype="bitmask", compression=compression)
    assert np.array_equal(back, mask)
    assert descriptor(path).dtype == "bitmask"
    with pytest.raises(ValueError, match="'t': dtype 'bitmask' is for booleans, not for float64"):
        round_trip(FIELD, path, dtype="bitmask")


def test_what_is_asked_for_stands_before_what_is_inherited(path, tmp_path):
    first = round_trip(FIELD, path, compression="zstd", zstd_level=7, filter="shuffle")
    other = str(tmp_path / "b.tgm")
    for asked, expected in [
        ({}, ("shuffle", "zstd", 7)),
        ({"zstd_level": 2}, ("shuffle", "zstd", 2)),
        ({"filter": None}, ("none", "zstd", 7)),
        ({"compression": "lz4"}, ("shuffle", "lz4", None)),
        ({"compression": "zstd"}, ("shuffle", "zstd", None)),
    ]:
        first.to_dataset(name="t").tensogram.to_file(other, encoding={"t": asked})
        found = descriptor(other)
        assert (found.filter, found.compression, found.params.get("zstd_level")) == expected


LOSSY = ["packing", "packing and szip", "zfp rate", "sz3"]


@pytest.mark.parametrize("case", LOSSY)
def test_nothing_is_lost_that_nobody_asks_to_lose(path, tmp_path, case):
    """A copy of what a lossy codec left is exact, whatever else has become of it."""
    lossy = round_trip(FIELD, path, **PIPELINES[case][0])
    other = str(tmp_path / "b.tgm")
    for copy in (lossy, lossy[:3, ::2], lossy * 3.1, lossy.astype("float32")):
        copy.encoding = lossy.encoding | {"dtype": copy.dtype}
        copy.to_dataset(name="t").tensogram.to_file(other)
        xr.testing.assert_identical(xr.open_dataset(other, engine="tensogram")["t"], copy)


@pytest.mark.parametrize("case", LOSSY)
def test_a_variables_own_encoding_asks(path, case):
    dataset = xr.Dataset({"t": (("y", "x"), FIELD)})
    dataset["t"].encoding = PIPELINES[case][0]
    dataset.tensogram.to_file(path)
    found = descriptor(path)
    assert {"encoding": found.encoding, "compression": found.compression}.items() >= {
        key: value for key, value in PIPELINES[case][0].items() if key in ("encoding", "compression")
    }.items()


def test_what_is_inherited_and_does_not_fit_is_left_out(path):
    dataset = xr.Dataset({"t": (("y", "x"), FIELD.astype(int))})
    dataset["t"].encoding = {"encoding": "simple_packing", "sp_bits_per_value": 16, "compression": "zstd"}
    dataset.tensogram.to_file(path)
    xr.testing.assert_identical(xr.open_dataset(path, engine="tensogram"), dataset)


def test_chunks_of_data_in_memory(path):
    back = round_trip(FIELD, path, chunks=(8, 30), compression="zstd")
    assert np.array_equal(back, FIELD)
    assert back.encoding["preferred_chunks"] == {"y": 8, "x": 30}
    opened = xr.open_dataset(path, engine="tensogram", chunks={})["t"]
    assert opened.chunks == ((8, 8, 4), (30,))


def test_chunks_instead_of_those_there_are(path):
    dataset = xr.Dataset({"t": (("y", "x"), FIELD)}).chunk(y=3)
    to_tensogram(dataset, path, encoding={"t": {"chunks": (10, 15)}})
    opened = xr.open_dataset(path, engine="tensogram", chunks={})["t"]
    assert opened.chunks == ((10, 10), (15, 15))
    assert np.array_equal(opened, FIELD)


WRONG = {
    "encoding of variable 't' has 'level', which is none of .*zstd_level": {"level": 3},
    "'t': compression must be one of none, szip, zstd, .*, got 'gzip'": {"compression": "gzip"},
    "'t': filter must be one of none, shuffle, got True": {"filter": True},
    "'t': encoding must be one of none, simple_packing, got 'x'": {"encoding": "x"},
    "'t': 'zstd_level' is a parameter of compression 'zstd', which is not asked for": {"zstd_level": 3},
    "'t': 'sp_bits_per_value' is a parameter of encoding 'simple_packing'": {"filter": "none", "sp_bits_per_value": 3},
    "'t': byte_order must be little or big, got 'native'": {"byte_order": "native"},
    "'t': chunks must be 2 lengths above 0, one for each dimension, got 3": {"chunks": 3},
    r"'t': chunks must be 2 lengths above 0, one for each dimension, got \(0, 3\)": {"chunks": (0, 3)},
    "'t' does not work for float64: .*sp_bits_per_value": {"encoding": "simple_packing"},
    "'t' does not work for float64: .*zstd_level": {"compression": "zstd", "zstd_level": "high"},
    "'t' does not work for float64: .*zfp_mode": {"compression": "zfp"},
    "'t' does not work for float64: .*simple_packing": {
        "encoding": "simple_packing", "sp_bits_per_value": 16,
        "compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 8,
    },
    "'t' does not work for int16: .*float64": {"dtype": "int16", "encoding": "simple_packing", "sp_bits_per_value": 8},
    "'t' does not work for float64: .*bitmask": {"compression": "rle"},
}  # fmt: skip


@pytest.mark.parametrize("reason", WRONG)
def test_wrong_encodings_are_told_before_anything_is_computed(path, tmp_path, reason):
    never = da.zeros((20, 30)).map_blocks(computed, dtype=float)
    with pytest.raises(ValueError, match=reason):
        xr.Dataset({"t": (("y", "x"), never)}).tensogram.to_file(path, encoding={"t": WRONG[reason]})
    assert list(tmp_path.iterdir()) == []


def computed(values):
    raise AssertionError("computed")


def test_errors_while_writing_name_variable_and_file(path):
    broken = xr.Dataset({"t": ("x", np.array(["\ud800"], object))})
    with pytest.raises(ValueError, match="surrogates") as caught:
        broken.tensogram.to_file(path)
    assert caught.value.__notes__ == [f"while writing variable 't' to {path}"]
