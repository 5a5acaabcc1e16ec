"""Defects of the published package that are not to come back (contract §23), in the order and by the numbers there.

Each is told in one short test here; tables of cases are with the tests of what they are about.
"""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import tensogram

FIELD = np.arange(12, dtype=np.float64).reshape(3, 4)


def describe(array, **fields):
    return {"type": "ntensor", "shape": list(array.shape), "dtype": array.dtype.name, **fields}


def round_trip(array, **fields):
    return tensogram.decode(tensogram.encode({}, [(describe(array, **fields), array)])).objects[0][1]


def damaged(array, **fields):
    """Messages with one byte of the payload flipped, at each place in turn."""
    message = tensogram.encode({}, [(describe(array, **fields), array)])
    # The only data object's frame: 16 bytes, the payload, the descriptor, the payload's end, a hash, 4 bytes.
    frame = message.index(b"FR\0\x09")
    start, end = frame + 16, frame + int.from_bytes(message[frame + 8 : frame + 16], "big") - 20
    end = frame + int.from_bytes(message[end : end + 8], "big")
    for position in range(start, end, 7):
        copy = bytearray(message)
        copy[position] ^= 0x55
        yield bytes(copy)


def test_01_packing_to_odd_widths_before_szip_is_refused():
    for bits in set(range(1, 33)) - {8, 16, 24, 32}:
        with pytest.raises(ValueError, match="next that works"):
            round_trip(FIELD, encoding="simple_packing", sp_bits_per_value=bits, compression="szip")


def test_02_arrays_in_memory_order_of_columns_are_stored_in_c_order():
    for array in (np.asfortranarray(FIELD), FIELD.T):
        np.testing.assert_array_equal(round_trip(array), array)


def test_03_native_arrays_declared_big_endian_are_stored_so():
    np.testing.assert_array_equal(round_trip(FIELD, byte_order="big"), FIELD)


def test_04_arrays_of_another_dtype_of_the_same_size_are_refused():
    with pytest.raises(ValueError, match="int32.*float32"):
        tensogram.encode({}, [({**describe(FIELD), "dtype": "float32"}, FIELD.astype(np.int32))])


