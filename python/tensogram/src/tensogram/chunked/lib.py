"""Where numpy keeps its stride tricks."""

from __future__ import annotations

from types import SimpleNamespace

from tensogram.chunked.windows import sliding_window_view

__all__ = ["stride_tricks"]

stride_tricks = SimpleNamespace(sliding_window_view=sliding_window_view)
