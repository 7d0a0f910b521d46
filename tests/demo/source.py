"""The sources of the demonstration's documents: a head of ``key: value`` lines, then a light markup.

The markup: ``# `` to ``### `` headings, ``- `` items, rows between ``|``, ``===`` for a new page, ``!!! `` for a
speaker's note, and paragraphs that end at a blank line. Text and Markdown files are taken as they stand instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

CONTENT = Path(__file__).parent / "content"
# Sources in this folder become attachments and members only; they do not ship as files of their own.
PARTS = "_parts"
SUFFIX = ".txt"


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first row is the header."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """The next block begins a page."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a speaker says beside a slide."""

    text: str


Block = Heading | Paragraph | Item | Table | PageBreak | Note


@dataclass(frozen=True, slots=True)
class Source:
    """One document to be made: `path` is where it ships, `head` its properties, `body` its markup."""

    path: str
    head: dict[str, str] = field(repr=False)
    attached: tuple[str, ...]
    body: str = field(repr=False)

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def extension(self) -> str:
        return self.path.rsplit(".", 1)[-1]

    @property
    def language(self) -> str:
        return self.head["language"]

    @property
    def marking(self) -> str:
        return self.head["marking"]

    @property
    def date(self) -> str:
        return self.head["date"]

    @property
    def role(self) -> str:
        return self.head.get("role", "normal")


def read_sources(folder: Path = CONTENT) -> dict[str, Source]:
    """Read every source, keyed by the path that it ships under, in the order of the paths."""
    files = sorted(path for path in folder.rglob(f"*{SUFFIX}") if path.is_file())
    return {source.path: source for source in (_read_source(path, folder) for path in files)}


def _read_source(file: Path, folder: Path) -> Source:
    path = file.relative_to(folder).as_posix().removesuffix(SUFFIX)
    head_text, separator, body = file.read_text(encoding="utf-8").partition("\n---\n")
    head: dict[str, str] = {}
    attached: list[str] = []
    for line in head_text.split("\n"):
        key, colon, value = line.partition(":")
        if not (separator and colon):
            raise ValueError(f"{path}: the head wants lines of 'key: value' and a line of ---")
        if key == "attach":
            attached.append(value.strip())
        else:
            head[key] = value.strip()
    missing = {"language", "marking", "date", "title", "author"} - set(head)
    if missing:
        raise ValueError(f"{path}: the head lacks {', '.join(sorted(missing))}")
    return Source(path, head, tuple(attached), body.strip("\n"))


def read_blocks(body: str) -> list[Block]:
    """Read the markup; lines of one paragraph are joined by a space."""
    blocks: list[Block] = []
    for group in re.split(r"\n\s*\n", body):
        lines = group.strip("\n").split("\n")
        while lines:
            blocks.append(_take_block(lines))
    return blocks


def _take_block(lines: list[str]) -> Block:
    """Take the block that `lines` begin with out of them."""
    first = lines[0]
    if first.startswith("|"):
        rows = []
        while lines and lines[0].startswith("|"):
            rows.append(tuple(cell.strip() for cell in lines.pop(0).strip().strip("|").split("|")))
        return Table(tuple(rows))
    if first == "===":
        lines.pop(0)
        return PageBreak()
    if found := re.match(r"(#{1,3}) (.+)", first):
        lines.pop(0)
        return Heading(len(found[1]), found[2])
    taken = [lines.pop(0)]
    while lines and not re.match(r"\||===$|#{1,3} |- |!!! ", lines[0]):
        taken.append(lines.pop(0))
    text = " ".join(line.strip() for line in taken)
    if text.startswith("- "):
        return Item(text[2:])
    if text.startswith("!!! "):
        return Note(text[4:])
    return Paragraph(text)
