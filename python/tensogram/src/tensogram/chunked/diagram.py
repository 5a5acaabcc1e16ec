"""Sketches in SVG: the blocks of an array, and the plan beneath it."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tensogram.chunked.handle import Array

__all__ = ["Drawing", "blocks_svg", "visualize"]

Point = tuple[float, float]

# Pixels: the longest side of a box, its shortest, what a third axis leans, and room for sizes.
_LONGEST, _SHORTEST, _MARGIN = 120.0, 20.0, 40.0
# Pixels between lines; nearer ones would be a grey area.
_BETWEEN_LINES = 4
_FACE, _SIDE, _TOP = "#4c9fd6", "#3b7fb0", "#7bbbe6"


def blocks_svg(chunks: Sequence[tuple[int, ...]]) -> str:
    """The block boundaries of an array: its axes in groups of three, the last three at the right."""
    if not chunks:
        return ""
    first = len(chunks) % 3
    groups = ([chunks[:first]] if first else []) + [chunks[i : i + 3] for i in range(first, len(chunks), 3)]
    longest = max((sum(sizes) for sizes in chunks), default=1) or 1
    parts, left, height = [], 0.0, 0.0
    for group in groups:
        drawn, width, tall = _box(group, longest)
        parts.append(f'<g transform="translate({left:.1f},0)">{drawn}</g>')
        left += width
        height = max(height, tall)
    return (
        f'<svg width="{left:.0f}" height="{height:.0f}" viewBox="0 0 {left:.0f} {height:.0f}" '
        'style="stroke: currentColor; stroke-width: 0.7; fill: currentColor" role="img" '
        f'aria-label="chunks of an array">{"".join(parts)}</svg>'
    )


def _box(group: Sequence[tuple[int, ...]], longest: int) -> tuple[str, float, float]:
    """One, two or three axes as a bar, a grid or a box; and its width and height."""
    depth, rows, columns = ((),) * (3 - len(group)) + tuple(group)
    wide, tall = _length(columns, longest), _length(rows, longest) if rows else _SHORTEST * 2
    lean = _length(depth, longest) * 0.45 if depth else 0.0
    x, y = 10.0 + 6 * len(str(sum(depth))) * bool(depth), 12.0 + lean
    drawn = [_polygon([(x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall)], _FACE)]
    lines = [((x + at, y), (x + at, y + tall)) for at in _cuts(columns, wide)]
    lines += [((x, y + at), (x + wide, y + at)) for at in _cuts(rows, tall)]
    if depth:
        drawn.append(_polygon([(x, y), (x + lean, y - lean), (x + wide + lean, y - lean), (x + wide, y)], _TOP))
        right = [(x + wide, y), (x + wide + lean, y - lean), (x + wide + lean, y + tall - lean), (x + wide, y + tall)]
        drawn.append(_polygon(right, _SIDE))
        lines += [((x + at, y), (x + at + lean, y - lean)) for at in _cuts(columns, wide)]
        lines += [((x + wide, y + at), (x + wide + lean, y + at - lean)) for at in _cuts(rows, tall)]
        for at in _cuts(depth, lean):
            lines.append(((x + at, y - at), (x + wide + at, y - at)))
            lines.append(((x + wide + at, y - at), (x + wide + at, y + tall - at)))
    drawn += [f'<line x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>' for (a, b), (c, d) in lines]
    drawn.append(_label(x + wide / 2, y + tall + 16, sum(columns), "middle"))
    if rows:
        drawn.append(_label(x + wide + lean + 6, y + tall / 2 - lean / 2 + 4, sum(rows), "start"))
    if depth:
        drawn.append(_label(x + lean / 2 - 4, y - lean / 2 - 4, sum(depth), "end"))
    digits = max((len(str(sum(sizes))) for sizes in group), default=1)
    return "".join(drawn), x + wide + lean + _MARGIN + 6 * digits, y + tall + 24


def _length(sizes: Sequence[int], longest: int) -> float:
    """Pixels of an axis: less than in proportion, so that short ones show."""
    share = (sum(sizes) / longest) ** 0.5 if longest else 0.0
    return max(_LONGEST * share, _SHORTEST)


def _cuts(sizes: Sequence[int], length: float) -> list[float]:
    """Where boundaries between blocks are drawn; a sample if there are very many."""
    total = sum(sizes)
    if not total:
        return []
    step = math.ceil(len(sizes) * _BETWEEN_LINES / length)
    found, done = [], 0
    for position, size in enumerate(sizes[:-1], 1):
        done += size
        if position % step == 0:
            found.append(length * done / total)
    return found


def _polygon(points: Sequence[Point], fill: str) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{corners}" style="fill: {fill}; fill-opacity: 0.75; stroke-width: 1.4"/>'


def _label(x: float, y: float, size: int, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
        f'style="font: 11px sans-serif; stroke: none">{size}</text>'
    )


class Drawing:
    """An SVG image that notebooks show."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Drawing({len(self.svg)} bytes of SVG)"


