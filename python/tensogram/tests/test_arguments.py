"""How every function takes its arguments (contract §1.3)."""

import mmap
import pathlib

import numpy as np
import pytest

import tensogram


@pytest.mark.parametrize("value", [1, 0, None, "yes", np.int64(1), 1.0])
@pytest.mark.parametrize("flag", ["native_byte_order", "restore_non_finite", "verify_hash", "copy"])
def test_flags_are_bools_and_nothing_else(message, flag, value):
    with pytest.raises(TypeError, match=flag):
        tensogram.decode(message, **{flag: value})


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_flags_may_be_bools_of_numpy(message, value):
    tensogram.decode(message, native_byte_order=value)


FLAGS = [
    lambda m, flag: tensogram.decode_object(m, 0, verify_hash=flag),
    lambda m, flag: tensogram.decode_object(m, 0, restore_non_finite=flag),
    lambda m, flag: tensogram.decode_with_masks(m, native_byte_order=flag),
    lambda m, flag: tensogram.decode_range(m, 0, [], join=flag),
    lambda m, flag: tensogram.decode_range(m, 0, [], restore_non_finite=flag),
    lambda m, flag: tensogram.iter_messages(m, verify_hash=flag),
    lambda m, flag: tensogram.validate(m, check_canonical=flag),
    lambda _, flag: tensogram.encode({}, [], allow_nan=flag),
    lambda _, flag: tensogram.encode({}, [], allow_inf=flag),
    lambda _, flag: tensogram.StreamingEncoder({}, allow_nan=flag),
]


@pytest.mark.parametrize("call", FLAGS)
def test_flags_of_other_functions(message, call):
    for value in (1, None, "yes"):
        with pytest.raises(TypeError, match="must be a bool"):
            call(message, value)
    for value in (False, np.False_):
        call(message, value)


FILE_FLAGS = [
    lambda file, flag: file.decode_message(0, verify_hash=flag),
    lambda file, flag: file.file_decode_object(0, 0, verify_hash=flag),
    lambda file, flag: file.file_decode_range(0, 0, [], join=flag),
    lambda file, flag: file.read_selection(0, 0, (0,), native_byte_order=flag),
]


@pytest.mark.parametrize("call", FILE_FLAGS)
def test_flags_of_files(two_messages, call):
    for value in (1, None, "yes"):
        with pytest.raises(TypeError, match="must be a bool"):
            call(tensogram.TensogramFile.open(two_messages), value)


def test_ranges_of_files_verify_no_hash(two_messages):
    with pytest.raises(TypeError, match="verify_hash"):
        tensogram.TensogramFile.open(two_messages).file_decode_range(0, 0, [], verify_hash=True)


@pytest.mark.parametrize("index", [0, False, np.int64(0), np.uint8(0), np.array(0)])
def test_indices_are_whatever_has_an_index(message, index):
    assert tensogram.decode_object(message, index)[2].shape == (3, 4)


@pytest.mark.parametrize("index", [0.0, None, "0", [0]])
def test_other_indices_are_refused(message, index):
    with pytest.raises(TypeError, match="index"):
        tensogram.decode_object(message, index)


@pytest.mark.parametrize("index", [-1, -(2**70), 2**64, 2**100])
def test_indices_out_of_64_bits_overflow(message, index):
    with pytest.raises(OverflowError, match="index"):
        tensogram.decode_object(message, index)


@pytest.mark.parametrize("index", [1, 2**63 - 1, 2**63, 2**64 - 1])
def test_indices_within_64_bits_are_looked_up(message, index):
    with pytest.raises(ValueError, match=r"ObjectError.*out of range"):
        tensogram.decode_object(message, index)


@pytest.mark.parametrize("threads", [-1, 2**32])
def test_threads_are_within_32_bits(message, threads):
    with pytest.raises(OverflowError, match="threads"):
        tensogram.decode(message, threads=threads)


@pytest.mark.parametrize("threads", [0, 1, 2, 100_000, 2**32 - 1, True, np.int8(3)])
def test_any_number_of_threads_gives_the_same(message, field, threads):
    np.testing.assert_array_equal(tensogram.decode(message, threads=threads).objects[0][1], field)


