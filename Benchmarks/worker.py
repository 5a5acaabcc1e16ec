"""One side of a comparison: measures what it is told to, in the interpreter that it runs in.

Reads one JSON command a line from standard input and answers each with one JSON line:
{"write": WORK} makes the files of a case, {"prepare": WORK} gets it ready and runs it once, {"measure": WORK} times it.
"""

import json
import os
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from cases import Case, Operation, all_cases

import tensogram

# A timed round lasts at least this long, so that short operations are repeated within it.
ROUND_SECONDS = 0.05


class Worker:
    """Holds the operation of the case at hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cases = {case.work: case for case in all_cases()}
        self.operation: Operation | None = None
        self.repetitions = 1

    def answer(self, command: dict[str, str]) -> dict[str, Any]:
        [(verb, work)] = command.items()
        case = self.cases[work]
        folder = self.folder / str(list(self.cases).index(work))
        folder.mkdir(exist_ok=True)
        if verb == "write":
            case.write(folder)
            return {}
        return self.prepare(case, folder) if verb == "prepare" else self.measure()

    def prepare(self, case: Case, folder: Path) -> dict[str, Any]:
        """Runs the operation: for its result, how much it reads and how often it fits into a round.

        A short one runs twice: what it imports and keeps at first use is not counted.
        """
        self.operation = case.prepare(folder)
        for _ in range(2):
            before, start = bytes_read(), time.perf_counter()
            result = fingerprint(self.operation())
            seconds, read = time.perf_counter() - start, bytes_read() - before
            if seconds > 1:
                break
        self.repetitions = max(1, round(ROUND_SECONDS / seconds))
        return {"result": result, "bytes_read": read}

    def measure(self) -> dict[str, Any]:
        assert self.operation is not None
        start = time.perf_counter()
        for _ in range(self.repetitions):
            self.operation()
        return {"seconds": (time.perf_counter() - start) / self.repetitions}


def fingerprint(result: object) -> Any:
    """What must be the same on both sides: numbers as they are, to single precision; the bytes of decoded arrays."""
    if isinstance(result, bytes):
        result = tensogram.decode(result)
    if isinstance(result, tensogram.Message):
        return [fingerprint(array) for _, array in result.objects]
    if isinstance(result, np.ndarray):
        return [str(result.dtype), result.shape, zlib.crc32(result.tobytes())]
    if isinstance(result, tensogram.Metadata):
        return [{key: value for key, value in entry.items() if key != "_reserved_"} for entry in result.base]
    if isinstance(result, float):
        return float(f"{result:.6g}")
    if isinstance(result, tuple):
        return [fingerprint(part) for part in result]
    return result


def bytes_read() -> int:
    """Bytes that this process has asked the system to read so far."""
    for line in Path("/proc/self/io").read_text().splitlines():
        name, value = line.split(": ")
        if name == "rchar":
            return int(value)
    raise OSError("/proc/self/io has no rchar")


def main() -> None:
    # Answers have a pipe of their own: whatever a library prints goes to standard error.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(Path(sys.argv[1]))
    for line in sys.stdin:
        try:
            answer = worker.answer(json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
