"""Which pictures this terminal shows, asked before the screen is taken.

One question that every terminal answers (its attributes, DA1) goes last: when it is answered, so are the others, or
they never will be. Graphics of kitty's kind need more than its protocol: cells that stand for parts of a picture, which
kitty (0.28) and Ghostty have, so it is their name that counts. Inside tmux the answers are tmux's own: sixel where it
passes them on, nothing else.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import termios
import time
import tty
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

Kind = Literal["kitty", "sixel", ""]
Wanted = Literal["auto", "kitty", "sixel", "off"]

# Name and version, the size of a cell in pixels, attributes.
_QUESTION = b"\x1b[>q\x1b[16t\x1b[c"
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_NAME = re.compile(rb"\x1bP>\|([^\x1b]{0,100})\x1b\\")
_CELL = re.compile(rb"\x1b\[6;(\d{1,3});(\d{1,3})t")
_KITTY = re.compile(rb"kitty\((\d+)\.(\d+)")
_FIRST_KITTY = (0, 28)
_SIXEL = b"4"
# A terminal answers within its own time to draw; one that does not answer must not hold up the first screen.
_WAIT_SECONDS = 0.3
_LONGEST_ANSWER = 4_096
# What a VT340 had, and what terminals pretend to have.
_USUAL_CELL = (10, 20)
_LARGEST_CELL = 128
# Terminals that write out what they do not know, and those that answer nothing.
_MUTE_PROGRAMS = frozenset({"Apple_Terminal"})
_MUTE_TERMS = frozenset({"", "dumb", "linux", "unknown"})


@dataclass(frozen=True, slots=True)
class Graphics:
    """What pictures are shown, and how many pixels a cell has; without a kind `why` ends a catalogue key."""

    kind: Kind = ""
    cell_width: int = _USUAL_CELL[0]
    cell_height: int = _USUAL_CELL[1]
    why: str = "unable"


def detect(wanted: Wanted, environment: Mapping[str, str], reader: TextIO | None, writer: TextIO | None) -> Graphics:
    """Find out what the terminal at these streams shows; what is wanted by name is believed."""
    if wanted == "off":
        return Graphics(why="off")
    if environment.get("NO_COLOR"):
        return Graphics(why="no_color")
    mute = environment.get("TERM", "") in _MUTE_TERMS or environment.get("TERM_PROGRAM", "") in _MUTE_PROGRAMS
    if mute or reader is None or writer is None or not (reader.isatty() and writer.isatty()):
        return Graphics()
    answer = ask(reader.fileno(), writer.fileno())
    cell = _cell_of(answer) or _cell_by_system(writer.fileno())
    kind = _kind_of(answer) if wanted == "auto" else wanted
    if kind == "sixel" and cell is None and wanted == "auto":
        return Graphics(why="no_cell")
    return Graphics(kind, *(cell or _USUAL_CELL))


def ask(reader: int, writer: int, seconds: float = _WAIT_SECONDS) -> bytes:
    """Put the question and return what comes back until the last answer, or for so many seconds."""
    try:
        before = termios.tcgetattr(reader)
    except termios.error:
        return b""
    answer = b""
    try:
        tty.setcbreak(reader, termios.TCSANOW)
        os.write(writer, _QUESTION)
        until = time.monotonic() + seconds
        while len(answer) < _LONGEST_ANSWER and not _ATTRIBUTES.search(answer):
            ready, _, _ = select.select([reader], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(reader, 1_024) if ready else b""
            if not piece:
                break
            answer += piece
    except (OSError, termios.error):
        return answer
    finally:
        termios.tcsetattr(reader, termios.TCSANOW, before)
    return answer


def _kind_of(answer: bytes) -> Kind:
    name = _NAME.search(answer)
    if name is not None:
        kitty = _KITTY.match(name[1])
        if kitty is not None and (int(kitty[1]), int(kitty[2])) >= _FIRST_KITTY:
            return "kitty"
        if name[1].lower().startswith(b"ghostty"):
            return "kitty"
    attributes = _ATTRIBUTES.search(answer)
    return "sixel" if attributes is not None and _SIXEL in attributes[1].split(b";")[1:] else ""


def _cell_of(answer: bytes) -> tuple[int, int] | None:
    found = _CELL.search(answer)
    return None if found is None else _checked(int(found[2]), int(found[1]))


def _cell_by_system(descriptor: int) -> tuple[int, int] | None:
    try:
        told = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("HHHH", told)
    return _checked(width // columns, height // rows) if rows and columns else None


def _checked(width: int, height: int) -> tuple[int, int] | None:
    return (width, height) if 2 <= width <= _LARGEST_CELL and 2 <= height <= _LARGEST_CELL else None
