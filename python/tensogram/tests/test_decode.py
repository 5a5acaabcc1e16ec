"""Decoding a buffer (contract §12), and what is wrong with bytes that are no message (§12.2)."""

import contextlib
import pickle

import numpy as np
import pytest

import tensogram

OBJECT = {"shape": [2], "dtype": "uint8"}
READERS = [
    tensogram.decode,
    tensogram.decode_metadata,
    tensogram.decode_descriptors,
    lambda message: tensogram.decode_object(message, 0),
    lambda message: tensogram.decode_range(message, 0, [(0, 1)]),
]


class TestMessage:
    def test_is_a_named_tuple(self, message):
        result = tensogram.decode(message)
        metadata, objects = result
        assert isinstance(result, tuple)
        assert type(result) is tensogram.Message
        assert (result.metadata, result.objects) == (metadata, objects)
        assert result._fields == ("metadata", "objects")
        assert type(result).__module__ == "tensogram"

    def test_objects_are_pairs(self, message, field):
        (pair,) = tensogram.decode(message).objects
        descriptor, array = pair
        assert isinstance(pair, tuple)
        assert isinstance(descriptor, tensogram.DataObjectDescriptor)
        np.testing.assert_array_equal(array, field)

    def test_metadata_alone(self, message):
        assert tensogram.decode_metadata(message)["name"] == "2t"

    def test_descriptors_alone(self, three_objects):
        metadata, descriptors = tensogram.decode_descriptors(three_objects)
        assert metadata.num_objects == 3
        assert [descriptor.shape for descriptor in descriptors] == [[3], [4], [5]]

    def test_one_object(self, three_objects):
        metadata, descriptor, array = tensogram.decode_object(three_objects, 1)
        assert metadata.num_objects == 3
        assert descriptor.shape == [4]
        np.testing.assert_array_equal(array, np.arange(4))

    def test_an_object_that_is_not_there(self, three_objects):
        with pytest.raises(ValueError, match=r"ObjectError: object index 99 out of range \(num_objects=3\)"):
            tensogram.decode_object(three_objects, 99)

    def test_damage_to_other_objects_does_not_matter(self, field, describe):
        described = describe(field, compression="zstd")
        message = bytearray(tensogram.encode({}, [(described, field), (describe(field), field)]))
        start = bytes(message).index(b"\x28\xb5\x2f\xfd")
        message[start : start + 8] = b"damaged!"
        with pytest.raises(ValueError, match="object 0"):
            tensogram.decode(message)
        np.testing.assert_array_equal(tensogram.decode_object(message, 1, verify_hash=True)[2], field)

    def test_the_first_of_several(self, message, three_objects):
        assert len(tensogram.decode(message + three_objects).objects) == 1
        assert len(tensogram.decode(three_objects + message + b"junk").objects) == 3

    def test_a_streamed_one_before_others(self, wire, message):
        streamed = wire.message(wire.metadata({"a": 1}), wire.data_object(OBJECT, b"\1\2"), length=0)
        assert tensogram.decode_metadata(streamed + message)["a"] == 1

    def test_junk_in_front(self, message):
        with pytest.raises(ValueError, match="FramingError: invalid magic"):
            tensogram.decode(b"junk" + message)


class TestWire:
    """Messages that other writers make."""

    @pytest.mark.parametrize("padding", [True, False])
    def test_frames_off_the_grid_are_found(self, wire, padding):
        frames = [wire.metadata({"abc": 1}), *(wire.data_object(OBJECT, bytes([n, n])) for n in range(5))]
        objects = tensogram.decode(wire.message(*frames, padding=padding)).objects
        assert [array.tolist() for _, array in objects] == [[n, n] for n in range(5)]

    def test_frame_versions_and_unknown_flags_are_ignored(self, wire):
        message = bytearray(wire.message(wire.frame(1, b"\xa0", version=7), wire.data_object(OBJECT, b"\1\2")))
        message[10:12] = b"\xff\xff"
        assert tensogram.decode(message).objects[0][1].tolist() == [1, 2]

    def test_a_descriptor_in_front_of_the_payload(self, wire):
        fields = {"type": "ntensor", "ndim": 1, "shape": [2], "strides": [1], "dtype": "uint8"}
        fields |= {"encoding": "none", "filter": "none", "compression": "none"}
        descriptor = wire.cbor(fields)
        frame = wire.frame(9, descriptor + b"\1\2" + (16).to_bytes(8, "big"), flags=0)
        assert tensogram.decode(wire.message(wire.metadata(), frame)).objects[0][1].tolist() == [1, 2]

    def test_a_wrong_index_decides_nothing(self, wire):
        index = wire.frame(2, wire.cbor({"offsets": [7], "lengths": [1]}))
        message = wire.message(wire.metadata(), index, wire.data_object(OBJECT, b"\1\2"))
        assert tensogram.decode(message).objects[0][1].tolist() == [1, 2]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("data", [b"", b"x", b"TENSOGRM", bytes(20), b"garbage" * 20, bytes(1000)], ids=repr)
