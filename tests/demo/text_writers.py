"""Formats that are text: plain text in three encodings, Markdown, European CSV, HTML and RTF."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from html import escape

from tests.demo.source import Block, Heading, Item, Paragraph, Source, Table, read_blocks
from tests.demo.typography import set_type

_ENCODINGS = {"utf-16": "utf-16-le", "cp1252": "cp1252", "utf-8": "utf-8"}

# Characters that must not stand in the source itself: an ANSI escape, an override of direction and its end.
_HOSTILE = {"{ESC}": "\x1b", "{RLO}": "\u202e", "{PDF}": "\u202c"}


def write_text(source: Source) -> bytes:
    """Plain text and Markdown as they stand, with line ends of Windows except in UTF-8."""
    encoding = source.head.get("encoding", "utf-8")
    text = set_type(source.body, source.language, narrow=encoding != "cp1252") + "\n"
    if source.role == "injection":
        for name, character in _HOSTILE.items():
            text = text.replace(name, character)
    if encoding != "utf-8":
        text = text.replace("\n", "\r\n")
    mark = b"\xff\xfe" if encoding == "utf-16" else b""
    return mark + text.encode(_ENCODINGS[encoding])


def write_csv(source: Source) -> bytes:
    """Semicolons, decimal commas, code page 1252: what a French office's spreadsheet saves."""
    lines: list[str] = []
    for block in read_blocks(source.body):
        if isinstance(block, Table):
            lines += (";".join(f'"{cell}"' if ";" in cell else cell for cell in row) for row in block.rows)
        elif isinstance(block, Paragraph):
            lines.append(set_type(block.text, source.language, narrow=False))
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252")


def write_html(source: Source) -> bytes:
    title, marking = escape(source.head["title"]), escape(source.marking)
    blocks = read_blocks(set_type(source.body, source.language))
    page = (
        f'<!DOCTYPE html>\n<html lang="{source.language}">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="author" content="{escape(source.head["author"])}">\n'
        f'<meta name="date" content="{source.date}">\n</head>\n<body>\n<header><p>{marking}</p></header>\n<main>\n'
        f"{_html_blocks(blocks)}</main>\n<footer><p>{marking}</p></footer>\n</body>\n</html>\n"
    )
    return page.encode()


def _html_blocks(blocks: Iterable[Block]) -> str:
    parts = []
    for block in blocks:
        if isinstance(block, Heading):
            parts.append(f"<h{block.level}>{escape(block.text)}</h{block.level}>")
        elif isinstance(block, Item):
            parts.append(f"<ul><li>{escape(block.text)}</li></ul>")
        elif isinstance(block, Table):
            parts.append(_html_table(block))
        elif isinstance(block, Paragraph):
            parts.append(f"<p>{escape(block.text)}</p>")
    return "".join(f"{part}\n" for part in parts).replace("</ul>\n<ul>", "\n")


def _html_table(table: Table) -> str:
    rows = []
    for number, row in enumerate(table.rows):
        tag = "td" if number else "th"
        rows.append("<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>")
    return "<table>\n" + "\n".join(rows) + "\n</table>"


def write_rtf(source: Source) -> bytes:
    moment = dt.date.fromisoformat(source.date)
    head = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}"
        f"{{\\info{{\\title {_rtf(source.head['title'])}}}{{\\author {_rtf(source.head['author'])}}}"
        f"{{\\creatim\\yr{moment.year}\\mo{moment.month}\\dy{moment.day}}}}}\n"
        f"{{\\header\\pard\\qc {_rtf(source.marking)}\\par}}{{\\footer\\pard\\qc {_rtf(source.marking)}\\par}}\n"
    )
    blocks = read_blocks(set_type(source.body, source.language, narrow=False))
    return (head + "".join(_rtf_block(block) for block in blocks) + "}\n").encode("ascii")


def _rtf_block(block: Block) -> str:
    if isinstance(block, Heading):
        size = {1: 32, 2: 26, 3: 22}[block.level]
        return f"\\pard\\sb200\\sa100\\b\\fs{size} {_rtf(block.text)}\\b0\\fs20\\par\n"
    if isinstance(block, Item):
        return f"\\pard\\li360\\fi-200 \\bullet\\tab {_rtf(block.text)}\\par\n"
    if isinstance(block, Table):
        return "".join(map(_rtf_row, block.rows)) + "\\pard\\par\n"
    return f"\\pard\\sa120\\fs20 {_rtf(block.text)}\\par\n" if isinstance(block, Paragraph) else ""


def _rtf_row(row: tuple[str, ...]) -> str:
    width = 9000 // len(row)
    edges = "".join(f"\\cellx{width * (index + 1)}" for index in range(len(row)))
    return f"\\trowd{edges}\n" + "".join(f"\\pard\\intbl {_rtf(cell)}\\cell\n" for cell in row) + "\\row\n"


def _rtf(text: str) -> str:
    """Escape what RTF reads as its own, and write what ASCII lacks as bytes of the code page."""
    pieces = []
    for character in text:
        if character in "\\{}":
            pieces.append("\\" + character)
        elif ord(character) < 128:
            pieces.append(character)
        else:
            pieces.append("".join(f"\\'{byte:02x}" for byte in character.encode("cp1252")))
    return "".join(pieces)
