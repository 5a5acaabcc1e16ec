"""`encode_pre_encoded`: payloads that their pipeline has made elsewhere (contract §9)."""

import inspect
import zlib

import numpy as np
import pytest

import tensogram

DATA = np.linspace(250.0, 310.0, 600).reshape(20, 30)
PLAIN = {"type": "ntensor", "shape": [20, 30], "dtype": "float64"}
RAW = DATA.tobytes()


def encoded(fields, data=DATA):
    """The payload of an object, and the descriptor with what the encoder has added to it."""
    message = tensogram.encode({}, [({**PLAIN, **fields}, data)])
    _, (descriptor,) = tensogram.decode_descriptors(message)
    frame = message.index(b"FR\0\x09")
    length = int.from_bytes(message[frame + 8 : frame + 16], "big")
    offset = int.from_bytes(message[frame + length - 20 : frame + length - 12], "big")
    return message[frame + 16 : frame + offset], {**PLAIN, **fields, **descriptor.params}


PIPELINES = [
    {},
    {"byte_order": "big"},
    {"filter": "shuffle", "compression": "zstd"},
    {"compression": "lz4"},
    {"compression": "blosc2"},
    {"encoding": "simple_packing", "sp_bits_per_value": 13},
    {"encoding": "simple_packing", "sp_bits_per_value": 16, "compression": "szip"},
    {"encoding": "simple_packing", "sp_bits_per_value": 24, "compression": "zstd"},
    {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16.0},
]


@pytest.mark.parametrize("fields", PIPELINES, ids=str)
def test_what_encode_has_made_is_the_same_message(fields):
    payload, descriptor = encoded(fields)
    usual = tensogram.encode({"base": [{"name": "2t"}]}, [({**PLAIN, **fields}, DATA)])
    message = tensogram.encode_pre_encoded({"base": [{"name": "2t"}]}, [(descriptor, payload)])
    assert without_provenance(message) == without_provenance(usual)
    np.testing.assert_array_equal(
        tensogram.decode(message, verify_hash=True).objects[0][1], tensogram.decode(usual).objects[0][1]
    )


def without_provenance(message):
    """All data object frames, which time and uuid are not in."""
    return message[message.index(b"FR\0\x09") :]


@pytest.mark.parametrize("fields", PIPELINES, ids=str)
def test_the_published_package_reads_it(oracle, fields):
    payload, descriptor = encoded(fields)
    message = tensogram.encode_pre_encoded({}, [(descriptor, payload)])
    ((_, found),) = oracle.decode(message, verify_hash=True)["objects"]
    np.testing.assert_array_equal(found, tensogram.decode(message).objects[0][1])


@pytest.mark.parametrize(
    "make",
    [bytes, bytearray, memoryview, lambda raw: np.frombuffer(raw, np.uint8), lambda raw: memoryview(raw).cast("d")],
    ids=["bytes", "bytearray", "memoryview", "uint8 array", "memoryview of doubles"],
)
def test_payloads_are_bytes(make):
    message = tensogram.encode_pre_encoded({}, [(PLAIN, make(RAW))])
    np.testing.assert_array_equal(tensogram.decode(message).objects[0][1], DATA)


def test_a_payload_with_gaps_is_put_together():
    spread = np.zeros((len(RAW), 2), np.uint8)
    spread[:, 0] = np.frombuffer(RAW, np.uint8)
    for payload in (spread[:, 0], memoryview(spread.tobytes())[::2]):
        message = tensogram.encode_pre_encoded({}, [(PLAIN, payload)])
        np.testing.assert_array_equal(tensogram.decode(message).objects[0][1], DATA)


@pytest.mark.parametrize("payload", [DATA, 5, None, "text", [1, 2, 3], 1.5, object()], ids=lambda value: type(value))
def test_other_data_is_refused(payload):
    with pytest.raises(ValueError, match=rf"got {type(payload).__name__}.*object 0"):
        tensogram.encode_pre_encoded({}, [(PLAIN, payload)])


def test_nothing_is_swapped():
    message = tensogram.encode_pre_encoded({}, [({**PLAIN, "byte_order": "big"}, DATA.byteswap().tobytes())])
    np.testing.assert_array_equal(tensogram.decode(message).objects[0][1], DATA)


def test_values_are_not_looked_at():
    data = np.array([np.nan, np.inf, -np.inf, 1.0])
    message = tensogram.encode_pre_encoded({}, [({**PLAIN, "shape": [4]}, data.tobytes())])
    np.testing.assert_array_equal(tensogram.decode(message).objects[0][1], data)


def test_a_payload_that_no_stage_here_could_have_made_is_stored_all_the_same():
    """A filter or compression decides the size, so there is none to compare with."""
    payload = zlib.compress(RAW)
    message = tensogram.encode_pre_encoded({}, [({**PLAIN, "compression": "zstd"}, payload)])
    assert payload in message
    with pytest.raises(ValueError, match="object 0"):
        tensogram.decode(message)


@pytest.mark.parametrize("fields", [{}, {"encoding": "simple_packing", "sp_bits_per_value": 13}], ids=str)
@pytest.mark.parametrize("change", [lambda payload: payload[:-1], lambda payload: payload + b"\0", lambda _: b""])
def test_sizes_without_compression_are_checked(fields, change):
    payload, descriptor = encoded(fields)
    with pytest.raises(ValueError, match=r"EncodingError: .*does not match expected.*object 0"):
        tensogram.encode_pre_encoded({}, [(descriptor, change(payload))])