@pytest.mark.parametrize("threads", [1.0, None, "2"])
def test_threads_are_an_integer(message, threads):
    with pytest.raises(TypeError, match="threads"):
        tensogram.decode(message, threads=threads)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda _: tensogram.decode(), "missing required argument: 'buf'"),
        (lambda m: tensogram.decode(m, buf=m), "multiple values for argument 'buf'"),
        (lambda m: tensogram.decode(m, nonsense=1), "unexpected keyword argument 'nonsense'"),
        (lambda m: tensogram.decode_metadata(m, True), "at most 1 positional"),
        (lambda m: tensogram.iter_messages(m, True), "at most 1 positional"),
        (lambda m: tensogram.decode_range(m, 0, [], verify_hash=True), "verify_hash"),
        (lambda m: tensogram.decode_with_masks(m, verify_hash=True), "verify_hash"),
        (lambda m: tensogram.iter_messages(m, native_byte_order=True), "native_byte_order"),
        (lambda _: tensogram.encode_pre_encoded({}, [], allow_nan=True), "allow_nan"),
        (lambda m: tensogram.decode_metadata(m, verify_hash=True), "verify_hash"),
        (lambda m: tensogram.decode_descriptors(m, verify_hash=True), "verify_hash"),
    ],
)
def test_calls_that_do_not_fit_the_signature(message, call, text):
    with pytest.raises(TypeError, match=text):
        call(message)


def test_keywords_need_not_be_interned(message):
    name = "".join(["native_", "byte_order"])
    assert tensogram.decode(message, **{name: True})


READERS = {
    "decode": tensogram.decode,
    "decode_metadata": tensogram.decode_metadata,
    "decode_descriptors": tensogram.decode_descriptors,
    "decode_object": lambda buffer: tensogram.decode_object(buffer, 0),
    "decode_range": lambda buffer: tensogram.decode_range(buffer, 0, [(0, 1)]),
    "scan": tensogram.scan,
    "iter_messages": lambda buffer: list(tensogram.iter_messages(buffer)),
}


def anonymous_mapping(data):
    mapping = mmap.mmap(-1, len(data))
    mapping[:] = data
    return mapping


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "make",
    [bytes, bytearray, memoryview, lambda data: np.frombuffer(data, np.uint8), anonymous_mapping],
    ids=["bytes", "bytearray", "memoryview", "ndarray", "mmap"],
)
def test_any_contiguous_buffer_is_read(message, reader, make):
    assert READERS[reader](make(message))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("value", ["text", None, [1, 2], 5, object()])
def test_what_is_no_buffer_is_a_type_error(reader, value):
    with pytest.raises(TypeError):
        READERS[reader](value)


def test_a_buffer_with_gaps_is_refused(message):
    with pytest.raises((BufferError, ValueError)):
        tensogram.decode(memoryview(message)[::2])


def test_the_buffer_can_be_resized_afterwards(message):
    buffer = bytearray(message)
    tensogram.decode(buffer)
    del buffer[:]


@pytest.mark.parametrize("make", [str, pathlib.Path])
def test_paths(two_messages, make):
    assert len(tensogram.TensogramFile.open(make(two_messages))) == 2


@pytest.mark.parametrize("path", [b"/tmp/x", None, 3, 1.5])
@pytest.mark.parametrize("function", [tensogram.TensogramFile.open, tensogram.TensogramFile.create])
def test_other_paths_are_type_errors(function, path):
    with pytest.raises(TypeError, match=r"str or os\.PathLike"):
        function(path)


def test_a_path_with_a_zero_byte():
    with pytest.raises(ValueError, match="zero byte"):
        tensogram.TensogramFile.open("a\0b")


@pytest.mark.parametrize("value", [1, None, "yes"])
def test_bidirectional_is_a_flag(two_messages, value):
    with pytest.raises(TypeError, match="bidirectional"):
        tensogram.TensogramFile.open(two_messages, bidirectional=value)


def test_strings_are_case_sensitive(field, describe):
    with pytest.raises(ValueError, match="unknown hash"):
        tensogram.encode({}, [(describe(field), field)], hash="XXH3")


def test_str_subclasses_are_strings(field, describe):
    class Text(str):
        pass

    assert tensogram.encode({}, [(describe(field), field)], hash=Text("none"))
