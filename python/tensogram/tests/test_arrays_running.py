"""How lazy arrays run: within bounds of memory, in forked children, inside one another, until interrupted.

Each case is a process of its own, so that limits and signals are its own; none may take longer than the time given.
"""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import tensogram

PRELUDE = """
import os, sys, threading
import numpy as np
from tensogram._native import ArrayNode, arrays_compute, normalize_chunks

def compute(*nodes, **options):
    outputs = [np.empty(node.shape, node.element) for node in nodes]
    arrays_compute(nodes, outputs, **options)
    return outputs

def external(read, count, size):
    return ArrayNode.external(read, "float64", (count, size), ((1,) * count, (size,)))

def reduce(name, node):
    return ArrayNode.reduce(name, node, tuple(range(len(node.shape))), False, "float64")

def peak():
    [line] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
    return int(line.split()[1]) << 10
"""


def run(code: str, *arguments: str, seconds: float = 120) -> str:
    program = PRELUDE + textwrap.dedent(code)
    command = [sys.executable, "-c", program, *arguments]
    # One thread for numpy's own library: what it reserves for each counts against limits.
    environment = {"OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_four_gigabytes_are_computed_in_half_a_gigabyte_of_address_space() -> None:
    """Each pass makes 512 blocks of 8 MiB: a mean, and what deviates from it."""
    run(
        """
        import resource
        blocks, size = 512, 1 << 20
        node = external(lambda key: np.full((1, size), float(key[0].start)), blocks, size)
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
        mean = reduce("mean", node)
        deviation = reduce("std", ArrayNode.elementwise("subtract", (node, mean), "float64"))
        results = compute(mean, deviation, threads=2, cache=32 << 20)
        assert results[0] == (blocks - 1) / 2
        assert abs(results[1] - np.arange(blocks).std()) < 1e-9
        """
    )


def test_a_mean_over_a_file_streams(tmp_path: Path) -> None:
    """A file of 64 MB read 32 times over, 2 GB in all, takes tiles of memory, not blocks."""
    path = tmp_path / "field.tgm"
    field = np.arange(8 << 20, dtype="float64").reshape(2048, 4096)
    descriptor = {"type": "ntensor", "shape": [2048, 4096], "dtype": "float64"}
    with tensogram.TensogramFile.create(str(path)) as file:
        file.append({}, [(descriptor, field)])
    run(
        """
        one = ArrayNode.file(sys.argv[1], 0, 0, None, None)
        many = ArrayNode.concat((one,) * 32, 0)
        before = peak()
        mean, largest = compute(reduce("mean", many), reduce("max", many))
        assert mean == ((8 << 20) - 1) / 2 and largest == (8 << 20) - 1
        assert peak() - before < 16 << 20, peak() - before
        """,
        str(path),
    )


def test_a_reduction_with_a_large_result_holds_few_states() -> None:
    run(
        """
        count, size = 400, 1 << 18
        node = external(lambda key: np.full((1, size), float(key[0].start)), count, size)
        before = peak()
        [mean] = compute(ArrayNode.reduce("mean", node, (0,), False, "float64"), cache=0)
        assert (mean == (count - 1) / 2).all()
        assert peak() - before < 100 << 20, peak() - before
        """
    )


@pytest.mark.parametrize("computed_before", [False, True])
def test_a_forked_child_computes(computed_before: bool) -> None:
    run(
        """
        node = ArrayNode.memory(np.ones((64, 1000)), "float64", (64, 1000), ((1,) * 64, (1000,)))
        if sys.argv[1] == "True":
            compute(reduce("sum", node), threads=2)
        child = os.fork()
        if child == 0:
            os._exit(0 if compute(reduce("sum", node), threads=2)[0] == 64000 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert compute(reduce("sum", node), threads=2)[0] == 64000
        """,
        str(computed_before),
    )


def test_sources_and_functions_may_compute_while_all_threads_do() -> None:
    run(
        """
        node = ArrayNode.memory(np.ones((8, 4)), "float64", (8, 4), ((1,) * 8, (4,)))
        for _ in range(4):
            def read(key, inner=node):
                return np.full((1, 4), compute(reduce("mean", inner))[0])
            node = external(read, 8, 4)
        assert compute(reduce("sum", node))[0] == 32
        """
    )


def test_many_threads_compute_one_array() -> None:
    run(
        """
        node = ArrayNode.memory(np.ones((64, 1000)), "float64", (64, 1000), ((1,) * 64, (1000,)))
        function = ArrayNode.blockwise(np.square, ((node, (0, 1)),), (0, 1), {}, ("float64",))[0]
        results = []
        def work():
            results.extend(compute(reduce("sum", function))[0] for _ in range(20))
        threads = [threading.Thread(target=work) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert results == [64000] * 160
        """
    )


def test_an_interrupt_ends_work_that_would_last_for_days() -> None:
    run(
        """
        import signal
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        endless = ArrayNode.full(np.float64(1).tobytes(), "float64", (1 << 50,), (((1 << 44),) * 64,))
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            compute(reduce("sum", ArrayNode.elementwise("sin", (endless,), "float64")))
        except KeyboardInterrupt:
            print("interrupted")
        assert compute(reduce("sum", ArrayNode.slice(endless, ((0, 1, 5),))))[0] == 5
        """,
        seconds=30,
    )


def test_an_error_in_one_block_ends_the_others() -> None:
    run(
        """
        made = []
        def read(key):
            made.append(key)
            if key[0].start == 5:
                raise OSError("block 5 is gone")
            return np.zeros((1, 10))
        node = external(read, 10_000, 10)
        try:
            compute(reduce("sum", node), threads=2)
        except OSError as error:
            assert str(error) == "block 5 is gone"
            assert error.__notes__ == ["while computing block (5, 0) of read"]
        else:
            raise AssertionError("no error")
        assert len(made) < 1000
        """
    )


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "field.tgm"
    field = np.arange(1000, dtype="float64")
    with tensogram.TensogramFile.create(str(path)) as file:
        file.append({}, [({"type": "ntensor", "shape": [1000], "dtype": "float64", "compression": "zstd"}, field)])
    node = tensogram._native.ArrayNode.file(str(path), 0, 0, None, ((500, 500),))
    content = bytearray(path.read_bytes())
    magic = content.index(b"\x28\xb5\x2f\xfd")
    content[magic : magic + 4] = b"oops"
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match="object 0, message 0, file '.*field.tgm'"):
        tensogram._native.arrays_compute((node,), (np.empty(1000),))


def test_nothing_of_a_result_is_left_behind() -> None:
    """Blocks, results of functions and exceptions are freed."""
    run(
        """
        import gc, weakref
        class Block(np.ndarray):
            pass
        alive = []
        def read(key):
            block = np.zeros((1, 1000)).view(Block)
            alive.append(weakref.ref(block))
            return block
        node = external(read, 50, 1000)
        compute(ArrayNode.elementwise("add", (node, node), "float64"), reduce("sum", node))
        assert len(alive) == 50
        del node
        gc.collect()
        assert not [block for block in alive if block() is not None]
        """
    )