def test_garbage(reader, data):
    with pytest.raises(ValueError, match="FramingError"):
        reader(data)


@pytest.mark.parametrize("reader", READERS)
def test_a_message_cut_anywhere(reader, message):
    for length in range(len(message)):
        with pytest.raises(ValueError, match="FramingError"):
            reader(message[:length])


def test_any_damaged_byte_is_an_error_or_none(message):
    for position in range(len(message)):
        damaged = bytearray(message)
        damaged[position] ^= 0x55
        for reader in READERS:
            with contextlib.suppress(ValueError):
                reader(damaged)
        tensogram.scan(damaged)


M = bytes.fromhex("a0")

FRAMING = [
    ("too short", lambda _: b"TENSOGRM\0\3", "FramingError.*too short"),
    ("magic", lambda w: w.message(w.metadata(), magic=b"TENSOGRX"), "FramingError.*invalid magic.*54 45 4e 53"),
    ("version", lambda w: w.message(w.metadata(), version=2), "FramingError.*version 2"),
    ("length too small", lambda w: w.message(w.metadata(), length=47), "FramingError.*47"),
    ("length too large", lambda w: w.message(w.metadata(), length=10_000), "FramingError.*10000"),
    ("length that wraps", lambda w: w.message(w.metadata(), length=2**64 - 1), "FramingError"),
    ("end magic", lambda w: w.message(w.metadata(), end=b"39277778"), "FramingError.*end magic"),
    ("ENDF", lambda w: w.message(w.frame(1, M, end=b"ENDX")), "FramingError.*ENDF"),
    ("type 4", lambda w: w.message(w.metadata(), w.frame(4, M)), "FramingError.*4"),
    ("type 0", lambda w: w.message(w.metadata(), w.frame(0, M)), "FramingError.*0"),
    ("type 10", lambda w: w.message(w.metadata(), w.frame(10, M)), "FramingError.*10"),
    ("earlier phase", lambda w: w.message(w.metadata(number=7), w.metadata()), "FramingError.*order"),
    ("dangling preceder", lambda w: w.message(w.metadata(), w.metadata({"base": [{}]}, 8)), "FramingError.*preceder"),
    (
        "preceder twice",
        lambda w: w.message(w.metadata(), *[w.metadata({"base": [{}]}, 8)] * 2, w.data_object(OBJECT, b"\1\2")),
        "FramingError.*preceder",
    ),
    (
        "preceder of two entries",
        lambda w: w.message(w.metadata(), w.metadata({"base": [{}, {}]}, 8), w.data_object(OBJECT, b"\1\2")),
        "MetadataError.*preceder",
    ),
    (
        "descriptor offset",
        lambda w: w.message(w.metadata(), w.data_object(OBJECT, b"\1\2", offset=9999)),
        r"FramingError.*9999.*16",
    ),
    (
        "descriptor offset in the header",
        lambda w: w.message(w.metadata(), w.data_object(OBJECT, b"\1\2", offset=3)),
        r"FramingError.*offset 3",
    ),
    ("no metadata", lambda w: w.message(w.data_object(OBJECT, b"\1\2")), "MetadataError"),
    ("no frames", lambda w: w.message(), "MetadataError"),
]


@pytest.mark.parametrize(("make", "text"), [case[1:] for case in FRAMING], ids=[case[0] for case in FRAMING])
def test_broken_framing(wire, make, text):
    with pytest.raises(ValueError, match=text):
        tensogram.decode(make(wire))


