"""`copy=False`: read-only views of a buffer or of a mapping of a file."""

import gc
import mmap
import os
import sys
import weakref

import numpy as np
import pytest

import tensogram

DATA = np.arange(1000, dtype=np.float64)
PLAIN = {"type": "x", "shape": [10, 100], "dtype": "float64"}


def encode(data=DATA, **fields):
    return tensogram.encode({}, [({**PLAIN, **fields}, data)])


@pytest.fixture(scope="module")
def message():
    return encode()


READERS = {
    "decode": lambda buffer: tensogram.decode(buffer, copy=False).objects[0][1],
    "decode_object": lambda buffer: tensogram.decode_object(buffer, 0, copy=False)[2],
}


def in_memory(array, buffer):
    """Whether the array is in the memory of the buffer."""
    start = np.frombuffer(buffer, np.uint8).ctypes.data
    return start <= array.ctypes.data < start + len(buffer)


@pytest.mark.parametrize("reader", READERS)
class TestBuffer:
    def test_is_lent_out(self, reader, message):
        array = READERS[reader](message)
        np.testing.assert_array_equal(array, DATA.reshape(10, 100))
        assert in_memory(array, message)
        assert not array.flags.writeable
        assert array.flags.c_contiguous and array.flags.aligned
        assert array.dtype == DATA.dtype

    def test_cannot_be_made_writable(self, reader, message):
        with pytest.raises(ValueError):
            READERS[reader](message).flags.writeable = True

    def test_keeps_the_buffer_alive(self, reader):
        message = encode()
        count = sys.getrefcount(message)
        array = READERS[reader](message)
        assert sys.getrefcount(message) > count
        copy = bytes(bytearray(message))
        del message
        gc.collect()
        np.testing.assert_array_equal(array, READERS[reader](copy))

    def test_goes_when_the_array_goes(self, reader, message):
        count = sys.getrefcount(message)
        for _ in range(10):
            READERS[reader](message)
        gc.collect()
        assert sys.getrefcount(message) == count

    def test_of_a_writable_buffer_is_read_only_all_the_same(self, reader, message):
        buffer = bytearray(message)
        array = READERS[reader](buffer)
        assert in_memory(array, buffer)
        assert not array.flags.writeable
        with pytest.raises(BufferError):
            buffer.append(1)

    @pytest.mark.parametrize("make", [memoryview, lambda data: np.frombuffer(data, np.uint8)])
    def test_of_other_buffers(self, reader, message, make):
        assert in_memory(READERS[reader](make(message)), message)

    def test_of_a_mapping_of_the_caller(self, reader, message):
        mapping = mmap.mmap(-1, len(message))
        mapping[:] = message
        array = READERS[reader](mapping)
        with pytest.raises(BufferError):
            mapping.close()
        np.testing.assert_array_equal(array, DATA.reshape(10, 100))

    @pytest.mark.parametrize(
        "fields",
        [{"byte_order": "big"}, {"compression": "zstd"}, {"filter": "shuffle"}, {"compression": "lz4"}],
        ids=str,
    )
    def test_what_must_be_decoded_is_decoded_as_usual(self, reader, fields):
        array = READERS[reader](encode(**fields))
        np.testing.assert_array_equal(array, DATA.reshape(10, 100))
        assert array.flags.writeable and array.flags.owndata

    def test_unaligned_payloads_are_copied(self, reader, message):
        array = READERS[reader](memoryview(b"x" + message)[1:])
        np.testing.assert_array_equal(array, DATA.reshape(10, 100))
        assert array.flags.aligned and array.flags.writeable


def test_wire_order_is_lent_out_on_request():
    message = encode(byte_order="big")
    array = tensogram.decode(message, copy=False, native_byte_order=False).objects[0][1]
    assert in_memory(array, message)
    np.testing.assert_array_equal(array.byteswap(), DATA.reshape(10, 100))


@pytest.mark.parametrize(
    ("dtype", "shape", "result"),
    [("bitmask", (20,), (3,)), ("uint8", (), ()), ("bfloat16", (3, 4), (3, 4)), ("complex128", (2,), (2,))],
)
def test_other_types(dtype, shape, result):
    sizes = {"bitmask": 3, "uint8": 1, "bfloat16": 24, "complex128": 32}
    payload = bytes(range(1, sizes[dtype] + 1))
    message = tensogram.encode({}, [({"type": "x", "shape": shape, "dtype": dtype}, payload)])
    array = tensogram.decode(message, copy=False).objects[0][1]
    assert array.shape == result
    assert array.tobytes() == payload
    assert in_memory(array, message)
    assert array.dtype == tensogram.decode(message).objects[0][1].dtype


@pytest.mark.parametrize("shape", [(0,), (3, 0, 5)])
def test_empty(shape):
    message = tensogram.encode({}, [({"type": "x", "shape": shape, "dtype": "float32"}, b"")])
    assert tensogram.decode(message, copy=False).objects[0][1].shape == shape


FILE_READERS = {
    "decode_message": lambda file: file.decode_message(1, copy=False).objects[0][1],
    "file_decode_object": lambda file: file.file_decode_object(1, 0, copy=False)["data"],
}


class TestFile:
    @pytest.fixture
    def file(self, path):
        file = tensogram.TensogramFile.create(path)
        for _ in range(3):
            file.append({}, [(PLAIN, DATA)])
        return file

    @pytest.mark.parametrize("reader", FILE_READERS)
    def test_is_a_mapping(self, reader, file, path):
        array = FILE_READERS[reader](file)
        np.testing.assert_array_equal(array, DATA.reshape(10, 100))
        assert not array.flags.writeable
        assert path in mappings()

    @pytest.mark.parametrize("reader", FILE_READERS)
    def test_outlives_the_file(self, reader, file, path):
        array = FILE_READERS[reader](file)
        del file
        os.unlink(path)  # noqa: PTH108
        gc.collect()
        np.testing.assert_array_equal(array, DATA.reshape(10, 100))

    @pytest.mark.parametrize("reader", FILE_READERS)
    def test_is_unmapped_with_the_last_array(self, reader, file, path):
        array = FILE_READERS[reader](file)
        part = array[2:4]
        del array
        assert path in mappings()
        del part
        assert path not in mappings()

    def test_views_of_views_count(self, file):
        array = file.decode_message(0, copy=False).objects[0][1]
        alive = weakref.ref(array)
        view = array.T
        del array
        assert alive() is None or view.base is alive()
        np.testing.assert_array_equal(view.T, DATA.reshape(10, 100))

    def test_hashes_are_verified(self, file, path):
        with open(path, "r+b") as raw:  # noqa: PTH123
            data = raw.read()
            raw.seek(data.rindex(DATA.tobytes()))
            raw.write(b"\1")
        file = tensogram.TensogramFile.open(path)
        with pytest.raises(tensogram.HashMismatchError):
            file.decode_message(2, copy=False, verify_hash=True)


def mappings():
    with open("/proc/self/maps") as maps:  # noqa: PTH123
        return maps.read()
