"""Threads change how long encoding and decoding take, and nothing else (contract §21)."""

import os
import subprocess
import sys

import numpy as np
import pytest

import tensogram

THREADS = [0, 1, 2, 8]
COUNT = 300_000
FIELD = 280 + 20 * np.sin(np.arange(COUNT) / 500) + np.random.default_rng(0).normal(size=COUNT)

PACKED = [{"encoding": "simple_packing", "sp_bits_per_value": bits} for bits in (12, 13, 16, 24)]
COMPRESSED = [{"compression": name} for name in ("zstd", "lz4", "blosc2")]
ZFP = [
    {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 13.5},
    {"compression": "zfp", "zfp_mode": "fixed_accuracy", "zfp_tolerance": 0.01},
]
SZ3 = [{"compression": "sz3", "sz3_error_bound_mode": mode, "sz3_error_bound": 1e-3} for mode in ("abs", "rel", "psnr")]
SZIP = {"compression": "szip", "szip_rsi": 16}
PIPELINES = [
    *[("float64", fields) for fields in [{}, {"byte_order": "big"}, {"filter": "shuffle"}, *PACKED, *COMPRESSED]],
    *[("float64", {**fields, **SZIP}) for fields in [{"filter": "shuffle"}, *PACKED[2:]]],
    *[(dtype, SZIP) for dtype in ("uint8", "int16", "float32")],
    *[(dtype, fields) for dtype in ("float32", "float64") for fields in [*ZFP, *SZ3]],
]
BITMASKS = [("bitmask", {"compression": name}) for name in ("none", "rle", "roaring", "zstd")]


def pair(dtype, fields):
    array = FIELD > 280 if dtype == "bitmask" else FIELD.astype(dtype)
    return {"type": "x", "shape": [COUNT], "dtype": dtype, **fields}, array


def objects(message):
    """A message from its first data object on: what stands in front has the time of day in it."""
    return message[message.index(b"FR\0\x09") :]


@pytest.mark.parametrize(("dtype", "fields"), PIPELINES, ids=str)
class TestEveryPipeline:
    def test_messages_and_values_are_the_same(self, dtype, fields):
        messages = [tensogram.encode({}, [pair(dtype, fields)], threads=threads) for threads in THREADS]
        if fields.get("compression") not in ("zstd", "blosc2"):
            assert len({objects(message) for message in messages}) == 1
        decoded = [tensogram.decode(message).objects[0][1].tobytes() for message in messages]
        decoded += [tensogram.decode(messages[0], threads=threads).objects[0][1].tobytes() for threads in THREADS]
        assert len(set(decoded)) == 1

    def test_parts_are_the_same(self, dtype, fields, path):
        tensogram.TensogramFile.create(path).append({}, [pair(dtype, fields)])
        file = tensogram.TensogramFile.open(path)
        selection = (slice(COUNT - 5, 7, -3),)
        assert len({file.read_selection(0, 0, selection, threads=n).tobytes() for n in THREADS}) == 1
        ranges = [(1, COUNT - 2), (70_001, 3), (5000, 100_000)]
        try:
            found = [file.file_decode_range(0, 0, ranges, join=True, threads=n).tobytes() for n in THREADS]
        except ValueError as error:
            assert "range decode not supported" in str(error)
        else:
            assert len(set(found)) == 1


def test_many_objects():
    """Work is spread over the objects, where there are several; they keep their order and their sizes."""
    cases = PIPELINES[::2] + BITMASKS
    pairs = [pair(dtype, fields) for dtype, fields in cases if fields.get("compression") not in ("zstd", "blosc2")]
    messages = [tensogram.encode({}, pairs, threads=threads) for threads in THREADS]
    assert len({objects(message) for message in messages}) == 1
    expected = [tensogram.decode(tensogram.encode({}, [one])).objects[0][1].tobytes() for one in pairs]
    for threads in THREADS:
        decoded = tensogram.decode(messages[0], threads=threads).objects
        assert [array.tobytes() for _, array in decoded] == expected


SIZES = [3, 200_000, 0, 17, 40_000, 1_000_000, 1]


@pytest.mark.parametrize("threads", THREADS)
def test_objects_of_unlike_sizes(path, threads):
    """A large one among small ones, in memory and in a file."""
    arrays = [np.arange(size, dtype=np.float32) for size in SIZES]
    compressions = ["none", "zstd", "lz4", "blosc2", "szip", "zstd", "none"]
    pairs = [
        ({"type": "x", "shape": [array.size], "dtype": "float32", "compression": name}, array)
        for array, name in zip(arrays, compressions, strict=True)
    ]
    message = tensogram.encode({}, pairs, threads=threads)
    file = tensogram.TensogramFile.create(path)
    file.append({}, pairs, threads=threads)
    for found in (
        tensogram.decode(message, threads=threads, verify_hash=True),
        tensogram.decode(message, threads=threads, copy=False),
        file.decode_message(0, threads=threads, verify_hash=True),
    ):
        for (_, array), expected in zip(found.objects, arrays, strict=True):
            np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("threads", THREADS)
