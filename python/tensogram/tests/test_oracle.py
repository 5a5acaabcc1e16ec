"""Files and messages in both directions between this package and the published one, which `TENSOGRAM_ORACLE` names."""

import ml_dtypes
import numpy as np
import pytest

import tensogram

# What the published package takes as an array; of other types it takes bytes in the declared order.
AS_ARRAYS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]
AS_BYTES = ["float16", "bfloat16", "complex64", "complex128"]

SHAPES = [(), (0,), (7,), (3, 4), (2, 3, 4, 5), (3, 0, 5)]

STAGES = [
    {},
    {"filter": "shuffle"},
    {"compression": "zstd"},
    {"compression": "lz4"},
    {"filter": "shuffle", "compression": "zstd", "zstd_level": 5},
    {"filter": "shuffle", "compression": "lz4"},
]

METADATA = {
    "base": [{"name": "2t", "mars": {"param": "167", "levels": [1, 2.5, None, True]}, "ünïcödé": "日本語"}],
    "source": "test",
    "big": 2**31,
    "count": -5,
    "ratio": 0.5,
    "_extra_": {"nested": {"a": [[], {}, ""], "b": -(2**63)}},
}


def values(name, shape):
    dtype = np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)
    count = int(np.prod(shape))
    array = np.arange(count) * 3 - count
    if dtype.kind == "c":
        array = array + 1j * np.arange(count)
    return array.astype(dtype).reshape(shape)


def describe(array, name, **fields):
    needed = {"shuffle_element_size": array.itemsize} if fields.get("filter") == "shuffle" else {}
    return {"type": "ntensor", "shape": list(array.shape), "dtype": name, **needed, **fields}


def wire_bytes(array, order):
    return (array.byteswap() if order == "big" else array).tobytes()


def as_plain(decoded):
    metadata, objects = decoded
    names = ["obj_type", "ndim", "shape", "strides", "dtype", "byte_order", "encoding", "filter", "compression"]
    return {
        "base": metadata.base,
        "extra": metadata.extra,
        "reserved": metadata.reserved,
        "keys": metadata.keys(),
        "objects": [
            ({name: getattr(descriptor, name) for name in [*names, "params"]}, array) for descriptor, array in objects
        ],
    }


def assert_same(ours, theirs):
    for part in ("base", "extra", "reserved", "keys"):
        assert ours[part] == theirs[part]
    for (descriptor, array), (other_descriptor, other) in zip(ours["objects"], theirs["objects"], strict=True):
        assert descriptor == other_descriptor
        assert array.shape == other.shape
        if descriptor["dtype"] == "bfloat16" and other.dtype == np.uint16:
            array = array.view(np.uint16)
        assert array.dtype == other.dtype
        assert array.tobytes() == other.tobytes()


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("hashed", ["xxh3", None])
@pytest.mark.parametrize("name", AS_ARRAYS + AS_BYTES)
class TestObjects:
    """A message with every shape through every stage."""

    def pairs(self, name, order):
        for shape in SHAPES:
            for fields in STAGES:
                array = values(name, shape)
                yield describe(array, name, byte_order=order, **fields), array

    def test_read_here_what_they_write(self, oracle, name, order, hashed):
        pairs = [(descriptor, wire_bytes(array, order)) for descriptor, array in self.pairs(name, order)]
        message = oracle.encode(METADATA, pairs, hash=hashed)
        ours = as_plain(tensogram.decode(message, verify_hash=hashed is not None))
        assert_same(ours, oracle.decode(message))
        for (_, array), (_, result) in zip(self.pairs(name, order), ours["objects"], strict=True):
            assert result.tobytes() == array.tobytes()

    def test_read_there_what_is_written_here(self, oracle, name, order, hashed):
        message = tensogram.encode(METADATA, list(self.pairs(name, order)), hash=hashed)
        theirs = oracle.decode(message, verify_hash=hashed is not None)
        assert_same(as_plain(tensogram.decode(message)), theirs)
        for (_, array), (_, result) in zip(self.pairs(name, order), theirs["objects"], strict=True):
            assert result.tobytes() == array.tobytes()

    def test_payloads_in_wire_order_agree(self, oracle, name, order, hashed):
        message = tensogram.encode({}, list(self.pairs(name, order)), hash=hashed)
        ours = as_plain(tensogram.decode(message, native_byte_order=False))
        assert_same(ours, oracle.decode(message, native_byte_order=False))


