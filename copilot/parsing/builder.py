"""Puts blocks and pages together into one text with offsets, and decides what every format decides alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from copilot.language.marking import find_marking, marking_of_line
from copilot.parsing import failures
from copilot.parsing.dates import content_date
from copilot.parsing.options import ParseOptions
from copilot.parsing.text import clean, squeeze
from copilot.parsing.tongue import guess_language
from copilot.records import Attachment, Block, BlockKind, PageSpan, ParsedDocument

_EDGE_LINES = 4
_LONGEST_TITLE = 200
_ROWS = frozenset({BlockKind.TABLE_HEADER, BlockKind.TABLE_ROW})
_TIGHT = _ROWS | {BlockKind.LIST_ITEM}


@dataclass(slots=True)
class About:
    """What a file says of itself. `date` is believed over the content, `file_date` only where the content has none."""

    title: str | None = None
    author: str | None = None
    date: str | None = None
    file_date: str | None = None
    language: str | None = None
    running: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    start: int
    label: str | None
    read: bool
    ocr: bool


class DocumentBuilder:
    """Collects pages and blocks in reading order.

    Rows of a table and items of a list are one line each; other blocks are set apart by an empty line. A page reaches
    up to the start of the next, so the pages cover the text without gaps.
    """

    def __init__(self, name: str, options: ParseOptions) -> None:
        self.name = name
        self.options = options
        self.about = About()
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._pages: list[_Page] = []
        self._tables = 0

    def start_page(self, label: str | None = None, *, read: bool = True, ocr: bool = False) -> None:
        """Begin a page (slide, sheet); pages are numbered from 1 in the order they are begun."""
        if len(self._pages) >= self.options.max_pages:
            raise failures.too_large(self.name, "pages", len(self._pages) + 1, self.options.max_pages)
        self._pages.append(_Page(self._length, squeeze(label)[:_LONGEST_TITLE] if label else None, read, ocr))

    def next_table(self) -> int:
        """Return the number of a new table, counting from 1 within the document."""
        self._tables += 1
        return self._tables

    def add(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 0,
        table: int | None = None,
        sheet: str | None = None,
        cells: str | None = None,
    ) -> None:
        """Append one block; text that is blank once cleaned is dropped. Only code keeps its line breaks and spaces."""
        text = clean(text).strip("\n").rstrip() if kind is BlockKind.CODE else squeeze(text)
        if not text:
            return
        if not self._pages:
            self.start_page()
        if kind is BlockKind.HEADING and marking_of_line(text):
            # A marking in capitals at the top of a text looks like a heading, and names nothing.
            kind, level = BlockKind.PARAGRAPH, 0
        self._separate(kind, table)
        start = self._length
        self._write(text)
        page = len(self._pages)
        self._blocks.append(Block(kind, start, self._length, page, level, table, sheet, cells))

    def add_row(
        self,
        cells: list[str],
        *,
        header: bool,
        table: int,
        place: tuple[str | None, str | None] = (None, None),
    ) -> None:
        """Append one table row, its cells joined with `` | ``; `place` is the sheet's name and the range of cells."""
        filled = len(cells)
        while filled and not cells[filled - 1].strip():
            filled -= 1
        kind = BlockKind.TABLE_HEADER if header else BlockKind.TABLE_ROW
        sheet, span = place
        self.add(kind, " | ".join(squeeze(cell) for cell in cells[:filled]), table=table, sheet=sheet, cells=span)

    def _separate(self, kind: BlockKind, table: int | None) -> None:
        if not self._blocks:
            return
        before = self._blocks[-1]
        tight = kind in _TIGHT and before.kind in _TIGHT and before.table == table and before.page == len(self._pages)
        self._write("\n" if tight else "\n\n")
        # What separates pages belongs to the page before: a page starts with its first block.
        for page in reversed(self._pages):
            if page.start < before.end:
                break
            page.start = self._length

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > self.options.max_characters:
            raise failures.too_large(self.name, "characters", self._length, self.options.max_characters)

    def finish(self, media_type: str) -> ParsedDocument:
        """Return the document; raise ParseError(reason="empty") if it has no text, no unread page and no attachment."""
        text = "".join(self._parts)
        about = self.about
        pages = self._spans(len(text))
        if not text and not about.attachments and all(page.read for page in pages):
            raise failures.no_text(self.name)
        language = guess_language(text)
        if language == "und" and about.language:
            language = about.language
        return ParsedDocument(
            text=text,
            pages=pages,
            blocks=tuple(self._blocks),
            media_type=media_type,
            title=_short(about.title) or self._first_heading(text),
            author=_short(about.author),
            date=about.date or content_date(self._prose(text), language) or about.file_date,
            language=language,
            marking=find_marking(map(clean, about.running), self._edge_lines(text)),
            attachments=tuple(about.attachments),
            warnings=tuple(about.warnings),
        )

    def _prose(self, text: str) -> str:
        """The text without its tables: a date in a row is that row's."""
        return "\n".join(text[b.start : b.end] for b in self._blocks if b.kind not in _ROWS)

    def _spans(self, end: int) -> tuple[PageSpan, ...]:
        ends = [page.start for page in self._pages[1:]] + [end]
        return tuple(
            PageSpan(number, page.start, page_end, page.label, page.read, page.ocr)
            for number, (page, page_end) in enumerate(zip(self._pages, ends, strict=True), start=1)
        )

    def _first_heading(self, text: str) -> str | None:
        """The highest heading of the page on which the first heading stands."""
        headings = [block for block in self._blocks[:200] if block.kind is BlockKind.HEADING]
        if not headings:
            return None
        title = min((block for block in headings if block.page == headings[0].page), key=lambda block: block.level)
        return text[title.start : title.end][:_LONGEST_TITLE]

    def _edge_lines(self, text: str) -> list[str]:
        """The first and last blocks of each page: where markings stand when they are not in a header or footer."""
        by_page: dict[int, list[Block]] = {}
        for block in self._blocks:
            by_page.setdefault(block.page, []).append(block)
        edges = []
        for blocks in by_page.values():
            edges += [text[block.start : block.end] for block in blocks[:_EDGE_LINES] + blocks[-_EDGE_LINES:]]
        return edges


def _short(value: str | None) -> str | None:
    return squeeze(value)[:_LONGEST_TITLE] or None if value else None
