"""Element types and byte orders (contract §3, §3.1), and the forms in which data may be given (§3.2)."""

import array
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest

import tensogram

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64", "bfloat16"]
COMPLEX = ["complex64", "complex128"]
NUMERIC = INTEGERS + FLOATS + COMPLEX
MULTIBYTE = [name for name in NUMERIC if name not in ("int8", "uint8")]


def numpy_dtype(name):
    return np.dtype(ml_dtypes.bfloat16) if name == "bfloat16" else np.dtype(name)


def values(name, shape=(3, 4)):
    """Values that use every byte of an element."""
    dtype = numpy_dtype(name)
    count = int(np.prod(shape))
    if dtype.kind in "iu":
        return (np.arange(count) * 37 % 101).astype(dtype).reshape(shape) * (np.iinfo(dtype).max // 128 or 1)
    if dtype.kind == "c":
        return (np.linspace(-3, 7, count) + 1j * np.linspace(2, 9, count)).astype(dtype).reshape(shape)
    return np.linspace(-3.3, 7.7, count).astype(dtype).reshape(shape)


def descriptor(name, shape=(3, 4), **fields):
    return {"type": "ntensor", "shape": list(shape), "dtype": name, **fields}


def round_trip(data, described, **options):
    return tensogram.decode(tensogram.encode({}, [(described, data)]), **options).objects[0][1]


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("name", NUMERIC)
def test_values_come_back(name, order):
    data = values(name)
    result = round_trip(data, descriptor(name, byte_order=order))
    assert result.dtype == data.dtype
    np.testing.assert_array_equal(result, data)


@pytest.mark.parametrize("name", MULTIBYTE)
def test_wire_order_on_request(name):
    data = values(name)
    result = round_trip(data, descriptor(name, byte_order="big"), native_byte_order=False)
    assert result.dtype == data.dtype, "the dtype is native, only the bytes are the wire's"
    np.testing.assert_array_equal(result.byteswap(), data)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("name", [name for name in MULTIBYTE if name != "bfloat16"])
def test_big_endian_arrays_are_values(name, order):
    data = values(name)
    result = round_trip(data.astype(data.dtype.newbyteorder(">")), descriptor(name, byte_order=order))
    np.testing.assert_array_equal(result, data)


@pytest.mark.parametrize("name", MULTIBYTE)
def test_bytes_are_in_the_declared_order(name):
    data = values(name)
    result = round_trip(data.byteswap().tobytes(), descriptor(name, byte_order="big"))
    np.testing.assert_array_equal(result, data)


def test_the_default_order_is_the_machines():
    message = tensogram.encode({}, [(descriptor("float32"), values("float32"))])
    assert tensogram.decode_descriptors(message)[1][0].byte_order == sys.byteorder


def test_bfloat16_without_ml_dtypes_is_uint16():
    data = values("bfloat16")
    message = tensogram.encode({}, [(descriptor("bfloat16"), data)])
    program = f"""
import sys
sys.modules["ml_dtypes"] = None
import tensogram
array = tensogram.decode({message!r}).objects[0][1]
assert array.dtype.name == "uint16", array.dtype
assert array.tobytes() == {data.tobytes()!r}
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_uint16_arrays_are_bit_patterns(name):
    data = values(name)
    for order in ("little", "big"):
        result = round_trip(data.view(np.uint16), descriptor(name, byte_order=order))
        np.testing.assert_array_equal(result, data)


@pytest.mark.parametrize("name", NUMERIC)
def test_uint8_arrays_are_bytes(name):
    data = values(name)
    result = round_trip(np.frombuffer(data.tobytes(), np.uint8), descriptor(name))
    np.testing.assert_array_equal(result, data)


class TestBitmask:
    bits = np.array([1, 0, 0, 1, 1, 1, 0, 1, 0, 1], dtype=bool)
    packed = np.packbits(bits)

    @pytest.mark.parametrize("data", [bits, packed, packed.tobytes(), bits.reshape(2, 5).T.T], ids=str)
    def test_decodes_to_packed_bytes_whatever_the_shape(self, data):
        result = round_trip(data, descriptor("bitmask", shape=(2, 5)))
        assert result.dtype == np.uint8
        np.testing.assert_array_equal(result, self.packed)

    def test_bool_arrays_are_packed_in_c_order(self):
        bits = self.bits.reshape(5, 2).T
        result = round_trip(bits, descriptor("bitmask", shape=(2, 5)))
        np.testing.assert_array_equal(result, np.packbits(bits))

    def test_a_bool_array_must_have_as_many_elements_as_the_shape(self):
        with pytest.raises(ValueError, match="does not match"):
            round_trip(self.bits, descriptor("bitmask", shape=(9,)))

    def test_packed_bytes_must_be_as_many_as_the_shape_needs(self):
        with pytest.raises(ValueError, match="does not match"):
            round_trip(bytes(3), descriptor("bitmask", shape=(2, 5)))


BASE = np.arange(24, dtype=np.float32).reshape(4, 6)

LAYOUTS = {
    "contiguous": BASE,
    "Fortran order": np.asfortranarray(BASE),
    "transposed": BASE.T,
    "strided": BASE[::2, 1::2],
    "reversed": BASE[::-1, ::-1],
    "broadcast": np.broadcast_to(BASE[:1], (4, 6)),
    "scalar": np.array(2.5, dtype=np.float32),
    "empty": np.empty((3, 0, 5), dtype=np.float32),
    "masked": np.ma.masked_array(BASE, mask=BASE > 5),
    "matrix": BASE.view(np.matrix),
    "unaligned": np.frombuffer(b"x" + BASE.tobytes(), np.uint8)[1:].view(np.float32).reshape(4, 6),
    "strided big-endian": BASE.astype(">f4")[::2],
}


def read_only(data):
    copy = data.copy()
    copy.flags.writeable = False
    return copy


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrays_of_any_layout_are_stored_in_c_order(layout):
    data = LAYOUTS[layout]
    result = round_trip(data, descriptor("float32", data.shape))
    np.testing.assert_array_equal(result, np.asarray(data))
    assert result.shape == data.shape


def test_read_only_arrays():
    np.testing.assert_array_equal(round_trip(read_only(BASE), descriptor("float32", BASE.shape)), BASE)


def test_arrays_of_another_shape_take_the_descriptors():
    np.testing.assert_array_equal(round_trip(BASE, descriptor("float32", (24,))), BASE.ravel())


@pytest.mark.parametrize(
    "make",
    [bytes, bytearray, memoryview, list, lambda data: memoryview(np.frombuffer(data, np.float32))],
    ids=["bytes", "bytearray", "memoryview", "list of ints", "memoryview of floats"],
)
def test_bytes_in_any_form(make):
    np.testing.assert_array_equal(round_trip(make(BASE.tobytes()), descriptor("float32", BASE.shape)), BASE)


def test_a_memoryview_with_gaps_is_copied():
    data = np.arange(24, dtype=np.uint8)
    np.testing.assert_array_equal(round_trip(memoryview(data)[::2], descriptor("uint8", (12,))), data[::2])


@pytest.mark.parametrize(
    "data",
    [None, 5, 1.5, np.float32(1), "text", (1, 2), array.array("f", [1.0]), {}, [1.5], [256], [-1], object()],
    ids=repr,
)
def test_what_is_no_data(data):
    with pytest.raises(ValueError, match="numpy array or bytes"):
        round_trip(data, descriptor("float32", (1,)))


@pytest.mark.parametrize(
    "data",
    [
        np.zeros(4, dtype=bool),
        np.zeros(4, dtype=object),
        np.zeros(4, dtype="U1"),
        np.zeros(4, dtype="S4"),
        np.zeros(4, dtype="M8[s]"),
        np.zeros(4, dtype="m8[s]"),
        np.zeros(4, dtype=np.longdouble),
        np.zeros(4, dtype=np.clongdouble),
        np.zeros(4, dtype=[("a", "f4")]),
        np.zeros(4, dtype="V4"),
        np.zeros(4, dtype=ml_dtypes.float8_e4m3),
    ],
    ids=lambda data: str(data.dtype),
)
@pytest.mark.parametrize("name", ["float32", "float64", "int64", "uint8"])
def test_arrays_that_the_format_has_no_type_for(data, name):
    with pytest.raises(ValueError, match=r"dtype"):
        round_trip(data, descriptor(name, (4,)))


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        ("int32", "float32"), ("uint32", "int32"), ("float64", "int64"), ("complex64", "float64"), ("int8", "uint8"),
        ("int16", "float16"), ("uint16", "int16"), ("float64", "complex64"), ("float16", "bfloat16"),
    ],
)  # fmt: skip
def test_another_dtype_of_the_same_size_is_not_reinterpreted(data, declared):
    with pytest.raises(ValueError, match=rf"{data} does not match .*{declared}"):
        round_trip(np.zeros(4, dtype=data), descriptor(declared, (4,)))


@pytest.mark.parametrize(
    ("data", "shape"),
    [(np.zeros(3, "f4"), (4,)), (np.zeros(5, "f4"), (4,)), (bytes(15), (4,)), (b"", ()), (bytes(4), (0,))],
)
def test_data_of_another_size(data, shape):
    with pytest.raises(ValueError, match="does not match"):
        round_trip(data, descriptor("float32", shape))


def test_another_dtype_of_another_size():
    with pytest.raises(ValueError, match="does not match"):
        round_trip(np.zeros(4, "f8"), descriptor("float32", (4,)))


def test_the_object_in_question_is_named():
    good = (descriptor("float32", (4,)), np.zeros(4, "f4"))
    for bad in (np.zeros(4, "f8"), np.zeros(3, "f4"), None):
        with pytest.raises(ValueError, match="object 2"):
            tensogram.encode({}, [good, good, (descriptor("float32", (4,)), bad)])


def test_dtypes_that_are_copies_of_the_singletons():
    data = np.arange(3, dtype=np.dtype("f4", copy=True))
    np.testing.assert_array_equal(round_trip(data, descriptor("float32", (3,))), data)
    data = np.arange(3, dtype=np.longlong)
    np.testing.assert_array_equal(round_trip(data, descriptor("int64", (3,))), data)


class TestResults:
    def test_are_contiguous_aligned_writable_and_independent(self):
        data = values("float64")
        message = bytearray(tensogram.encode({}, [(descriptor("float64"), data)] * 2))
        first, second = (array for _, array in tensogram.decode(message).objects)
        assert first.flags.c_contiguous and first.flags.aligned and first.flags.writeable and first.flags.owndata
        first[:] = 0
        message[:] = bytes(len(message))
        np.testing.assert_array_equal(second, data)

    @pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0, 5), (1, 1, 1, 1), (1,) * 64])
    def test_have_the_descriptors_shape(self, shape):
        data = np.zeros(shape, dtype=np.int16)
        assert round_trip(data, descriptor("int16", shape)).shape == shape

    def test_more_axes_than_numpy_has(self):
        message = tensogram.encode({}, [(descriptor("int16", (1,) * 65), bytes(2))])
        with pytest.raises(ValueError, match="64"):
            tensogram.decode(message)
        assert tensogram.decode_descriptors(message)[1][0].ndim == 65