LOSSY = [
    {"compression": "zfp", "zfp_mode": "fixed_accuracy", "zfp_tolerance": 1e-3},
    {"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 1e-3},
]


@pytest.mark.parametrize("stages", LOSSY, ids=lambda stages: stages["compression"])
def test_05_lossy_codecs_work_on_float32_and_refuse_integers(stages):
    field = np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
    np.testing.assert_allclose(round_trip(field, **stages), field, atol=2e-3)
    message = tensogram.encode({}, [(describe(field, **stages), field)])
    if stages["compression"] == "zfp":
        np.testing.assert_allclose(tensogram.decode_range(message, 0, [(7, 50)])[0], field.ravel()[7:57], atol=2e-3)
    with pytest.raises(ValueError, match="int32"):
        round_trip(np.arange(12, dtype=np.int32), **stages)


@pytest.mark.parametrize("stages", LOSSY, ids=lambda stages: stages["compression"])
@pytest.mark.parametrize(
    "first", [{"filter": "shuffle"}, {"encoding": "simple_packing", "sp_bits_per_value": 16}], ids=str
)
def test_06_lossy_codecs_refuse_other_stages_in_front(stages, first):
    with pytest.raises(ValueError, match=stages["compression"]):
        round_trip(FIELD, **stages, **first)


def test_07_integers_beyond_64_bits_are_exact_or_refused():
    for number in (2**63, 2**64 - 1, -(2**63) - 1, -(2**64)):
        assert tensogram.decode_metadata(tensogram.encode({"n": number}, []))["n"] == number
    with pytest.raises(ValueError, match="integer"):
        tensogram.encode({"n": 2**64}, [])


def test_08_objects_in_frames_off_the_grid_are_found(wire):
    objects = [wire.data_object({"shape": [2], "dtype": "uint8"}, bytes([n, n])) for n in range(4)]
    message = wire.message(wire.metadata({"abc": 1}), *objects, padding=False)
    assert [array.tolist() for _, array in tensogram.decode(message).objects] == [[n, n] for n in range(4)]


@pytest.mark.parametrize("bound", [0, -1.0, float("nan"), float("inf")])
def test_09_bounds_that_are_none_are_refused(bound):
    with pytest.raises(ValueError, match="zfp_tolerance"):
        round_trip(FIELD, compression="zfp", zfp_mode="fixed_accuracy", zfp_tolerance=bound)
    if bound != 0:
        with pytest.raises(ValueError, match="sz3_error_bound"):
            round_trip(FIELD, compression="sz3", sz3_error_bound_mode="abs", sz3_error_bound=bound)


def test_10_a_descriptor_key_masks_is_refused():
    with pytest.raises(ValueError, match="masks"):
        round_trip(FIELD, masks={})


def test_11_packed_payloads_of_the_wrong_length_are_refused():
    packing = tensogram.compute_packing_params(FIELD.ravel(), 16, 0)
    descriptor = describe(FIELD, encoding="simple_packing", **packing)
    assert tensogram.encode_pre_encoded({}, [(descriptor, bytes(24))])
    with pytest.raises(ValueError, match="does not match"):
        tensogram.encode_pre_encoded({}, [(descriptor, bytes(23))])


def test_12_all_functions_agree_about_the_metadata(wire):
    frame = wire.data_object({"shape": [1], "dtype": "uint8"}, b"\1")
    message = wire.message(wire.metadata({"a": 1}), frame, wire.metadata({"a": 2, "base": [{"b": 3}]}, 7))
    found = [
        tensogram.decode(message).metadata,
        tensogram.decode_metadata(message),
        tensogram.decode_descriptors(message)[0],
        tensogram.decode_object(message, 0)[0],
    ]
    assert {repr((meta.base, meta.extra)) for meta in found} == {repr(([{"b": 3}], {"a": 2}))}


def test_13_damaged_metadata_is_reported():
    message = bytearray(tensogram.encode({"source": "intact"}, [(describe(FIELD), FIELD)]))
    start = message.index(b"intact")
    message[start : start + 6] = b"broken"
    with pytest.raises(tensogram.HashMismatchError):
        tensogram.decode(message, verify_hash=True)
    assert "hash_mismatch" in {issue["code"] for issue in tensogram.validate(message)["issues"]}


def test_14_truncated_zfp_streams_are_refused():
    stages = {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16}
    message = tensogram.encode({}, [(describe(FIELD, **stages), FIELD)])
    start = message.index(b"FR\0\x09") + 16
    with pytest.raises(ValueError, match="EncodingError"):
        tensogram.decode(tensogram.encode_pre_encoded({}, [(describe(FIELD, **stages), message[start : start + 8])]))


def test_15_streamed_messages_with_the_end_magic_inside_are_whole(path):
    payload = np.frombuffer(b"39277777" * 8, np.uint8)
    encoder = tensogram.StreamingEncoder({})
    encoder.write_object(describe(payload), payload)
    message = encoder.finish()
    assert tensogram.scan(message * 2) == [(0, len(message)), (len(message), len(message))]
    Path(path).write_bytes(message * 2)
    assert len(tensogram.TensogramFile.open(path)) == 2
    assert tensogram.validate_file(path)["file_issues"] == []


@pytest.mark.parametrize("stages", [LOSSY[1], {"compression": "blosc2"}], ids=["16 sz3", "17 blosc2"])
def test_16_17_damaged_payloads_are_errors(stages):
    field = np.random.default_rng(0).normal(size=(30, 40))
    for message in damaged(field, **stages):
        try:
            tensogram.decode(message)
        except ValueError as error:
            assert "EncodingError" in str(error)
        assert tensogram.validate(message, "full")["hash_verified"] is False


def test_18_endless_metadata_is_refused():
    loop = []
    loop.append(loop)
    deep = 1
    for _ in range(100_000):
        deep = [deep]
    for value in (loop, deep):
        with pytest.raises(ValueError, match="64 levels"):
            tensogram.encode({"value": value}, [])


def test_19_a_negative_zfp_rate_is_refused():
    with pytest.raises(ValueError, match="zfp_rate"):
        round_trip(FIELD, compression="zfp", zfp_mode="fixed_rate", zfp_rate=-1)


@pytest.mark.parametrize("stages", [LOSSY[1], {"compression": "blosc2"}], ids=["sz3", "blosc2"])
def test_20_no_elements(stages):
    assert round_trip(np.zeros((0, 4)), **stages).shape == (0, 4)


def test_21_a_directory_is_no_file(tmp_path):
    for function in (tensogram.TensogramFile.open, tensogram.validate_file):
        with pytest.raises(IsADirectoryError):
            function(str(tmp_path))


def test_22_junk_is_searched_once(path, message):
    """50 MB of it took 40 s; here they take so little that the test needs no clock."""
    Path(path).write_bytes(b"TENSOGR\0" * 6_250_000 + message)
    assert len(tensogram.TensogramFile.open(path)) == 1


def test_23_what_a_payload_claims_allocates_nothing(wire):
    # A zstd frame header that claims 2^40 bytes, in front of nothing that could make them.
    claim = b"\x28\xb5\x2f\xfd\xe0" + (2**40).to_bytes(8, "little") + b"\x01\0\0"
    frame = wire.data_object({"shape": [100], "dtype": "uint8", "compression": "zstd"}, claim)
    message = wire.message(wire.metadata(), frame)
    tracemalloc.start()
    with pytest.raises(ValueError, match="EncodingError"):
        tensogram.decode(message)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_24_any_number_of_threads_works():
    message = tensogram.encode({}, [(describe(FIELD), FIELD)], threads=100_000)
    np.testing.assert_array_equal(tensogram.decode(message, threads=100_000).objects[0][1], FIELD)


@pytest.mark.parametrize("shape", [[2**40, 0], [0, 2**62, 2**62]])
def test_25_huge_empty_shapes_are_empty_or_refused(wire, shape):
    message = wire.message(wire.metadata(), wire.data_object({"shape": shape, "dtype": "float64"}, b""))
    try:
        assert tensogram.decode(message).objects[0][1].shape == tuple(shape)
    except ValueError as error:
        assert "too big" in str(error)


def test_26_metadata_and_ranges_of_files_read_what_they_need(path):
    big = np.zeros(1 << 21)
    tensogram.TensogramFile.create(path).append({}, [(describe(big), big)])
    before = bytes_read()
    file = tensogram.TensogramFile.open(path)
    file.file_decode_metadata(0)
    file.file_decode_descriptors(0)
    file.file_decode_range(0, 0, [(1_000_000, 10)])
    assert bytes_read() - before < big.nbytes / 50


RANGED = [
    {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16},
    {"compression": "blosc2"},
]


@pytest.mark.parametrize("stages", RANGED, ids=lambda stages: stages["compression"])
def test_ranges_of_compressed_objects_read_and_decode_the_blocks_they_need(path, stages):
    """The published package decodes all of a zfp object, and a chunk of up to 256 MiB of a blosc2 one."""
    big = np.random.default_rng(0).normal(size=1 << 20)
    file = tensogram.TensogramFile.create(path)
    file.append({}, [(describe(big, **stages), big)])
    file.file_decode_descriptors(0)
    before = bytes_read()
    (part,) = file.file_decode_range(0, 0, [(500_000, 1000)])
    assert bytes_read() - before < big.nbytes / 25
    np.testing.assert_allclose(part, big[500_000:501_000], atol=1e-2)


def bytes_read():
    """Bytes this process has read by system calls."""
    return int(Path("/proc/self/io").read_text().split()[1])


def test_27_a_memoryview_is_data_like_any_other():
    message = tensogram.encode({}, [(describe(FIELD), memoryview(FIELD))])
    np.testing.assert_array_equal(tensogram.decode(message).objects[0][1], FIELD)


def test_28_iterating_holds_the_buffer_without_a_copy():
    big = np.zeros(1 << 20)
    message = tensogram.encode({}, [(describe(big), big)])
    tracemalloc.start()
    iterator = tensogram.iter_messages(message)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000
    assert len(iterator) == 1


WORKAROUNDS = [
    ("bytes of an array of any dtype", lambda a: (describe(a), a.tobytes())),
    ("a contiguous copy", lambda a: (describe(a[:, ::2]), np.ascontiguousarray(a[:, ::2]))),
    ("bytes in wire order", lambda a: (describe(a, byte_order="big"), a.astype(">f8").tobytes())),
]


@pytest.mark.parametrize("make", [row[1] for row in WORKAROUNDS], ids=[row[0] for row in WORKAROUNDS])
def test_workarounds_of_callers_go_on_working(make):
    descriptor, data = make(FIELD)
    found = tensogram.decode(tensogram.encode({}, [(descriptor, data)])).objects[0][1]
    np.testing.assert_array_equal(found, FIELD if found.shape == FIELD.shape else FIELD[:, ::2])
