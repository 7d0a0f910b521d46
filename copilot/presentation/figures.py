"""A tool's figure in characters: a Gantt chart in blocks, lines, maps and histograms in braille dots.

The same lines stand on a screen, in a pipe and in a file: no colour, a fixed width, nothing that acts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from copilot.presentation.units import unit_in_words
from copilot.presentation.wording import number_written
from copilot.records import Bar, Figure, FigureKind, Line
from copilot.sanitise import one_line

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_LANE_WIDTH = 24
_SMALLEST = 10
# One sign a line where several share a plot; braille dots have no colour here.
_SIGNS = "•+x*o#@%"


def figure_lines(figure: Figure, width: int = 72, height: int = 16) -> list[str]:
    """Return the figure as lines of at most `width` cells, some `height` of them for a plot."""
    title = one_line(figure.title)
    lines = [title] if title else []
    if figure.kind is FigureKind.GANTT:
        return [*lines, *_gantt(figure, width)]
    if figure.kind is FigureKind.HISTOGRAM:
        return [*lines, *_histogram(figure, width)]
    return [*lines, *_plot(figure, width, height)]


# --- bars in time -----------------------------------------------------------------------------------------------------


def _gantt(figure: Figure, width: int) -> list[str]:
    if not figure.bars:
        return []
    first = min(bar.start for bar in figure.bars)
    last = max(bar.end for bar in figure.bars)
    names = [_cut(_bar_name(bar), _LANE_WIDTH) for bar in figure.bars]
    margin = max(len(name) for name in names)
    room = max(_SMALLEST, width - margin - 2)
    length = last - first
    lines = []
    for bar, name in sorted(zip(figure.bars, names, strict=True), key=lambda pair: (pair[0].start, pair[0].end)):
        # Divided first: the shortest time there is would make a scale that no float holds.
        begin, end = (round((at - first) / length * (room - 1)) if length > 0 else 0 for at in (bar.start, bar.end))
        drawn = (" " * begin + ("█" if bar.critical else "▒") * max(1, end - begin)).ljust(room)
        lines.append(f"{name.rjust(margin)} │{drawn}".rstrip())
    ruler = _ends(number_written(first), _with_unit(number_written(last), figure.x_unit), room)
    return [*lines, f"{' ' * margin} └{'─' * room}", f"{' ' * margin}  {ruler}"]


def _bar_name(bar: Bar) -> str:
    label, lane = one_line(bar.label), one_line(bar.lane)
    return f"{lane}: {label}" if lane and lane != label else label


# --- counts -----------------------------------------------------------------------------------------------------------


def _histogram(figure: Figure, width: int) -> list[str]:
    lines: list[str] = []
    for line in figure.lines:
        edges = [number_written(edge) for edge in line.x]
        counts = [number_written(count) for count in line.y]
        margin = max((len(edge) for edge in edges), default=0)
        room = max(_SMALLEST, width - margin - max((len(count) for count in counts), default=0) - 3)
        most = max(line.y, default=0.0)
        if len(figure.lines) > 1:
            lines.append(one_line(line.label))
        for edge, count, written in zip(edges, line.y, counts, strict=True):
            length = round(count / most * room) if most > 0 else 0
            lines.append(f"{edge.rjust(margin)} │{'█' * length} {written}")
    return lines


# --- lines and points -------------------------------------------------------------------------------------------------


class _Canvas:
    """A grid of cells, each of two by four dots, over a window of x and y."""

    def __init__(self, width: int, height: int, window: tuple[float, float, float, float]) -> None:
        self._width, self._height = width, height
        self._left, self._right, self._bottom, self._top = window
        self._cells = [[0] * width for _ in range(height)]
        self._signs: dict[tuple[int, int], str] = {}

    def dot_at(self, x: float, y: float) -> tuple[int, int]:
        across = (x - self._left) / (self._right - self._left) * (self._width * 2 - 1)
        up = (y - self._bottom) / (self._top - self._bottom) * (self._height * 4 - 1)
        return round(across), self._height * 4 - 1 - round(up)

    def draw(self, x: int, y: int) -> None:
        self._cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]

    def mark(self, x: int, y: int, sign: str) -> None:
        self._signs.setdefault((y // 4, x // 2), sign)

    def line(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            part = step / steps
            self.draw(round(start[0] + (end[0] - start[0]) * part), round(start[1] + (end[1] - start[1]) * part))

    def rows(self) -> list[str]:
        return [
            "".join(
                self._signs.get((down, across)) or (chr(0x2800 + cell) if cell else " ")
                for across, cell in enumerate(row)
            )
            for down, row in enumerate(self._cells)
        ]


def _plot(figure: Figure, width: int, height: int) -> list[str]:
    shown = [(line, points) for line in figure.lines if (points := _finite(line))]
    if not shown:
        return []
    window = _window([point for _, points in shown for point in points])
    top, bottom = _with_unit(number_written(window[3]), figure.y_unit), number_written(window[2])
    margin = max(len(top), len(bottom))
    room = max(_SMALLEST, width - margin - 2)
    canvas = _Canvas(room, height, window)
    for sign, (_, points) in zip(_endless(_SIGNS, len(shown)), shown, strict=True):
        dots = [canvas.dot_at(x, y) for x, y in points]
        for start, end in pairwise(dots):
            canvas.line(start, end)
        marked = dots if figure.kind is FigureKind.MAP or len(dots) < 2 else dots[:: max(1, len(dots) // 6)]
        if len(shown) > 1 or figure.kind is FigureKind.MAP or len(dots) < 2:
            for dot in marked:
                canvas.mark(*dot, sign)
    sides = [top, *[""] * (height - 2), bottom]
    rows = [f"{side.rjust(margin)} │{row}".rstrip() for side, row in zip(sides, canvas.rows(), strict=True)]
    ruler = _ends(number_written(window[0]), _with_unit(number_written(window[1]), figure.x_unit), room)
    labels = [one_line(label) for label in (figure.x_label, figure.y_label)]
    legend = [
        f"{' ' * margin}  {sign} {one_line(line.label)}"
        for sign, (line, _) in zip(_endless(_SIGNS, len(shown)), shown, strict=True)
        if line.label and (len(shown) > 1 or figure.kind is FigureKind.MAP)
    ]
    axes = [f"{' ' * margin}  x: {labels[0]}  y: {labels[1]}"] if all(labels) else []
    return [*rows, f"{' ' * margin} └{'─' * room}", f"{' ' * margin}  {ruler}", *axes, *legend]


def _finite(line: Line) -> list[tuple[float, float]]:
    return [(x, y) for x, y in zip(line.x, line.y, strict=True) if math.isfinite(x) and math.isfinite(y)]


def _window(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    # A level line and a single point need room about them.
    if right == left:
        left, right = left - 0.5, right + 0.5
    if top == bottom:
        bottom, top = bottom - 0.5, top + 0.5
    return left, right, bottom, top


def _endless(signs: str, count: int) -> list[str]:
    return [signs[number % len(signs)] for number in range(count)]


def _ends(first: str, last: str, room: int) -> str:
    return first + last.rjust(max(len(last) + 1, room - len(first)))


def _with_unit(text: str, unit: str | None) -> str:
    return f"{text} {one_line(unit_in_words(unit))}" if unit else text


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
