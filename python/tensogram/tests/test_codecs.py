"""The stages of a payload: what each takes, what it refuses, and what it keeps (contract §8.1 and §23)."""

import numpy as np
import pytest

import tensogram

SZIP = {"compression": "szip"}
BLOSC2 = {"compression": "blosc2"}
ZFP_RATE = {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16.0}
ZFP_PRECISION = {"compression": "zfp", "zfp_mode": "fixed_precision", "zfp_precision": 30}
ZFP_ACCURACY = {"compression": "zfp", "zfp_mode": "fixed_accuracy", "zfp_tolerance": 0.01}
ZFP = [ZFP_RATE, ZFP_PRECISION, ZFP_ACCURACY]
SZ3 = [{"compression": "sz3", "sz3_error_bound_mode": mode, "sz3_error_bound": 0.01} for mode in ("abs", "rel", "psnr")]
PACKED = {"encoding": "simple_packing", "sp_bits_per_value": 16}
LOSSLESS = [{}, {"compression": "zstd"}, {"compression": "lz4"}, BLOSC2]
PIPELINES = [
    *LOSSLESS, *({"filter": "shuffle", **stages} for stages in [*LOSSLESS, SZIP]),
    PACKED, *({**PACKED, **stages} for stages in [*LOSSLESS, SZIP]), {**PACKED, **SZIP, "filter": "shuffle"},
    *ZFP, *SZ3,
]  # fmt: skip

FIELD = 280 + 10 * np.sin(np.arange(2000.0) / 50).reshape(20, 100)


def describe(array, **fields):
    return {"type": "ntensor", "shape": list(array.shape), "dtype": array.dtype.name, **fields}


def encode(array, **fields):
    return tensogram.encode({}, [(describe(array, **fields), array)])


def decode(message):
    return tensogram.decode(message, verify_hash=True).objects[0][1]


@pytest.mark.parametrize("fields", PIPELINES, ids=str)
class TestSizes:
    @pytest.mark.parametrize("shape", [(0,), (0, 0), (3, 0, 5)], ids=str)
    def test_no_elements(self, fields, shape):
        message = encode(np.empty(shape), **fields)
        result = decode(message)
        assert result.shape == shape
        assert result.dtype == np.float64
        assert tensogram.decode_range(message, 0, []) == []

    @pytest.mark.parametrize("shape", [(), (1,), (1, 1, 1, 1), (2,), (3,), (5,)], ids=str)
    def test_few_elements(self, fields, shape):
        array = np.full(shape, 281.25)
        array[...] += np.arange(array.size).reshape(shape)
        result = decode(encode(array, **fields))
        assert result.shape == shape
        np.testing.assert_allclose(result, array, atol=0.05)


@pytest.mark.parametrize("dtype", ["int8", "uint16", "float16", "int32", "float32"])
@pytest.mark.parametrize("fields", [SZIP, BLOSC2, {"filter": "shuffle", **SZIP}], ids=str)
def test_no_elements_of_other_types(dtype, fields):
    assert decode(encode(np.empty((0, 4), dtype), **fields)).shape == (0, 4)


@pytest.mark.parametrize("compression", ["none", "rle", "roaring", "zstd", "lz4", "szip", "blosc2"])
@pytest.mark.parametrize("shape", [(0,), (), (1,), (3, 5), (100, 1000)], ids=str)
def test_bitmasks(compression, shape):
    flags = np.asarray(np.random.default_rng(0).random(shape) < 0.3)
    descriptor = describe(flags, dtype="bitmask", compression=compression)
    for data in (flags, np.packbits(flags), np.packbits(flags).tobytes()):
        result = decode(tensogram.encode({}, [(descriptor, data)]))
        assert result.dtype == np.uint8
        np.testing.assert_array_equal(np.unpackbits(result, count=flags.size), flags.ravel())


class TestFloat32:
    """Which the published package destroys in zfp and sz3."""

    DATA = FIELD.astype(np.float32)

    @pytest.mark.parametrize(("rate", "error"), [(8, 1), (16, 0.01), (32, 1e-4)])
    def test_zfp_rate(self, rate, error):
        message = encode(self.DATA, **{**ZFP_RATE, "zfp_rate": rate})
        assert np.abs(decode(message) - self.DATA).max() <= error
        assert len(message) < 700 + self.DATA.size * rate / 8

    @pytest.mark.parametrize(("bits", "error"), [(12, 1), (24, 1e-3), (32, 1e-4)])
    def test_zfp_precision(self, bits, error):
        assert np.abs(decode(encode(self.DATA, **{**ZFP_PRECISION, "zfp_precision": bits})) - self.DATA).max() <= error

    @pytest.mark.parametrize("tolerance", [1.0, 0.01, 1e-3])
    def test_zfp_accuracy(self, tolerance):
        result = decode(encode(self.DATA, **{**ZFP_ACCURACY, "zfp_tolerance": tolerance}))
        assert 0 < np.abs(result.astype(np.float64) - self.DATA).max() <= tolerance

    @pytest.mark.parametrize("order", ["little", "big"])
    @pytest.mark.parametrize(("mode", "bound"), [("abs", 0.01), ("abs", 1e-4), ("rel", 1e-3)])
    def test_sz3(self, mode, bound, order):
        fields = {"compression": "sz3", "sz3_error_bound_mode": mode, "sz3_error_bound": bound, "byte_order": order}
        result = decode(encode(self.DATA, **fields))
        assert result.dtype == np.float32
        allowed = bound * (np.ptp(self.DATA) if mode == "rel" else 1)
        assert 0 < np.abs(result.astype(np.float64) - self.DATA).max() <= allowed

    @pytest.mark.parametrize("fields", [SZIP, BLOSC2], ids=str)
    def test_lossless(self, fields):
        np.testing.assert_array_equal(decode(encode(self.DATA, **fields)), self.DATA)


