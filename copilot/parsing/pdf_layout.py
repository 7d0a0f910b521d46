"""From placed lines to blocks: running headers and footers set aside, headings by size, paragraphs re-joined."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile

from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.lines import (
    BULLET,
    ENUMERATION,
    Vocabulary,
    heading_level,
    is_meant_break,
    join_all,
)
from copilot.records import BlockKind

_EDGE_LINES = 4
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"^\W*(?:page\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|sur|of|de)\s*\d{1,4})?\W*$", re.I)
_LEADER_LINE = re.compile(r"(?:…|(?:\. ?){2,})\s*[\divxl]{0,6}$")
_NUMBER_AT_EDGE = re.compile(r"^\W*\d{1,4}\b|\b\d{1,4}\W*$")
_HOT_BAND_SHARE = 0.3
_CONTENTS_LINES = 5
_LONGEST_HEADING = 160
_BIGGER = 1.12
_LEVELS_BY_SIZE = 4


_Edges = tuple[list[int], list[int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One set line: text, left and right edge and height of its middle in points, font size, whether it is bold."""

    text: str
    left: float
    right: float
    y: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page in reading order; `height` in points."""

    number: int
    height: float
    lines: list[Line]
    is_scan: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """What holds for the whole document. `dropped` are indices of running lines by page number."""

    body_size: float
    heading_sizes: tuple[float, ...]
    running: list[str]
    vocabulary: Vocabulary
    dropped: dict[int, set[int]] = field(default_factory=dict)


def find_layout(pages: Sequence[Page]) -> Layout:
    """Find the body's font size, the sizes of headings, and the running lines."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    dropped, running = _running_lines(pages, body)
    larger = {
        line.size
        for page in pages
        for index, line in enumerate(page.lines)
        if line.size >= body * _BIGGER and index not in dropped[page.number] and any(c.isalpha() for c in line.text)
    }
    vocabulary = Vocabulary(line.text for page in pages for line in page.lines)
    return Layout(body, tuple(sorted(larger, reverse=True)), running, vocabulary, dropped)


def _running_lines(pages: Sequence[Page], body: float) -> tuple[dict[int, set[int]], list[str]]:
    """Find lines at the top and bottom edge that repeat over pages: the same but for digits, or bare page numbers.

    A line repeats when it stands in the same place on three pages (chapter titles), or on both pages of two. Lines
    larger than the body must repeat to the digit: they may be headings (ANNEXE 1, ANNEXE 2). A header ends where a line
    does not repeat. A single page keeps all its lines.
    """
    edges = {page.number: _edge_indices(page) for page in pages}
    seen: dict[tuple[str, int], set[int]] = defaultdict(set)
    numbers_at: Counter[int] = Counter()
    for page in pages:
        for line in (page.lines[index] for edge in edges[page.number] for index in edge):
            seen[_key(line, body)].add(page.number)
            numbers_at[round(line.y / 4)] += bool(_PAGE_NUMBER.match(line.text))
    least = 2 if len(pages) == 2 else 3

    def repeats(line: Line) -> bool:
        if _PAGE_NUMBER.match(line.text) and _count_near(numbers_at, line.y) >= least:
            return True
        return len(_pages_near(seen, _key(line, body))) >= least

    dropped: dict[int, set[int]] = {}
    for page in pages:
        for edge in edges[page.number]:
            found = takewhile(lambda index, lines=page.lines: repeats(lines[index]), edge)  # type: ignore[misc]
            dropped.setdefault(page.number, set()).update(found)
    _drop_rare_titles(pages, edges, dropped)
    if len(pages) == 1:
        running = [pages[0].lines[index].text for edge in edges[pages[0].number] for index in edge]
    else:
        running = [page.lines[index].text for page in pages for index in sorted(dropped[page.number])]
    return dropped, list(dict.fromkeys(running))


def _drop_rare_titles(pages: Sequence[Page], edges: dict[int, _Edges], dropped: dict[int, set[int]]) -> None:
    """Drop what stands with a page number where other pages have a running line: the title of a short chapter."""
    bands = Counter(round(page.lines[index].y / 4) for page in pages for index in dropped[page.number])
    for page in pages:
        for index in (index for edge in edges[page.number] for index in edge[:1]):
            line = page.lines[index]
            if _count_near(bands, line.y) >= _HOT_BAND_SHARE * len(pages) and _NUMBER_AT_EDGE.search(line.text):
                dropped[page.number].add(index)


def _key(line: Line, body: float) -> tuple[str, int]:
    text = line.text if line.size >= body * _BIGGER else _DIGITS.sub("#", line.text)
    return text.casefold(), round(line.y / 4)


