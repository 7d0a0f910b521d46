"""Where output goes: Rich on a terminal, plain lines in a pipe, JSON when asked; people's messages on stderr."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from copilot.i18n import t
from copilot.sanitise import visible

if TYPE_CHECKING:
    from rich.console import Console

    from copilot.app.trail import Trail

_COLUMNS = 80
_GAP = 2
_SHORTEST_PATH = 24
_INDENT = "    "
_APART = re.compile(r" (?=[:;!?»·])|(?<=«) ")


def on_terminal() -> bool:
    """Say whether stdout is a terminal."""
    return sys.stdout.isatty()


def out(text: str = "", *, end: str = "\n") -> None:
    """Print one piece of data on stdout; outside text must have passed the sanitiser."""
    sys.stdout.write(text + end)


def in_red(text: str, stream: TextIO) -> str:
    """Return text of ours in red where `stream` is a terminal whose user wants colours."""
    return f"\x1b[1;31m{text}\x1b[0m" if stream.isatty() and not os.environ.get("NO_COLOR") else text


def note(text: str) -> None:
    """Print a message for people on stderr, on one line: a line end in what others wrote would begin one of ours."""
    sys.stderr.write(wrapped(visible(text), sys.stderr) + "\n")


def say(text: str, indent: str = "") -> None:
    """Print sentences on stdout; outside text must have passed the sanitiser."""
    out(wrapped(text, sys.stdout, indent))


def wrapped(text: str, stream: TextIO, indent: str = "") -> str:
    """Return text as `stream` shows it: in lines that end between words on a terminal, unchanged in a pipe.

    Lines after the first begin with `indent`. A word that is longer than a line, such as a path, stays whole.
    """
    if not stream.isatty():
        return text
    return "\n".join(_lines(text, columns_of(stream), indent))


def columns_of(stream: TextIO) -> int:
    """Return how many columns a terminal has."""
    told = os.environ.get("COLUMNS", "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _COLUMNS
    except OSError:
        return _COLUMNS


def _lines(text: str, width: int, indent: str = "") -> list[str]:
    import textwrap

    # No line begins with the punctuation that French sets apart from its word.
    held = _APART.sub("\N{NO-BREAK SPACE}", text)
    found = textwrap.wrap(held, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in found] or [""]


def note_unanchored(trail: Trail) -> None:
    """Say on stderr why what is remembered of a log could not be opened, where it could not."""
    if trail.unanchored is not None:
        note(t("audit.no_anchor", error=trail.unanchored.message))
        note(trail.unanchored.next_step)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print one JSON value; control and direction characters in it are escaped, accents are not."""
    from copilot.presentation.as_json import dumps

    out(dumps(value, indent=indent))


def console() -> Console:
    """Return a Rich console on stdout that neither reads markup nor highlights what is printed."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


@contextmanager
def waiting(message: str) -> Iterator[None]:
    """Show on stderr that something is going on, where a person is watching; gone when it is over."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, highlight=False).status(Text(message)):
        yield


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], *, paths: Collection[int] = ()) -> None:
    """Print rows: an aligned table on a terminal, tab-separated lines without headers in a pipe.

    No word is broken on a terminal: cells wrap between words, those of the columns `paths` are shortened in the middle,
    and where that is not enough each row becomes a line of its first cell, with the others by their headers below it.
    """
    cells = [[visible(cell) for cell in row] for row in rows]
    if not on_terminal():
        for row in cells:
            out("\t".join(row))
        return
    columns = columns_of(sys.stdout)
    widths = _widths([list(headers), *cells], columns - _GAP * (len(headers) - 1), paths)
    if widths is None:
        _print_stacked(headers, cells, columns)
        return
    _print_row(headers, widths, bold=not os.environ.get("NO_COLOR"))
    for row in cells:
        shown = [shortened(cell, widths[at]) if at in paths else cell for at, cell in enumerate(row)]
        _print_row(shown, widths)


def _widths(rows: Sequence[Sequence[str]], room: int, paths: Collection[int]) -> list[int] | None:
    """Return the width of each column, as near to what it would fill as there is room; None where words would break."""
    natural = [max(_cells(cell) for cell in column) for column in zip(*rows, strict=True)]
    widths = [
        min(natural[at], _SHORTEST_PATH)
        if at in paths
        else max(_cells(word) for cell in column for word in _words(cell))
        for at, column in enumerate(zip(*rows, strict=True))
    ]
    left = room - sum(widths)
    if left < 0:
        return None
    while left > 0 and widths != natural:
        neediest = max(range(len(widths)), key=lambda at: natural[at] - widths[at])
        widths[neediest] += 1
        left -= 1
    return widths


def _words(cell: str) -> list[str]:
    return _APART.sub("\N{NO-BREAK SPACE}", cell).split(" ")


def _print_row(row: Sequence[str], widths: Sequence[int], *, bold: bool = False) -> None:
    parts = [_lines(cell, width) for cell, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, parts))):
        line = [part[number] if number < len(part) else "" for part in parts]
        padded = [text + " " * (width - _cells(text)) for text, width in zip(line, widths, strict=True)]
        text = (" " * _GAP).join(padded).rstrip()
        out(f"\x1b[1m{text}\x1b[0m" if bold else text)


def _print_stacked(headers: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> None:
    for first, *others in rows:
        out(shortened(first, columns))
        told = [
            t("presentation.labelled", label=header, text=cell)
            for header, cell in zip(headers[1:], others, strict=True)
            if cell.strip()
        ]
        for line in _lines(_INDENT + " · ".join(told), columns, _INDENT) if told else ():
            out(line)


def shortened(text: str, width: int) -> str:
    """Return a path in at most `width` cells, its end rather than its beginning kept whole."""
    if _cells(text) <= width:
        return text
    head = (width - 1) // 3
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def _cells(text: str) -> int:
    """Return how many columns of a terminal text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
