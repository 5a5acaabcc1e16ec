"""Arrays that are created are numpy's, whatever the automatic blocks are."""

from __future__ import annotations

import numpy as np
import pytest

import tensogram.chunked as xp

EXPRESSIONS = """
xp.arange(10)
xp.arange(2, 9, 3)
xp.arange(5.0)
xp.arange(0, 1, 0.1)
xp.arange(0.5, 4, 0.7)
xp.arange(9, 0, -2)
xp.arange(5, 2)
xp.arange(3, dtype="f4")
xp.arange(2**62, 2**62 + 5)
xp.arange(np.int8(1), 5)
xp.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-05"))
xp.linspace(0, 1, 7)
xp.linspace(0, 1, 7, endpoint=False)
xp.linspace(0, 1j, 3)
xp.eye(4)
xp.eye(3, 5, k=1)
xp.identity(3)
xp.ones((2, 3), dtype="i4")
xp.zeros(3)
xp.empty((0, 2))
xp.full((2, 2), 7)
xp.full((2,), np.nan)
xp.full((2, 2), "abc")
xp.full((3, 2), [1, 2])
xp.asarray([1, 2, 3])
xp.asarray(True)
xp.asarray([[1.5]], dtype="f4")
xp.array([1, 2], ndmin=3)
xp.fft.fftfreq(5)
xp.fft.rfftfreq(6, d=0.5)
""".strip().splitlines()


@pytest.mark.parametrize("limit", ["64 B", "128 MiB"])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_creates_as_numpy(expression: str, limit: str) -> None:
    expected = eval(expression, {"xp": np, "np": np})
    with xp.settings(auto_chunk_bytes=limit):
        ours = eval(expression, {"xp": xp, "np": np})
    assert isinstance(ours, xp.Array)
    assert (ours.dtype, ours.shape) == (expected.dtype, expected.shape)
    assert limit != "64 B" or ours.size <= 8 or ours.npartitions > 1
    np.testing.assert_array_equal(ours.compute(), expected)


def test_chunks_are_taken_or_kept() -> None:
    x = xp.full((4, 4), 1.0, chunks=2)
    assert x.chunks == xp.zeros_like(x).chunks == ((2, 2), (2, 2))
    assert xp.full_like(x, 1, shape=(3,)).chunks == ((3,),)
    assert isinstance(np.zeros_like(x), xp.Array)
    assert isinstance(np.asarray([1], like=x), xp.Array)


def test_memory_is_referenced_unless_it_is_copied() -> None:
    memory = np.zeros(10)
    referenced, copied = xp.asarray(memory), xp.asarray(memory, copy=True)
    memory[0] = 5
    assert (referenced.compute()[0], copied.compute()[0]) == (5, 0)
    with pytest.raises(ValueError, match="copy=False"):
        xp.asarray(memory, copy=False, dtype="f4")


def test_one_of_ours_may_be_the_value() -> None:
    np.testing.assert_array_equal(xp.full((2, 3), xp.asarray(4.0)).compute(), np.full((2, 3), 4.0))


@pytest.mark.parametrize("lock", [False, True])
def test_from_array_takes_what_slices(lock: bool) -> None:
    class Source:
        shape, dtype = (4, 3), np.dtype(">i4")

        def __getitem__(self, key: tuple[slice, ...]) -> np.ndarray:
            return np.arange(12, dtype=">i4").reshape(4, 3)[key]

    x = xp.from_array(Source(), (2, None), lock=lock)
    assert (x.dtype, x.chunks) == (np.dtype("i4"), ((2, 2), (3,)))
    np.testing.assert_array_equal(x[::2].compute(), np.arange(12).reshape(4, 3)[::2])


def test_from_array_refuses_names_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="colour"):
        xp.from_array(np.zeros(3), 1, colour="red")
