"""Parts of encoded payloads are what numpy cuts out of the whole (contract §13), and cost no more than they must."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tensogram

SHAPE = (7, 40, 31)
SIZE = 7 * 40 * 31

SZIP = {"compression": "szip", "szip_rsi": 4, "szip_block_size": 16}
BLOSC2 = {"compression": "blosc2"}
ZFP_RATE = {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16}


def packed(bits, **stages):
    return {"encoding": "simple_packing", "sp_bits_per_value": bits, **stages}


RANGED = [
    *(("float64", packed(bits)) for bits in (0, 1, 7, 8, 12, 13, 16, 24, 32, 33, 63, 64)),
    *(("float64", packed(bits, **SZIP)) for bits in (8, 16, 24, 32)),
    *(("float64", packed(bits, **BLOSC2)) for bits in (3, 8, 12, 16, 31)),
    *((dtype, SZIP) for dtype in ("uint8", "int16", "float32", "uint32", "bfloat16")),
    *((dtype, {**SZIP, "szip_flags": flags}) for dtype, flags in (("int16", 1), ("float32", 12), ("int32", 40))),
    *((dtype, BLOSC2) for dtype in ("int8", "float16", "float32", "float64", "complex128")),
    *((dtype, {**ZFP_RATE, "zfp_rate": rate}) for dtype in ("float32", "float64") for rate in (5.5, 16, 32)),
    ("float64", {"compression": "zfp", "zfp_mode": "fixed_precision", "zfp_precision": 24}),
    ("float64", {"compression": "zfp", "zfp_mode": "fixed_accuracy", "zfp_tolerance": 0.01}),
]

UNRANGED = [
    *({"compression": name} for name in ("zstd", "lz4")),
    *({"compression": "sz3", "sz3_error_bound_mode": mode, "sz3_error_bound": 0.1} for mode in ("abs", "rel", "psnr")),
    *(packed(16, compression=name) for name in ("zstd", "lz4")),
    *({"filter": "shuffle", **stages} for stages in ({}, SZIP, BLOSC2, {"compression": "lz4"}, packed(16, **SZIP))),
]


def field(dtype):
    values = 200 + 50 * np.sin(np.arange(SIZE) / 300) + np.random.default_rng(0).normal(size=SIZE)
    name = "float32" if dtype == "bfloat16" else dtype
    array = values.astype(np.int64).astype(name) if np.dtype(name).kind in "iu" else values.astype(name)
    return array.reshape(SHAPE)


def pair(dtype, fields, order="little"):
    array = field(dtype)
    if dtype == "bfloat16":
        array = (array.view(np.uint32) >> 16).astype(np.uint16)
    return {"type": "x", "shape": SHAPE, "dtype": dtype, "byte_order": order, **fields}, array


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A message for each pipeline, alternately in both byte orders."""
    path = tmp_path_factory.mktemp("ranges") / "ranges.tgm"
    file = tensogram.TensogramFile.create(path)
    for index, (dtype, fields) in enumerate(RANGED):
        file.append({}, [pair(dtype, fields, ("little", "big")[index % 2])])
    return file


@pytest.fixture(scope="module")
def wholes(file):
    """What the messages decode to, in native and in wire order."""
    return [
        {native: file.decode_message(index, native_byte_order=native).objects[0][1] for native in (True, False)}
        for index in range(len(RANGED))
    ]


NUMBERS = st.integers(0, len(RANGED) - 1)
RANGES = st.lists(st.integers(0, SIZE).flatmap(lambda start: st.tuples(st.just(start), st.integers(0, SIZE - start))))
BOUNDS = st.one_of(st.none(), st.integers(-45, 45))
AXES = st.builds(slice, BOUNDS, BOUNDS, st.one_of(st.none(), st.integers(-9, 9).filter(bool)))
SELECTIONS = st.tuples(*(st.one_of(st.integers(-extent, extent - 1), AXES, AXES) for extent in SHAPE))
THREADS = st.sampled_from([0, 2])


@settings(max_examples=400)
@given(NUMBERS, RANGES, st.booleans(), st.booleans(), THREADS)
def test_any_ranges(file, wholes, number, ranges, native, joined, threads):
    whole = wholes[number][native].ravel()
    expected = [whole[start : start + count] for start, count in ranges]
    options = {"join": joined, "native_byte_order": native, "threads": threads}
    message = file.read_message(number)
    for found in (
        tensogram.decode_range(message, 0, ranges, **options),
        file.file_decode_range(number, 0, ranges, **options),
    ):
        if joined:
            assert found.dtype == whole.dtype
            assert found.tobytes() == b"".join(part.tobytes() for part in expected)
        else:
            assert [part.tobytes() for part in found] == [part.tobytes() for part in expected]
            assert all(part.dtype == whole.dtype for part in found)


@settings(max_examples=400)
@given(NUMBERS, SELECTIONS, st.booleans(), THREADS)
def test_any_selection(file, wholes, number, selection, native, threads):
    expected = wholes[number][native][selection]
    found = file.read_selection(number, 0, selection, native_byte_order=native, threads=threads)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("number", range(len(RANGED)), ids=[f"{dtype} {fields}" for dtype, fields in RANGED])
