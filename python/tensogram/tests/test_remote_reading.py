"""Remote files over HTTP: the same answers as a local file gives, with few requests (contract §17)."""

import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import tensogram

# Objects so large that no request gets anything of two of them by chance.
SHAPE = (400, 300)
FIELD = np.linspace(250, 310, SHAPE[0] * SHAPE[1]).reshape(SHAPE)
PIPELINES = {
    "none": {},
    "zstd": {"compression": "zstd"},
    "shuffle": {"filter": "shuffle", "shuffle_element_size": 8, "compression": "lz4"},
    "blosc2": {"compression": "blosc2"},
    "packed": {"encoding": "simple_packing", "sp_bits_per_value": 16},
    "szip": {"encoding": "simple_packing", "sp_bits_per_value": 16, "compression": "szip"},
    "zfp": {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 32},
    "big": {"byte_order": "big"},
}


def described(array, **stages):
    return {"type": "ntensor", "shape": list(array.shape), "dtype": array.dtype.name, **stages}, array


@pytest.fixture(scope="module")
def messages():
    """Three messages with an object for each pipeline."""
    return [
        tensogram.encode(
            {"base": [{"name": name} for name in PIPELINES], "number": number},
            [described(FIELD + number, **stages) for stages in PIPELINES.values()],
        )
        for number in range(3)
    ]


@pytest.fixture
def both(server, messages, path):
    """The same messages as a remote and as a local file."""
    content = b"".join(messages)
    Path(path).write_bytes(content)
    return tensogram.TensogramFile.open(server.put("a.tgm", content)), tensogram.TensogramFile.open(path)


