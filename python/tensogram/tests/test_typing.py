"""The types that the package declares are those that it has."""

import subprocess
import sys
from pathlib import Path

import tensogram

SETTINGS = Path(__file__).parents[3] / "pyproject.toml"


def test_stubs_agree_with_the_extension_module(tmp_path):
    folder = tensogram.__file__.rpartition("/tensogram/")[0]
    check = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "tensogram", "--mypy-config-file", SETTINGS],
        env={"PYTHONPATH": folder, "MYPY_CACHE_DIR": str(tmp_path), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert check.returncode == 0, check.stdout + check.stderr


PROGRAM = """
import numpy as np
from typing import Any, reveal_type
import tensogram

message = tensogram.encode({"base": [{"a": 1}]}, [({"type": "x", "shape": [2], "dtype": "float32"}, np.zeros(2))])
metadata, objects = tensogram.decode(message, threads=np.int64(2), verify_hash=True)
reveal_type(metadata)
reveal_type(objects)
reveal_type(tensogram.decode_range(message, 0, [(0, 1)]))
reveal_type(tensogram.decode_range(message, 0, [(0, 1)], join=True))
with tensogram.TensogramFile.open("x") as file:
    reveal_type(file[0])
    reveal_type(file[1:3])
    reveal_type(file.file_decode_object(0, 0)["data"])
    reveal_type(file.read_selection(0, 0, (slice(0, 3), 1)))
dict(metadata)

async def read() -> None:
    async with await tensogram.AsyncTensogramFile.open("x") as file:
        reveal_type(await file.decode_message(0))
        reveal_type((await file.file_decode_object(0, 0))["data"])
        async for message in file:
            reveal_type(message)
"""

REVEALED = [
    "tensogram._native.Metadata",
    "list[tuple[tensogram._native.DataObjectDescriptor, numpy.ndarray[",
    "list[numpy.ndarray[",
    "numpy.ndarray[",
    "Message",
    "list[tuple[",
    "numpy.ndarray[",
    "numpy.ndarray[",
    "Message",
    "numpy.ndarray[",
    "Message",
]


def test_programs_are_checked_strictly(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    folder = tensogram.__file__.rpartition("/tensogram/")[0]
    check = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "program.py"],
        env={"MYPYPATH": folder, "MYPY_CACHE_DIR": str(tmp_path / "cache"), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert check.returncode == 0, check.stdout + check.stderr
    revealed = [line.split('"')[1] for line in check.stdout.splitlines() if "Revealed type" in line]
    assert len(revealed) == len(REVEALED)
    for found, wanted in zip(revealed, REVEALED, strict=True):
        assert wanted in found
