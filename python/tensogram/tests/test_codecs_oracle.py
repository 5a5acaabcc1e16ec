"""Payloads of every codec in both directions between this package and the published one (codecs specification)."""

import math
import struct
import sys

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import tensogram

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES = [*INTEGERS, "float16", "bfloat16", "float32", "float64", "complex64", "complex128"]

SHAPES = [(), (0,), (3, 0, 5), (7,), (4096,), (5, 6, 7, 8)]

NONE = [{}]
ZSTD = [{"compression": "zstd", **level} for level in ({}, {"zstd_level": -5}, {"zstd_level": 5})]
LZ4 = [{"compression": "lz4"}]
BLOSC2 = [
    {"compression": "blosc2", "blosc2_codec": codec, "blosc2_clevel": level}
    for codec, level in [("blosclz", 0), ("blosclz", 9), ("lz4", 5), ("lz4hc", 9), ("zlib", 6), ("zstd", 3)]
]
SZIP = [
    {"compression": "szip", "szip_rsi": interval, "szip_block_size": size, "szip_flags": flags}
    for interval, size, flags in [
        (128, 16, 8), (1, 8, 8), (64, 32, 9), (17, 64, 0), (4096, 8, 10), (5, 10, 72), (16, 16, 12), (16, 16, 13),
    ]
]  # fmt: skip
ZFP = [
    {"compression": "zfp", **mode}
    for mode in [
        *({"zfp_mode": "fixed_rate", "zfp_rate": rate} for rate in (4.25, 8.0, 16, 20.0, 64.0)),
        *({"zfp_mode": "fixed_precision", "zfp_precision": bits} for bits in (1, 20, 64, 100)),
        *({"zfp_mode": "fixed_accuracy", "zfp_tolerance": tolerance} for tolerance in (1e-9, 0.01, 100.0)),
    ]
]
SZ3 = [
    {"compression": "sz3", "sz3_error_bound_mode": mode, "sz3_error_bound": bound}
    for mode, bound in [("abs", 1e-9), ("abs", 0.01), ("abs", 1), ("rel", 1e-4), ("psnr", 80.0)]
]

# Codecs that take numbers. The published package takes bytes to be in the machine's order there, whatever is declared.
NUMBERS = ("zfp", "sz3")
# What the published package cannot store no elements with.
NEEDS_ELEMENTS = ("blosc2", "sz3")


def shuffled(width, stages):
    return {"filter": "shuffle", "shuffle_element_size": width, **stages}


def packed(bits, stages=NONE[0], **fields):
    return {"encoding": "simple_packing", "sp_bits_per_value": bits, **fields, **stages}


def data(kind, name, shape, seed=0):
    """Finite values: close to their neighbours, all the same, or any bits."""
    dice = np.random.default_rng(seed)
    dtype = np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    count = math.prod(shape)
    if kind == "constant":
        return np.full(shape, 3, dtype)
    if kind == "walk":
        values = np.cumsum(dice.integers(-9, 10, count)) * (1 if name in INTEGERS else 0.37) + 200
        values = values + 1j * values[::-1] if dtype.kind == "c" else values
        return values.astype(dtype).reshape(shape)
    values = np.frombuffer(dice.bytes(count * dtype.itemsize), dtype).copy()
    with np.errstate(invalid="ignore"):
        values[~np.isfinite(values)] = 0
    return values.reshape(shape)