def same(a, b):
    """Whether two answers are equal, arrays and classes of the module included."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, tensogram.Metadata):
        return same((a.base, a.extra, a.reserved), (b.base, b.extra, b.reserved))
    if isinstance(a, tensogram.DataObjectDescriptor):
        return same((a.shape, a.dtype, a.params, a.compression), (b.shape, b.dtype, b.params, b.compression))
    return a == b


# MARK: the same as local

RANGES = [(0, 5), (70_000, 300), (119_990, 10), (3, 0)]
BATCHES = {"file_decode_object_batch", "file_decode_range_batch"}

CALLS = [
    ("message_count", ()),
    ("__len__", ()),
    ("__getitem__", (1,)),
    ("__getitem__", (-1,)),
    ("__getitem__", (slice(None, None, -2),)),
    ("read_message", (2,)),
    ("decode_message", (1,)),
    ("file_decode_metadata", (0,)),
    ("file_decode_descriptors", (1,)),
    *(("file_decode_object", (2, index)) for index in range(len(PIPELINES))),
    *(
        ("file_decode_range", (0, index, RANGES))
        for index, name in enumerate(PIPELINES)
        if name not in ("zstd", "shuffle")
    ),
    *(("read_selection", (1, index, (slice(0, 400, 57), slice(9, 2, -3)))) for index in range(len(PIPELINES))),
    ("read_selection", (0, 0, (slice(None), 7))),
    ("read_selection", (0, 5, (399, slice(None)))),
]


@pytest.mark.parametrize(("method", "arguments"), CALLS, ids=lambda value: value if isinstance(value, str) else None)
def test_answers_are_those_of_a_local_file(both, method, arguments):
    remote, local = both
    assert same(getattr(remote, method)(*arguments), getattr(local, method)(*arguments))


@pytest.mark.parametrize("options", [{"native_byte_order": False}, {"verify_hash": True}, {"threads": 2}], ids=str)
def test_options(both, options):
    remote, local = both
    for index in range(len(PIPELINES)):
        answers = [file.file_decode_object(1, index, **options) for file in (remote, local)]
        assert same(*answers)
    assert same(remote.decode_message(0, **options), local.decode_message(0, **options))


def test_copy_false_gives_arrays_of_their_own(both):
    remote, local = both
    assert same(remote.file_decode_object(0, 0, copy=False)["data"], local.file_decode_object(0, 0)["data"])


def test_batches_are_single_calls_in_order(both):
    remote, _ = both
    order = [2, 0, 2, 1]
    for index in range(len(PIPELINES)):
        batch = remote.file_decode_object_batch(order, index, verify_hash=True)
        assert same(batch, [remote.file_decode_object(number, index) for number in order])
    batch = remote.file_decode_range_batch(order, 5, RANGES)
    assert same(batch, [remote.file_decode_range(number, 5, RANGES) for number in order])
    joined = remote.file_decode_range_batch(np.array(order), np.int64(0), RANGES, join=True)
    assert same(joined, [remote.file_decode_range(number, 0, RANGES, join=True) for number in order])
    assert remote.file_decode_object_batch([], 0) == []
    assert remote.file_decode_range_batch((), 0, RANGES) == []


@pytest.mark.parametrize("call", [("file_decode_object_batch", [0, 9], 0), ("file_decode_object_batch", [0], 99)])
def test_one_failure_fails_a_batch(both, call):
    method, *arguments = call
    with pytest.raises(ValueError, match=r"out of range"):
        getattr(both[0], method)(*arguments)


@pytest.mark.parametrize("method", ["file_decode_metadata", "read_message", "decode_message"])
def test_a_message_that_is_not_there(both, method):
    with pytest.raises(ValueError, match=r"message index 3 out of range \(count=3\)"):
        getattr(both[0], method)(3)
    with pytest.raises(IndexError):
        both[0][3]


def test_an_object_that_is_not_there(both):
    with pytest.raises(ValueError, match=r"ObjectError.*out of range.*a\.tgm"):
        both[0].file_decode_object(0, 99)


def test_masks(server):
    values = FIELD.copy()
    values[::7, 5] = np.nan
    values[3] = np.inf
    stages = [{}, {"compression": "zstd"}]
    options = {"allow_nan": True, "allow_inf": True}
    url = server.put("m.tgm", tensogram.encode({}, [described(values, **stage) for stage in stages], **options))
    file = tensogram.TensogramFile.open(url)
    for index in range(2):
        assert same(file.file_decode_object(0, index)["data"], values)
    selected = file.read_selection(0, 0, (slice(2, 9), slice(4, 6)))
    assert same(selected, np.ascontiguousarray(values[2:9, 4:6]))


def test_streamed_messages(server):
    encoder = tensogram.StreamingEncoder({"base": [{}, {}]})
    for number in range(2):
        encoder.write_object(*described(FIELD + number))
    content = encoder.finish()
    file = tensogram.TensogramFile.open(server.put("s.tgm", content + content))
    assert len(file) == 2
    assert same(file.file_decode_object(1, 1)["data"], FIELD + 1)


# MARK: requests


@pytest.fixture
def single(server):
    """The URL of a file with one message of three objects, two of them small."""
    latitude, longitude = np.linspace(-90, 90, SHAPE[0]), np.linspace(0, 359, SHAPE[1])
    objects = [described(latitude), described(longitude), described(FIELD)]
    return server.put("f.tgm", tensogram.encode({"base": [{"name": n} for n in ("lat", "lon", "t")]}, objects))


def test_opening_takes_one_request(server, single):
    with server.counted() as requests:
        tensogram.TensogramFile.open(single)
    assert len(requests) == 1


def test_metadata_and_descriptors_take_one_more(server, single):
    with server.counted() as requests:
        file = tensogram.TensogramFile.open(single)
        assert file.file_decode_metadata(0).base[2]["name"] == "t"
        assert len(file.file_decode_descriptors(0)["descriptors"]) == 3
        assert len(file) == 1
    assert len(requests) <= 2


def test_an_object_takes_one_request_the_first_time_too(server, messages):
    file = tensogram.TensogramFile.open(server.put("a.tgm", messages[0]))
    file.file_decode_metadata(0)
    for index in (3, 0, 7, 0):
        with server.counted() as requests:
            file.file_decode_object(0, index)
        assert len(requests) == 1


def test_what_is_small_and_near_takes_none(server, single):
    file = tensogram.TensogramFile.open(single)
    file.file_decode_metadata(0)
    with server.counted() as requests:
        file.file_decode_object(0, 0)
        file.file_decode_object(0, 1)
    assert requests == []


@pytest.mark.parametrize("index", [0, 4, 5, 6], ids=["none", "packed", "szip", "zfp"])
def test_a_part_takes_one_request_of_its_bytes(server, index):
    stages = list(PIPELINES.values())[index]
    big = np.tile(FIELD, (10, 1))
    content = tensogram.encode({}, [described(big, **stages)])
    file = tensogram.TensogramFile.open(server.put("p.tgm", content))
    file.file_decode_descriptors(0)
    with server.counted() as requests:
        part = file.read_selection(0, 0, (slice(1000, 1010), slice(0, 300, 10)))
    assert np.allclose(part, big[1000:1010, ::10], atol=0.01)
    assert len(requests) == 1
    assert requests[0].stop - requests[0].start <= len(content) / 100


def test_far_parts_come_at_the_same_time(server):
    big = np.zeros((4, 200_000))
    big[:] = np.arange(4)[:, None]
    file = tensogram.TensogramFile.open(server.put("p.tgm", tensogram.encode({}, [described(big)])))
    file.file_decode_descriptors(0)
    server.gate = threading.Barrier(4)  # nobody is answered before all four have asked
    with server.counted() as requests:
        column = file.read_selection(0, 0, (slice(None), 100_000))
    assert column.tolist() == [0, 1, 2, 3]
    assert len(requests) == 4


@pytest.mark.parametrize("bidirectional", [True, False])
def test_counting_large_messages_is_about_a_request_each(server, messages, bidirectional):
    url = server.put("n.tgm", b"".join(messages) * 5)
    file = tensogram.TensogramFile.open(url, bidirectional=bidirectional)
    with server.counted() as requests:
        assert len(file) == 15
    assert len(requests) <= 16
    assert file.file_decode_metadata(14)["number"] == 2


def test_counting_small_messages_is_few_requests(server):
    small = tensogram.encode({}, [described(np.zeros(50))])
    file = tensogram.TensogramFile.open(server.put("n.tgm", small * 3000))
    with server.counted() as requests:
        assert len(file) == 3000
    assert len(requests) <= 3000 * len(small) / 100_000


def test_a_batch_gets_all_objects_at_the_same_time(server):
    content = b"".join(tensogram.encode({"i": i}, [described(FIELD + i)]) for i in range(7))
    file = tensogram.TensogramFile.open(server.put("b.tgm", content))
    len(file)
    server.gate = threading.Barrier(4)
    with server.counted() as requests:
        batch = file.file_decode_object_batch([6, 2, 0, 4], 0)
    assert [answer["metadata"]["i"] for answer in batch] == [6, 2, 0, 4]
    assert len(requests) == 4
    server.gate = None
    with server.counted() as requests:  # neighbours are one range
        file.file_decode_object_batch([3, 4, 5], 0)
    assert len(requests) == 1


def test_large_objects_come_in_parts(server):
    large = np.zeros((5, 1 << 20))
    large[:] = np.arange(5)[:, None]
    file = tensogram.TensogramFile.open(server.put("l.tgm", tensogram.encode({}, [described(large)])))
    with server.counted() as requests:
        assert same(file.file_decode_object(0, 0)["data"], large)
    assert 3 <= len(requests) <= 6
    assert max(request.stop - request.start for request in requests) <= 16 << 20


# MARK: life


def test_a_remote_file_says_what_it_is(both):
    remote, _ = both
    assert remote.is_remote()
    assert remote.source().endswith("/a.tgm")
    assert repr(remote) == f"TensogramFile(source='{remote.source()}')"
    with remote as entered:
        assert entered is remote
    remote.close()
    assert len(remote) == 3


def test_what_remote_files_do_not_do(both):
    remote, _ = both
    with pytest.raises(RuntimeError, match="iteration not supported"):
        iter(remote)
    for call in (remote.messages, lambda: remote.append({}, [])):
        with pytest.raises(OSError, match="RemoteError.*not supported on remote"):
            call()


def test_pickling_is_by_url_and_options(both):
    restored = pickle.loads(pickle.dumps(both[0]))
    assert restored.source() == both[0].source()
    assert same(restored.file_decode_object(0, 0)["data"], FIELD)


def test_eight_threads_on_one_file(both):
    remote, _ = both

    def read(number):
        index = number % len(PIPELINES)
        return same(remote.file_decode_object(number % 3, index), remote.file_decode_object(number % 3, index))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(48)))


def test_reading_in_a_forked_child(both):
    program = """
