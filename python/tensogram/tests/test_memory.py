"""Decoding a large object takes its result and a few MB, and what the file's payload takes where it is compressed."""

import subprocess
import sys

import pytest

PROGRAM = """
import re, sys
import numpy as np
import tensogram

def kilobytes(name):
    with open("/proc/self/status") as status:
        return int(re.search(name + r":\\s*(\\d+) kB", status.read()).group(1))

def growth(work):
    # Makes the peak what is in use now.
    with open("/proc/self/clear_refs", "w") as control:
        control.write("5")
    before = kilobytes("VmRSS")
    result = work()
    return kilobytes("VmHWM") - before << 10, result

dtype, fields, path, threads = eval(sys.argv[1])
count = (64 << 20) // np.dtype(dtype).itemsize
array = (280 + np.random.default_rng(0).normal(size=count).cumsum() / 100).astype(dtype)
pair = ({"type": "x", "shape": [count], "dtype": dtype, **fields}, array)
tensogram.encode({}, [({"type": "x", "shape": [9], "dtype": dtype, **fields}, array[:9])])
file = tensogram.TensogramFile.create(path)
file.append({}, [pair])
payload = len(file.read_message(0))
message = tensogram.encode({}, [pair])
del pair, array
from_memory, _ = growth(lambda: tensogram.decode(message, threads=threads, verify_hash=True))
del message, _
from_file, _ = growth(lambda: file.decode_message(0, threads=threads))
print(from_memory, from_file, payload)
"""

RESULT = 64 << 20
FEW_MEGABYTES = 12 << 20

PACKED = {"encoding": "simple_packing", "sp_bits_per_value": 16}
PIPELINES = {
    "none": {},
    "big-endian": {"byte_order": "big"},
    "packed in 13 bits": {**PACKED, "sp_bits_per_value": 13},
    "packed, szip": {**PACKED, "compression": "szip"},
    "packed, shuffled, zstd": {**PACKED, "filter": "shuffle", "compression": "zstd"},
    "szip": {"dtype": "float32", "compression": "szip"},
    "zstd": {"compression": "zstd"},
    "shuffled, zstd": {"filter": "shuffle", "compression": "zstd"},
    "shuffled, lz4": {"filter": "shuffle", "compression": "lz4"},
    "lz4": {"compression": "lz4"},
    "blosc2": {"compression": "blosc2"},
    "zfp, rate": {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16},
    "zfp, accuracy": {"compression": "zfp", "zfp_mode": "fixed_accuracy", "zfp_tolerance": 0.01},
}
SZ3 = {"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 0.01}


def measure(fields, path, threads):
    fields = dict(fields)
    dtype = fields.pop("dtype", "float64")
    command = [sys.executable, "-c", PROGRAM, repr((dtype, fields, str(path), threads))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return map(int, done.stdout.split())


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_decoding(pipeline, threads, tmp_path):
    from_memory, from_file, payload = measure(PIPELINES[pipeline], tmp_path / "large.tgm", threads)
    assert RESULT * 0.9 < from_memory < RESULT + FEW_MEGABYTES
    read = payload if "compression" in PIPELINES[pipeline] else 0
    assert RESULT * 0.9 < from_file < RESULT + read + FEW_MEGABYTES


def test_sz3_keeps_its_codes_as_well(tmp_path):
    """Two bytes for each element, and the content of the payload: codes stand in another order than elements."""
    from_memory, _, payload = measure(SZ3, tmp_path / "large.tgm", 0)
    assert from_memory < RESULT + RESULT // 4 + 2 * payload + FEW_MEGABYTES
