"""The types that the package declares are those that it has."""

import subprocess
import sys
from pathlib import Path

import tensogram

SETTINGS = Path(__file__).parents[3] / "pyproject.toml"


def test_stubs_agree_with_the_extension_module(tmp_path):
    folder = tensogram.__file__.rpartition("/tensogram/")[0]
    check = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "tensogram._native", "--mypy-config-file", SETTINGS],
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
    reveal_type(file.file_decode_descriptors(0)["descriptors"])
    reveal_type([m.metadata["name"] for m in file])
dict(metadata)
reveal_type(metadata.get("name", 0))
reveal_type(tensogram.decode_with_masks(message).objects[0][2])
reveal_type(tensogram.validate(message)["issues"][0]["code"])
reveal_type(tensogram.validate_file("x")["messages"][0]["hash_verified"])
reveal_type(tensogram.doctor()["features"][0]["state"])
reveal_type(tensogram.compute_packing_params(np.zeros(3), 16, 0))
reveal_type(tensogram.convert_netcdf("x", split_by="record", encoding="simple_packing"))
reveal_type(tensogram.to_grib([message]))
reveal_type(tensogram.__has_grib__)
encoder = tensogram.StreamingEncoder({}, aggregate_hash="footer")
reveal_type(encoder.finish())
with tensogram.StreamingEncoder.to_file("x", {}) as writer:
    reveal_type(writer.finish())
for offset, length in tensogram.scan(memoryview(message)):
    reveal_type(offset)
try:
    tensogram.decode(message, verify_hash=True)
except tensogram.HashMismatchError as error:
    reveal_type(error.object_index)

# What is wrong is seen before it runs: an ignore that nothing needs is an error.
tensogram.nope  # type: ignore[attr-defined]
tensogram.decode("text")  # type: ignore[arg-type]
tensogram.decode(message, threads=1.5)  # type: ignore[arg-type]
tensogram.decode_range(message, 0, [(0, 1)], verify_hash=True)  # type: ignore[call-overload]
tensogram.encode({}, [], hash="md5")  # type: ignore[arg-type]
tensogram.validate(message, "deep")  # type: ignore[arg-type]
tensogram.iter_messages(message, True)  # type: ignore[call-arg]
tensogram.convert_grib("x", grouping="all")  # type: ignore[arg-type]
metadata.version = 4  # type: ignore[misc]
class Derived(tensogram.TensogramFile): ...  # type: ignore[misc]

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
    "list[tensogram._native.DataObjectDescriptor]",
    "list[Any]",
    "Any | int",
    "dict[Literal['nan'] | Literal['inf+'] | Literal['inf-'], numpy.ndarray[",
    "str",
    "bool",
    "Literal['on'",
    "TypedDict",
    "list[bytes]",
    "bytes",
    "bool",
    "bytes",
    "None",
    "int",
    "int | None",
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
