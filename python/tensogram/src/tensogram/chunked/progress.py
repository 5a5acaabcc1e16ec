"""Progress of long computations."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TextIO

__all__ = ["ProgressBar", "current"]

_callback: ContextVar[Callable[[int, int], None] | None] = ContextVar("progress", default=None)


def current() -> Callable[[int, int], None] | None:
    """What wants to hear `(blocks done, blocks in total)`, a few times a second."""
    return _callback.get()


class ProgressBar:
    """Shows how far computations within the context are, once they take longer than `minimum` seconds.

    >>> with ProgressBar():
    ...     values = x.mean().compute()
    [########################################] | 100% 3.1 s

    In a notebook it is a bar below the cell. `callback(done, total)` replaces the display.
    """

    def __init__(
        self,
        minimum: float = 0.5,
        *,
        width: int = 40,
        file: TextIO | None = None,
        callback: Callable[[int, int], None] | None = None,
    ) -> None:
        self.minimum = minimum
        self.width = width
        self.file = file
        self.callback = callback
        self._started = 0.0
        self._shown = False
        self._display: Any = None
        self._tokens: list[Any] = []

    def __enter__(self) -> ProgressBar:
        self._started = time.monotonic()
        self._shown = False
        self._tokens.append(_callback.set(self.callback or self._update))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _callback.reset(self._tokens.pop())
        if self._shown and self._display is None:
            print(file=self.file or sys.stdout)

    def _update(self, done: int, total: int) -> None:
        elapsed = time.monotonic() - self._started
        if elapsed < self.minimum and not self._shown:
            return
        self._shown = True
        share = done / total if total else 1.0
        if self.file is None and _in_notebook():
            self._show_in_notebook(share, elapsed)
            return
        bar = ("#" * int(share * self.width)).ljust(self.width)
        print(f"\r[{bar}] | {int(share * 100):3d}% {elapsed:.1f} s", end="", file=self.file or sys.stdout, flush=True)

    def _show_in_notebook(self, share: float, elapsed: float) -> None:
        from IPython.display import HTML, display  # type: ignore[import-not-found,unused-ignore]

        bar = HTML(f'<progress value="{share:.4f}" style="width: 300px"></progress> {share:.0%} {elapsed:.1f} s')
        if self._display is None:
            self._display = display(bar, display_id=True)
        else:
            self._display.update(bar)


def _in_notebook() -> bool:
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"