def _pages_near(seen: dict[tuple[str, int], set[int]], key: tuple[str, int]) -> set[int]:
    """Pages that have the line at this height, give or take a few points."""
    text, band = key
    return seen.get((text, band), set()) | seen.get((text, band - 1), set()) | seen.get((text, band + 1), set())


def _count_near(numbers_at: Counter[int], y: float) -> int:
    band = round(y / 4)
    return numbers_at[band - 1] + numbers_at[band] + numbers_at[band + 1]


def _edge_indices(page: Page) -> _Edges:
    """Indices of the highest and of the lowest lines, outermost first, within a sixth of the page's height."""
    by_height = sorted(range(len(page.lines)), key=lambda index: -page.lines[index].y)
    top = [index for index in by_height[:_EDGE_LINES] if page.lines[index].y > page.height * 5 / 6]
    bottom = [index for index in by_height[: -_EDGE_LINES - 1 : -1] if page.lines[index].y < page.height / 6]
    return top, bottom


def add_page(builder: DocumentBuilder, page: Page, layout: Layout) -> None:
    """Add the blocks of one page, without its running lines."""
    skipped = layout.dropped.get(page.number, set())
    lines = [line for index, line in enumerate(page.lines) if index not in skipped]
    contents = sum(1 for line in lines if _LEADER_LINE.search(line.text)) >= _CONTENTS_LINES
    paper = _Paper(layout, _column_right(lines), contents)
    group: list[Line] = []
    for line in lines:
        if group and paper.breaks(group, line):
            paper.add_group(builder, group)
            group = []
        group.append(line)
    if group:
        paper.add_group(builder, group)


def _column_right(lines: Iterable[Line]) -> float:
    """The right edge of the text: the furthest that several lines reach."""
    rights = sorted((line.right for line in lines if len(line.text) > 30), reverse=True)
    return rights[min(2, len(rights) - 1)] if rights else 0.0


def _usual_step(group: Sequence[Line]) -> float:
    steps = [first.y - second.y for first, second in pairwise(group) if first.y > second.y]
    return min(steps) if steps else 0.0


@dataclass(frozen=True, slots=True)
class _Paper:
    """One page's frame: the right edge of its text, and whether it is a table of contents."""

    layout: Layout
    right: float
    contents: bool

    def level(self, line: Line) -> int:
        """Return the heading level of a line by its size, its boldness and its wording, or 0."""
        text, body = line.text, self.layout.body_size
        if len(text) > _LONGEST_HEADING or not any(character.isalpha() for character in text):
            return 0
        if _LEADER_LINE.search(text) or (self.contents and text[-1].isdigit()):
            return 0
        if line.size >= body * _BIGGER:
            if line.size not in self.layout.heading_sizes or text.endswith((",", ";")):
                return 0
            return min(_LEVELS_BY_SIZE, 1 + self.layout.heading_sizes.index(line.size))
        by_wording = heading_level(text)
        if line.bold and line.size >= body * 0.95 and not text.endswith((".", ",", ";", ":")):
            return by_wording or min(6, 1 + min(_LEVELS_BY_SIZE, len(self.layout.heading_sizes)))
        # By its wording alone a line is a heading only if it ends before the edge: a full line goes on.
        return by_wording if by_wording > 1 and line.right < self.right - 2 * line.size else 0

    def breaks(self, group: Sequence[Line], line: Line) -> bool:
        """Say whether `line` begins a new block after `group`."""
        before = group[-1]
        if self.level(before) or self.level(line):
            same_look = before.size == line.size and before.bold == line.bold
            near = 0 < before.y - line.y < 1.9 * line.size
            both = bool(self.level(before) and self.level(line))
            return not (both and same_look and near) or bool(heading_level(line.text))
        if BULLET.match(line.text) or ENUMERATION.match(line.text) or _LEADER_LINE.search(before.text):
            return True
        step = before.y - line.y
        if step > 1.75 * max(line.size, before.size) and step > 1.3 * _usual_step(group):
            return True
        if step < 0:  # the next column: the paragraph goes on unless the line before ends a sentence
            return before.text.endswith((".", ":", "!", "?"))
        character = (before.right - before.left) / max(1, len(before.text))
        return is_meant_break(before.text, line.text, self.right - before.right, character)

    def add_group(self, builder: DocumentBuilder, group: Sequence[Line]) -> None:
        """Add lines that belong together as one block."""
        text = join_all([line.text for line in group], self.layout.vocabulary)
        level = self.level(group[0])
        if level and len(text) <= 2 * _LONGEST_HEADING:
            builder.add(BlockKind.HEADING, text, level=level)
        elif BULLET.match(text) or ENUMERATION.match(text):
            builder.add(BlockKind.LIST_ITEM, text)
        else:
            builder.add(BlockKind.PARAGRAPH, text)
