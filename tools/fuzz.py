"""Feeds damaged messages to the package and looks for what must never happen.

    python tools/fuzz.py --seconds 600        or, to see one input again: python tools/fuzz.py --replay FILE

Messages of every pipeline are damaged at random and given to all that reads. An answer or an error is fine. Findings
are: the process dies, takes longer than a few seconds or more memory than a few hundred MB, or raises what no caller
would catch. The input of a finding is kept in the folder fuzz-findings.
"""

import argparse
import contextlib
import hashlib
import mmap
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import tensogram

FINDINGS = Path("fuzz-findings")
SECONDS_PER_INPUT = 5
MEMORY = 512 << 20
EXPECTED = (ValueError, OSError, RuntimeError, tensogram.IntegrityError)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32, help="repeats a run")
    parser.add_argument("--replay", type=Path, help="an input to read in this process")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.replay:
        read(options.replay.read_bytes(), random.Random(0))
    elif options.worker:
        work(options.worker, options.seed)
    else:
        supervise(options.seconds, options.seed)


def supervise(seconds: float, seed: int) -> None:
    """Runs workers one after the other, each until it finds something or the time is over."""
    end = time.monotonic() + seconds
    inputs, findings = 0, set()
    print(f"Seed {seed}; findings go to {FINDINGS}/", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        slot = Path(folder) / "input"
        while time.monotonic() < end:
            worker = [sys.executable, __file__, "--worker", str(slot), "--seed", str(seed)]
            with Slot(slot) as shared, subprocess.Popen(worker, stderr=subprocess.PIPE, text=True) as process:
                reason = watch(process, shared, end)
                message = process.communicate()[1].strip().splitlines()
                if shared.count == 0:
                    sys.exit(f"Nothing was read: the worker {reason}: {' '.join(message[-1:])}")
                inputs += shared.count
                if reason:
                    FINDINGS.mkdir(exist_ok=True)
                    path = FINDINGS / f"{hashlib.sha256(shared.content).hexdigest()[:12]}.tgm"
                    path.write_bytes(shared.content)
                    findings.add(path)
                    print(f"{path}: {reason}{': ' + message[-1] if message else ''}", flush=True)
            seed += 1
    print(f"{inputs} inputs, {len(findings)} findings")
    sys.exit(1 if findings else 0)


def watch(process: subprocess.Popen[str], slot: "Slot", end: float) -> str | None:
    """Waits for the worker; the reason why it ended, if that is a finding."""
    count, since = -1, time.monotonic()
    while process.poll() is None:
        now = time.monotonic()
        if now > end:
            process.kill()
            return None
        if slot.count != count:
            count, since = slot.count, now
        elif now - since > SECONDS_PER_INPUT + (30 if count == 0 else 0):
            process.kill()
            return f"no answer within {SECONDS_PER_INPUT} s"
        time.sleep(0.05)
    if process.returncode < 0:
        return f"died of {signal.Signals(-process.returncode).name}"
    return "failed" if process.returncode else None


class Slot:
    """The input that the worker is at, in memory that outlives it: its number, its length, its bytes."""

    SIZE = 1 << 20

    def __init__(self, path: Path) -> None:
        path.touch()
        os.truncate(path, self.SIZE)
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), self.SIZE)
        self.memory[:16] = bytes(16)

    def __enter__(self) -> "Slot":
        return self

    def __exit__(self, *_: object) -> None:
        self.memory.close()

    def put(self, content: bytes) -> None:
        self.memory[8:16] = len(content).to_bytes(8, "little")
        self.memory[16 : 16 + len(content)] = content
        self.memory[:8] = (self.count + 1).to_bytes(8, "little")

    @property
    def count(self) -> int:
        return int.from_bytes(self.memory[:8], "little")

    @property
    def content(self) -> bytes:
        return self.memory[16 : 16 + int.from_bytes(self.memory[8:16], "little")]


def work(path: Path, seed: int) -> None:
    """Damages and reads until something goes wrong."""
    dice = random.Random(seed)
    originals = list(messages())
    read(originals[0], dice)
    limit = virtual_memory() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    slot = Slot(path)
    while True:
        content = damaged(dice, originals)
        slot.put(content)
        read(content, dice)


def virtual_memory() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * mmap.PAGESIZE


