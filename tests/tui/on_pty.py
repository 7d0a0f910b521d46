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
from tests.tui.drawn import Drawn

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
_AGAIN_SECONDS, _PRESSED_AGAIN = 5.0, 4
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
# A sequence of the program's own that is not all there yet.
_BEGUN = re.compile(rb"\x1b(?:\[[\d;?]*|\]22;[a-z]*)?$")


@dataclass(frozen=True, slots=True)
class Step:
    """A view, the keys that lead to it, each when the one before was answered, and what it must then show, and not.

    On a busy machine a key may come before its pane has the focus: those that do no harm are then pressed `again`.
    """

    view: str
    keys: tuple[str, ...]
    words: tuple[str, ...]
    gone: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What one view sent, each piece of it that acts or hides, and what stood on the screen when it was left."""

    view: str
    sent: bytes
    leaks: tuple[str, ...]
    screen: str


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
    """A program in a session of its own, on a terminal of 160 by 45 cells, and what it has drawn there."""

    def __init__(self, program: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> None:
        self._drawn = Drawn(ROWS, COLUMNS)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        # The size is the terminal's, whatever whoever runs the tests has exported.
        given = {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")}
        self._process = subprocess.Popen(
            program, cwd=folder, stdin=slave, stdout=slave, stderr=slave, env=given, start_new_session=True
        )
        os.close(slave)

    def take(self, seconds: float) -> bytes:
        """Return what comes at once or within so long; nothing where nothing does, or where it has ended."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        data = b""
        with suppress(OSError):
            data = os.read(self._master, 65_536) if ready else b""
        self._drawn.feed(data)
        return data

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

    def wait_for(self, *words: str, gone: Sequence[str] = ()) -> None:
        """Read until all of these words stand on the screen, and none of those that shall be `gone`."""
        if not self._comes(words, gone, _PATIENCE_SECONDS):
            wrong = self._missing(words, gone)
            raise AssertionError(f"{wrong} after {_PATIENCE_SECONDS} s:\n{self._drawn.text}")

    def _comes(self, words: Sequence[str], gone: Sequence[str], seconds: float) -> bool:
        until = time.monotonic() + seconds
        while (wrong := self._missing(words, gone)) and time.monotonic() < until:
            self.take(0.1)
        return not wrong

    def _missing(self, words: Sequence[str], gone: Sequence[str]) -> list[str]:
        screen = self._drawn.text
        return [f"no {word!r}" for word in words if word not in screen] + [
            f"{word!r}" for word in gone if word in screen
        ]

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

    def go(self, step: Step, *, sees: bool = True) -> None:
        """Press the keys of a view, and count it when its words stand there, which `sees` is for."""
        again = step.again and sees
        for _ in range(_PRESSED_AGAIN if again else 1):
            for keys in step.keys:
                self.keys(keys)
            if again and self._comes(step.words, step.gone, _AGAIN_SECONDS):
                break
        if sees:
            self.wait_for(*step.words, gone=step.gone)
        self.close_view(step.view)

    def close_view(self, view: str, *, modes: bool = False) -> None:
        """Count what was sent since the last view; `modes` where the driver sets or takes back its own."""
        begun = _BEGUN.search(self._sent)
        end = begun.start() if begun and not modes else len(self._sent)
        sent, self._sent = self._sent[:end], self._sent[end:]
        drawn = own_removed(_without_modes(sent) if modes else sent)
        self.views.append(Shown(view, sent, tuple(leaks(drawn, terminal=True)), self._drawn.text))


# Keys as a terminal sends them, and what they lead to; the order makes each view draw over another one.
_DOWN, _ESCAPE = "\x1b[B", "\x1b"
WAY = (
    Step("help", ("\x1bOP",), ("Touches (Échap ferme)",)),
    Step("the conversation", (_ESCAPE,), (), ("Touches (Échap ferme)",)),
    Step("library", ("\x1bOS", _DOWN), ("4 documents.", "Mention"), again=True),
    Step("quarantine", ("q",), ("Mettre ce document en quarantaine ?",), again=True),
    Step("the library again", (_ESCAPE,), (), ("Mettre ce document en quarantaine ?",), again=True),
    Step("approval", ("\x1bOQ", "Combien de litres de gazole à Cholet ?\r"), ("Ne pas lancer", "38 000 litres")),
    Step("answer", ("\t", "\r"), ("Réponse rédigée par script",), ("Ne pas lancer", "réponse en cours")),
    Step("sources", ("\x1bOR", "n", "p", "n"), ("[1/1]",), again=True),
    Step("a run of an answer", ("\x1bOQ", "/T1\r"), ("[T1] <U+001B>",)),
    Step("tools", ("\x1b[17~", _ESCAPE), ("42 outils.", "decide.rank"), again=True),
    Step("form", ("\x1b[H", _DOWN * 18, "\r"), ("texte",), ("decide.rank",)),
    Step("a run of a form", ("Cholet\r",), ("Outil terminé",), ("outil en cours",)),
    Step("context", ("\x1b[18~",), ("Fenêtre :",), again=True),
    Step("history", ("\x1b[15~", _DOWN, "\r"), ("Chercher dans toutes les conversations",), again=True),
    Step("log", ("\x1b[19~",), ("outil exécuté",), again=True),
    Step("palette", ("\x10", "a"), ()),
    Step("what was behind the palette", (_ESCAPE,), ()),
    Step("a folder to add", ("\x0f",), ("Quel dossier faut-il lire ?",)),
    Step("what was behind the folder", (_ESCAPE,), (), ("Quel dossier faut-il lire ?",)),
    Step("a sync", ("\x1bOQ", "/sync classeur\r"), ("Terminé :",)),
    Step("the next branch, the picture, a theme", ("\x02", "\x1b[21~", "\x14", "\x14"), ()),
)


def lead(terminal: Terminal, pasted: str = "", *, sees: bool = True) -> list[Shown]:
    """Lead the program through every pane and dialog, paste a text into its editor, and leave it; return the views.

    Without its wall the program draws what it should not, and nothing can be looked for on the screen: `sees` is false.
    """
    try:
        # The driver goes on asking what a terminal can do while the first screen is drawn.
        terminal.wait_for("scellé")
        terminal.settle()
        terminal.close_view("start", modes=True)
        for step in WAY:
            terminal.go(step, sees=sees)
        if pasted:
            terminal.keys("\x1bOQ")
            terminal.keys(f"\x1b[200~{pasted.replace(chr(27), '')}\x1b[201~")
            terminal.close_view("a paste")
        terminal.keys("\x11")
    finally:
        code = terminal.end()
    terminal.close_view("end", modes=True)
    assert code == 0, code
    return terminal.views
