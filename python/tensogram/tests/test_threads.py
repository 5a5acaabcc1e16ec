"""Threads and the environment (contract §21)."""

import os
import pathlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tensogram

WORKERS = 8
DATA = np.arange(50_000, dtype=np.float64).reshape(50, 1000)
PLAIN = {"type": "x", "shape": [50, 1000], "dtype": "float64"}


def run_together(work):
    """Calls `work` with a number in as many threads, which all start at once; raises what any of them raises."""
    barrier = threading.Barrier(WORKERS)

    def start(number):
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(start, range(WORKERS)))


@pytest.fixture
def file(path):
    file = tensogram.TensogramFile.create(path)
    for index in range(8):
        file.append({"index": index}, [({**PLAIN, "compression": "zstd" if index % 2 else "none"}, DATA + index)])
    return tensogram.TensogramFile.open(path)


def test_one_buffer():
    message = tensogram.encode({}, [(PLAIN, DATA), ({**PLAIN, "compression": "lz4"}, DATA)])

    def work(_):
        for _ in range(10):
            for _, array in tensogram.decode(message).objects:
                np.testing.assert_array_equal(array, DATA)
            np.testing.assert_array_equal(tensogram.decode_range(message, 0, [(7, 5)])[0], DATA.ravel()[7:12])
            assert tensogram.scan(message) == [(0, len(message))]

    run_together(work)


def test_one_file(file):
    def work(number):
        for turn in range(20):
            index = (number + turn) % 8
            assert len(file) == 8
            np.testing.assert_array_equal(file.decode_message(index).objects[0][1], DATA + index)
            assert file.file_decode_metadata(index)["index"] == index
            assert file.read_message(index)[:8] == b"TENSOGRM"
            np.testing.assert_array_equal(file.read_selection(index, 0, (slice(3, 5), 7)), (DATA + index)[3:5, 7])
            assert file[index].metadata["index"] == index

    run_together(work)


def test_appending_while_others_read(path):
    file = tensogram.TensogramFile.create(path)
    file.append({"index": 0}, [(PLAIN, DATA)])

    def work(number):
        for _ in range(10):
            if number < 2:
                file.append({"index": number}, [(PLAIN, DATA + number)])
            else:
                message = file[-1]
                np.testing.assert_array_equal(message.objects[0][1], DATA + message.metadata["index"])
                assert file.decode_message(0).metadata["index"] == 0

    run_together(work)
    assert len(file) == 21
    assert len(list(tensogram.TensogramFile.open(path))) == 21


def test_each_message_of_one_iterator_goes_to_one_thread(file, path):
    data = pathlib.Path(path).read_bytes()
    for iterator in (iter(file), tensogram.iter_messages(data), tensogram.iter_messages(data * 10)):
        count = len(iterator)
        found = run_together(lambda _, iterator=iterator: [message.metadata["index"] for message in iterator])
        assert sorted(index for part in found for index in part) == sorted(list(range(8)) * (count // 8))


def test_separate_files(tmp_path):
    def work(number):
        file = tensogram.TensogramFile.create(tmp_path / f"{number}.tgm")
        for _ in range(5):
            file.append({}, [({**PLAIN, "compression": "zstd"}, DATA * number)])
        for message in file:
            np.testing.assert_array_equal(message.objects[0][1], DATA * number)

    run_together(work)


def test_shared_metadata(file):
    metadata = file.file_decode_metadata(3)

    def work(_):
        for _ in range(200):
            assert metadata["index"] == 3
            assert metadata.base[0]["_reserved_"]["tensor"]["shape"] == [50, 1000]

    run_together(work)


def test_other_threads_run_meanwhile(path):
    """The GIL is released while large objects are encoded, decoded and appended."""
    big = np.zeros(1 << 20, dtype=np.float64)
    described = {**PLAIN, "shape": [big.size]}
    message = tensogram.encode({}, [(described, big)])
    file = tensogram.TensogramFile.create(path)
    file.append({}, [(described, big)])
    calls = {
        "encode": lambda: tensogram.encode({}, [(described, big)]),
        "decode": lambda: tensogram.decode(message),
        "decode, views": lambda: tensogram.decode(message, copy=False, verify_hash=True),
        "append": lambda: file.append({}, [(described, big)]),
        "stream": lambda: tensogram.StreamingEncoder({}).write_object(described, big),
        "read": lambda: file.read_message(0),
        "hash": lambda: tensogram.compute_hash(message),
        "validate": lambda: tensogram.validate(message),
        "validate a file": lambda: tensogram.validate_file(path),
    }
    assert {name: runs_beside(work) for name, work in calls.items()} == dict.fromkeys(calls, True)


def runs_beside(work):
    """Whether another thread gets to run inside of calls of `work`.

    With a switch interval of minutes no thread gives the GIL away but of its own accord, and of the calls that the main
    thread makes after opening the gate only `work` can do that.
    """
    gate, ran = threading.Lock(), []
    gate.acquire()

    def wait():
        gate.acquire()
        ran.append(True)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        thread = threading.Thread(target=wait)
        thread.start()
        gate.release()
        for _ in range(100):
            work()
            if ran:
                return True
        return False
    finally:
        sys.setswitchinterval(interval)
        thread.join()


def test_the_check_for_that_can_fail():
    assert not runs_beside(lambda: sum(range(1000)))


def run(program, **environment):
    folder = tensogram.__file__.rpartition("/tensogram/")[0]
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": folder, **environment},
        capture_output=True,
        text=True,
    )


PROGRAM = """
import tensogram
message = tensogram.encode({}, [({"type": "x", "shape": [2], "dtype": "uint8"}, b"ab")], threads=THREADS)
assert tensogram.decode(message, threads=THREADS).objects[0][1].tolist() == [97, 98]
"""


@pytest.mark.parametrize("value", ["", "0", "1", "4", "100000"])
def test_environment_variable(value):
    result = run(PROGRAM.replace("THREADS", "0"), TENSOGRAM_THREADS=value)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("value", ["many", "-1", "1.5", " 2"])
def test_a_bad_environment_variable(value):
    result = run(PROGRAM.replace("THREADS", "0"), TENSOGRAM_THREADS=value)
    assert f"EncodingError: TENSOGRAM_THREADS must be a non-negative integer, not '{value}'" in result.stderr
    assert run(PROGRAM.replace("THREADS", "1"), TENSOGRAM_THREADS=value).returncode == 0
    scan = "import tensogram; tensogram.scan(b''); tensogram.compute_hash(b'')"
    assert run(scan, TENSOGRAM_THREADS=value).returncode == 0


@pytest.mark.parametrize("value", ["ffi", "Pure", "RUST", "nonsense", ""])
def test_there_is_one_backend_whatever_the_environment_asks_for(value):
    program = PROGRAM.replace("THREADS", "0").replace('"uint8"', '"uint8", "compression": "zstd"')
    result = run(program, TENSOGRAM_COMPRESSION_BACKEND=value)
    assert result.returncode == 0, result.stderr
