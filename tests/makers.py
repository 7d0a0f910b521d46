"""Small documents, workspaces and files for tests; real parts, with the embedder that needs no model."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from email.message import EmailMessage
from pathlib import Path

from copilot.app.events import FileRead, SyncEvent, SyncReport
from copilot.app.reading import ReadJob, ReadResult, read_document
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.errors import ParseError
from copilot.records import Block, BlockKind, ChunkDraft, PageSpan, ParsedDocument
from copilot.settings import Settings
from copilot.store.document_rows import FileFacts
from copilot.store.truth import Truth
from copilot.workspace import create_workspace

SETTINGS = Settings.model_validate({"embedding": {"model": "hash"}, "documents": {"ocr": False, "workers": 2}})


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def facts(path: str, content: str = "", *, collection: str = "c", container: int | None = None) -> FileFacts:
    return FileFacts(path, "", collection, len(content), 1, sha(content), container)


def document(
    *pages: str,
    title: str | None = None,
    date: str | None = None,
    language: str = "fr",
    marking: str | None = None,
    unread: bool = False,
) -> ParsedDocument:
    """A document whose pages are single paragraphs."""
    text = ""
    spans, blocks = [], []
    for number, page in enumerate(pages, start=1):
        start = len(text)
        text += page + "\n"
        spans.append(PageSpan(number, start, len(text), read=not unread))
        blocks.append(Block(BlockKind.PARAGRAPH, start, start + len(page), number))
    return ParsedDocument(
        text, tuple(spans), tuple(blocks), "text/plain", title=title, date=date, language=language, marking=marking
    )


def one_chunk_a_page(parsed: ParsedDocument, context: str = "") -> list[ChunkDraft]:
    return [
        ChunkDraft(block.start, block.end, block.page, block.page, parsed.text[block.start : block.end], context)
        for block in parsed.blocks
    ]


def store(truth: Truth, path: str, *pages: str, collection: str = "c", context: str = "", **about: str) -> int:
    """Put a document of these pages into the truth, a chunk a page; return its id."""
    parsed = document(*pages, **about)  # type: ignore[arg-type]
    chunks = one_chunk_a_page(parsed, context)
    return truth.documents.store_version(facts(path, "\n".join(pages), collection=collection), parsed, chunks)


def new_session(root: Path, settings: Settings = SETTINGS) -> Session:
    return Session(create_workspace(root)[0], settings)


def run_sync(session: Session, *paths: Path, embed: bool = True, retry_failed: bool = False) -> SyncReport:
    """Sync to the end and return the report."""
    last: SyncEvent | None = None
    roots = roots_of(session, list(paths), None)
    for event in sync(session, roots, embed=embed, retry_failed=retry_failed):
        last = event
    assert isinstance(last, SyncReport)
    return last


def read_names(events: Iterable[SyncEvent]) -> list[str]:
    return [event.name for event in events if isinstance(event, FileRead)]


class HerePool:
    """A reader pool without processes, for tests of what is around it."""

    def read(self, job: ReadJob) -> ReadResult:
        return read_document(job)

    def map(
        self, jobs: Iterable[ReadJob], accept: Callable[[ReadJob, ReadResult], None] | None = None
    ) -> Iterator[tuple[ReadJob, ReadResult | ParseError]]:
        for job in jobs:
            outcome: ReadResult | ParseError
            try:
                outcome = result = self.read(job)
                if accept is not None:
                    accept(job, result)
            except ParseError as error:
                outcome = error
            yield job, outcome


def zip_bytes(**members: bytes) -> bytes:
    """A zip archive; ``__`` in a keyword stands for the dot."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name.replace("__", "."), (2026, 3, 1, 0, 0, 0)), data)
    return packed.getvalue()


def eml_bytes(subject: str, body: str, **attachments: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "g4@example.org", "g3@example.org", subject
    message["Date"] = "Sun, 01 Mar 2026 08:00:00 +0000"
    message.set_content(body)
    for name, data in attachments.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("__", "."))
    return message.as_bytes()


def docx_bytes(*paragraphs: str) -> bytes:
    import docx

    made = docx.Document()
    for paragraph in paragraphs:
        made.add_paragraph(paragraph)
    packed = io.BytesIO()
    made.save(packed)
    return packed.getvalue()
