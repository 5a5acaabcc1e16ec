"""`decode_range` and `file_decode_range` (contract §13), and `read_selection`."""

import itertools

import numpy as np
import pytest

import tensogram

DATA = np.arange(100, dtype=np.int32)


def encode(data, **fields):
    return tensogram.encode({}, [({"type": "x", "shape": list(data.shape), "dtype": data.dtype.name, **fields}, data)])


@pytest.fixture(scope="module", params=["buffer", "file"])
def decode_range(request, tmp_path_factory):
    """The function on a buffer, and the method of a file, with the same arguments."""
    if request.param == "buffer":
        return tensogram.decode_range
    folder, numbers = tmp_path_factory.mktemp("ranges"), itertools.count()

    def in_file(message, *arguments, **options):
        path = folder / f"{next(numbers)}.tgm"
        path.write_bytes(message)
        return tensogram.TensogramFile.open(path).file_decode_range(0, *arguments, **options)

    return in_file


RANGES = [
    [(0, 5)], [(95, 5)], [(0, 100)], [(10, 1), (20, 2), (30, 3)], [(50, 10), (0, 10)], [(0, 10), (5, 10), (0, 10)],
    [(0, 0)], [(100, 0)], [(3, 0), (4, 2), (9, 0)], [],
]  # fmt: skip


@pytest.mark.parametrize("ranges", RANGES, ids=str)
@pytest.mark.parametrize("order", ["little", "big"])
def test_ranges(decode_range, ranges, order):
    message = encode(DATA, byte_order=order)
    parts = decode_range(message, 0, ranges)
    assert isinstance(parts, list)
    assert [part.tolist() for part in parts] == [DATA[start : start + count].tolist() for start, count in ranges]
    assert all(part.dtype == DATA.dtype and part.ndim == 1 and part.flags.writeable for part in parts)
    joined = decode_range(message, 0, ranges, join=True)
    assert joined.dtype == DATA.dtype
    assert joined.tolist() == [value for part in parts for value in part.tolist()]


def test_are_over_the_elements_in_c_order(decode_range):
    data = DATA.reshape(4, 25)
    assert decode_range(encode(data), 0, [(24, 3)])[0].tolist() == [24, 25, 26]


def test_wire_order(decode_range):
    (part,) = decode_range(encode(DATA, byte_order="big"), 0, [(1, 3)], native_byte_order=False)
    assert part.byteswap().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "name",
    ["int8", "int64", "uint16", "float16", "float32", "float64", "bfloat16", "complex64", "complex128"],
)
def test_every_dtype(decode_range, name):
    dtype = "bfloat16" if name == "bfloat16" else name
    data = np.arange(10).astype(np.uint16 if name == "bfloat16" else dtype)
    message = tensogram.encode({}, [({"type": "x", "shape": [10], "dtype": name}, data)])
    (part,) = decode_range(message, 0, [(3, 4)])
    assert part.dtype.name == name
    assert part.tobytes() == data[3:7].tobytes()


@pytest.mark.parametrize("pair", [(1, 2), [1, 2], (np.int64(1), np.uint8(2))], ids=str)
def test_pairs(decode_range, pair):
    assert decode_range(encode(DATA), 0, (pair,))[0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("ranges", "error"),
    [
        ([(0, 101)], ValueError),
        ([(100, 1)], ValueError),
        ([(101, 0)], ValueError),
        ([(0, 1), (99, 2)], ValueError),
        ([(2**63, 1)], ValueError),
        ([(2**64 - 1, 2**64 - 1)], ValueError),
        ([(1, 2**63 - 1)], ValueError),
        ([(0, 2**62)] * 4, ValueError),
        ([(1, 2, 3)], ValueError),
        ([(1,)], ValueError),
        ([(-1, 2)], OverflowError),
        ([(0, -2)], OverflowError),
        ([(2**64, 1)], OverflowError),
        ([(0.0, 1)], TypeError),
        ([("0", 1)], TypeError),
        ([5], TypeError),
        ([slice(0, 1)], TypeError),
        (5, TypeError),
        (None, TypeError),
        (slice(0, 3), TypeError),
        (iter([(0, 1)]), TypeError),
        (np.array([[0, 1]]), TypeError),
    ],
    ids=str,
)
def test_what_is_no_range(decode_range, ranges, error):
    with pytest.raises(error):
        decode_range(encode(DATA), 0, ranges)


@pytest.mark.parametrize("ranges", [[(90, 20)], [(0, 2**40)]])
def test_beyond_the_end(decode_range, ranges):
    with pytest.raises(ValueError, match=rf"EncodingError: .*{ranges[0][1]} .*{ranges[0][0]} exceeds .*100"):
        decode_range(encode(DATA), 0, ranges)


@pytest.mark.parametrize("ranges", [[], [(0, 1)]])
def test_an_object_that_is_not_there(decode_range, ranges):
    with pytest.raises(ValueError, match=r"ObjectError: object index 1 out of range \(num_objects=1\)"):
        decode_range(encode(DATA), 1, ranges)


@pytest.mark.parametrize("fields", [{"compression": "zstd"}, {"compression": "lz4"}, {"filter": "shuffle"}], ids=str)
def test_pipelines_without_ranges(decode_range, fields):
    with pytest.raises(ValueError, match="EncodingError: range decode not supported"):
        decode_range(encode(DATA, **fields), 0, [(0, 1)])


