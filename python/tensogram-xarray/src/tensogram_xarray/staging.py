"""Files that are written beside the one they become, so that a failed write leaves that as it was."""

from __future__ import annotations

import fcntl
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

_AT_ONCE = 8 * 2**20  # bytes copied in one go


class Span(NamedTuple):
    """Where a message stands in the staged file."""

    start: int
    length: int


def staged_beside(path: Path) -> Path:
    """A new file in a new folder, which is next to `path`. Nothing is made yet.

    A task that is late finds the folder gone and makes nothing.
    """
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part") / path.name


def prepare(staged: Path) -> None:
    """Makes the folder."""
    staged.parent.mkdir(exist_ok=True)


def begin(staged: Path) -> None:
    """Makes the staged file, or empties it: the same write may be computed again."""
    staged.write_bytes(b"")


def append(staged: Path, message: bytes) -> Span:
    """Puts a message at the end of the staged file. Threads and processes may do so at once."""
    with _at_end(staged) as (file, position):
        file.write(message)
    return Span(position, len(message))


def commit(staged: Path, path: Path, spans: Sequence[Span], *, is_appended: bool) -> None:
    """Makes the spans, in this order, the content of `path`, or adds them to it; the staged file is gone.

    Whatever fails, `path` stays as it was.
    """
    if is_appended and path.exists():
        with staged.open("rb") as source, _at_end(path) as (target, _):
            _copy(source, target, spans)
        discard(staged)
        return
    complete = staged if _in_order(spans) else _reordered(staged, spans)
    with suppress(FileNotFoundError):
        shutil.copymode(path, complete)
    complete.replace(path)
    discard(staged)


def discard(staged: Path) -> None:
    """Removes the folder, if it is there; again where a late task has put a file into it meanwhile."""
    for _ in range(3):
        shutil.rmtree(staged.parent, ignore_errors=True)
        if not staged.parent.exists():
            return


@contextmanager
def _at_end(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """The file, locked, at its end, where it is cut back to if an exception leaves the block."""
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        position = file.seek(0, 2)
        try:
            yield file, position
            file.flush()
        except BaseException:
            file.truncate(position)
            raise


def _in_order(spans: Sequence[Span]) -> bool:
    position = 0
    for span in spans:
        if span.start != position:
            return False
        position += span.length
    return True


def _reordered(staged: Path, spans: Sequence[Span]) -> Path:
    """Another staged file with the spans in order."""
    other = staged.with_name("sorted")
    with staged.open("rb") as source, other.open("wb") as target:
        _copy(source, target, spans)
    return other


def _copy(source: IO[bytes], target: IO[bytes], spans: Sequence[Span]) -> None:
    for span in spans:
        source.seek(span.start)
        rest = span.length
        while rest:
            part = source.read(min(rest, _AT_ONCE))
            if not part:
                raise OSError(f"{source.name} ended {rest} bytes early")
            target.write(part)
            rest -= len(part)