class TestParameters:
    def test_szip_writes_the_ones_it_uses(self):
        params = tensogram.decode_descriptors(encode(FIELD, **PACKED, **SZIP))[1][0].params
        assert {key: params[key] for key in ("szip_rsi", "szip_block_size", "szip_flags")} == {
            "szip_rsi": 128, "szip_block_size": 16, "szip_flags": 8,
        }  # fmt: skip
        assert params["szip_block_offsets"][0] == 0

    def test_szip_replaces_the_offsets_of_a_caller(self):
        params = tensogram.decode_descriptors(encode(FIELD, **PACKED, **SZIP, szip_block_offsets=[0, 5]))[1][0].params
        assert params["szip_block_offsets"] == [0]

    def test_packing_writes_the_ones_it_computes(self):
        params = tensogram.decode_descriptors(encode(FIELD, **PACKED))[1][0].params
        assert params == {
            "sp_reference_value": FIELD.min(), "sp_binary_scale_factor": -11, "sp_decimal_scale_factor": 0,
            "sp_bits_per_value": 16,
        }  # fmt: skip

    def test_packing_keeps_the_ones_of_a_caller_and_limits_values(self):
        given = {"sp_reference_value": 275, "sp_binary_scale_factor": 0, "sp_decimal_scale_factor": 0}
        message = encode(FIELD, encoding="simple_packing", sp_bits_per_value=3, **given)
        assert tensogram.decode_descriptors(message)[1][0].params == {**given, "sp_bits_per_value": 3}
        np.testing.assert_array_equal(decode(message), np.clip(np.floor(FIELD + 0.5), 275, 282))

    @pytest.mark.parametrize("fields", [{"compression": "zstd"}, BLOSC2, {"filter": "shuffle"}], ids=str)
    def test_defaults_of_others_are_not_written(self, fields):
        assert tensogram.decode_descriptors(encode(FIELD, **fields))[1][0].params == {}

    @pytest.mark.parametrize(
        "fields",
        [
            {"compression": "blosc2", "blosc2_typesize": 8, "blosc2_codec": "zstd", "blosc2_clevel": 9},
            {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16},
            {"compression": "zfp", "zfp_mode": "fixed_precision", "zfp_precision": 100},
            {"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 1},
            {**PACKED, "szip_rsi": "not used"},
        ],
        ids=str,
    )
    def test_what_else_is_taken(self, fields):
        np.testing.assert_allclose(decode(encode(FIELD, **fields)), FIELD, atol=1)


@pytest.mark.parametrize("bits", [*range(1, 8), *range(9, 16), *range(17, 24), *range(25, 32)])
@pytest.mark.parametrize("filters", [{}, {"filter": "shuffle", "shuffle_element_size": 1}], ids=str)
def test_packing_to_no_whole_bytes_before_szip_names_the_next_width_that_works(bits, filters):
    """The published package stores these and loses the values."""
    expected = rf"EncodingError: .*sp_bits_per_value.* {bits};.* {-(-bits // 8) * 8}\b"
    with pytest.raises(ValueError, match=expected):
        encode(FIELD, **{**PACKED, **SZIP, **filters, "sp_bits_per_value": bits})


NUMBERS = [0, 0.0, -1, -0.5, float("nan"), float("inf"), float("-inf")]

REFUSED = [
    *(({**PACKED, "sp_bits_per_value": bits}, "sp_bits_per_value") for bits in (-1, 65, 2**40)),
    *(({**PACKED, **SZIP, "sp_bits_per_value": bits}, "szip.*bits") for bits in (0, 33, 48, 64)),
    ({"encoding": "simple_packing"}, "MetadataError: missing required parameter: sp_bits_per_value"),
    ({**PACKED, "sp_bits_per_value": "16"}, "MetadataError: expected integer for sp_bits_per_value, got text"),
    ({**PACKED, "sp_bits_per_value": 16.0}, "MetadataError: expected integer for sp_bits_per_value, got float"),
    ({**PACKED, "sp_reference_value": 1.0}, "sp_reference_value.*sp_binary_scale_factor"),
    ({**PACKED, "sp_binary_scale_factor": 1}, "sp_binary_scale_factor.*sp_reference_value"),
    *(
        ({**PACKED, "sp_reference_value": 0.0, "sp_binary_scale_factor": scale}, "sp_binary_scale_factor|256")
        for scale in (257, -257, 2**31 - 1)
    ),
    *(
        ({**PACKED, "sp_reference_value": value, "sp_binary_scale_factor": 0}, "sp_reference_value")
        for value in NUMBERS[4:]
    ),
    ({**SZIP}, "szip.*64"),
    *(({**PACKED, **SZIP, "szip_block_size": size}, "szip_block_size") for size in (0, 4, 10, 128, -8)),
    *(({**PACKED, **SZIP, "szip_rsi": interval}, "szip_rsi") for interval in (0, 4097, -1)),
    *(({**PACKED, **SZIP, "szip_flags": flags}, "szip_flags") for flags in (-1, 24, 2**32, "8")),
    ({**BLOSC2, "blosc2_codec": "snappy"}, "EncodingError: .*snappy"),
    ({**BLOSC2, "blosc2_codec": 1}, "MetadataError: expected text for blosc2_codec"),
    *(({**BLOSC2, "blosc2_clevel": level}, "EncodingError: .*blosc2_clevel") for level in (-1, 10)),
    ({"compression": "zfp"}, "MetadataError: missing required parameter: zfp_mode"),
    ({"compression": "zfp", "zfp_mode": "lossless"}, "zfp_mode.*lossless"),
    *(({**mode, key: value}, key) for mode, key in ((ZFP_RATE, "zfp_rate"), (ZFP_ACCURACY, "zfp_tolerance"))
      for value in NUMBERS),
    *(({**ZFP_PRECISION, "zfp_precision": bits}, "zfp_precision") for bits in (0, -1, 1.5, "20")),
    *(({"compression": "zfp", "zfp_mode": mode}, f"missing required parameter: {key}") for mode, key in
      (("fixed_rate", "zfp_rate"), ("fixed_precision", "zfp_precision"), ("fixed_accuracy", "zfp_tolerance"))),
    *(({**mode, "sz3_error_bound": bound}, "sz3_error_bound") for mode in SZ3 for bound in NUMBERS),
    ({"compression": "sz3", "sz3_error_bound": 1.0}, "MetadataError: missing required parameter: sz3_error_bound_mode"),
    ({"compression": "sz3", "sz3_error_bound_mode": "abs"}, "missing required parameter: sz3_error_bound"),
    ({**SZ3[0], "sz3_error_bound_mode": "l2norm"}, "sz3_error_bound_mode.*l2norm"),
    ({**SZ3[0], "sz3_error_bound": "0.1"}, "MetadataError: expected number for sz3_error_bound, got text"),
    *(({**front, **stages}, f"{name}.*{stages['compression']}|{stages['compression']}.*{name}")
      for stages in (*ZFP, *SZ3) for front, name in (({"filter": "shuffle"}, "shuffle"), (PACKED, "simple_packing"))),
    *(({"compression": name}, f"EncodingError: .*{name}.*bitmask|bitmask.*{name}") for name in ("rle", "roaring")),
    *(({stage: "gzip"}, f"EncodingError: unknown {stage}: 'gzip'") for stage in ("encoding", "filter", "compression")),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "text"), REFUSED, ids=str)
