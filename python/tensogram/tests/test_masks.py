"""NaN and infinity: permissions, masks, and putting back (contract §11, §12)."""

import itertools

import numpy as np
import pytest

import tensogram

NAN, INF = np.nan, np.inf
FLOATS = ["float16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
METHODS = ["none", "rle", "roaring", "lz4", "zstd", "blosc2"]
VALUES = np.array([1.0, NAN, 2.0, INF, -INF, 3.0, NAN, -0.0] * 400, np.float64)
ALLOWED = {"allow_nan": True, "allow_inf": True}


def encode(data, fields=None, **options):
    descriptor = {"type": "ntensor", "shape": list(data.shape), "dtype": data.dtype.name, **(fields or {})}
    return tensogram.encode({}, [(descriptor, data)], **options)


def only_array(message, **options):
    return tensogram.decode(message, **options).objects[0][1]


def masks_of(message):
    return tensogram.decode_with_masks(message).objects[0][2]


def expected_masks(data):
    parts = [data.real, data.imag] if np.iscomplexobj(data) else [data]
    nan = np.logical_or.reduce([np.isnan(part) for part in parts])
    positive = ~nan & np.logical_or.reduce([part == INF for part in parts])
    negative = ~nan & ~positive & np.logical_or.reduce([part == -INF for part in parts])
    return {kind: mask.ravel() for kind, mask in (("nan", nan), ("inf+", positive), ("inf-", negative)) if mask.any()}


class TestPermission:
    @pytest.mark.parametrize(
        ("value", "kind", "needed"),
        [(NAN, "NaN", "allow_nan"), (INF, r"\+Inf", "allow_inf"), (-INF, "-Inf", "allow_inf")],
    )
    def test_each_covers_its_own_kind(self, value, kind, needed):
        data = np.array([0.0, 1.0, value])
        with pytest.raises(ValueError, match=rf"EncodingError: {kind}.*element 2 .*float64.*{needed}"):
            encode(data)
        (other,) = set(ALLOWED) - {needed}
        with pytest.raises(ValueError, match=rf"EncodingError: {kind}"):
            encode(data, **{other: True})
        np.testing.assert_array_equal(only_array(encode(data, **{needed: True})), data)

    @pytest.mark.parametrize("dtype", COMPLEX)
    def test_the_part_of_a_complex_number_is_named(self, dtype):
        for value, part in ((complex(NAN, 0), "real"), (complex(0, NAN), "imaginary")):
            with pytest.raises(ValueError, match=rf"NaN.*element 1 .*{part}.*{dtype}"):
                encode(np.array([0, value, 0], dtype))

    @pytest.mark.parametrize("dtype", ["int32", "uint8"])
    def test_is_of_no_meaning_for_integers(self, dtype):
        data = np.arange(9, dtype=dtype)
        assert without_provenance(encode(data, **ALLOWED)) == without_provenance(encode(data))

    @pytest.mark.parametrize("dtype", FLOATS + COMPLEX)
    def test_is_of_no_effect_on_finite_data(self, dtype):
        data = np.arange(9, dtype=dtype)
        message = encode(data, **ALLOWED)
        assert without_provenance(message) == without_provenance(encode(data))
        assert masks_of(message) == {}


def without_provenance(message):
    return message[message.index(b"FR\0\x09") :]


PIPELINES = [
    {},
    {"byte_order": "big"},
    {"filter": "shuffle"},
    {"compression": "zstd"},
    {"compression": "lz4", "filter": "shuffle", "byte_order": "big"},
    {"compression": "blosc2"},
]


@pytest.mark.parametrize("dtype", FLOATS + COMPLEX)
@pytest.mark.parametrize("fields", PIPELINES, ids=str)
def test_values_come_back_through_every_pipeline(dtype, fields):
    data = VALUES.astype(dtype).reshape(40, 80)
    message = encode(data, fields, **ALLOWED)
    found = only_array(message, verify_hash=True)
    assert found.dtype == data.dtype
    np.testing.assert_array_equal(found, whole(data))
    zeroed = only_array(message, restore_non_finite=False)
    np.testing.assert_array_equal(zeroed, np.where(np.isfinite(data), data, 0))
    _, array, masks = tensogram.decode_with_masks(message).objects[0]
    np.testing.assert_array_equal(array, zeroed)
    assert_same_masks(masks, expected_masks(data))


def whole(data):
    """Complex numbers with a part that is not finite come back with both parts so."""
    result = data.copy()
    for kind, value in (("nan", NAN), ("inf+", INF), ("inf-", -INF)):
        mask = expected_masks(data).get(kind)
        if mask is not None and np.iscomplexobj(data):
            result.real[mask.reshape(data.shape)] = value
            result.imag[mask.reshape(data.shape)] = value
    return result


def assert_same_masks(found, expected):
    assert list(found) == list(expected)
    for kind, mask in expected.items():
        assert (found[kind].dtype, found[kind].flags.writeable) == (np.bool_, True)
        np.testing.assert_array_equal(found[kind], mask)


def test_complex_numbers_of_which_a_part_is_not_finite():
    data = np.array([complex(INF, 0), complex(1, -INF), complex(INF, -INF), complex(NAN, INF), 5])
    inf, both = complex(INF, INF), complex(-INF, -INF)
    np.testing.assert_array_equal(only_array(encode(data, **ALLOWED)), [inf, both, inf, complex(NAN, NAN), 5])


@pytest.mark.parametrize(
    ("dtype", "bits"), [("float16", 0x7E00), ("float32", 0x7FC00000), ("float64", 0x7FF8000000000000)]
)
def test_nan_is_canonical(dtype, bits):
    integer = np.dtype(f"uint{8 * np.dtype(dtype).itemsize}")
    data = np.array([bits + 5, bits | 1 << (integer.itemsize * 8 - 1)], integer).view(dtype)
    np.testing.assert_array_equal(only_array(encode(data, **ALLOWED)).view(integer), [bits, bits])


def test_bfloat16():
    data = np.array([0x3F80, 0x7FC5, 0x7F80, 0xFF80], np.uint16)
    descriptor = {"type": "x", "shape": [4], "dtype": "bfloat16"}
    found = only_array(tensogram.encode({}, [(descriptor, data)], **ALLOWED))
    np.testing.assert_array_equal(found.view(np.uint16), [0x3F80, 0x7FC0, 0x7F80, 0xFF80])


@pytest.mark.parametrize("byte_order", ["little", "big"])
def test_values_are_put_back_in_the_byte_order_asked_for(byte_order):
    found = only_array(encode(VALUES, {"byte_order": byte_order}, **ALLOWED), native_byte_order=False)
    np.testing.assert_array_equal(found.view("<f8" if byte_order == "little" else ">f8"), VALUES)


def test_a_scalar_and_an_empty_array():
    assert np.isnan(only_array(encode(np.array(NAN), allow_nan=True)))
    assert only_array(encode(np.zeros((0, 3)), **ALLOWED)).shape == (0, 3)
    assert [mask.tolist() for mask in masks_of(encode(np.array(NAN), allow_nan=True)).values()] == [[True]]


class TestMethods:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("threshold", [0, None, 10**6])
    def test_give_the_same(self, method, threshold):
        options = {f"{kind}_mask_method": method for kind in ("nan", "pos_inf", "neg_inf")}
        message = encode(VALUES, **ALLOWED, **options, small_mask_threshold_bytes=threshold)
        np.testing.assert_array_equal(only_array(message), VALUES)
        assert_same_masks(masks_of(message), expected_masks(VALUES))

    @pytest.mark.parametrize("method", METHODS)
    def test_each_kind_has_its_own(self, method):
        message = encode(VALUES, **ALLOWED, pos_inf_mask_method=method, small_mask_threshold_bytes=0)
        assert stored_methods(message) == ["roaring", method, "roaring"]

    @pytest.mark.parametrize(
        ("threshold", "method"), [(0, "roaring"), (3, "roaring"), (4, "none"), (None, "none"), (2**64 - 1, "none")]
    )
    def test_the_threshold_is_the_largest_size_that_is_stored_plain(self, threshold, method):
        data = np.full(32, NAN)
        message = encode(data, allow_nan=True, small_mask_threshold_bytes=threshold)
        assert stored_methods(message) == [method]

    def test_the_usual_threshold_is_128_bytes(self):
        for count, method in ((1024, "none"), (1025, "roaring")):
            assert stored_methods(encode(np.full(count, NAN), allow_nan=True)) == [method]


def stored_methods(message):
    """As the descriptor's CBOR has them: `"method"` and a text of less than 24 bytes."""
    methods = []
    for part in message.split(b"\x66method")[1:]:
        size = part[0] - 0x60
        methods.append(part[1 : 1 + size].decode())
    order = [kind for kind in (b"nan", b"inf+", b"inf-") if kind in message]
    stored = sorted(order, key=message.index)
    return [method for _, method in sorted(zip(stored, methods, strict=True), key=lambda entry: order.index(entry[0]))]


class TestParts:
    """Ranges and selections have the values of their part put back."""

    MESSAGE = encode(VALUES.reshape(40, 80), {"compression": "blosc2"}, **ALLOWED)

    @pytest.mark.parametrize("ranges", [[(0, 8)], [(3, 2), (1, 1)], [(0, 3200)], [(3199, 1)], [(5, 0)]], ids=str)
    def test_ranges(self, ranges):
        parts = [VALUES[start : start + count] for start, count in ranges]
        for found, part in zip(tensogram.decode_range(self.MESSAGE, 0, ranges), parts, strict=True):
            np.testing.assert_array_equal(found, part)
        joined = tensogram.decode_range(self.MESSAGE, 0, ranges, join=True)
        np.testing.assert_array_equal(joined, np.concatenate(parts))

    def test_ranges_without(self):
        (found,) = tensogram.decode_range(self.MESSAGE, 0, [(0, 8)], restore_non_finite=False)
        np.testing.assert_array_equal(found, [1, 0, 2, 0, 0, 3, 0, 0])

    def test_objects_in_a_file(self, path):
        file = tensogram.TensogramFile.create(path)
        data = VALUES.reshape(40, 80)
        file.append({}, [({"type": "x", "shape": [40, 80], "dtype": "float64"}, data)], **ALLOWED)
        np.testing.assert_array_equal(file[0].objects[0][1], data)
        np.testing.assert_array_equal(file.file_decode_object(0, 0)["data"], data)
        np.testing.assert_array_equal(file.file_decode_range(0, 0, [(1, 4)])[0], VALUES[1:5])
        np.testing.assert_array_equal(file.read_selection(0, 0, (slice(3, 9, 2), slice(None))), data[3:9:2])
        for zeroed in (
            file.decode_message(0, restore_non_finite=False).objects[0][1],
            file.file_decode_object(0, 0, restore_non_finite=False)["data"],
            file.file_decode_object(0, 0, restore_non_finite=False, copy=False)["data"],
        ):
            np.testing.assert_array_equal(zeroed, np.where(np.isfinite(data), data, 0))


class TestPacking:
    FIELDS = {"encoding": "simple_packing", "sp_bits_per_value": 16}
    DATA = np.array([1.0, NAN, 2.0, 3.0])

    def test_parameters_cannot_be_computed_from_nan(self):
        with pytest.raises(ValueError, match="NaN"):
            encode(self.DATA, self.FIELDS, **ALLOWED)

    def test_with_explicit_parameters(self):
        fields = {**self.FIELDS, "sp_reference_value": 0.0, "sp_binary_scale_factor": -8}
        np.testing.assert_array_equal(only_array(encode(self.DATA, fields, **ALLOWED)), self.DATA)


def test_decode_with_masks_of_several_objects():
    arrays = [np.array([1.0, NAN]), np.arange(3), np.array([INF, -INF], np.float32)]
    pairs = [({"type": "x", "shape": [array.size], "dtype": array.dtype.name}, array) for array in arrays]
    metadata, objects = tensogram.decode_with_masks(tensogram.encode({"a": 1}, pairs, **ALLOWED), True, 2)
    assert metadata["a"] == 1
    assert [list(masks) for _, _, masks in objects] == [["nan"], [], ["inf+", "inf-"]]
    assert [descriptor.dtype for descriptor, _, _ in objects] == ["float64", "int64", "float32"]


def test_masks_are_no_parameters():
    _, (descriptor,) = tensogram.decode_descriptors(encode(VALUES, **ALLOWED))
    assert "masks" not in descriptor.params


class TestPublishedPackage:
    @pytest.mark.parametrize("method", METHODS)
    def test_reads_the_masks(self, oracle, method):
        # It reads masks of blosc2 only once it has used blosc2 otherwise.
        oracle.encode({}, [({"type": "x", "shape": [1], "dtype": "int8", "compression": "blosc2"}, b"x")])
        data = VALUES.astype(np.float32).reshape(40, 80)
        options = {f"{kind}_mask_method": method for kind in ("nan", "pos_inf", "neg_inf")}
        message = encode(data, {"compression": "zstd"}, **ALLOWED, **options)
        ((_, found),) = oracle.decode(message, verify_hash=True)["objects"]
        np.testing.assert_array_equal(found, data)

    @pytest.mark.parametrize(("method", "dtype"), [*itertools.product(METHODS, ["float32", "float64"])])
    def test_writes_masks_that_are_read(self, oracle, method, dtype):
        data = VALUES.astype(dtype)
        descriptor = {"type": "x", "shape": [data.size], "dtype": dtype}
        options = {f"{kind}_mask_method": method for kind in ("nan", "pos_inf", "neg_inf")}
        message = oracle.encode({}, [(descriptor, data)], **ALLOWED, **options)
        np.testing.assert_array_equal(only_array(message, verify_hash=True), data)
        assert_same_masks(masks_of(message), expected_masks(data))


DAMAGE = [
    ({"nan": {"method": "gzip", "offset": 32, "length": 1}}, r"EncodingError: .*unknown mask method"),
    ({"nan": {"method": "none", "offset": 32, "length": 2}}, r"FramingError: .*nan.*outside"),
    ({"nan": {"method": "none", "offset": 2**62, "length": 1}}, r"FramingError: .*nan.*outside"),
    ({"nan": {"method": "none", "offset": 32, "length": 0}}, r"EncodingError: .*nan"),
    ({"nan": {"method": "rle", "offset": 32, "length": 1}}, r"EncodingError: .*nan"),
    ({"nan": {"method": "none"}}, r"MetadataError: .*nan.*offset"),
    ({"nan": {"offset": 32, "length": 1}}, r"MetadataError: .*nan.*method"),
    ({"nan": 5}, r"MetadataError: .*nan"),
    ({"what": {"method": "none", "offset": 32, "length": 1}}, r"MetadataError: .*unknown kind 'what'"),
]


@pytest.mark.parametrize(("masks", "text"), DAMAGE, ids=lambda value: str(value)[:40])
def test_masks_that_cannot_be_read(wire, masks, text):
    descriptor = {"type": "x", "shape": [4], "dtype": "float64", "masks": masks}
    # A mask that does not say where it starts leaves all that is there to the payload.
    blob = b"\x80" if "'offset': 32" in str(masks) else b""
    message = wire.message(wire.metadata(), wire.data_object(descriptor, bytes(32), masks=blob))
    for read in (tensogram.decode, tensogram.decode_with_masks, lambda data: tensogram.decode_object(data, 0)):
        with pytest.raises(ValueError, match=text):
            read(message)


def test_a_mask_of_one_bit(wire):
    entry = {"nan": {"method": "none", "offset": 32, "length": 1}}
    descriptor = {"type": "x", "shape": [4], "dtype": "float64", "masks": entry}
    message = wire.message(wire.metadata(), wire.data_object(descriptor, bytes(32), masks=b"\x40"))
    np.testing.assert_array_equal(only_array(message), [0, NAN, 0, 0])