def test_every_pipeline(file, wholes, number):
    whole = wholes[number][True]
    ranges = [(0, 1), (SIZE - 1, 1), (0, SIZE), (63, 66), (2047, 2), (4095, 130), (SIZE, 0), (5, 0)]
    for found, (start, count) in zip(file.file_decode_range(number, 0, ranges), ranges, strict=True):
        assert found.tobytes() == whole.ravel()[start : start + count].tobytes()
    for selection in [
        (slice(None, None, -1),) * 3,
        (slice(5, 1, -2), slice(None, None, 7), slice(30, None, -5)),
        (3, slice(10, 12), slice(None)),
        (slice(None), 17, 4),
        (slice(None), slice(None), 30),
    ]:
        assert file.read_selection(number, 0, selection).tobytes() == whole[selection].tobytes()


@pytest.mark.parametrize(("dtype", "fields"), [case for case in RANGED if case[0] == "float64"], ids=str)
def test_ranges_agree_with_the_published_package(oracle, dtype, fields):
    descriptor, array = pair(dtype, {"szip_flags": 8, **fields} if "szip_rsi" in fields else fields)
    ranges = [(0, 1), (SIZE - 1, 1), (63, 66), (4095, 130), (0, SIZE), (9, 0)]
    for message in (tensogram.encode({}, [(descriptor, array)]), oracle.encode({}, [(descriptor, array)])):
        whole = tensogram.decode(message).objects[0][1].ravel()
        for here, there, (start, count) in zip(
            tensogram.decode_range(message, 0, ranges), oracle.decode_range(message, 0, ranges), ranges, strict=True
        ):
            assert here.tobytes() == there.tobytes() == whole[start : start + count].tobytes()


class TestWithoutRanges:
    """The error is a ValueError that callers can tell from damage."""

    TEXT = "EncodingError: range decode not supported"

    @pytest.fixture(params=UNRANGED, ids=str)
    def unranged(self, request, path):
        file = tensogram.TensogramFile.create(path)
        file.append({}, [pair("float64", request.param)])
        return file

    def test_ranges(self, unranged):
        for call in (
            lambda: unranged.file_decode_range(0, 0, [(3, 5)]),
            lambda: tensogram.decode_range(unranged.read_message(0), 0, [(3, 5)]),
            lambda: unranged.read_selection(0, 0, (0, 0, slice(3, 8))),
        ):
            with pytest.raises(ValueError, match=self.TEXT):
                call()

    def test_nothing_can_be_selected(self, unranged):
        assert unranged.read_selection(0, 0, (0, 0, slice(3, 3))).shape == (0,)

    @pytest.mark.parametrize("compression", ["none", "rle", "roaring", "zstd", "blosc2"])
    def test_bitmasks(self, compression):
        descriptor = {"type": "x", "shape": [64], "dtype": "bitmask", "compression": compression}
        with pytest.raises(ValueError, match=self.TEXT):
            tensogram.decode_range(tensogram.encode({}, [(descriptor, bytes(8))]), 0, [(0, 8)])

    def test_szip_without_offsets(self):
        descriptor, array = pair("int16", SZIP)
        message = tensogram.encode({}, [(descriptor, array)])
        params = tensogram.decode_descriptors(message)[1][0].params
        start = message.index(b"FR\0\x09") + 16
        frame_length = int.from_bytes(message[start - 8 : start], "big")
        footer = start - 16 + frame_length - 20
        payload = message[start : start - 16 + int.from_bytes(message[footer : footer + 8], "big")]
        del params["szip_block_offsets"]
        message = tensogram.encode_pre_encoded({}, [({**descriptor, **params}, payload)])
        np.testing.assert_array_equal(tensogram.decode(message, threads=2).objects[0][1], array)
        with pytest.raises(ValueError, match=self.TEXT):
            tensogram.decode_range(message, 0, [(0, 8)])


class TestBytesRead:
    """Of a payload in a file no more is read than holds the range."""

    COUNT = 1_000_000
    VALUES = 280 + 20 * np.sin(np.arange(COUNT) / 1000) + np.random.default_rng(1).normal(size=COUNT)

    @pytest.mark.parametrize(
        ("fields", "most"),
        [
            ({}, 20_000),
            (packed(12), 20_000),
            ({**ZFP_RATE, "zfp_rate": 16}, 20_000),
            (packed(16, compression="szip"), 60_000),
            (BLOSC2, 600_000),
            ({**BLOSC2, "blosc2_codec": "zstd", "blosc2_clevel": 1}, 600_000),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("writer", ["here", "published"])
    def test_of_a_short_range(self, oracle, path, fields, most, writer):
        szip = {"szip_rsi": 128, "szip_block_size": 16, "szip_flags": 8} if "szip" in fields.values() else {}
        pairs = [({"type": "x", "shape": [self.COUNT], "dtype": "float64", **fields, **szip}, self.VALUES)]
        if writer == "here":
            tensogram.TensogramFile.create(path).append({}, pairs)
        else:
            oracle.write_file(path, [({}, pairs)])
        file = tensogram.TensogramFile.open(path)
        whole = file.decode_message(0).objects[0][1]
        for start in (0, 654_321, self.COUNT - 10):
            before = bytes_read()
            (part,) = file.file_decode_range(0, 0, [(start, 10)])
            assert bytes_read() - before < most
            np.testing.assert_array_equal(part, whole[start : start + 10])


def bytes_read():
    """Bytes this process has read by system calls."""
    with open("/proc/self/io") as io:  # noqa: PTH123
        return int(io.readline().split()[1])