def test_bitmask(decode_range):
    message = tensogram.encode({}, [({"type": "x", "shape": [16], "dtype": "bitmask"}, b"\1\2")])
    with pytest.raises(ValueError, match=r"EncodingError: range decode not supported .*bitmask"):
        decode_range(message, 0, [(0, 1)])


def test_a_range_never_verifies_a_hash(decode_range):
    message = bytearray(encode(DATA))
    message[message.index(DATA.tobytes()) + 400 - 1] ^= 1
    assert decode_range(bytes(message), 0, [(0, 3)])[0].tolist() == [0, 1, 2]


CUBE = np.arange(4 * 5 * 6 * 7, dtype=np.float32).reshape(4, 5, 6, 7)

SELECTIONS = [
    (slice(None),) * 4,
    (slice(1, 3), slice(0, 2), slice(2, 5), slice(3, 4)),
    (0, slice(None), slice(None), slice(None)),
    (slice(None), slice(None), slice(None), -1),
    (1, 2, 3, 4),
    (-1, -2, slice(-3, None), slice(None, -4)),
    (slice(None, None, 2), slice(None, None, 3), slice(1, None, 2), slice(None, None, 4)),
    (slice(None, None, -1),) * 4,
    (slice(3, 0, -2), 2, slice(None, None, -3), slice(5, 1, -1)),
    (slice(2, 2), slice(None), slice(None), slice(None)),
    (slice(10, 20), 0, 0, slice(None)),
    (slice(None, None, 2**62), slice(None, None, -(2**62)), slice(-(2**70), 2**70), 0),
    (np.int64(1), slice(np.int8(1), np.int8(3)), True, False),
]


@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
@pytest.mark.parametrize("fields", [{}, {"byte_order": "big"}, {"compression": "zstd"}, {"filter": "shuffle"}], ids=str)
def test_selections_are_what_numpy_selects(path, selection, fields):
    file = tensogram.TensogramFile.create(path)
    file.append({}, [({"type": "x", "shape": list(CUBE.shape), "dtype": "float32", **fields}, CUBE)])
    result = file.read_selection(0, 0, selection)
    expected = CUBE[tuple(int(item) if isinstance(item, bool) else item for item in selection)]
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype
    assert result.flags.c_contiguous and result.flags.writeable
    np.testing.assert_array_equal(result, expected)


@pytest.fixture
def cube_file(path):
    file = tensogram.TensogramFile.create(path)
    file.append({}, [({"type": "x", "shape": list(CUBE.shape), "dtype": "float32"}, CUBE)])
    return file


def test_one_axis_needs_no_tuple(path):
    file = tensogram.TensogramFile.create(path)
    file.append({}, [({"type": "x", "shape": [100], "dtype": "int32"}, DATA)])
    assert file.read_selection(0, 0, slice(5, 8)).tolist() == [5, 6, 7]
    assert file.read_selection(0, 0, 7).shape == ()


def test_a_scalar_has_an_empty_selection(path):
    file = tensogram.TensogramFile.create(path)
    file.append({}, [({"type": "x", "shape": [], "dtype": "float32"}, np.float32([2.5]))])
    assert file.read_selection(0, 0, ()) == np.float32(2.5)


def test_selection_in_wire_order(path):
    file = tensogram.TensogramFile.create(path)
    file.append({}, [({"type": "x", "shape": [100], "dtype": "int32", "byte_order": "big"}, DATA)])
    result = file.read_selection(0, 0, (slice(0, 9, 4),), native_byte_order=False, threads=2)
    assert result.byteswap().tolist() == [0, 4, 8]


@pytest.mark.parametrize(
    ("selection", "error"),
    [
        ((4, 0, 0, 0), IndexError),
        ((-5, 0, 0, 0), IndexError),
        ((2**70, 0, 0, 0), IndexError),
        ((0, 0, 0), IndexError),
        ((0, 0, 0, 0, 0), IndexError),
        ((slice(None, None, 0), 0, 0, 0), ValueError),
        ((slice("a"), 0, 0, 0), TypeError),
        ((..., 0), TypeError),
        ((None, 0, 0, 0), TypeError),
        ((1.0, 0, 0, 0), TypeError),
        (("0", 0, 0, 0), TypeError),
        (([0, 1], 0, 0, 0), TypeError),
    ],
    ids=str,
)
def test_what_is_no_selection(cube_file, selection, error):
    with pytest.raises(error):
        cube_file.read_selection(0, 0, selection)


def test_selections_of_bitmasks(path):
    file = tensogram.TensogramFile.create(path)
    file.append({}, [({"type": "x", "shape": [16], "dtype": "bitmask"}, b"\1\2")])
    with pytest.raises(ValueError, match="bitmask"):
        file.read_selection(0, 0, (slice(0, 4),))


def test_selections_read_only_what_they_need(path):
    rows = np.arange(4 << 20, dtype=np.float64).reshape(4, 1 << 20)
    file = tensogram.TensogramFile.create(path)
    file.append({}, [({"type": "x", "shape": list(rows.shape), "dtype": "float64"}, rows)])
    file.file_decode_metadata(0)
    before = bytes_read()
    result = file.read_selection(0, 0, (slice(1, 3), slice(1000, 1100)))
    assert bytes_read() - before < 100_000
    np.testing.assert_array_equal(result, rows[1:3, 1000:1100])


def bytes_read():
    """Bytes this process has read by system calls."""
    with open("/proc/self/io") as io:  # noqa: PTH123
        return int(io.readline().split()[1])
