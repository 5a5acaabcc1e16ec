"""Runs the examples of a Markdown document: its `python` blocks, in order, in one namespace.

A `text` block behind a `python` block is what that prints; `...` in it stands for anything, as in doctest.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<content>.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A block of code, the line it begins on, and what it is said to print, None if nothing is said."""

    code: str
    line: int
    output: str | None


class Outcome(NamedTuple):
    """An example, and what it printed."""

    example: Example
    printed: str

    @property
    def is_as_told(self) -> bool:
        expected = self.example.output or ""
        checker = doctest.OutputChecker()
        return checker.check_output(expected, self.printed, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)


def examples(document: Path) -> list[Example]:
    text = document.read_text()
    blocks = list(_BLOCK.finditer(text))
    found = []
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block["language"] != "python":
            continue
        is_output = following is not None and following["language"] == "text"
        is_next = is_output and not text[block.end() : following.start()].strip()
        line = text.count("\n", 0, block.start("content")) + 1
        found.append(Example(block["content"], line, following["content"] if is_next else None))
    return found


def run(document: Path) -> Iterator[Outcome]:
    """Runs each example in turn. What one raises passes through, with the document's line in its traceback."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for example in examples(document):
        code = compile("\n" * (example.line - 1) + example.code, str(document), "exec")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        yield Outcome(example, printed.getvalue())