KEYS = ["sp_reference_value", "sp_binary_scale_factor", "sp_decimal_scale_factor", "sp_bits_per_value"]


@pytest.mark.parametrize("key", KEYS)
def test_packing_needs_all_its_parameters(key):
    payload, descriptor = encoded({"encoding": "simple_packing", "sp_bits_per_value": 16})
    del descriptor[key]
    with pytest.raises(ValueError, match=key):
        tensogram.encode_pre_encoded({}, [(descriptor, payload)])


@pytest.mark.parametrize("stage", ["encoding", "filter", "compression"])
def test_unknown_stages(stage):
    with pytest.raises(ValueError, match=rf"EncodingError: .*{stage}.*'nonsense'"):
        tensogram.encode_pre_encoded({}, [({**PLAIN, stage: "nonsense"}, RAW)])


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"type": ""}, "type"), ({"strides": [1]}, "strides"), ({"masks": {}}, "masks"), ({"dtype": "f8"}, "dtype")],
)
def test_descriptors_are_checked_as_usual(fields, text):
    with pytest.raises(ValueError, match=text):
        tensogram.encode_pre_encoded({}, [({**PLAIN, **fields}, RAW)])


class TestBlockOffsets:
    SZIP = {"encoding": "simple_packing", "sp_bits_per_value": 16, "compression": "szip", "szip_rsi": 4}

    def test_those_of_the_encoder_serve_ranges(self):
        payload, descriptor = encoded(self.SZIP)
        assert len(descriptor["szip_block_offsets"]) > 1
        message = tensogram.encode_pre_encoded({}, [(descriptor, payload)])
        whole = tensogram.decode(message).objects[0][1]
        np.testing.assert_array_equal(tensogram.decode_range(message, 0, [(100, 9)])[0], whole.ravel()[100:109])

    def test_without_them_the_whole_can_be_decoded(self):
        payload, descriptor = encoded(self.SZIP)
        del descriptor["szip_block_offsets"]
        message = tensogram.encode_pre_encoded({}, [(descriptor, payload)])
        np.testing.assert_allclose(tensogram.decode(message).objects[0][1], DATA, atol=1e-2)

    @pytest.mark.parametrize(
        ("offsets", "text"),
        [
            ([], "must not be empty"),
            ([1, 2], "must be 0"),
            ([0, 5, 5], "szip_block_offsets must be strictly increasing"),
            ([0, 9, 5], "szip_block_offsets must be strictly increasing"),
            ([0, 2**40], "exceeds .* bit bound"),
            ([0, -1], "szip_block_offsets"),
            ([0, 1.5], "szip_block_offsets"),
            ("0", "szip_block_offsets"),
        ],
    )
    def test_what_cannot_be_offsets(self, offsets, text):
        payload, descriptor = encoded(self.SZIP)
        with pytest.raises(ValueError, match=text):
            tensogram.encode_pre_encoded({}, [({**descriptor, "szip_block_offsets": offsets}, payload)])

    def test_the_last_bit_is_within_the_bound(self):
        payload, descriptor = encoded(self.SZIP)
        tensogram.encode_pre_encoded({}, [({**descriptor, "szip_block_offsets": [0, 8 * len(payload)]}, payload)])

    @pytest.mark.parametrize("compression", ["none", "zstd"])
    def test_with_another_compression(self, compression):
        descriptor = {**PLAIN, "compression": compression, "szip_block_offsets": [0]}
        with pytest.raises(ValueError, match="szip_block_offsets provided but compression"):
            tensogram.encode_pre_encoded({}, [(descriptor, RAW)])


class TestMetadata:
    def test_is_as_in_encode(self):
        message = tensogram.encode_pre_encoded({"base": [{"a": 1}], "source": "x"}, [(PLAIN, RAW)])
        metadata = tensogram.decode_metadata(message)
        assert (metadata["a"], metadata["source"]) == (1, "x")
        assert metadata.base[0]["_reserved_"]["tensor"]["shape"] == [20, 30]
        assert set(metadata.reserved) == {"encoder", "time", "uuid"}

    @pytest.mark.parametrize("metadata", [{"_reserved_": {}}, {"base": [{"_reserved_": {}}]}])
    def test_refuses_what_is_the_librarys(self, metadata):
        with pytest.raises(ValueError, match="_reserved_"):
            tensogram.encode_pre_encoded(metadata, [(PLAIN, RAW)])

    def test_misplaced_keys_are_warned_of_where_they_are(self):
        line = inspect.currentframe().f_lineno + 2
        with pytest.warns(UserWarning, match="'units'") as caught:
            tensogram.encode_pre_encoded({}, [({**PLAIN, "units": "K"}, RAW)])
        assert (caught[0].filename, caught[0].lineno) == (__file__, line)


def test_hash_is_of_the_given_bytes_or_left_out():
    tensogram.decode(tensogram.encode_pre_encoded({}, [(PLAIN, RAW)]), verify_hash=True)
    with pytest.raises(tensogram.MissingHashError):
        tensogram.decode(tensogram.encode_pre_encoded({}, [(PLAIN, RAW)], hash=None), verify_hash=True)


def test_takes_no_option_about_values():
    for name in ("allow_nan", "allow_inf", "nan_mask_method", "aggregate_hash"):
        with pytest.raises(TypeError, match=name):
            tensogram.encode_pre_encoded({}, [], **{name: True})


def test_objects_beyond_the_first_are_named():
    with pytest.raises(ValueError, match=r"float.*object 1"):
        tensogram.encode_pre_encoded({}, [(PLAIN, RAW), (PLAIN, 1.5)])
