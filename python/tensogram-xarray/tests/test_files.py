"""Files that change between opening and reading, and the handles that the process keeps."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import tgm
import xarray as xr

import tensogram
from tensogram_xarray import files

VALUES = tgm.field(6, 10)


@pytest.fixture
def path(tmp_path):
    return Path(tgm.write(tmp_path / "a.tgm", tgm.message(tgm.named("v", VALUES))))


def opened(path: Path, **options):
    return xr.open_dataset(path, engine="tensogram", cache=False, **options)["v"]


def age(path: Path) -> None:
    """Makes sure that a change within the clock's resolution shows."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))


def test_a_deleted_file(path):
    variable = opened(path)
    variable.load()
    variable = opened(path)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=str(path)) as error:
        variable.load()
    assert error.value.filename == str(path)


def test_a_moved_file_is_read_where_it_is_put_back(path):
    variable = opened(path)
    away = path.rename(path.with_suffix(".away"))
    with pytest.raises(OSError, match=str(path)):
        variable[0].load()
    away.rename(path)
    assert np.array_equal(variable.values, VALUES)


@pytest.mark.parametrize("key", [{}, {"dim_0": 0}])
def test_messages_may_be_appended(path, key):
    variable = opened(path)
    with path.open("ab") as file:
        file.write(tgm.message(tgm.named("w", VALUES)))
    age(path)
    assert np.array_equal(variable.isel(key).values, VALUES[0] if key else VALUES)


def other_values() -> bytes:
    return tgm.message(tgm.named("v", VALUES + 1))


CHANGES = {
    "another message in its place": lambda path: path.write_bytes(other_values()),
    "another file in its place": lambda path: Path(tgm.write(path.with_suffix(".new"), other_values())).replace(path),
    "a message put in front": lambda path: path.write_bytes(other_values() + path.read_bytes()),
    "cut short": lambda path: os.truncate(path, path.stat().st_size - 100),
    "emptied": lambda path: os.truncate(path, 0),
    "overwritten": lambda path: path.write_bytes(bytes(path.stat().st_size)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("pickled", [False, True])
def test_a_changed_file_is_an_error_and_never_other_data(path, change, pickled):
    variable = opened(path)
    if pickled:
        variable = pickle.loads(pickle.dumps(variable))
    change(path)
    age(path)
    for key in ({}, {"dim_0": 0}):
        with pytest.raises(OSError, match="changed since it was opened") as error:
            variable.isel(key).load()
        assert str(path) in str(error.value)


def test_touching_a_file_changes_nothing(path):
    variable = opened(path)
    age(path)
    assert np.array_equal(variable.values, VALUES)


def test_handles_are_shared_and_released(path, monkeypatch):
    count = 0
    real = tensogram.TensogramFile

    class Counting:
        @staticmethod
        def open(path):
            nonlocal count
            count += 1
            return real.open(path)

    monkeypatch.setattr(tensogram, "TensogramFile", Counting)
    dataset = xr.open_dataset(path, engine="tensogram", cache=False)
    dataset["v"][0].load()
    dataset["v"][1].load()
    assert count == 1
    dataset.close()
    dataset.close()
    assert np.array_equal(dataset["v"].values, VALUES)
    assert count == 2


def test_only_so_many_handles_are_kept(path, monkeypatch):
    cache = files._OpenFiles()
    monkeypatch.setattr(files, "_MOST_OPEN_FILES", 3)
    paths = [tgm.write(path.with_name(f"{i}.tgm"), path.read_bytes()) for i in range(5)]
    handles = [cache.get(p, None) for p in paths]
    assert cache.get(paths[4], None) is handles[4]
    assert cache.get(paths[0], None) is not handles[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_child_reads_although_a_thread_held_the_lock(path):
    variable = opened(path)
    with files.open_files._lock:
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(variable.values, VALUES) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("a.tgm", "{cwd}/a.tgm"),
        (Path("a.tgm"), "{cwd}/a.tgm"),
        ("../a.tgm", "{parent}/a.tgm"),
        ("~/a.tgm", "{home}/a.tgm"),
        ("file:///data/my%20file.tgm", "/data/my file.tgm"),
        ("file://localhost/data/a.tgm", "/data/a.tgm"),
        ("https://example.org/a.tgm?sig=1", "https://example.org/a.tgm?sig=1"),
        ("S3://bucket/a.tgm", "S3://bucket/a.tgm"),
    ],
)
def test_paths(monkeypatch, tmp_path, given, meant):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    places = {"cwd": tmp_path, "parent": tmp_path.parent, "home": tmp_path / "home"}
    assert files.path_of(given) == meant.format(**places)


def test_symbolic_links_are_not_resolved(path):
    link = path.with_name("link.tgm")
    link.symlink_to(path)
    assert xr.open_dataset(link, engine="tensogram").encoding["source"] == str(link)
