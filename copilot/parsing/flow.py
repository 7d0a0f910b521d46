"""Plain lines into blocks: paragraphs re-joined where lines were wrapped, lists, headings, tab-separated tables.

Used by every format that has lines and nothing else: plain text, recognised text, RTF, bodies of messages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.lines import (
    BULLET,
    ENUMERATION,
    Vocabulary,
    heading_level,
    is_capitals,
    is_meant_break,
    join_all,
)
from copilot.records import BlockKind

_RULE = re.compile(r"^\s*([=\-_*~#])\1{3,}\s*$")
# A line shorter than this ends where it is meant to end, in a text whose other lines are longer.
_NARROW = 60
_PIPE_RULE = re.compile(r"^\s*\|?[\s:|+=-]{3,}\|?\s*$")


def add_lines(builder: DocumentBuilder, text: str, vocabulary: Vocabulary | None = None) -> None:
    """Add `text` to the current page of `builder`, one block for each paragraph, item, row or heading."""
    lines = [line.rstrip() for line in text.expandtabs(1).split("\n")] if "\t" not in text else text.split("\n")
    vocabulary = vocabulary or Vocabulary(lines)
    lengths = sorted(len(line) for line in lines if line.strip())
    usual = min(_NARROW, lengths[len(lengths) * 9 // 10]) if lengths else 0
    group: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            group.append(line.rstrip())
            continue
        if group:
            _add_group(builder, group, vocabulary, usual)
            group = []


def _add_group(builder: DocumentBuilder, group: list[str], vocabulary: Vocabulary, usual: int) -> None:
    """Add lines that stand together without an empty line between."""
    if rows := _table_rows(group):
        table = builder.next_table()
        for number, row in enumerate(rows):
            builder.add_row(row, header=number == 0, table=table)
        return
    kept = [line for line in group if not _RULE.match(line)]
    if not kept:
        return
    if len(kept) == 1 and (level := _single_line_level(group, kept[0])):
        builder.add(BlockKind.HEADING, kept[0], level=level)
        return
    _add_paragraphs(builder, kept, vocabulary, usual)


def _single_line_level(group: Sequence[str], line: str) -> int:
    """Return the heading level of a line that stands alone (perhaps underlined), or 0."""
    if level := heading_level(line):
        return level
    if len(group) == 2 and _RULE.match(group[1]):
        return 1 if "=" in group[1] else 2
    return 2 if is_capitals(line) else 0


def _add_paragraphs(builder: DocumentBuilder, lines: Sequence[str], vocabulary: Vocabulary, usual: int) -> None:
    width = max(usual, *map(len, lines))
    paragraph: list[str] = []
    for line in lines:
        if paragraph and _breaks(paragraph[-1], line, width):
            _add_paragraph(builder, paragraph, vocabulary)
            paragraph = []
        paragraph.append(line)
    _add_paragraph(builder, paragraph, vocabulary)


def _breaks(before: str, line: str, width: int) -> bool:
    """Say whether `line` starts a new paragraph: an item, or a word that would have fitted on the line before."""
    if BULLET.match(line) or ENUMERATION.match(line) or heading_level(line) > 1:
        return True
    return is_meant_break(before, line, width - len(before), 1.0)


def _add_paragraph(builder: DocumentBuilder, lines: Sequence[str], vocabulary: Vocabulary) -> None:
    text = join_all(lines, vocabulary)
    if len(lines) == 1 and heading_level(text) > 1:
        builder.add(BlockKind.HEADING, text, level=heading_level(text))
    elif BULLET.match(text) or ENUMERATION.match(text):
        builder.add(BlockKind.LIST_ITEM, text)
    else:
        builder.add(BlockKind.PARAGRAPH, text)


def _table_rows(group: Sequence[str]) -> list[list[str]]:
    """Return the cells of lines that all are rows (same number of tabs, or framed by ``|``), else nothing."""
    if len(group) < 2:
        return []
    tabs = {line.count("\t") for line in group}
    if len(tabs) == 1 and tabs != {0}:
        return [[cell.strip() for cell in line.split("\t")] for line in group]
    rows = [line for line in group if not _PIPE_RULE.match(line)]
    if len(rows) >= 2 and all(line.strip().count("|") >= 2 and line.strip()[0] == "|" for line in rows):
        return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in rows]
    return []
