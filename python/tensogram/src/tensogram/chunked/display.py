"""How arrays look: in one line, in an xarray listing, and as HTML. Nothing here computes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tensogram.chunked import diagram

if TYPE_CHECKING:
    from tensogram.chunked.handle import Array

__all__ = ["html", "inline", "size_text", "text"]


def text(x: Array) -> str:
    """Class, shape, dtype, largest chunk and number of chunks."""
    return f"tensogram.chunked.Array<shape={x.shape}, dtype={x.dtype}, chunksize={x.chunksize}, chunks={x.npartitions}>"


def inline(x: Array, max_width: int) -> str:
    """What fits into a line of a dataset's listing."""
    long, short = f"tensogram.Array<chunksize={x.chunksize}>", "tensogram.Array"
    for candidate in (long, short):
        if len(candidate) <= max_width:
            return candidate
    return short[: max(max_width - 1, 0)] + "…" if max_width > 0 else ""


def size_text(size: int) -> str:
    """Bytes in the unit that keeps the number short."""
    if size < 1024:
        return f"{size} B"
    power = min(int(math.log2(size) // 10), 6)
    return f"{size / 1024**power:.2f} {'KMGTPE'[power - 1]}iB"


_STYLE = "border-collapse: collapse; margin: 0 1.5em 0 0"
_CELL = "padding: 0.15em 0.8em; text-align: left; white-space: nowrap"


def html(x: Array) -> str:
    """A table of sizes and a sketch of the blocks."""
    largest = math.prod(x.chunksize) * x.itemsize
    nodes = x._node.native.node_count
    rows = [
        ("", "Array", "Chunk"),
        ("Bytes", size_text(x.nbytes), size_text(largest)),
        ("Shape", str(x.shape), str(x.chunksize)),
        ("Count", f"{x.npartitions} chunk{'s'[: x.npartitions != 1]}", f"{nodes} plan node{'s'[: nodes != 1]}"),
        ("Type", str(x.dtype), "tensogram"),
    ]
    lines = []
    for position, cells in enumerate(rows):
        tags = ["th"] * 3 if position == 0 else ["th", "td", "td"]
        made = "".join(f'<{tag} style="{_CELL}">{cell}</{tag}>' for tag, cell in zip(tags, cells, strict=True))
        lines.append(f"<tr>{made}</tr>")
    table = f'<table style="{_STYLE}"><tbody>{"".join(lines)}</tbody></table>'
    sketch = diagram.blocks_svg(x.chunks)
    return f'<div style="display: flex; align-items: center; flex-wrap: wrap">{table}{sketch}</div>'