METADATA = [
    ("an array", b"\x80", "map"),
    ("a text key is missing", b"\xa1\x01\x02", "text"),
    ("base is no array", {"base": 5}, "base"),
    ("base of integers", {"base": [1]}, r"base\[0\]"),
    ("_extra_ is no map", {"_extra_": 5}, "_extra_"),
    ("_reserved_ is no map", {"_reserved_": []}, "_reserved_"),
    ("a key in two places", {"a": 1, "_extra_": {"a": 2}}, "ambiguous"),
    ("truncated", b"\xa1\x61", "CBOR"),
    ("invalid UTF-8", b"\xa1\x61\xff\x01", "UTF-8"),
    ("a huge length", b"\xbb\x7f" + b"\xff" * 7, "CBOR"),
    ("a huge text", b"\xa1\x7b\x7f" + b"\xff" * 7, "CBOR"),
    ("a duplicate key", b"\xa2\x61a\x01\x61a\x02", "twice"),
    ("trailing bytes", b"\xa0\x00", "CBOR"),
    ("nothing", b"", "CBOR"),
    ("deep nesting", b"\xa1\x61a" + b"\x81" * 100 + b"\x00", "64 levels"),
    ("very deep nesting", b"\x81" * 100_000, "64 levels"),
    ("more entries than objects", {"base": [{}]}, "1 base entries"),
]


@pytest.mark.parametrize(("metadata", "text"), [case[1:] for case in METADATA], ids=[case[0] for case in METADATA])
def test_broken_metadata(wire, metadata, text):
    message = wire.message(wire.metadata(metadata) if metadata != b"" else wire.frame(1, b""))
    for reader in (tensogram.decode, tensogram.decode_metadata, tensogram.decode_descriptors):
        with pytest.raises(ValueError, match=f"MetadataError.*{text}"):
            reader(message)


DESCRIPTORS = [
    *(({key: ...}, f"MetadataError.*'{key}'") for key in ("type", "ndim", "shape", "strides", "dtype", "encoding")),
    *(({key: ...}, f"MetadataError.*'{key}'") for key in ("filter", "compression")),
    ({"dtype": "float128"}, "MetadataError.*unknown dtype.*float128"),
    ({"byte_order": "middle"}, "MetadataError.*unknown byte_order.*middle"),
    ({"shape": "x"}, "MetadataError.*shape"),
    ({"shape": [-1]}, "MetadataError.*shape"),
    ({"shape": [1.5]}, "MetadataError.*shape"),
    ({"shape": [2**63]}, "MetadataError.*shape"),
    ({"shape": [2**62, 2**62]}, "overflow"),
    ({"shape": [2**61], "dtype": "float64"}, "overflow"),
    ({"type": 5}, "MetadataError.*type"),
    ({"encoding": "bzip"}, "EncodingError.*'bzip'"),
    ({"filter": "bzip"}, "EncodingError.*'bzip'"),
    ({"compression": "bzip"}, "EncodingError.*'bzip'"),
    ({"shape": [3]}, r"EncodingError: descriptor claims 3 .* 2"),
    ({"shape": [2**40]}, r"EncodingError: descriptor claims"),
    ({"shape": [1]}, r"EncodingError: descriptor claims 1 .* 2"),
    ({"dtype": "float64"}, r"EncodingError: descriptor claims"),
    ({"masks": 5}, "MetadataError.*masks"),
    ({"masks": {"nan": {"method": "none", "offset": 100, "length": 1}}}, "FramingError.*mask"),
]


@pytest.mark.parametrize(("fields", "text"), DESCRIPTORS, ids=lambda value: str(value)[:40])
def test_broken_descriptors(wire, fields, text):
    message = wire.message(wire.metadata(), wire.data_object(OBJECT | fields, b"\1\2"))
    with pytest.raises(ValueError, match=text):
        tensogram.decode(message)


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
@pytest.mark.parametrize("shape", [[2**40], [2**50], [101], [99]])
def test_a_claim_that_the_payload_does_not_back_is_refused_before_allocating(compression, shape, wire):
    data = np.zeros(100, dtype=np.uint8)
    message = tensogram.encode({}, [({**OBJECT, "type": "x", "shape": [100], "compression": compression}, data)])
    claim = wire.data_object({**OBJECT, "shape": shape, "compression": compression}, payload_of(message))
    lying = wire.message(wire.metadata(), claim)
    with pytest.raises(ValueError, match="EncodingError"):
        tensogram.decode(lying)