class TestErrors:
    def test_of_an_object_that_cannot_be_written(self, threads):
        arrays = [FIELD, np.where(np.arange(COUNT) == 7, np.nan, FIELD), FIELD]
        pairs = [({"type": "x", "shape": [COUNT], "dtype": "float64", "compression": "zstd"}, a) for a in arrays]
        with pytest.raises(ValueError, match="NaN at element 7.*object 1"):
            tensogram.encode({}, pairs, threads=threads)

    def test_of_an_object_that_is_damaged(self, threads):
        pairs = [({"type": "x", "shape": [COUNT], "dtype": "float64", "compression": "zstd"}, FIELD)] * 3
        message = bytearray(tensogram.encode({}, pairs))
        second = message.index(b"FR\0\x09", message.index(b"FR\0\x09") + 4)
        message[second + 1000] ^= 1
        with pytest.raises(tensogram.HashMismatchError) as error:
            tensogram.decode(bytes(message), threads=threads, verify_hash=True)
        assert error.value.object_index == 1


ENVIRONMENT = """
import hashlib, sys
import numpy as np
import tensogram

FIELD = np.random.default_rng(0).normal(size=100_000).cumsum()
STAGES = [{}, {"compression": "lz4", "filter": "shuffle"}, {"encoding": "simple_packing", "sp_bits_per_value": 13}]
pairs = [({"type": "x", "shape": [FIELD.size], "dtype": "float64", **stages}, FIELD) for stages in STAGES]
digest = hashlib.sha256()

def see(message):
    for _, array in message.objects:
        digest.update(array)

message = tensogram.encode({}, pairs)
digest.update(message[message.index(b"FR\\0\\x09"):])
see(tensogram.decode(message))
for decoded in tensogram.iter_messages(message + message):
    see(decoded)
file = tensogram.TensogramFile.create(sys.argv[1])
file.append({}, pairs)
see(file[0])
digest.update(file.read_selection(0, 2, (slice(5, None, 7),)))
digest.update(tensogram.decode_range(message, 2, [(3, 70_000)])[0])
encoder = tensogram.StreamingEncoder({})
for descriptor, data in pairs:
    encoder.write_object(descriptor, data)
see(tensogram.decode(encoder.finish()))
digest.update(repr(tensogram.compute_packing_params(FIELD, 16, 0)).encode())
digest.update(repr(tensogram.validate(message, "full")).encode())
print(digest.hexdigest())
"""


def test_the_environment_variable_changes_no_result(tmp_path):
    def run(number, threads):
        command = [sys.executable, "-c", ENVIRONMENT, str(tmp_path / f"{number}.tgm")]
        environment = {**os.environ, "TENSOGRAM_THREADS": threads}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert len({run(number, threads) for number, threads in enumerate(["", "0", "1", "2", "8"])}) == 1


FORKING = """
import os, signal, threading
import numpy as np
import tensogram

COUNT = 200_000
FIELD = np.arange(COUNT) % 1000 / 4.0
STAGES = [
    {"compression": "szip", "encoding": "simple_packing", "sp_bits_per_value": 16},
    {"compression": "blosc2"}, {"filter": "shuffle", "compression": "lz4"},
    {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 64},
]
pairs = [({"type": "x", "shape": [COUNT], "dtype": "float64", **stages}, FIELD) for stages in STAGES]
message = tensogram.encode({}, pairs, threads=4)

def check():
    for _, array in tensogram.decode(message, threads=4).objects:
        np.testing.assert_allclose(array, FIELD, atol=0.01)
    assert len(tensogram.encode({}, pairs, threads=4)) == len(message)

stop = threading.Event()

def decode_meanwhile():
    while not stop.is_set():
        tensogram.decode(message, threads=4)

check()
if BUSY:
    thread = threading.Thread(target=decode_meanwhile)
    thread.start()
for _ in range(CHILDREN):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            check()
            grandchild = os.fork()
            if grandchild == 0:
                check()
                os._exit(0)
            os._exit(os.waitpid(grandchild, 0)[1] != 0)
        except BaseException as error:
            print(repr(error), flush=True)
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
if BUSY:
    thread.join()
check()
print("done")
"""


@pytest.mark.parametrize(("busy", "children"), [(False, 1), (True, 3)], ids=["idle", "busy"])
def test_forked_children(busy, children):
    """A child has none of its parent's threads; it makes its own."""
    program = FORKING.replace("BUSY", str(busy)).replace("CHILDREN", str(children))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.stdout == "done\n", done.stdout + done.stderr