def payload(message):
    """Of a message's one object: what stands between its frame's header and its descriptor."""
    position = 24
    while True:
        number, _, _, length = struct.unpack_from(">HHHQ", message, position + 2)
        if number == 9:
            (end,) = struct.unpack_from(">Q", message, position + length - 20)
            return message[position + 16 : position + end]
        position += -(-length // 8) * 8


def allowed_error(array, params):
    """How far a decoded value may be from the original; None where the codec does not say."""
    if "sp_bits_per_value" in params:
        if params["sp_bits_per_value"] == 0:
            return np.ptp(array) if array.size else 0
        step = 2.0 ** params["sp_binary_scale_factor"] * 10.0 ** -params["sp_decimal_scale_factor"]
        return step / 2 + 1e-12 * np.abs(array).max(initial=0)
    if "zfp_mode" in params:
        return params.get("zfp_tolerance")
    match params.get("sz3_error_bound_mode"):
        case None:
            return 0
        case "abs":
            return params["sz3_error_bound"]
        case "rel":
            return params["sz3_error_bound"] * (np.ptp(array) if array.size else 0)
    return None


def assert_within_bounds(array, result, params):
    allowed = allowed_error(array, params)
    if allowed == 0:
        assert result.tobytes() == array.tobytes(), params
    elif allowed is not None:
        assert np.abs(result - array).max(initial=0) <= allowed, params


def assert_read_alike(oracle, arrays, message, *, verify_hash):
    """Both packages decode a message to the same bits and descriptors, which are what the codec promises."""
    for native in (True, False):
        here = tensogram.decode(message, native_byte_order=native, verify_hash=verify_hash).objects
        there = oracle.decode(message, native_byte_order=native, verify_hash=verify_hash)["objects"]
        for array, (descriptor, result), (other_descriptor, other) in zip(arrays, here, there, strict=True):
            assert descriptor.params == other_descriptor["params"]
            assert result.shape == other.shape == array.shape
            assert result.tobytes() == other.tobytes(), descriptor.params
            if native:
                assert_within_bounds(array, result, descriptor.params)


def exchange(oracle, objects, *, hashed="xxh3"):
    """Encodes and decodes arrays with the fields of their pipelines, here and there; returns the payloads of both.

    Here in one message and one by one; there one by one: of some dozens it makes no message.
    """
    pairs = [({"type": "x", "shape": list(array.shape), "dtype": array.dtype.name, **f}, array) for array, f in objects]
    arrays = [array for array, _ in objects]
    verify_hash = hashed is not None
    assert_read_alike(oracle, arrays, tensogram.encode({}, pairs, hash=hashed), verify_hash=verify_hash)
    payloads = []
    for descriptor, array in pairs:
        declared, wire = descriptor, array
        if descriptor.get("compression") in NUMBERS:
            declared = {**descriptor, "byte_order": sys.byteorder}
        elif descriptor.get("byte_order", sys.byteorder) != sys.byteorder:
            wire = array.byteswap()
        theirs = oracle.encode({}, [(declared, wire.tobytes())], hash=hashed)
        assert_read_alike(oracle, [array], theirs, verify_hash=verify_hash)
        payloads.append((payload(tensogram.encode({}, [(descriptor, array)])), payload(theirs)))
    return payloads


def takes(fields, *, encoded_size):
    """Whether the published package does."""
    if encoded_size == 0 and fields.get("compression") in NEEDS_ELEMENTS:
        return False
    return encoded_size % fields.get("shuffle_element_size", 1) == 0


def assert_own_codecs_agree(objects, payloads):
    """Where no library decides, both packages make the same bytes."""
    for (_, fields), (ours, theirs) in zip(objects, payloads, strict=True):
        if fields.get("compression") in (None, "szip"):
            assert ours == theirs, fields


@pytest.mark.parametrize(("order", "hashed"), [("little", "xxh3"), ("big", None)])
@pytest.mark.parametrize("name", DTYPES)
def test_lossless_pipelines(oracle, name, order, hashed):
    """Every dtype with every shape through every codec and filter."""
    for shape in SHAPES:
        array = data("walk", name, shape)
        width = array.dtype.itemsize
        stages = NONE + ZSTD + LZ4 + BLOSC2 + (SZIP if width <= 4 else [])
        stages += [shuffled(width, stage) for stage in NONE + ZSTD[:1] + LZ4 + BLOSC2[2:3] + SZIP]
        stages = [{**stage, "byte_order": order} for stage in stages if takes(stage, encoded_size=array.nbytes)]
        objects = [(array, stage) for stage in stages]
        assert_own_codecs_agree(objects, exchange(oracle, objects, hashed=hashed))


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("bits", range(65))
def test_packed_payloads_are_the_same(oracle, bits, order):
    objects = [
        (data(kind, "float64", shape, bits), packed(bits, sp_decimal_scale_factor=decimals, byte_order=order))
        for kind, shapes in (("walk", SHAPES), ("constant", SHAPES[:4]))
        for shape, decimals in zip(shapes, (0, 2, -1, 0, 2, -1), strict=False)
    ]
    for ours, theirs in exchange(oracle, objects):
        assert ours == theirs


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_packed_and_compressed(oracle, bits):
    for shape in SHAPES:
        array = data("walk", "float64", shape, bits)
        stages = ZSTD + LZ4 + BLOSC2 + SZIP
        stages += [shuffled(bits // 8, stage) for stage in NONE + ZSTD[:1] + LZ4 + BLOSC2[2:3] + SZIP]
        stages = [packed(bits, stage) for stage in stages if takes(stage, encoded_size=array.size * bits // 8)]
        objects = [(array, stage) for stage in stages]
        assert_own_codecs_agree(objects, exchange(oracle, objects))


@pytest.mark.parametrize("codec", BLOSC2, ids=str)
@pytest.mark.parametrize("bits", [1, 9, 12, 20, 31, 38, 63])
def test_packed_values_of_odd_widths_in_blosc2(oracle, bits, codec):
    """Their bytes may be no whole elements. The published package reads them, but its own only if they differ."""
    arrays = [data(kind, "float64", (count,)) for kind in ("walk", "constant") for count in (1, 5, 31, 237, 60_001)]
    pairs = [
        ({"type": "x", "shape": array.shape, "dtype": "float64", **packed(bits, codec)}, array) for array in arrays
    ]
    assert_read_alike(oracle, arrays, tensogram.encode({}, pairs), verify_hash=True)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("fields", ZFP, ids=str)
def test_zfp_payloads_are_the_same(oracle, fields, order):
    objects = [(data("walk", "float64", shape), {**fields, "byte_order": order}) for shape in SHAPES]
    for ours, theirs in exchange(oracle, objects):
        assert ours == theirs


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("fields", SZ3, ids=str)
def test_sz3(oracle, fields, order):
    shapes = [shape for shape in SHAPES if math.prod(shape)]
    arrays = [data(kind, "float64", shape) for kind in ("walk", "constant", "bits") for shape in shapes]
    with np.errstate(over="ignore"):
        exchange(oracle, [(array, {**fields, "byte_order": order}) for array in arrays])


@pytest.mark.parametrize("ratio", [80.0, 40.0])
def test_sz3_keeps_the_signal_to_noise_ratio(ratio):
    array = data("walk", "float64", (4096,))
    fields = {"compression": "sz3", "sz3_error_bound_mode": "psnr", "sz3_error_bound": ratio}
    message = tensogram.encode({}, [({"type": "x", "shape": [4096], "dtype": "float64", **fields}, array)])
    error = tensogram.decode(message).objects[0][1] - array
    assert 20 * np.log10(np.ptp(array) / np.sqrt(np.mean(error**2))) >= ratio


@pytest.mark.parametrize("flags", [32, 40, 41, 44])
@pytest.mark.parametrize("name", ["uint8", "int16", "float32"])
def test_szip_intervals_that_start_at_bytes(oracle, name, flags):
    """The published package reads them; what it writes it cannot read itself where there are two or more."""
    fields = {"compression": "szip", "szip_rsi": 3, "szip_block_size": 16, "szip_flags": flags}
    array = data("walk", name, (5000,))
    message = tensogram.encode({}, [({"type": "x", "shape": [5000], "dtype": name, **fields}, array)])
    assert_read_alike(oracle, [array], message, verify_hash=True)
    assert all(bit % 8 == 0 for bit in tensogram.decode_descriptors(message)[1][0].params["szip_block_offsets"])
    one_interval = [(array[:48], fields)]
    assert_own_codecs_agree(one_interval, exchange(oracle, one_interval))


@pytest.mark.parametrize("bits", [*range(1, 8), *range(9, 16), 20, 31])
@pytest.mark.parametrize("filter_fields", [{}, {"filter": "shuffle", "shuffle_element_size": 1}], ids=str)
def test_what_the_published_package_destroys(oracle, bits, filter_fields):
    """Packed values of no whole bytes through szip (contract §23.1): decoded alike, or damage is reported."""
    array = data("walk", "float64", (1000,))
    stages = {"type": "x", "shape": [1000], "dtype": "float64", **packed(bits, SZIP[0]), **filter_fields}
    try:
        message = oracle.encode({}, [(stages, array)])
        expected = oracle.decode(message)["objects"][0][1]
    except Exception as error:
        assert "szip" in str(error)
        return
    try:
        result = tensogram.decode(message).objects[0][1]
    except ValueError as error:
        assert "szip error" in str(error)
        return
    assert result.tobytes() == expected.tobytes()
    assert any("damaged" in issue["description"] for issue in tensogram.validate(message)["issues"])


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 64, 1000, 100_000])
@pytest.mark.parametrize("compression", ["none", "rle", "roaring", "zstd", "lz4"])
@pytest.mark.parametrize("hashed", ["xxh3", None])
def test_bitmasks(oracle, compression, count, hashed):
    """Bools, which are packed here, and packed bytes: random bits, long runs, none and all."""
    descriptor = {"type": "x", "shape": [count], "dtype": "bitmask", "compression": compression}
    dice = np.random.default_rng(count)
    runs = np.arange(count) // 300 % 3 == 1
    for flags in (dice.random(count) < 0.5, runs, np.zeros(count, bool), np.ones(count, bool)):
        bits = np.packbits(flags)
        messages = [tensogram.encode({}, [(descriptor, values)], hash=hashed) for values in (flags, bits, bytes(bits))]
        assert payload(messages[0]) == payload(messages[1]) == payload(messages[2])
        messages.append(oracle.encode({}, [(descriptor, bits)], hash=hashed))
        for message in messages:
            assert_read_alike(oracle, [bits], message, verify_hash=hashed is not None)


@pytest.mark.parametrize("compression", ["none", "zstd", "szip"])
def test_streamed_messages(oracle, tmp_path, compression):
    """Messages without a length, with the bytes that end a message in their payloads."""
    array = np.frombuffer(b"39277777" * 100, np.uint8)
    stages = SZIP[0] if compression == "szip" else {"compression": compression}
    descriptor = {"type": "x", "shape": [array.size], "dtype": "uint8", **stages}
    message = oracle.stream({}, [(descriptor, array)] * 3)
    assert_read_alike(oracle, [array] * 3, message, verify_hash=True)
    path = tmp_path / "streamed.tgm"
    path.write_bytes(message * 2)
    assert tensogram.scan(message * 2) == [(0, len(message)), (len(message), len(message))]
    for read in tensogram.TensogramFile.open(path):
        for _, result in read.objects:
            np.testing.assert_array_equal(result, array)


SIZES = st.one_of(st.just(()), st.tuples(st.integers(0, 6000)), st.tuples(*[st.integers(0, 7)] * 4))

# Bit 32 has a test of its own.
SZIP_FLAGS = st.sets(st.sampled_from([1, 2, 4, 8])).map(sum)
SZIP_SIZES = st.one_of(
    st.tuples(st.sampled_from([8, 16, 32, 64]), SZIP_FLAGS),
    st.tuples(st.integers(1, 70).map(lambda half: 2 * half), SZIP_FLAGS.map(lambda flags: flags + 64)),
)
CODECS = {
    "none": st.just({}),
    "zstd": st.fixed_dictionaries({}, optional={"zstd_level": st.integers(-7, 5)}),
    "lz4": st.just({}),
    "blosc2": st.sampled_from(BLOSC2),
    "szip": st.builds(
        lambda interval, size: {"szip_rsi": interval, "szip_block_size": size[0], "szip_flags": size[1]},
        st.integers(1, 4096),
        SZIP_SIZES,
    ),
    "zfp": st.one_of(
        st.builds(lambda rate: {"zfp_mode": "fixed_rate", "zfp_rate": rate}, st.floats(0.25, 70)),
        st.builds(lambda bits: {"zfp_mode": "fixed_precision", "zfp_precision": bits}, st.integers(1, 70)),
        st.builds(lambda bound: {"zfp_mode": "fixed_accuracy", "zfp_tolerance": bound}, st.floats(1e-6, 1e6)),
    ),
    "sz3": st.builds(
        lambda mode, bound: {"sz3_error_bound_mode": mode, "sz3_error_bound": bound},
        st.sampled_from(["abs", "rel"]),
        st.floats(1e-8, 10),
    ),
}


@st.composite
def objects(draw):
    """An array and the fields of a pipeline that both packages take."""
    shape, name = draw(SIZES), draw(st.sampled_from(DTYPES))
    codec = draw(st.sampled_from(list(CODECS)))
    fields = {"byte_order": draw(st.sampled_from(["little", "big"])), "compression": codec, **draw(CODECS[codec])}
    takes_numbers = codec in NUMBERS
    is_packed = not takes_numbers and draw(st.booleans())
    kind = draw(st.sampled_from(["walk", "constant"] if takes_numbers or is_packed else ["walk", "constant", "bits"]))
    array = data(kind, "float64" if takes_numbers or is_packed else name, shape, draw(st.integers(0, 1000)))
    size, width = array.nbytes, array.itemsize
    if is_packed:
        bits = draw(st.sampled_from([8, 16, 24, 32]) if codec in ("szip", "blosc2") else st.integers(0, 64))
        fields |= packed(bits, sp_decimal_scale_factor=draw(st.integers(-3, 3)))
        size, width = -(-array.size * bits // 8), -(-bits // 8)
    if not takes_numbers and ((codec == "szip" and width > 4) or draw(st.booleans())):
        fields |= shuffled(draw(st.sampled_from([step for step in (1, 2, 3, 4, 5, 8, 16) if size % step == 0])), {})
    if not takes(fields, encoded_size=size):
        fields["compression"] = "none"
    return array, fields


@settings(max_examples=300)
@given(objects(), st.sampled_from(["xxh3", None]))
def test_any_pipeline(oracle, case, hashed):
    try:
        exchanged = exchange(oracle, [case], hashed=hashed)
    except Exception as error:
        # Some objects take the published package's process down; nothing can be compared then.
        if type(error).__name__ != "OracleDiedError":
            raise
        reject()
    assert_own_codecs_agree([case], exchanged)
