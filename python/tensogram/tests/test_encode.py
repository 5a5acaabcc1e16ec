"""`encode`: its options and what it refuses (contract §7, §8, §8.1)."""

import numpy as np
import pytest

import tensogram

DATA = np.arange(6, dtype=np.float32)
PLAIN = {"type": "ntensor", "shape": [6], "dtype": "float32"}
PAIR = (PLAIN, DATA)


class TestObjects:
    def test_none(self):
        message = tensogram.encode({}, [])
        assert tensogram.decode(message).objects == []

    def test_many_keep_their_order(self):
        arrays = [np.full(index + 1, index, dtype=np.int64) for index in range(50)]
        pairs = [({"type": "ntensor", "shape": [array.size], "dtype": "int64"}, array) for array in arrays]
        for threads in (0, 1, 4):
            objects = tensogram.decode(tensogram.encode({}, pairs, threads=threads), threads=threads).objects
            for (_, result), array in zip(objects, arrays, strict=True):
                np.testing.assert_array_equal(result, array)

    @pytest.mark.parametrize("make", [tuple, iter, lambda pairs: (pair for pair in pairs)])
    def test_any_iterable_of_pairs(self, make):
        assert len(tensogram.decode(tensogram.encode({}, make([PAIR, PAIR]))).objects) == 2

    @pytest.mark.parametrize("pairs", [None, 5, 1.5])
    def test_what_is_no_iterable(self, pairs):
        with pytest.raises(TypeError):
            tensogram.encode({}, pairs)

    @pytest.mark.parametrize(
        "pair",
        [[PLAIN, DATA], (PLAIN,), (PLAIN, DATA, None), (), PLAIN, None, "ab", DATA],
        ids=lambda pair: str(type(pair)),
    )
    def test_what_is_no_pair(self, pair):
        with pytest.raises(ValueError, match=r"tuple.*object 1"):
            tensogram.encode({}, [PAIR, pair])


class TestMessage:
    def test_is_bytes_of_a_length_that_is_a_multiple_of_8(self):
        for size in range(9):
            message = tensogram.encode({}, [({**PLAIN, "shape": [size], "dtype": "uint8"}, bytes(size))])
            assert type(message) is bytes
            assert len(message) % 8 == 0

    @pytest.mark.parametrize("compression", ["none", "zstd", "lz4"])
    def test_holds_no_more_than_its_own_bytes(self, compression):
        data = np.zeros(100_000, dtype=np.float32)
        message = tensogram.encode({}, [({**PLAIN, "shape": [data.size], "compression": compression}, data)])
        assert tensogram.scan(message) == [(0, len(message))]
        assert message.__sizeof__() - len(message) < 64

    def test_large_ones(self):
        data = np.arange(3 << 20, dtype=np.float64)
        message = tensogram.encode({}, [({**PLAIN, "shape": [data.size], "dtype": "float64"}, data)])
        np.testing.assert_array_equal(tensogram.decode(message).objects[0][1], data)


class TestHash:
    @pytest.mark.parametrize(
        ("options", "hashed"),
        [({}, True), ({"hash": "xxh3"}, True), ({"hash": None}, False), ({"hash": "none"}, False)],
    )
    def test_option(self, options, hashed):
        message = tensogram.encode({}, [PAIR], **options)
        if hashed:
            tensogram.decode(message, verify_hash=True)
        else:
            with pytest.raises(tensogram.MissingHashError):
                tensogram.decode(message, verify_hash=True)

    @pytest.mark.parametrize("name", ["sha256", "md5", ""])
    def test_unknown(self, name):
        with pytest.raises(ValueError, match="unknown hash"):
            tensogram.encode({}, [PAIR], hash=name)

    @pytest.mark.parametrize("value", [True, 3, b"xxh3"])
    def test_is_a_string(self, value):
        with pytest.raises(TypeError, match="hash"):
            tensogram.encode({}, [PAIR], hash=value)


