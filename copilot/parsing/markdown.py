"""Markdown by markdown-it's tokens: the text as a reader sees it, with simple front matter read as metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.dates import metadata_date
from copilot.parsing.decode import decode
from copilot.parsing.html import add_html
from copilot.parsing.text import clean
from copilot.records import BlockKind

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<body>.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_ENTRY = re.compile(r"^(?P<key>[A-Za-zÀ-ÿ_-]{2,30})[ \t]*:[ \t]*(?P<value>.+)$", re.M)
_MARKING_KEYS = frozenset({"marking", "classification", "protection", "mention"})


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add the document as one page."""
    text = clean(decode(data)[0])
    builder.start_page()
    if front := _FRONT_MATTER.match(text):
        _read_front_matter(builder, front["body"])
        text = text[front.end() :]
    _add_tokens(builder, MarkdownIt("commonmark").enable("table").parse(text))


def _read_front_matter(builder: DocumentBuilder, body: str) -> None:
    about = builder.about
    for match in _ENTRY.finditer(body):
        key, value = match["key"].lower(), match["value"].strip().strip("\"'")
        if key in ("title", "titre"):
            about.title = value
        elif key in ("author", "auteur"):
            about.author = value
        elif key == "date":
            about.date = metadata_date(value)
        elif key in ("lang", "language", "langue"):
            about.language = value[:2].lower()
        elif key in _MARKING_KEYS:
            about.running.append(value)


def _add_tokens(builder: DocumentBuilder, tokens: Sequence[Token]) -> None:
    """Add every block; tables are cut out first, the rest is a flat run of headings, paragraphs, items and code."""
    lists = level = position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.type == "table_open":
            position = _add_table(builder, tokens, position)
        elif token.type in ("list_item_open", "list_item_close"):
            lists += token.nesting
        elif token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1]) if token.nesting > 0 else 0
        elif token.type == "inline":
            block = BlockKind.HEADING if level else BlockKind.LIST_ITEM if lists else BlockKind.PARAGRAPH
            builder.add(block, "".join(_inline_text(token.children or [])), level=level)
        elif token.type in ("fence", "code_block"):
            builder.add(BlockKind.CODE, token.content)
        elif token.type == "html_block":
            add_html(builder, token.content)
        position += 1


def _add_table(builder: DocumentBuilder, tokens: Sequence[Token], start: int) -> int:
    """Add the table that opens at `start`; return where it closes."""
    table = builder.next_table()
    header, row = True, list[str]()
    position = start
    while tokens[position].type != "table_close":
        token = tokens[position]
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append("".join(_inline_text(token.children or [])))
        elif token.type == "tr_close":
            builder.add_row(row, header=header, table=table)
            header = False
        position += 1
    return position


def _inline_text(children: Sequence[Token]) -> Iterator[str]:
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            yield " "
        elif child.type == "html_inline":
            continue
        else:  # text, code and the alternative text of an image; opening and closing marks have no content
            yield child.content
