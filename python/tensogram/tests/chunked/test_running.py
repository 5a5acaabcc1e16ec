"""Threads, processes, interruptions and memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import tensogram.chunked as xp

X = np.random.default_rng(5).normal(size=(40, 30))


def mean_of(x: xp.Array, results: Any) -> None:
    results.put(float(x.mean().compute()))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("computed_before", [False, True])
def test_other_processes_compute(method: str, computed_before: bool) -> None:
    x = xp.from_array(X, 7)
    if computed_before:
        x.sum().compute()
    context = multiprocessing.get_context(method)
    results = context.Queue()
    process = context.Process(target=mean_of, args=(x, results))
    process.start()
    assert results.get(timeout=60) == pytest.approx(X.mean())
    process.join(60)
    assert process.exitcode == 0


def test_many_threads_compute_the_same_array() -> None:
    x = (xp.from_array(X, 3) + 1).std(axis=0)
    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(lambda _: x.compute(), range(64)))
    for result in results:
        np.testing.assert_array_equal(result, results[0])


def test_functions_of_blocks_may_compute() -> None:
    """Also if all workers are inside such functions at once."""
    total = xp.from_array(X, 5).sum()
    nested = xp.from_array(X, 2).map_blocks(lambda block: block + total.compute(), dtype=float)
    with ThreadPoolExecutor(4) as threads:
        for result in threads.map(lambda _: nested.compute(), range(4)):
            np.testing.assert_allclose(result, X + X.sum())


def test_arrays_stay_usable_after_an_error() -> None:
    broken = threading.Event()
    broken.set()

    def read(block: Any) -> Any:
        if broken.is_set():
            raise OSError("gone")
        return block

    x = xp.from_array(X, 3).map_blocks(read, dtype=float)
    with pytest.raises(OSError, match="gone"):
        x.sum().compute()
    broken.clear()
    np.testing.assert_allclose(x.sum().compute(), X.sum())


def test_a_source_may_have_a_lock() -> None:
    class Exclusive:
        shape, dtype = X.shape, X.dtype

        def __init__(self) -> None:
            self.readers = 0

        def __getitem__(self, key: Any) -> Any:
            self.readers += 1
            assert self.readers == 1
            values = X[key].copy()
            self.readers -= 1
            return values

    np.testing.assert_array_equal(xp.from_array(Exclusive(), 3, lock=True).compute(), X)


INTERRUPTED = """
import numpy as np, tensogram.chunked as xp
x = xp.ones((1 << 22, 1000), chunks=(1 << 12, 1000))
try:
    print("begun", flush=True)
    xp.compute((x * 2).std(), xp.map_blocks(np.sin, x, dtype=float).sum())
except KeyboardInterrupt:
    print("interrupted", xp.ones(3).sum().item(), flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals for other processes")
def test_an_interrupt_ends_a_computation() -> None:
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    # However early it comes, until the signal is seen.
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[0] == "interrupted 3.0\n"
    assert time.monotonic() - began < 20


STREAMED = """
import resource, numpy as np, tensogram.chunked as xp

class Source:
    shape, dtype = (4096, 1 << 17), np.dtype("f8")

    def __getitem__(self, key):
        rows, columns = (len(range(*part.indices(extent))) for part, extent in zip(key, self.shape))
        return np.broadcast_to(np.arange(columns) % 2.0, (rows, columns))

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
x = xp.from_array(Source(), (16, 1 << 17))
mean, spread = xp.compute(x.mean(), (x - 0.5).std())
assert (mean, spread) == (0.5, 0.5), (mean, spread)
print(x.nbytes >> 20, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before >> 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere peak memory is counted in other units")
def test_reductions_stream() -> None:
    """4 GiB in blocks of 16 MiB take less than 512 MiB."""
    found = subprocess.run([sys.executable, "-c", STREAMED], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    size, peak = map(int, found.stdout.split())
    assert size == 4096
    assert peak < 512