def test_arrays_that_both_take(oracle):
    pairs = [(describe(values(name, (3, 4)), name), values(name, (3, 4))) for name in AS_ARRAYS]
    ours, theirs = tensogram.encode(METADATA, pairs), oracle.encode(METADATA, pairs)
    for (_, array), (_, other) in zip(oracle.decode(ours)["objects"], oracle.decode(theirs)["objects"], strict=True):
        np.testing.assert_array_equal(array, other)


def test_bitmask(oracle):
    packed = np.packbits(np.arange(20) % 3 == 0)
    pair = ({"type": "ntensor", "shape": [4, 5], "dtype": "bitmask"}, packed)
    for message in (tensogram.encode({}, [pair]), oracle.encode({}, [pair])):
        assert_same(as_plain(tensogram.decode(message)), oracle.decode(message))


def test_uncompressed_messages_are_the_same_but_for_provenance(oracle):
    """Same frames of the same length, but for the name of the encoder and what it is followed by."""
    array = values("float32", (3, 4))
    pair = (describe(array, "float32", byte_order="little"), array)
    ours, theirs = tensogram.encode(METADATA, [pair]), oracle.encode(METADATA, [pair])
    start = ours.index(b"FR\0\x09"), theirs.index(b"FR\0\x09")
    assert ours[start[0] : -24] == theirs[start[1] : -24]


@pytest.mark.parametrize("policy", ["none", "header", "footer", "both"])
def test_aggregate_hashes(oracle, policy):
    array = values("float32", (3, 4))
    pair = (describe(array, "float32"), array)
    assert_same(
        as_plain(tensogram.decode(message := tensogram.encode({}, [pair] * 3, aggregate_hash=policy))),
        oracle.decode(message, verify_hash=True),
    )
    message = oracle.encode({}, [pair] * 3, aggregate_hash=policy)
    assert tensogram.decode(message, verify_hash=True)


def test_streamed_messages(oracle):
    array = values("float64", (5, 6))
    pairs = [(describe(array, "float64", compression="zstd"), array), (describe(array, "float64"), array)]
    message = oracle.stream(METADATA, pairs)
    assert_same(as_plain(tensogram.decode(message, verify_hash=True)), oracle.decode(message))
    assert tensogram.scan(b"junk" + message * 2) == oracle.scan(b"junk" + message * 2)


def test_ranges(oracle):
    array = values("int32", (10, 10))
    for order in ("little", "big"):
        message = tensogram.encode({}, [(describe(array, "int32", byte_order=order), array)])
        for ranges in ([(0, 5)], [(90, 10), (3, 0), (5, 5)], []):
            for join in (True, False):
                ours = tensogram.decode_range(message, 0, ranges, join=join)
                theirs = oracle.decode_range(message, 0, ranges, join=join)
                for part, other in zip(ours, theirs, strict=True):
                    assert part.dtype == other.dtype
                    np.testing.assert_array_equal(part, other)


def test_files(oracle, tmp_path):
    array = values("float32", (4, 5))
    pair = (describe(array, "float32"), array)
    messages = [({"base": [{"index": index}]}, [pair] * (index + 1)) for index in range(4)]
    ours, theirs = str(tmp_path / "ours.tgm"), str(tmp_path / "theirs.tgm")
    file = tensogram.TensogramFile.create(ours)
    for metadata, objects in messages:
        file.append(metadata, objects)
    oracle.write_file(theirs, messages)
    for path in (ours, theirs):
        decoded = [as_plain(message) for message in tensogram.TensogramFile.open(path)]
        for mine, other in zip(decoded, oracle.read_file(path), strict=True):
            assert_same(mine, other)


def test_scans_agree(oracle, message):
    for data in (b"", b"x" * 100, message, b"junk" + message + b"TENSOGRM" + message[:100] + message, message[:-1]):
        assert tensogram.scan(data) == oracle.scan(data)