# Plan nodes that a person can still tell apart.
_MOST_NODES = 400


def visualize(*arrays: Array, filename: Any = None) -> Drawing:
    """The plans beneath arrays as a drawing, sources at the bottom; also as an SVG file if it has a name."""
    nodes, levels = _levels(arrays)
    if len(nodes) > _MOST_NODES:
        raise ValueError(f"the plan has {len(nodes)} nodes, more than the {_MOST_NODES} that can be drawn legibly")
    drawing = Drawing(_plan_svg(nodes, levels))
    if filename is not None:
        Path(filename).write_text(drawing.svg, encoding="utf-8")
    return drawing


def _levels(arrays: Sequence[Array]) -> tuple[dict[int, Any], dict[int, int]]:
    """Nodes by identity, and how far each is from the furthest source."""
    from tensogram.chunked.pickling import nodes_of

    nodes: dict[int, Any] = {}
    levels: dict[int, int] = {}
    pending = [(x._node, False) for x in arrays]
    while pending:
        node, expanded = pending.pop()
        inputs = nodes_of(node.call.arguments)
        if expanded:
            levels[id(node)] = 1 + max((levels[id(one)] for one in inputs), default=-1)
        elif id(node) not in nodes:
            nodes[id(node)] = node
            pending.append((node, True))
            pending.extend((one, False) for one in inputs)
    return nodes, levels


def _plan_svg(nodes: dict[int, Any], levels: dict[int, int]) -> str:
    from tensogram.chunked.pickling import nodes_of

    wide, tall, gap_x, gap_y = 190, 44, 24, 40
    rows: dict[int, list[int]] = {}
    for key, level in levels.items():
        rows.setdefault(level, []).append(key)
    depth, most = len(rows), max(map(len, rows.values()))
    width, height = most * (wide + gap_x) + gap_x, depth * (tall + gap_y) + gap_y
    place = {}
    for level, keys in rows.items():
        start = (width - len(keys) * (wide + gap_x) + gap_x) / 2
        for position, key in enumerate(keys):
            place[key] = (start + position * (wide + gap_x), gap_y + (depth - 1 - level) * (tall + gap_y))
    lines, boxes = [], []
    for key, node in nodes.items():
        x, y = place[key]
        for one in nodes_of(node.call.arguments):
            a, b = place[id(one)]
            lines.append(f'<line x1="{a + wide / 2:.0f}" y1="{b:.0f}" x2="{x + wide / 2:.0f}" y2="{y + tall:.0f}"/>')
        first, second = html.escape(_title(node)), html.escape(f"{node.shape} {node.dtype}")
        boxes.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide}" height="{tall}" rx="6" style="fill: #dcecf7"/>'
            f'<text x="{x + wide / 2:.0f}" y="{y + 18:.0f}" style="font-weight: bold">{first}</text>'
            f'<text x="{x + wide / 2:.0f}" y="{y + 35:.0f}">{second}</text>'
        )
    style = "font: 12px sans-serif; text-anchor: middle"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" style="{style}">'
        f'<g stroke="#888888">{"".join(lines)}</g><g>{"".join(boxes)}</g></svg>'
    )


def _title(node: Any) -> str:
    """The operation, and the function or kernel where there is one."""
    made = node.call
    if made.constructor in ("elementwise", "reduce", "scan") and made.arguments:
        return str(made.arguments[0])
    name = getattr(made.arguments[0], "__name__", None) if made.arguments and callable(made.arguments[0]) else None
    title = made.constructor.removeprefix("external_")
    label = f"{title} {name}" if name else title
    return label if len(label) < 28 else label[:26] + "…"