def frame_types(message):
    """The numbers of a message's frames."""
    types, position = [], 24
    while message[position : position + 2] == b"FR":
        types.append(int.from_bytes(message[position + 2 : position + 4], "big"))
        position += -(-int.from_bytes(message[position + 8 : position + 16], "big") // 8) * 8
    return types


class TestAggregateHash:
    PLACES = (
        (None, [1, 2, 3, 9]),
        ("auto", [1, 2, 3, 9]),
        ("header", [1, 2, 3, 9]),
        ("footer", [1, 2, 9, 5]),
        ("both", [1, 2, 3, 9, 5]),
        ("none", [1, 2, 9]),
    )

    @pytest.mark.parametrize(("policy", "frames"), PLACES)
    def test_place_of_the_list_of_hashes(self, policy, frames):
        message = tensogram.encode({}, [PAIR], aggregate_hash=policy)
        assert frame_types(message) == frames
        assert tensogram.decode(message, verify_hash=True)

    @pytest.mark.parametrize("policy", [policy for policy, _ in PLACES])
    def test_no_list_without_hashes_or_objects(self, policy):
        assert frame_types(tensogram.encode({}, [PAIR], hash=None, aggregate_hash=policy)) == [1, 2, 9]
        assert frame_types(tensogram.encode({}, [], aggregate_hash=policy)) == [1]


def test_unknown_aggregate_hash():
    with pytest.raises(ValueError, match="unknown aggregate_hash policy"):
        tensogram.encode({}, [PAIR], aggregate_hash="sometimes")


class TestMaskOptions:
    @pytest.mark.parametrize("option", ["nan_mask_method", "pos_inf_mask_method", "neg_inf_mask_method"])
    def test_methods_are_checked_even_if_no_mask_is_needed(self, option):
        for name in ("none", "rle", "roaring", "lz4", "zstd", "blosc2", None):
            tensogram.encode({}, [PAIR], **{option: name})
        with pytest.raises(ValueError, match="unknown mask method") as caught:
            tensogram.encode({}, [PAIR], **{option: "gzip"})
        for name in ("none", "rle", "roaring", "lz4", "zstd", "blosc2"):
            assert f'"{name}"' in str(caught.value)

    @pytest.mark.parametrize("value", [0, 128, 2**40, None, True])
    def test_threshold(self, value):
        tensogram.encode({}, [PAIR], small_mask_threshold_bytes=value)

    @pytest.mark.parametrize(("value", "error"), [(-1, OverflowError), (1.5, TypeError), ("1", TypeError)])
    def test_bad_threshold(self, value, error):
        with pytest.raises(error, match="small_mask_threshold_bytes"):
            tensogram.encode({}, [PAIR], small_mask_threshold_bytes=value)

    @pytest.mark.parametrize("option", ["allow_nan", "allow_inf"])
    def test_permissions_are_flags(self, option):
        with pytest.raises(TypeError, match=option):
            tensogram.encode({}, [PAIR], **{option: 1})


def test_all_options_by_position():
    tensogram.encode({}, [PAIR], "xxh3", 1, False, False, "rle", "lz4", "zstd", 64, "both")


NON_FINITE = [
    ("float32", np.nan, "NaN"), ("float64", np.inf, r"\+Inf"), ("float64", -np.inf, "-Inf"), ("float16", np.nan, "NaN"),
    ("complex64", complex(0, np.nan), "NaN"), ("complex128", complex(np.inf, 0), r"\+Inf"),
]  # fmt: skip


@pytest.mark.parametrize(("dtype", "value", "kind"), NON_FINITE)
@pytest.mark.parametrize("fields", [{}, {"compression": "zstd"}, {"byte_order": "big"}], ids=str)
def test_non_finite_values_are_refused(dtype, value, kind, fields):
    data = np.ones((40, 50), dtype=dtype)
    data[24, 34] = value
    with pytest.raises(ValueError, match=rf"EncodingError: {kind}.*element 1234 .*{dtype}"):
        tensogram.encode({}, [({**PLAIN, "shape": data.shape, "dtype": dtype, **fields}, data)])


PARAMETERS = [
    ({"compression": "zstd", "zstd_level": "high"}, r"MetadataError: expected integer for zstd_level, got text"),
    ({"compression": "zstd", "zstd_level": 1.5}, r"MetadataError: expected integer for zstd_level, got float"),
    ({"compression": "zstd", "zstd_level": 2**40}, r"MetadataError.*zstd_level"),
    ({"filter": "shuffle", "shuffle_element_size": 0}, r"Error.*shuffle_element_size"),
    ({"filter": "shuffle", "shuffle_element_size": 7}, r"EncodingError"),
    ({"filter": "shuffle", "shuffle_element_size": "4"}, r"MetadataError: expected integer for shuffle_element_size"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "text"), PARAMETERS)
def test_codec_parameters_that_are_refused(fields, text):
    with pytest.raises(ValueError, match=text):
        tensogram.encode({}, [({**PLAIN, **fields}, DATA)])


@pytest.mark.parametrize(
    "fields",
    [
        {"filter": "shuffle"},
        {"filter": "shuffle", "shuffle_element_size": 8},
        {"filter": "shuffle", "compression": "zstd", "zstd_level": -5},
        {"compression": "zstd", "zstd_level": 100},
        {"compression": "lz4"},
    ],
    ids=str,
)
def test_codec_parameters_that_have_a_sensible_default(fields):
    message = tensogram.encode({}, [({**PLAIN, **fields}, DATA)])
    np.testing.assert_array_equal(tensogram.decode(message).objects[0][1], DATA)
