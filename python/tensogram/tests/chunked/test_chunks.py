"""Chunks, settings, display and pickles."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import tensogram
import tensogram.chunked as xp


@pytest.mark.parametrize(
    ("chunks", "shape", "expected"),
    [
        (3, (10, 7), ((3, 3, 3, 1), (3, 3, 1))),
        ((3, -1), (10, 7), ((3, 3, 3, 1), (7,))),
        ((3, None), (10, 7), ((3, 3, 3, 1), (7,))),
        ({0: 3}, (10, 7), ((3, 3, 3, 1), (7,))),
        ({-1: 3}, (10, 7), ((10,), (3, 3, 1))),
        (((3, 3, 4), 7), (10, 7), ((3, 3, 4), (7,))),
        (((4, 0, 6), 7), (10, 7), ((4, 0, 6), (7,))),
        (11, (10,), ((10,),)),
        ((4, 6), (10,), ((4, 6),)),
        (4, (0, 3), ((0,), (3,))),
        ("auto", (0, 3), ((0,), (3,))),
        ((), (), ()),
    ],
)
def test_normalize_chunks(chunks: Any, shape: tuple[int, ...], expected: Any) -> None:
    assert xp.normalize_chunks(chunks, shape) == expected


@pytest.mark.parametrize(
    "chunks", [(5,), ((3, 3), 7), 0, -2, 1.5, True, "3 parsecs", ("8MB", "9MB"), ((5, -1, 6), 7), {2: 1}, object()]
)
def test_normalize_chunks_tells_specification_and_shape(chunks: Any) -> None:
    with pytest.raises(ValueError, match=r"\(10, 7\)"):
        xp.normalize_chunks(chunks, (10, 7))


@pytest.mark.parametrize("limit", ["1kB", "16 B", "1MiB", "200B", 4000])
def test_automatic_blocks_hold_the_limit(limit: Any) -> None:
    chunks = xp.normalize_chunks("auto", (100, 100), limit=limit, dtype=np.dtype("f8"))
    largest = max(chunks[0]) * max(chunks[1]) * 8
    assert largest <= max({"1kB": 1000, "16 B": 16, "1MiB": 1 << 20, "200B": 200}.get(limit, limit), 8)


def test_automatic_blocks_are_whole_stored_ones() -> None:
    (rows, _) = xp.normalize_chunks("auto", (100, 10), limit=2000, dtype=np.dtype("f8"), previous_chunks=(7, 10))
    assert all(size % 7 == 0 for size in rows[:-1])


def test_rechunk_keeps_what_is_not_named() -> None:
    x = xp.ones((6, 6), chunks=(2, 3))
    assert x.rechunk({0: 3}).chunks == ((3, 3), (3, 3))
    assert x.rechunk((None, 2)).chunks == ((2, 2, 2), (2, 2, 2))
    assert x.rechunk({}) is x
    assert x.rechunk((2, 3)) is x


def test_settings_hold_for_a_while() -> None:
    before = xp.settings.auto_chunk_bytes
    with xp.settings(auto_chunk_bytes="64 B", threads=1) as settings:
        assert (settings.auto_chunk_bytes, settings.threads) == (64, 1)
        assert xp.ones(100).npartitions > 1
    assert xp.settings.auto_chunk_bytes == before
    with pytest.raises(TypeError, match="colour"), xp.settings(colour=1):
        pass
    with pytest.raises(ValueError, match="threads"), xp.settings(threads=-1):
        pass
    assert xp.ones(3).compute(threads=1).tolist() == [1, 1, 1]


def test_settings_come_from_the_environment() -> None:
    program = (
        "import tensogram; print(tensogram.chunked.settings.auto_chunk_bytes, tensogram.chunked.ones(99).npartitions)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"TENSOGRAM_AUTO_CHUNK_BYTES": "64 B"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert found.stdout.split() == ["64", "13"]


def test_texts() -> None:
    x = xp.ones((721, 1440), chunks=(100, 400))
    assert repr(x) == ("tensogram.chunked.Array<shape=(721, 1440), dtype=float64, chunksize=(100, 400), chunks=32>")
    assert x._repr_inline_(80) == "tensogram.Array<chunksize=(100, 400)>"
    for width in range(40):
        assert len(x._repr_inline_(width)) <= width


@pytest.mark.parametrize("shape", [(), (0,), (5,), (4, 5), (3, 4, 5), (2, 3, 4, 5), (100_000, 3)])
def test_html_shows_a_table_and_a_well_formed_sketch(shape: tuple[int, ...]) -> None:
    x = xp.ones(shape, chunks=2)
    tree = ElementTree.fromstring(x._repr_html_())
    assert str(shape) in "".join(tree.itertext())
    assert len(list(tree.iter())) < 500
    ElementTree.fromstring((x + 1).sum().visualize().svg)


def test_visualize_writes_a_file(tmp_path: Any) -> None:
    x = xp.from_array(np.ones(3), 1)
    drawing = (x + 1).visualize(tmp_path / "plan.svg")
    assert drawing._repr_svg_() == (tmp_path / "plan.svg").read_text(encoding="utf-8")
    assert "add" in drawing.svg


def test_progress_is_shown() -> None:
    seen: list[tuple[int, int]] = []
    x = xp.from_array(np.ones((40, 10)), 1)
    with xp.ProgressBar(callback=lambda done, total: seen.append((done, total))):
        x.sum().compute()
    assert all(done <= total for done, total in seen)
    text = io.StringIO()
    with xp.ProgressBar(minimum=0, file=text) as bar:
        bar._update(1, 4)
    assert text.getvalue().startswith("\r[##########  ")


def double(block: Any) -> Any:
    return block * 2


def test_pickles_compute_again() -> None:
    values = np.random.default_rng(4).normal(size=(7, 5))
    x = xp.from_array(values, 2)
    for made, expected in [
        ((x * 2 + x.map_blocks(double)).mean(0), (values * 4).mean(0)),
        (xp.linalg.svd(x).S, np.linalg.svd(values).S),
        (x.map_blocks(lambda block: block + 1), values + 1),
        (xp.apply_gufunc(double, "()->()", x, vectorize=True), values * 2),
        (x[[0, 3]].astype("f4").T, values[[0, 3]].astype("f4").T),
        (xp.median(x, axis=0), np.median(values, axis=0)),
    ]:
        again = pickle.loads(pickle.dumps(made))
        assert again.chunks == made.chunks
        np.testing.assert_allclose(again.compute(), expected, rtol=1e-6)


def test_pickles_of_long_chains_do_not_recurse() -> None:
    x = xp.from_array(np.zeros(3), 1)
    for _ in range(10_000):
        x = x + 1
    assert pickle.loads(pickle.dumps(x)).compute().tolist() == [10_000] * 3


def test_what_cannot_be_pickled_is_named() -> None:
    def of_a_lock(block: Any, lock: Any = __import__("threading").Lock()) -> Any:  # noqa: B008
        return block

    with pytest.raises(pickle.PicklingError, match="of_a_lock"):
        pickle.dumps(xp.ones(3).map_blocks(of_a_lock))


@pytest.fixture
def path(tmp_path: Any) -> Any:
    field = np.arange(600, dtype=np.float32).reshape(20, 30)
    descriptor = {"type": "ntensor", "shape": [20, 30], "dtype": "float32"}
    file = tmp_path / "field.tgm"
    file.write_bytes(tensogram.encode({"base": [{}]}, [(descriptor, field)]))
    return file


class Opener:
    """Opens a file when it is asked for."""

    def __init__(self, path: Any) -> None:
        self.path = path

    def open(self) -> tensogram.TensogramFile:
        return tensogram.TensogramFile.open(self.path)


@pytest.mark.parametrize("source", [str, lambda path: path, Opener, lambda path: tensogram.TensogramFile.open(path)])
def test_objects_of_files(source: Any, path: Any) -> None:
    x = xp.from_tgm(source(path), 0, 0, shape=(20, 30), dtype="float32", chunks=(5, 30))
    assert x.chunks == ((5, 5, 5, 5), (30,))
    np.testing.assert_array_equal(x[1:3, ::2].compute(), np.arange(600).reshape(20, 30)[1:3, ::2])
    with pytest.raises(ValueError, match="shape"):
        xp.from_tgm(source(path), 0, 0, shape=(20, 3), dtype="float32")


@pytest.mark.parametrize("source", [str, Opener])
def test_views_of_files_pickle_small(source: Any, path: Any) -> None:
    x = xp.from_tgm(source(path), 0, 0, shape=(20, 30), dtype="float32", chunks=1)[::2].mean(axis=0)
    pickled = pickle.dumps(x)
    assert len(pickled) < 2000
    np.testing.assert_allclose(pickle.loads(pickled).compute(), np.arange(600).reshape(20, 30)[::2].mean(axis=0))