def test_what_is_refused(fields, text):
    with pytest.raises(ValueError, match=text):
        encode(FIELD, **fields)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint64", "float16", "complex64", "complex128", "uint8"])
@pytest.mark.parametrize("fields", [*ZFP, *SZ3, PACKED], ids=str)
def test_types_that_codecs_of_numbers_do_not_take(fields, dtype):
    name = fields.get("compression", "simple_packing")
    with pytest.raises(ValueError, match=rf"EncodingError: {name} .*float64"):
        encode(FIELD.astype(dtype), **fields)


def test_packing_takes_no_float32():
    with pytest.raises(ValueError, match="simple_packing only supports float64"):
        encode(FIELD.astype(np.float32), **PACKED)


@pytest.mark.parametrize(("value", "kind"), [(np.nan, "NaN"), (np.inf, r"\+Inf"), (-np.inf, "-Inf")])
@pytest.mark.parametrize("fields", PIPELINES, ids=str)
def test_non_finite_values_are_refused(fields, value, kind):
    damaged = FIELD.copy()
    damaged[12, 34] = value
    with pytest.raises(ValueError, match=rf"EncodingError: {kind}.*element 1234"):
        encode(damaged, **fields)


@pytest.mark.parametrize("bits", [0, 1, 8, 13, 16, 24, 32, 48, 64])
def test_packing_keeps_values_within_half_a_step(bits):
    message = encode(FIELD, encoding="simple_packing", sp_bits_per_value=bits)
    scale = tensogram.decode_descriptors(message)[1][0].params["sp_binary_scale_factor"]
    step = 2.0**scale if bits else 2 * np.ptp(FIELD)
    assert np.abs(decode(message) - FIELD).max() <= step / 2 + 1e-12
    assert len(message) < 700 + FIELD.size * bits / 8
