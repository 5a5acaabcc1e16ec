"""Objects that are decoded whole for the sake of a part are decoded once for many."""

import threading

import dask
import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import named

from tensogram_xarray.decoded import DecodedObjects

VALUES = tgm.field(100, 72)


def decoder(value: float = 1.0, size: int = 8):
    """Makes an array, and counts how often it had to."""

    def decode() -> np.ndarray:
        decode.calls += 1
        return np.full(size, value)

    decode.calls = 0
    return decode


def test_what_is_wanted_again_is_kept():
    objects, decode = DecodedObjects(), decoder()
    found = [objects.get("a", decode) for _ in range(5)]
    assert decode.calls == 2
    assert all(np.array_equal(values, found[0]) for values in found)
    assert not found[0].flags.writeable


def test_what_is_wanted_once_leaves_nothing():
    objects = DecodedObjects()
    for key in range(10):
        objects.get(key, decoder())
    assert not objects._kept
    assert not objects._running


def test_only_so_many_bytes_are_kept():
    objects, decode = DecodedObjects(most_bytes=200), decoder()
    for key in (1, 1, 2, 2, 3, 3, 4, 4):
        objects.get(key, decode)
    assert list(objects._kept) == [2, 3, 4]
    large = decoder(size=26)
    for _ in range(3):
        objects.get(5, large)
    assert large.calls == 3


def test_values_are_forgotten_with_their_owner():
    objects, decode, owner = DecodedObjects(), decoder(), object()
    for _ in range(2):
        objects.get((owner, 0), decode)
        objects.get((object, 0), decode)
    objects.forget(owner)
    assert list(objects._kept) == [(object, 0)]


def test_many_threads_decode_once():
    objects, started = DecodedObjects(), threading.Event()
    waiting = threading.Semaphore(0)
    calls, found = [], []

    def decode() -> np.ndarray:
        calls.append(1)
        started.set()
        for _ in range(7):
            waiting.acquire(timeout=30)
        return np.ones(8)

    def wait() -> None:
        started.wait(timeout=30)
        waiting.release()
        found.append(objects.get("a", decode))

    threads = [threading.Thread(target=lambda: found.append(objects.get("a", decode)))]
    threads += [threading.Thread(target=wait) for _ in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(calls) <= 2  # A thread that came when the first had ended decodes, and keeps it.


def test_an_error_reaches_all_and_is_not_kept():
    objects = DecodedObjects()

    def fail() -> np.ndarray:
        raise ValueError("damaged")

    for _ in range(2):
        with pytest.raises(ValueError, match="damaged"):
            objects.get("a", fail)
    assert objects.get("a", decoder())[0] == 1


@pytest.fixture
def path(tmp_path):
    item = named("v", VALUES, compression="zstd")
    return tgm.write(tmp_path / "a.tgm", tgm.message(item))


@pytest.mark.filterwarnings("ignore:The specified chunks separate:UserWarning")
@pytest.mark.parametrize(("verify", "decoded"), [(False, 2), (True, 10)])
def test_chunks_of_a_stream_compressed_object(path, reads, verify, decoded):
    options = {"chunks": {"dim_0": 10}, "verify_hash": verify}
    dataset = xr.open_dataset(path, engine="tensogram", **options)
    with dask.config.set(scheduler="synchronous"):
        assert np.array_equal(dataset["v"].compute(), VALUES)
    assert len(reads) == decoded


def test_results_never_share_what_is_kept(path):
    variable = xr.open_dataset(path, engine="tensogram", cache=False)["v"]
    for key in ({"dim_0": slice(0, 99)}, {"dim_0": [3]}, {"dim_1": slice(None, None, -1)}):
        for _ in range(3):
            values = variable.isel(key).values
            assert values.flags.writeable
            assert np.array_equal(values, VALUES[tuple(key.get(d, slice(None)) for d in variable.dims)])
            values[...] = -1


def test_closing_lets_go(path, reads):
    dataset = xr.open_dataset(path, engine="tensogram", cache=False)
    for _ in range(4):
        dataset["v"][0].load()
    assert len(reads) == 2
    dataset.close()
    dataset["v"][0].load()
    assert len(reads) == 3


def test_a_changed_file_is_decoded_anew(path, reads):
    for factor in (1, 2):
        item = named("v", VALUES * factor, compression="zstd")
        tgm.write(tgm.Path(path), tgm.message(item))
        dataset = xr.open_dataset(path, engine="tensogram", cache=False)
        for _ in range(3):
            assert np.array_equal(dataset["v"][3].values, VALUES[3] * factor)
    assert len(reads) == 4