def payload_of(message):
    """The payload of the only object of a message."""
    start = message.index(b"FR\0\x09")
    length = int.from_bytes(message[start + 8 : start + 16], "big")
    descriptor = int.from_bytes(message[start + length - 20 : start + length - 12], "big")
    return message[start + 16 : start + descriptor]


@pytest.mark.parametrize("shape", [[2**40, 0], [0], [0, 2**31], [3, 0, 5]])
def test_empty_objects(wire, shape):
    message = wire.message(wire.metadata(), wire.data_object({"shape": shape, "dtype": "float64"}, b""))
    assert tensogram.decode(message).objects[0][1].shape == tuple(shape)


def test_empty_objects_of_more_extent_than_numpy_takes(wire):
    message = wire.message(wire.metadata(), wire.data_object({"shape": [0, 2**62, 2**62], "dtype": "float64"}, b""))
    with pytest.raises(ValueError, match="too big"):
        tensogram.decode(message)


class TestVerifyHash:
    @pytest.fixture
    def damaged(self, field, describe):
        """A message of two objects, the second of them damaged."""
        message = bytearray(tensogram.encode({}, [(describe(field), field)] * 2))
        message[message.rindex(field.tobytes()) + 5] ^= 1
        return bytes(message)

    def test_intact(self, three_objects):
        assert tensogram.decode(three_objects, verify_hash=True)
        assert tensogram.decode_object(three_objects, 2, verify_hash=True)
        assert len(list(tensogram.iter_messages(three_objects, verify_hash=True))) == 1

    @pytest.mark.parametrize(
        "reader",
        [
            lambda m: tensogram.decode(m, verify_hash=True),
            lambda m: tensogram.decode(m, verify_hash=True, copy=False),
            lambda m: tensogram.decode_object(m, 1, verify_hash=True),
            lambda m: tensogram.decode_object(m, 1, verify_hash=True, copy=False),
            lambda m: next(tensogram.iter_messages(m, verify_hash=True)),
        ],
    )
    def test_damaged(self, damaged, reader):
        with pytest.raises(tensogram.HashMismatchError) as caught:
            reader(damaged)
        error = caught.value
        assert error.object_index == 1
        assert len(error.expected) == len(error.actual) == 16
        assert error.expected != error.actual
        assert int(error.expected, 16) and error.expected == error.expected.lower()
        text = f"HashMismatch: object_index=1, expected={error.expected}, actual={error.actual}"
        assert str(error).startswith(text)

    def test_errors_keep_their_attributes_when_pickled(self, damaged):
        with pytest.raises(tensogram.HashMismatchError) as caught:
            tensogram.decode(damaged, verify_hash=True)
        copy = pickle.loads(pickle.dumps(caught.value))
        assert type(copy) is tensogram.HashMismatchError
        assert vars(copy) == vars(caught.value)
        assert str(copy) == str(caught.value)

    def test_only_the_object_asked_for_is_checked(self, damaged, field):
        np.testing.assert_array_equal(tensogram.decode_object(damaged, 0, verify_hash=True)[2], field)

    def test_not_by_default(self, damaged, field):
        array = tensogram.decode(damaged).objects[1][1]
        assert (array != field).sum() == 1

    def test_missing(self, field, describe):
        message = tensogram.encode({}, [(describe(field), field)], hash=None)
        with pytest.raises(tensogram.MissingHashError) as caught:
            tensogram.decode(message, verify_hash=True)
        assert caught.value.object_index == 0
        assert str(caught.value).startswith("MissingHash: object_index=0")

    def test_no_objects(self):
        assert tensogram.decode(tensogram.encode({}, []), verify_hash=True).objects == []

    def test_the_codec_does_not_see_damaged_bytes(self, field, describe):
        message = bytearray(tensogram.encode({}, [(describe(field, compression="zstd"), field)]))
        start = bytes(message).index(b"\x28\xb5\x2f\xfd")
        message[start] ^= 1
        with pytest.raises(tensogram.HashMismatchError):
            tensogram.decode(message, verify_hash=True)
        with pytest.raises(ValueError, match=r"EncodingError: compression error: .*zstd"):
            tensogram.decode(message)
