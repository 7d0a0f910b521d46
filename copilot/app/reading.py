"""What a parser process does with one file: read it, parse it, cut it into chunks, sign it for near-duplicates.

Nothing here touches the truth: the main process receives a result that it can check, and acknowledges it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from copilot.errors import ParseError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.indexing.embedding import EmbedderSpec
from copilot.parsing import ParseOptions, decode_document, encode_document, failures, parse
from copilot.records import BlockKind, ChunkDraft, ParsedDocument
from copilot.resources.regular_file import open_regular
from copilot.sandbox.confinement import program_with_loader
from copilot.sandbox.pool import Walls
from copilot.sandbox.worker import given_file

_LENGTH = struct.Struct(">I")
# A chunk takes some 200 bytes, its context with it: 50 million characters, the most of a document, make half a million
# chunks at the smallest window that can be set.
_LARGEST_HEADER = 128 * 2**20
_SIGNATURE_BYTES = 8_192
_TESSERACT_DATA = ("/usr/share/tesseract-ocr", "/usr/share/tessdata", "/usr/local/share/tessdata")


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How files are parsed, and the embedder whose window their chunks are fitted to (`max_tokens` tokens)."""

    options: ParseOptions
    embedder: EmbedderSpec
    max_tokens: int


@dataclass(frozen=True, slots=True)
class ReadJob:
    """One file to read.

    `name` is what the workspace calls it, `path` where its bytes are at present, `depth` how many containers it lies
    in, `container_id` the document that holds it, `top` the name of the outermost container.
    """

    name: str
    path: str
    settings: ReadSettings
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


def read_document(job: ReadJob) -> ReadResult:
    """Read, parse and chunk one file; runs in a walled process.

    Raises:
        ParseError: the file cannot be read; the reason says why.
    """
    from copilot.chunking import chunk
    from copilot.indexing.near_duplicates import signature

    given = given_file()
    try:
        descriptor = open_regular(job.path) if given is None else given
        with os.fdopen(descriptor, "rb", closefd=given is None) as file:
            size, limit = os.fstat(file.fileno()).st_size, job.settings.options.max_file_bytes
            if size > limit:
                raise failures.too_large(job.name, "bytes", size, limit)
            # One more than the limit: a file that grows meanwhile is over it, and is not read to its end.
            data = file.read(limit + 1)
    except OSError as error:
        message = t("sync.unreadable", name=job.name, error=cause_of(error))
        raise ParseError(message, reason="unreadable") from error
    parsed = parse(job.name, data, job.settings.options)
    chunks = chunk(parsed, count_tokens=_token_counter(job.settings.embedder), max_tokens=job.settings.max_tokens)
    return ReadResult(parsed, tuple(chunks), signature(parsed.text), hashlib.sha256(data).hexdigest(), len(data))


def parser_walls(settings: ReadSettings) -> Walls:
    """Return what a parser needs besides its file: the embedder's tokenizer, and Tesseract where it is wanted."""
    from copilot.indexing.embedding import token_counter_folder

    folder = token_counter_folder(settings.embedder)
    tesseract = shutil.which("tesseract") if settings.options.ocr else None
    readable = [] if folder is None else [str(folder)]
    if tesseract is None:
        return Walls(tuple(readable))
    data = os.environ.get("TESSDATA_PREFIX")
    return Walls((*readable, *([data] if data else []), *_TESSERACT_DATA), program_with_loader(tesseract))


@cache
def _token_counter(spec: EmbedderSpec) -> Callable[[str], int]:
    from copilot.indexing.embedding import load_token_counter

    return load_token_counter(spec)


def encode_result(result: ReadResult) -> bytes:
    """Return a result as bytes: a length, that much JSON, then the encoded document."""
    header = {
        "sha256": result.sha256,
        "size": result.size,
        "signature": result.signature.hex(),
        "chunks": [
            [c.start, c.end, c.page_first, c.page_last, c.context, str(c.kind), c.sheet, c.cells] for c in result.chunks
        ],
    }
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return b"".join((_LENGTH.pack(len(encoded)), encoded, encode_document(result.parsed)))


def decode_result(data: bytes) -> ReadResult:
    """Return the result; ValueError for anything that `encode_result` would not have written.

    A chunk's text is cut from the document here, so that a worker cannot send a passage that its document lacks.
    """
    try:
        (length,) = _LENGTH.unpack_from(data)
        if length > _LARGEST_HEADER:
            raise ValueError("a header is too large")
        header = json.loads(data[_LENGTH.size : _LENGTH.size + length])
        parsed = decode_document(data[_LENGTH.size + length :])
        sha256, size = header["sha256"], header["size"]
        signature = bytes.fromhex(header["signature"])
        if not (isinstance(size, int) and isinstance(sha256, str) and len(bytes.fromhex(sha256)) == 32):
            raise ValueError("not a hash and a size")
        if len(signature) > _SIGNATURE_BYTES:
            raise ValueError("a signature is too long")
        chunks = tuple(_chunk(row, parsed) for row in header["chunks"])
    except (KeyError, TypeError, struct.error, UnicodeDecodeError, RecursionError) as cause:
        raise ValueError(f"not an encoded result: {cause}") from cause
    return ReadResult(parsed, chunks, signature, sha256, size)


def _chunk(row: Any, parsed: ParsedDocument) -> ChunkDraft:
    start, end, page_first, page_last, context, kind, sheet, cells = row
    if not all(type(value) is int for value in (start, end, page_first, page_last)):
        raise ValueError("an offset is not a whole number")
    if not (0 <= start < end <= len(parsed.text) and 1 <= page_first <= page_last <= len(parsed.pages)):
        raise ValueError("a chunk lies outside its document")
    if not isinstance(context, str) or not all(value is None or isinstance(value, str) for value in (sheet, cells)):
        raise ValueError("a chunk's context is not text")
    return ChunkDraft(start, end, page_first, page_last, parsed.text[start:end], context, BlockKind(kind), sheet, cells)
