"""What a parser process does with one file: read it, parse it, cut it into chunks, sign it for near-duplicates.

Nothing here touches the truth; the main process receives plain records and acknowledges them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.errors import ParseError
from copilot.i18n import set_language, t
from copilot.records import ChunkDraft, ParsedDocument

if TYPE_CHECKING:
    from collections.abc import Callable

    from copilot.indexing.embedding import EmbedderSpec
    from copilot.parsing import ParseOptions


@dataclass(frozen=True, slots=True)
class ReadJob:
    """One file to read. `name` is what the workspace calls it, `path` where its bytes are now, `depth` how many
    containers it lies in; `container_id` is the document that holds it."""

    name: str
    path: str
    depth: int = 0
    container_id: int | None = None
    top: str = ""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What became of a file: its text and structure, its chunks, and the hash and size of the bytes that were read."""

    parsed: ParsedDocument
    chunks: tuple[ChunkDraft, ...] = field(repr=False)
    signature: bytes
    sha256: str
    size: int


@dataclass
class DocumentReader:
    """The function that each parser process runs; picklable, and its tokenizer is loaded once a process."""

    options: ParseOptions
    embedder: EmbedderSpec
    max_tokens: int
    language: str

    def __call__(self, job: ReadJob) -> ReadResult:
        set_language(self.language)
        from copilot.chunking import chunk
        from copilot.indexing.near_duplicates import signature
        from copilot.parsing import parse

        try:
            data = Path(job.path).read_bytes()
        except OSError as error:
            message = t("sync.unreadable", name=job.name, error=error.strerror or error)
            raise ParseError(message, reason="unreadable") from error
        parsed = parse(job.name, data, self.options)
        chunks = tuple(chunk(parsed, count_tokens=self._count_tokens, max_tokens=self.max_tokens))
        digest = hashlib.sha256(data).hexdigest()
        return ReadResult(parsed, chunks, signature(parsed.text), digest, len(data))

    @cached_property
    def _count_tokens(self) -> Callable[[str], int]:
        from copilot.indexing.embedding import load_token_counter

        return load_token_counter(self.embedder)
