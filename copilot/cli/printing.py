"""Where output goes: Rich on a terminal, plain lines in a pipe, JSON when asked; people's messages on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from copilot.i18n import t
from copilot.sanitise import visible

if TYPE_CHECKING:
    from rich.console import Console

    from copilot.app.trail import Trail


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
    sys.stderr.write(visible(text) + "\n")


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


def table(headers: list[str], rows: list[list[str]]) -> None:
    """Print rows: an aligned table on a terminal, tab-separated lines without headers in a pipe."""
    if not on_terminal():
        for row in rows:
            out("\t".join(visible(cell) for cell in row))
        return
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for header in headers:
        grid.add_column(header, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(visible(cell)) for cell in row))
    console().print(grid)
