"""The whole program on a pseudo-terminal, led through every pane and dialog, and which of its bytes are not its own.

A terminal gets two kinds of bytes: those by which the program draws, and the text that it draws. The former are told
by their exact forms and by where they may stand: modes are set once at the start and taken back at the end, between
them come colours and places on the screen only. Whatever else acts or hides came from a text.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.raw_bytes import leaks

ROWS, COLUMNS = 45, 160
PROGRAM = (sys.executable, "-m", "copilot.cli.main", "--lang", "fr")
# The same program without its last wall: what it then sends shows that this count is not blind.
UNWALLED = (
    sys.executable,
    "-c",
    (
        "from copilot.tui import outside\n"
        "outside.Wall.apply = lambda self, segments, background: segments\n"
        "import copilot.sanitise as s\n"
        "s.visible = s.one_line = lambda text, *_, **__: text\n"
        "import sys; sys.argv = ['copilot', '--lang', 'fr']\n"
        "from copilot.cli.main import main; main()"
    ),
)
_PATIENCE_SECONDS = 60.0
_QUIET_SECONDS, _BEGINS_SECONDS = 0.25, 1.5
# Asked before the first screen (`copilot.tui.graphics.detect`), and the answer of a terminal without pictures.
_ASKED, _ANSWER = b"\x1b[c", b"\x1b[?62;22c"
# What Textual's driver sends before it draws and after it has, each no more often than it does.
_MODES = (
    "\x1b[>q", "\x1b[16t", "\x1b[c", "\x1b[?1049h", "\x1b[?1049l",
    "\x1b[?1000h", "\x1b[?1003h", "\x1b[?1015h", "\x1b[?1006h",
    "\x1b[?1000l", "\x1b[?1003l", "\x1b[?1015l", "\x1b[?1006l", "\x1b[?25l", "\x1b[?25h", "\x1b[?1004h", "\x1b[?1004l",
    "\x1b[>1u", "\x1b[>25u", "\x1b[<u", "\x1b[?2026$p", "\x1b[?2048$p", "\x1b[?2004h", "\x1b[?2004l",
    "\x1b[?7h", "\x1b[?7l",
)  # fmt: skip
_MOUSE = ("1000", "1003", "1015", "1006")
# The shape of the pointer over what can be clicked.
_POINTER = re.compile(r"\x1b\]22;(?:default|pointer|text)\x07")
_PLACE = re.compile(r"\x1b\[(\d{1,3});(\d{1,3})H")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one view sent, and each piece of it that acts or hides."""

    view: str
    sent: bytes
    leaks: tuple[str, ...]


def own_removed(sent: bytes) -> bytes:
    """Take away by what the program draws: a place that is on the screen, and the new line that ends a row of it."""
    text = sent.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    text = _POINTER.sub("", text)
    text = _PLACE.sub(lambda found: "" if _on_screen(found) else found[0], text)
    return text.encode("utf-8", "surrogateescape")


def _on_screen(found: re.Match[str]) -> bool:
    return 1 <= int(found[1]) <= ROWS and 1 <= int(found[2]) <= COLUMNS


def _without_modes(sent: bytes) -> bytes:
    for mode in _MODES:
        # Those of the mouse are set, and taken back, twice.
        sent = sent.replace(mode.encode(), b"", 2 if mode[3:7] in _MOUSE else 1)
    return sent


class OnPty:
    """A program in a session of its own, on a terminal of 160 by 45 cells."""

    def __init__(self, program: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            program, cwd=folder, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)

    def take(self, seconds: float) -> bytes:
        """Return what comes at once or within so long; nothing where nothing does, or where it has ended."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        with suppress(OSError):
            return os.read(self._master, 65_536) if ready else b""
        return b""

    def end(self) -> int | None:
        """Return the exit code; None where the program had to be killed."""
        until = time.monotonic() + 15
        while self._process.poll() is None and time.monotonic() < until:
            self.take(0.1)
        code = self._process.poll()
        if code is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
        os.close(self._master)
        return code


class Terminal(OnPty):
    """The whole program, led along; `views` are filled on the way."""

    def __init__(self, folder: Path, environment: Mapping[str, str], program: Sequence[str] = PROGRAM) -> None:
        self.views: list[Shown] = []
        self._sent = b""
        given = {**environment, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[2])}
        super().__init__(program, given, folder)

    def take(self, seconds: float) -> bytes:
        data = super().take(seconds)
        if _ASKED in data and not self.views:
            os.write(self._master, _ANSWER)
        self._sent += data
        return data

    def hang_up(self, seconds: float) -> None:
        """Take the terminal away, and wait for the program to leave; TimeoutExpired where it does not."""
        os.close(self._master)
        self._process.wait(seconds)

    def wait_for(self, text: str) -> None:
        """Read until these words, which no place on the screen parts, were sent in this view."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while text.encode() not in self._sent:
            if time.monotonic() > until:
                raise AssertionError(f"{text!r} never came: {self._sent[-2_000:]!r}")
            self.take(0.1)

    def settle(self, longest: float = 4.0) -> None:
        """Read until nothing more comes."""
        until = time.monotonic() + longest
        while self.take(_QUIET_SECONDS) and time.monotonic() < until:
            pass

    def keys(self, keys: str) -> None:
        """Press keys, and read what comes of them; on a busy machine that takes a while to begin."""
        os.write(self._master, keys.encode())
        self.take(_BEGINS_SECONDS)
        self.settle()

    def close_view(self, view: str, *, modes: bool = False) -> None:
        """Count what was sent since the last view; `modes` where the driver sets or takes back its own."""
        sent, self._sent = self._sent, b""
        drawn = own_removed(_without_modes(sent) if modes else sent)
        self.views.append(Shown(view, sent, tuple(leaks(drawn, terminal=True))))


# Keys as a terminal sends them, and what they lead to; the order makes each view draw over another one.
WAY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("help", ("\x1bOP", "\x1b")),
    ("library", ("\x1bOS", "\x1b[B")),
    ("quarantine", ("q", "\x1b")),
    ("answer", ("\x1bOQ", "Combien de litres de gazole à Cholet ?\r")),
    ("sources", ("\x1bOR", "n", "p", "n")),
    ("history", ("\x1b[15~", "\x1b[B", "\r")),
    ("tools", ("\x1b[17~", "\x1b[B", "\x1b[B")),
    ("context", ("\x1b[18~",)),
    ("log", ("\x1b[19~",)),
    ("palette", ("\x10", "a", "\x1b")),
    ("a folder to add", ("\x0f", "\x1b")),
    ("the next branch, the picture, a theme", ("\x02", "\x1b[21~", "\x14", "\x14")),
)


def lead(terminal: Terminal, pasted: str = "") -> list[Shown]:
    """Lead the program through every pane and dialog, paste a text into its editor, and leave it; return the views."""
    # The driver goes on asking what a terminal can do while the first screen is drawn.
    terminal.wait_for("scellé")
    terminal.settle()
    terminal.close_view("start", modes=True)
    for view, keys in WAY:
        for key in keys:
            terminal.keys(key)
        terminal.close_view(view)
    if pasted:
        terminal.keys("\x1bOQ")
        terminal.keys(f"\x1b[200~{pasted.replace(chr(27), '')}\x1b[201~")
        terminal.close_view("a paste")
    terminal.keys("\x11")
    code = terminal.end()
    terminal.close_view("end", modes=True)
    assert code == 0, code
    return terminal.views
