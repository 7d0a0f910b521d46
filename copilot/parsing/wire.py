"""ParsedDocument to bytes and back, for what a walled worker sends: data only, checked on the way in.

A worker reads hostile files, so what it sends is not believed: no pickle, every type checked, every offset inside the
text. Layout: a 4-byte length, that many bytes of JSON, then the text in UTF-8 and the attachments' bytes one after the
other: JSON takes many times its own size in memory, and stays small without them.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from copilot.records import Attachment, Block, BlockKind, PageSpan, ParsedDocument

_LENGTH = struct.Struct(">I")
# A block takes some 50 bytes: room for one for each cell of the largest workbook (2 million by `ParseOptions`), while
# 50 million characters of prose have far fewer.
_LARGEST_HEADER = 128 * 2**20
_KINDS = tuple(BlockKind)
_STRINGS = ("title", "author", "date", "marking")


def encode_document(document: ParsedDocument) -> bytes:
    """Return `document` as bytes."""
    text = document.text.encode("utf-8", "replace")
    header = {
        "text": len(text),
        "pages": [[page.start, page.end, page.label, page.read, page.ocr] for page in document.pages],
        "blocks": [
            [_KINDS.index(b.kind), b.start, b.end, b.page, b.level, b.table, b.sheet, b.cells] for b in document.blocks
        ],
        "media_type": document.media_type,
        "language": document.language,
        "warnings": document.warnings,
        "attachments": [[attachment.name, len(attachment.data)] for attachment in document.attachments],
        **{key: getattr(document, key) for key in _STRINGS},
    }
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return b"".join(
        (_LENGTH.pack(len(encoded)), encoded, text, *(attachment.data for attachment in document.attachments))
    )


def decode_document(data: bytes) -> ParsedDocument:
    """Return the document; raise ValueError for anything that `encode_document` would not have written."""
    try:
        (length,) = _LENGTH.unpack_from(data)
        if length > _LARGEST_HEADER:
            raise ValueError("a header is too large")
        body = _LENGTH.size + length
        header = json.loads(data[_LENGTH.size : body])
        text_start, body = body, body + _number(header["text"], len(data) - body)
        text = data[text_start:body].decode("utf-8")
        blocks = tuple(_block(row, len(text)) for row in header["blocks"])
        pages = tuple(_page(number, row, len(text)) for number, row in enumerate(header["pages"], start=1))
        attachments = []
        for name, size in header["attachments"]:
            attachments.append(Attachment(_string(name), data[body : body + _number(size, len(data) - body)]))
            body += size
        return ParsedDocument(
            text=text,
            pages=pages,
            blocks=blocks,
            media_type=_string(header["media_type"]),
            language=_string(header["language"]),
            attachments=tuple(attachments),
            warnings=tuple(_string(warning) for warning in header["warnings"]),
            **{key: _optional(header[key]) for key in _STRINGS},
        )
    except (KeyError, TypeError, IndexError, struct.error, UnicodeDecodeError, RecursionError) as cause:
        raise ValueError(f"not an encoded document: {cause}") from cause


def _block(row: Any, length: int) -> Block:
    kind, start, end, page, level, table, sheet, cells = row
    if not 0 <= start < end <= length:
        raise ValueError("a block lies outside the text")
    table = None if table is None else _number(table, length)
    kind = _KINDS[_number(kind, len(_KINDS) - 1)]
    start, end, page, level = (_number(value, length + 1) for value in (start, end, page, level))
    return Block(kind, start, end, page, level, table, _optional(sheet), _optional(cells))


def _page(number: int, row: Any, length: int) -> PageSpan:
    start, end, label, read, ocr = row
    if not 0 <= start <= end <= length:
        raise ValueError("a page lies outside the text")
    return PageSpan(number, _number(start, length), _number(end, length), _optional(label), read is True, ocr is True)


def _number(value: Any, highest: int) -> int:
    if type(value) is not int or not 0 <= value <= highest:
        raise ValueError("a number is out of its range")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a string was expected")  # noqa: TRY004 - one error for all that no document is
    # Half a surrogate pair can neither be stored nor sent on.
    return value.encode("utf-8", "replace").decode()


def _optional(value: Any) -> str | None:
    return None if value is None else _string(value)
