"""Threads change how long encoding and decoding take, and nothing else (contract §21)."""

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
