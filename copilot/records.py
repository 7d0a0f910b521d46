"""The frozen records that pass between stages.

Offsets are character offsets (Python string indices), half-open, into the text of one version of a document. Pages
count from 1. Dates are ISO 8601 strings (``YYYY-MM-DD``), languages ISO 639-1 codes (``fr``, ``en``) or ``und``.
"""

from __future__ import annotations

from collections.abc import Mapping
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


# --- what an answer is ------------------------------------------------------------------------------------------------


class Status(StrEnum):
    """The badge of a claim or an answer."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Citation:
    """One numbered source of an answer: a verbatim quote in a span of a page of a version of a document.

    ``start`` and ``end`` are offsets into the version's text, and the text there equals `quote`.
    """

    number: int
    document_id: int
    version_id: int
    chunk_id: int
    path: str
    title: str
    sha256: str
    page: int
    page_label: str | None
    start: int
    end: int
    quote: str
    context: str = ""
    cells: str | None = None
    date: str | None = None
    marking: str | None = None
    superseded_by: str | None = None
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """A claim as a generator writes it, before verification: text and, by source number, the quotes it rests on."""

    text: str
    quotes: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim after verification; `citations` are numbers of the answer's citations, `reasons` say what was missing."""

    text: str
    status: Status
    citations: tuple[int, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801
    """Something the reader should know about an answer.

    Kinds: ``disagreement``, ``single_source``, ``superseded``, ``instruction_like``, ``stale_index``, ``no_model``.
    `citations` are the numbers concerned; `detail` is a short datum (the differing values), not a sentence.
    """

    kind: str
    citations: tuple[int, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a question's way. `generator` names what wrote it: ``extractive`` means that no model did."""

    question: str
    language: str
    status: Status
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    coverage: Coverage
    marking: str | None
    generator: str
    refusal: str | None = None
    warnings: tuple[Warning_, ...] = ()
    nearest: tuple[Passage, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    answer_id: str = ""
