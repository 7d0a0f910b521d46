"""Passages that follow headings, paragraphs and table rows; every one is a slice of the document's text.

A heading opens a section and stands in the `context` of what follows it; paragraphs and list items of a section are
joined up to the budget; table rows are joined with rows of their own table alone and carry its header row as context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from copilot.chunking.splitting import split_long
from copilot.records import Block, BlockKind, ChunkDraft, PageSpan, ParsedDocument

CountTokens = Callable[[str], int]
_TABLE = (BlockKind.TABLE_HEADER, BlockKind.TABLE_ROW)
# The share of the budget that headings and a table's header row may take from the passage itself.
_CONTEXT_SHARE = 4


def chunk(document: ParsedDocument, *, count_tokens: CountTokens, max_tokens: int) -> list[ChunkDraft]:
    """Return the passages of a document, in order; each with its context takes at most `max_tokens` tokens.

    Every character of every block stands in at least one passage, and ``text == document.text[start:end]``.
    """
    return list(_Chunker(document, count_tokens, max(8, max_tokens)).run())


@dataclass(slots=True)
class _Group:
    """Blocks that will be one passage; `tokens` is the sum of theirs."""

    blocks: list[Block] = field(default_factory=list)
    context: str = ""
    tokens: int = 0


class _Chunker:
    def __init__(self, document: ParsedDocument, count_tokens: CountTokens, budget: int) -> None:
        self._document = document
        self._count = count_tokens
        self._budget = budget
        self._headings: list[tuple[int, str]] = []
        self._header = ""
        self._table: int | None = None
        self._group = _Group()

    def run(self) -> Iterator[ChunkDraft]:
        for block in self._document.blocks:
            if block.kind is BlockKind.HEADING:
                yield from self._open_section(block)
            elif block.kind in _TABLE:
                yield from self._add_row(block)
            else:
                if self._table is not None:
                    yield from self._flush()
                    self._table, self._header = None, ""
                yield from self._add(block)
        yield from self._flush()

    def _open_section(self, block: Block) -> Iterator[ChunkDraft]:
        only_headings = all(held.kind is BlockKind.HEADING for held in self._group.blocks)
        if not only_headings:
            yield from self._flush()
        self._table, self._header = None, ""
        yield from self._add(block)
        while self._headings and self._headings[-1][0] >= block.level:
            self._headings.pop()
        self._headings.append((block.level, " ".join(self._text(block).split())))

    def _add_row(self, block: Block) -> Iterator[ChunkDraft]:
        if block.table != self._table or block.kind is BlockKind.TABLE_HEADER:
            if any(held.kind in _TABLE for held in self._group.blocks):
                yield from self._flush()
            self._table = block.table
            self._header = " ".join(self._text(block).split()) if block.kind is BlockKind.TABLE_HEADER else ""
        prose = self._group.blocks and not any(held.kind in _TABLE for held in self._group.blocks)
        if prose and not all(held.kind is BlockKind.HEADING for held in self._group.blocks):
            yield from self._flush()
        if self._group.blocks and self._header and self._header not in self._group.context:
            # The group began with the table's heading, before its header row was known.
            header = self._cut(self._header, self._budget // _CONTEXT_SHARE)
            context = "\n".join(part for part in (self._group.context, header) if part)
            if self._group.tokens <= self._room(context):
                self._group.context = context
        yield from self._add(block)

    def _add(self, block: Block) -> Iterator[ChunkDraft]:
        """Put a block into the group, after flushing the group where it is full."""
        tokens = self._count(self._text(block))
        if self._group.blocks and self._group.tokens + tokens > self._room(self._group.context):
            yield from self._flush()
        if not self._group.blocks:
            self._group.context = self._context(block)
        room = self._room(self._group.context)
        if tokens > room:
            yield from self._split(block, room)
            return
        self._group.blocks.append(block)
        # One for the line break between two blocks.
        self._group.tokens += tokens + 1

    def _split(self, block: Block, room: int) -> Iterator[ChunkDraft]:
        held, self._group = self._group, _Group(context=self._group.context)
        if held.blocks:
            yield self._draft(held.blocks[0].start, held.blocks[-1].end, held)
        for start, end in split_long(self._document.text, block.start, block.end, self._count, room):
            yield self._draft(start, end, _Group([block], held.context))
        self._group = _Group()

    def _flush(self) -> Iterator[ChunkDraft]:
        group, self._group = self._group, _Group()
        if group.blocks:
            yield self._draft(group.blocks[0].start, group.blocks[-1].end, group)

    def _draft(self, start: int, end: int, group: _Group) -> ChunkDraft:
        first, last = group.blocks[0], group.blocks[-1]
        rows = [block for block in group.blocks if block.cells]
        kind = BlockKind.TABLE_ROW if any(b.kind in _TABLE for b in group.blocks) else first.kind
        return ChunkDraft(
            start=start,
            end=end,
            page_first=_page_of(self._document.pages, start, first.page),
            page_last=_page_of(self._document.pages, end - 1, last.page),
            text=self._document.text[start:end],
            context=group.context,
            kind=BlockKind.PARAGRAPH if kind is BlockKind.HEADING and len(group.blocks) > 1 else kind,
            sheet=first.sheet,
            cells=_cell_range(rows[0].cells or "", rows[-1].cells or "") if rows else None,
        )

    def _context(self, block: Block) -> str:
        """Return title, headings and table header of a group that begins with `block`, within their share."""
        room = self._budget // _CONTEXT_SHARE
        headings = [text for _, text in self._headings]
        if block.kind is BlockKind.HEADING:
            headings = [text for level, text in self._headings if level < block.level]
        title = self._document.title
        path = list(dict.fromkeys(([title] if title else []) + headings))
        header = self._header if block.kind in _TABLE else ""
        header = self._cut(header, room)
        room -= self._count(header)
        # The nearest headings say most: what must go goes from the front.
        while path and self._count(" > ".join(path)) > room:
            path.pop(0)
        return "\n".join(part for part in (" > ".join(path), header) if part)

    def _cut(self, text: str, room: int) -> str:
        while text and self._count(text) > room:
            text = text[: len(text) * 3 // 4].rpartition(" ")[0]
        return text

    def _room(self, context: str) -> int:
        return self._budget - (self._count(context) + 1 if context else 0)

    def _text(self, block: Block) -> str:
        return self._document.text[block.start : block.end]


def _page_of(pages: tuple[PageSpan, ...], offset: int, known: int) -> int:
    """Return the number of the page that holds `offset`; `known` is where its block begins."""
    for page in pages[known - 1 : known + 1]:
        if page.start <= offset < page.end:
            return page.number
    found = [page.number for page in pages if page.start <= offset]
    return found[-1] if found else known


def _cell_range(first: str, last: str) -> str:
    """Return the range from the first cell of one row to the last of another: ``A2:F2``, ``A9:F9`` -> ``A2:F9``."""
    return f"{first.partition(':')[0]}:{last.rpartition(':')[2]}"
