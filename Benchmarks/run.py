"""Compares Tensogram for Swift with the published package and prints a table of ratios.

    python Benchmarks/run.py --reference PYTHON        an interpreter that has tensogram 0.24.0 from PyPI

Each side runs in an interpreter of its own. Rounds alternate, so that both see the same machine; the ratio is of the
best rounds, the median beside it that of the medians. See Benchmarks/README.md for what is measured.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cases import Case, all_cases

WORKER = Path(__file__).with_name("worker.py")


class Failure(Exception):
    """A case that did not run, or whose sides disagree."""


class Side:
    """A worker process and the pipe to it."""

    def __init__(self, name: str, python: str, folder: str) -> None:
        self.name = name
        # No thread settings or module paths of the caller: each side as its users have it.
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("TENSOGRAM_", "PYTHON"))}
        command = [python, str(WORKER), folder]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, verb: str, case: Case) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        print(json.dumps({verb: case.work}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"{self.name}: the process ended with status {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failure(f"{self.name}: {answer['error']}")
        return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, help="interpreter with the published package")
    parser.add_argument("--candidate", default=sys.executable, help="interpreter with this one (default: the running)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default="", metavar="TEXT", help="only the cases whose name contains this")
    options = parser.parse_args()
    cases = [case for case in all_cases() if options.only in case.work]
    failures = 0
    print("| work | required | measured | median | |\n|---|--:|--:|--:|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        sides = (Side("published", options.reference, folder), Side("this", options.candidate, folder))
        for case in cases:
            try:
                print(compare(case, *sides, rounds=options.rounds), flush=True)
            except Failure as failure:
                failures += 1
                print(f"| {case.work} | {case.required:g} | | | failed: {failure} |", flush=True)
    sys.exit(f"{failures} of {len(cases)} cases failed." if failures else None)


def compare(case: Case, reference: Side, candidate: Side, *, rounds: int) -> str:
    """Runs one case and returns its row of the table."""
    reference.ask("write", case)
    expected, prepared = reference.ask("prepare", case), candidate.ask("prepare", case)
    if expected["result"] != prepared["result"]:
        raise Failure(f"the results differ: {prepared['result']}, published {expected['result']}")
    times: dict[Side, list[float]] = {reference: [], candidate: []}
    for turn in range(case.rounds or rounds):
        for side in (reference, candidate) if turn % 2 == 0 else (candidate, reference):
            times[side].append(side.ask("measure", case)["seconds"])
    before, after = times[reference], times[candidate]
    best, median = min(before) / min(after), statistics.median(before) / statistics.median(after)
    reads = ""
    within = case.most_bytes_read is None or prepared["bytes_read"] <= case.most_bytes_read
    if case.most_bytes_read is not None:
        reads = f"; reads {prepared['bytes_read']:,} bytes of {case.most_bytes_read:,} allowed"
    verdict = ("ok" if best >= case.required and within else "missed") + reads
    return f"| {case.work} | {case.required:g} × | {best:.3g} × | {median:.3g} × | {verdict} |"


if __name__ == "__main__":
    main()
