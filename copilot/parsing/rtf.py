"""RTF by striprtf, with the information group and the headers read beside it."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from copilot.parsing.builder import DocumentBuilder
from copilot.parsing.flow import add_lines
from copilot.parsing.lines import Vocabulary
from copilot.parsing.text import clean, squeeze

_MOMENT = re.compile(r"\\(?:revtim|creatim)\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_HEADERS = re.compile(r"\{\\(?:header|footer)[lrf]?\b")
_CODEPAGE = re.compile(r"\\ansicpg(\d{3,5})")


def read(builder: DocumentBuilder, data: bytes) -> None:
    """Add the document as one page; table rows are lines of cells as striprtf writes them, split at ``|``."""
    # RTF is ASCII by definition; bytes above it are tolerated as the code page that the file names.
    source = data.decode("cp1252", errors="replace")
    declared = _CODEPAGE.search(source[:2000])
    codepage = f"\\ansi\\ansicpg{declared[1]}" if declared else "\\ansi"
    about = builder.about
    about.title = _info(source, "title", codepage)
    about.author = _info(source, "author", codepage)
    if moment := _MOMENT.search(source):
        year, month, day = map(int, moment.groups())
        about.file_date = f"{year:04}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else None
    for found in _HEADERS.finditer(source):
        group = _group_at(source, found.start())
        about.running += _plain("{\\rtf1" + codepage + " " + group[found.end() - found.start() : -1] + "}").split("\n")
    _add_body(builder, clean(_plain(source)))


def _add_body(builder: DocumentBuilder, text: str) -> None:
    """Add lines and tables in order; every line is a whole paragraph, for RTF does not wrap."""
    builder.start_page()
    lines = text.split("\n")
    vocabulary = Vocabulary(lines)
    table = 0
    for index, line in enumerate(lines):
        if _is_row(line):
            first = index == 0 or not _is_row(lines[index - 1])
            table = builder.next_table() if first else table
            header = first and index + 1 < len(lines) and _is_row(lines[index + 1])
            builder.add_row(line.rstrip().removesuffix("|").split("|"), header=header, table=table)
        else:
            add_lines(builder, line, vocabulary)


def _is_row(line: str) -> bool:
    return line.rstrip().endswith("|") and line.count("|") >= 2


def _info(source: str, key: str, codepage: str) -> str | None:
    found = re.search(rf"\{{\\{key}[ \\]", source[:20_000])
    if found is None:
        return None
    group = _group_at(source, found.start())
    return squeeze(_plain("{\\rtf1" + codepage + " " + group[len(key) + 2 : -1] + "}")) or None


def _plain(source: str) -> str:
    return str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]


def _group_at(source: str, start: int) -> str:
    """Return the group that opens at `start` with its braces; to the end where it is never closed."""
    depth = 0
    position = start
    while position < len(source):
        character = source[position]
        if character == "\\":
            position += 1
        elif character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                return source[start : position + 1]
        position += 1
    return source[start:] + "}"