def read(content: bytes, dice: random.Random) -> None:
    """Calls all that reads a message; whatever is raised beyond EXPECTED goes through."""
    calls: list[Callable[[], object]] = [
        lambda: tensogram.decode(content),
        lambda: tensogram.decode(content, verify_hash=True, threads=2),
        lambda: tensogram.decode_with_masks(content),
        lambda: tensogram.decode_metadata(content).keys(),
        lambda: [descriptor.params for descriptor in tensogram.decode_descriptors(content)[1]],
        lambda: tensogram.decode_object(content, dice.randrange(3)),
        lambda: tensogram.decode_range(content, 0, [(dice.randrange(300), dice.randrange(300)) for _ in range(3)]),
        lambda: list(tensogram.iter_messages(content)),
        lambda: tensogram.scan(content),
        lambda: tensogram.validate(content, level="full"),
    ]
    for call in calls:
        with contextlib.suppress(*EXPECTED):
            call()


def messages() -> Iterator[bytes]:
    """Small messages that between them take every path of the decoder."""
    field = np.linspace(250, 310, 1024).reshape(16, 64).round(2)
    holes = field.copy()
    holes[3, 5:30], holes[4, 4], holes[7] = np.nan, np.inf, -np.inf
    shuffle = {"filter": "shuffle", "shuffle_element_size": 8}
    szip = {"compression": "szip", "szip_rsi": 8, "szip_block_size": 16, "szip_flags": 8}
    blosc2 = {"compression": "blosc2", "blosc2_codec": "lz4", "blosc2_clevel": 5}
    pipelines: list[dict[str, Any]] = [
        {},
        shuffle,
        {"compression": "zstd"},
        {"compression": "lz4", **shuffle},
        blosc2,
        {"encoding": "simple_packing", "sp_bits_per_value": 13},
        {"encoding": "simple_packing", "sp_bits_per_value": 24, **szip},
        {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 16.0},
        {"compression": "zfp", "zfp_mode": "fixed_accuracy", "zfp_tolerance": 0.1},
        {"compression": "zfp", "zfp_mode": "fixed_precision", "zfp_precision": 20},
        {"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 0.01},
    ]
    for stages in pipelines:
        yield tensogram.encode({"base": [{"mars": {"param": "2t"}}]}, [described(field, **stages)])
    yield tensogram.encode({}, [described(field.astype("int16"), **szip)])
    for method in ("rle", "roaring", "lz4", "zstd", "blosc2"):
        options: Any = dict.fromkeys(["nan_mask_method", "pos_inf_mask_method", "neg_inf_mask_method"], method)
        options |= {"allow_nan": True, "allow_inf": True, "small_mask_threshold_bytes": 0}
        yield tensogram.encode({}, [described(holes), described(field)], **options)
    bits = np.random.default_rng(0).integers(0, 256, 64, dtype=np.uint8).tobytes()
    for method in ("none", "rle", "roaring"):
        bitmask = {"type": "ntensor", "shape": [512], "dtype": "bitmask", "compression": method}
        yield tensogram.encode({}, [(bitmask, bits)])
    stream = tensogram.StreamingEncoder({"note": "streamed"})
    for _ in range(2):
        stream.write_object(*described(field))
    yield stream.finish()


def described(field: np.ndarray[Any, Any], **stages: Any) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    return {"type": "ntensor", "shape": list(field.shape), "dtype": str(field.dtype)} | stages, field


def damaged(dice: random.Random, originals: list[bytes]) -> bytes:
    """One of the messages after one to six accidents."""
    content = bytearray(dice.choice(originals))
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(len(content))
        match dice.randrange(8):
            case 0:
                content[place] ^= 1 << dice.randrange(8)
            case 1:
                content[place] = dice.choice([0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)])
            case 2 | 3:
                width = dice.choice([2, 4, 8])
                number = dice.choice([0, 1, 2 ** (8 * width - 1), 2 ** (8 * width) - 1, dice.randrange(1 << 16)])
                content[place : place + width] = number.to_bytes(width, dice.choice(["big", "little"]))
            case 4:
                del content[place : place + dice.randint(1, 16)]
            case 5:
                content[place:place] = dice.randbytes(dice.randint(1, 16))
            case 6:
                other = dice.choice(originals)
                start = dice.randrange(len(other))
                length = dice.randint(1, 64)
                content[place : place + length] = other[start : start + length]
            case 7 if dice.random() < 0.2:
                del content[place:]
        if not content:
            return b""
    return bytes(content[: Slot.SIZE - 16])


if __name__ == "__main__":
    main()
