"""Several processes and threads on one file, and what a failed append leaves behind."""

import subprocess
import sys
from pathlib import Path

import numpy as np

import tensogram

SHAPE = (40, 50)
MESSAGES = 60

READER = """
import sys, threading
import numpy as np
import tensogram

path, messages = sys.argv[1], int(sys.argv[2])
failures = []

def read(seed):
    try:
        seen = 0
        while seen < messages:
            file = tensogram.TensogramFile.open(path)
            seen = len(file)
            for index in range(seed % 3, seen, 3):
                data = file.file_decode_object(index, 0, verify_hash=True)["data"]
                assert (data == index).all(), (index, data)
                row = file.read_selection(index, 0, (slice(3, 5), slice(None, None, -7)))
                assert (row == index).all(), (index, row)
    except BaseException as error:
        failures.append(error)

threads = [threading.Thread(target=read, args=(seed,)) for seed in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
if failures:
    raise failures[0]
"""


def field(value: int) -> tuple[dict[str, object], np.ndarray]:
    descriptor = {"type": "ntensor", "shape": list(SHAPE), "dtype": "float32"}
    return descriptor, np.full(SHAPE, value, dtype=np.float32)


def test_two_processes_with_eight_threads_read_what_a_third_appends(tmp_path: Path) -> None:
    path = str(tmp_path / "growing.tgm")
    file = tensogram.TensogramFile.create(path)
    file.append({}, [field(0)])
    command = [sys.executable, "-c", READER, path, str(MESSAGES)]
    readers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for value in range(1, MESSAGES):
        file.append({}, [field(value)])
    for reader in readers:
        _, errors = reader.communicate(timeout=120)
        assert reader.returncode == 0, errors


LIMITED_APPEND = """
import resource, signal, sys
import numpy as np
import tensogram

path, limit = sys.argv[1], int(sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
file = tensogram.TensogramFile.open(path)
data = np.zeros(100_000)
try:
    file.append({}, [({"type": "ntensor", "shape": [100_000], "dtype": "float64"}, data)])
except OSError as error:
    assert error.filename == path, error
    print("refused")
assert len(file) == 1
assert file[0].objects[0][1][0, 0] == 7
"""


def test_append_that_fails_half_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "full.tgm"
    with tensogram.TensogramFile.create(str(path)) as file:
        file.append({}, [field(7)])
    before = path.read_bytes()
    command = [sys.executable, "-c", LIMITED_APPEND, str(path), str(len(before) + 5000)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "refused"
    assert path.read_bytes() == before
