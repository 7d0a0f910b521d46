"""What parsing, chunking and retrieval hand on: documents, chunks, passages, filters, coverage."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

# --- what parsing gives -----------------------------------------------------------------------------------------------


class BlockKind(StrEnum):
    """What a block of text is in its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_HEADER = "table_header"
    TABLE_ROW = "table_row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """One structural unit; its text is ``document.text[start:end]``.

    `level` is the depth of a heading (1 the highest). `table` numbers the table a row belongs to within the document;
    `sheet` and `cells` (``A1:F1``) place a workbook row.
    """

    kind: BlockKind
    start: int
    end: int
    page: int
    level: int = 0
    table: int | None = None
    sheet: str | None = None
    cells: str | None = None


@dataclass(frozen=True, slots=True)
class PageSpan:
    """Where one page (or slide, sheet, message part) stands in the text.

    `label` is what a person calls it when it is not a page number (a sheet's name). `read` is False for a page whose
    text could not be had, such as a scan without Tesseract. `ocr` marks text that was recognised, not written.
    """

    number: int
    start: int
    end: int
    label: str | None = None
    read: bool = True
    ocr: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a file: a member of an archive, an attachment of a message. `name` is as written, untrusted."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The text of one file with its structure, and what the file says about itself."""

    text: str = field(repr=False)
    pages: tuple[PageSpan, ...]
    blocks: tuple[Block, ...] = field(repr=False)
    media_type: str
    title: str | None = None
    author: str | None = None
    date: str | None = None
    language: str = "und"
    marking: str | None = None
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = ()


# --- what chunking gives ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A passage-to-be: ``text == document.text[start:end]``, always.

    `context` is what a reader needs beside the passage and that is not part of the quote: the path of headings and, for
    table rows, the table's header row. It is indexed and embedded with the text.
    """

    start: int
    end: int
    page_first: int
    page_last: int
    text: str
    context: str = ""
    kind: BlockKind = BlockKind.PARAGRAPH
    sheet: str | None = None
    cells: str | None = None


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk as the truth holds it. `text_hash` (16 bytes) covers context and text, and keys its vector."""

    chunk_id: int
    version_id: int
    text_hash: bytes
    text: str = field(repr=False)
    context: str = field(repr=False)
    language: str


# --- what retrieval gives ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What limits a search; an empty tuple or None does not limit. Paths are glob patterns on the document's path."""

    collections: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    date_from: str | None = None
    date_to: str | None = None
    languages: tuple[str, ...] = ()
    markings: tuple[str, ...] = ()
    documents: tuple[int, ...] = ()
    all_versions: bool = False

    def is_empty(self) -> bool:
        return self == SearchFilter()


@dataclass(frozen=True, slots=True)
class Scores:
    """How a passage was ranked. `dense` is a cosine, `lexical` a BM25 score; None where that half did not return it."""

    fused: float
    dense: float | None = None
    lexical: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk with all that a citation needs. `page_label` is the sheet's or slide's name where there is one.

    `page_breaks` are the offsets at which the pages after `page_first` begin, up to `page_last`.
    """

    chunk_id: int
    document_id: int
    version_id: int
    path: str
    sha256: str
    title: str
    date: str | None
    language: str
    marking: str | None
    collection: str
    page_first: int
    page_last: int
    page_label: str | None
    start: int
    end: int
    text: str
    context: str
    kind: str = "paragraph"
    sheet: str | None = None
    cells: str | None = None
    page_breaks: tuple[int, ...] = ()
    scores: Scores = Scores(0.0)
    also_in: tuple[str, ...] = ()
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read and what was not: the honest denominator of an answer."""

    documents: int
    documents_searched: int
    documents_read: int
    passages: int
    passages_searched: int
    passages_read: int
    failed: int
    unread_pages: int
    not_embedded: int = 0
    search_mode: str = "fused"