import os, sys
import tensogram
file = tensogram.TensogramFile.open(sys.argv[1])
file.file_decode_metadata(0)
child = os.fork()
count = len(file.file_decode_object(2, 0)["data"])
if child == 0:
    os._exit(0 if count == 400 else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), count)
"""
    arguments = [sys.executable, "-W", "ignore", "-c", program, both[0].source()]
    answer = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert answer.stdout.split() == ["0", "400"], answer.stderr


def test_importing_needs_no_package_for_remote_files():
    program = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("fsspec", "aiohttp", "s3fs"):
            raise ImportError(f"No module named {name}")
sys.meta_path.insert(0, Absent())
import tensogram
for url in ("https://h/a.tgm", "s3://b/a.tgm", "gs://b/a.tgm", "az://c/a.tgm"):
    try:
        tensogram.TensogramFile.open(url)
    except ImportError as error:
        print(error)
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    lines = answer.stdout.splitlines()
    assert len(lines) == 4, answer.stderr
    for extra, line in zip(["remote", "remote", "gs", "az"], lines, strict=True):
        assert f"pip install 'tensogram[{extra}]'" in line


# MARK: other file systems


def test_any_file_system_of_fsspec(messages, tmp_path):
    import fsspec

    fsspec.filesystem("memory").pipe("/folder/a.tgm", messages[1])
    (tmp_path / "a.tgm").write_bytes(messages[1])
    for url in ("memory://folder/a.tgm", f"file://{tmp_path}/a.tgm"):
        file = tensogram.TensogramFile.open_remote(url)
        assert file.is_remote()
        assert same(file.file_decode_object(0, 1)["data"], FIELD + 1)
        assert same(file.read_selection(0, 0, (3, slice(0, 9))), np.ascontiguousarray(FIELD[3, :9] + 1))
    assert tensogram.TensogramFile.open("memory://folder/a.tgm").is_remote()


def test_other_schemes_are_paths(tmp_path):
    for source in ("file:///nowhere/a.tgm", "ftp://h/a.tgm", "hdfs://h/a.tgm"):
        with pytest.raises(FileNotFoundError):
            tensogram.TensogramFile.open(source)
