"""Parsing for tests: every document that comes out is checked for what must hold of all documents."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Iterator
from typing import Protocol

import pytest

from copilot.i18n import set_language
from copilot.parsing import ParseOptions, decode_document, encode_document, parse
from copilot.records import BlockKind, ParsedDocument


class Read(Protocol):
    """Parses and checks; keyword arguments are fields of ParseOptions."""

    def __call__(self, name: str, data: bytes, **limits: object) -> ParsedDocument: ...


def check(document: ParsedDocument) -> None:
    text = document.text
    assert unicodedata.is_normalized("NFC", text)
    assert not {c for c in text if unicodedata.category(c) == "Cc"} - {"\n", "\t"}
    assert not set(text) & {"\u00a0", "\u202f", "\u00ad", "\ufeff", "\ufffe"}
    position = 0
    for number, page in enumerate(document.pages, start=1):
        assert (page.number, page.start) == (number, position)
        assert page.end >= page.start
        position = page.end
    assert position == len(text)
    end = 0
    for block in document.blocks:
        content = text[block.start : block.end]
        assert content.strip() == content.strip("\n") or block.kind is BlockKind.CODE
        assert content.strip()
        assert block.start >= end
        assert not text[end : block.start].strip()
        page = document.pages[block.page - 1]
        assert page.start <= block.start < block.end <= page.end
        end = block.end
    assert not text[end:].strip()
    assert decode_document(encode_document(document)) == document


@pytest.fixture
def read() -> Read:
    def reading(name: str, data: bytes, **limits: object) -> ParsedDocument:
        options = dataclasses.replace(ParseOptions(ocr=False), **limits)  # type: ignore[arg-type]
        document = parse(name, data, options)
        check(document)
        return document

    return reading


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")
