"""The real program on a real terminal: driven in tmux, and its bytes on a pty."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.resources import demo_folder
from tests.makers import new_session, run_sync, store
from tests.tui.on_pty import PROGRAM, OnPty
from tests.tui.test_hostile import HOSTILE

SETTINGS = {"COPILOT_EMBEDDING__MODEL": "hash", "COPILOT_DOCUMENTS__OCR": "false", "TERM": "xterm-256color"}
PATIENCE_SECONDS = 60.0
# What a terminal obeys beyond drawing: clipboard, links, reports, graphics, bidirectional and tag characters.
ACTING = re.compile(
    r"\x1b\]52|\x1b\]8;|\x1b\[6n|\x1b_G|\x9b|[\u202a-\u202e\u2066-\u2069\u200b]|[\U000e0000-\U000e007f]", re.DOTALL
)


class Tmux:
    """A program in a tmux of its own."""

    def __init__(self, socket: Path, root: Path, width: int, height: int) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", os.devnull]
        environment = {**os.environ, **SETTINGS, "COPILOT_WORKSPACE": str(root), "PYTHONPATH": str(Path.cwd())}
        command = f'{" ".join(PROGRAM)}; echo "left with $?"; sleep 60'
        start = ["new-session", "-d", "-x", str(width), "-y", str(height), "sh", "-c", command]
        subprocess.run([*self._tmux, *start], check=True, timeout=20, env=environment)

    def keys(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", *keys], check=True, timeout=20)

    def screen(self) -> str:
        done = subprocess.run([*self._tmux, "capture-pane", "-p"], check=True, timeout=20, capture_output=True)
        return done.stdout.decode()

    def sees(self, text: str) -> str:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if text in (screen := self.screen()):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{text!r} never came; on the screen:\n{self.screen()}")

    def end(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, timeout=20, capture_output=True)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_the_program_is_driven_in_tmux(root: Path, tmp_path: Path) -> None:
    tmux = Tmux(tmp_path / "s", root, 80, 24)
    try:
        tmux.sees("2 documents sont prêts")
        # Sealed before the first thread: the bar says what is true of the running program.
        tmux.sees("hors réseau, scellé")
        tmux.keys("Combien de litres de gazole détient le dépôt de Cholet ?", "Enter")
        tmux.sees("ÉTAYÉE")
        tmux.keys("F3")
        screen = tmux.sees("[1/1]")
        assert "38 000 litres" in screen
        tmux.keys("F4")
        tmux.sees("NON LU")
        tmux.keys("C-q")
        tmux.sees("left with 0")
    finally:
        tmux.end()


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    root = tmp_path / "travail"
    with new_session(root) as session:
        text = f"Le dépôt de Cholet détient 38 000 litres de gazole. {HOSTILE}"
        store(session.truth, f"docs/{HOSTILE.replace('/', '_')}.txt", text, title=HOSTILE, marking=HOSTILE)
        turn = session.truth.conversations.begin(None, None, HOSTILE)
        session.truth.conversations.finish(turn.turn_id, "failed", message=HOSTILE)
    return root


class Pty(OnPty):
    """The program on a pty, and every byte that it sent."""

    def __init__(self, root: Path) -> None:
        self.sent = b""
        environment = {**os.environ, **SETTINGS, "COPILOT_WORKSPACE": str(root), "PYTHONPATH": str(Path.cwd())}
        super().__init__(PROGRAM, environment)

    def take(self, seconds: float) -> bytes:
        data = super().take(seconds)
        self.sent += data
        return data

    def read(self, seconds: float = 0.2) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.take(left)

    def sees(self, text: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            self.read(0.1)
            if text in self.sent.decode("utf-8", "replace"):
                return
        raise AssertionError(f"{text!r} never came: {self.sent[-200:]!r}, and on the screen:\n{self._drawn.text}")

    def keys(self, keys: str) -> None:
        os.write(self._master, keys.encode())
        self.read()


@pytest.fixture
def terminal(hostile: Path) -> Iterator[Pty]:
    found = Pty(hostile)
    yield found
    found.end()


def test_no_byte_that_acts_reaches_the_terminal(terminal: Pty) -> None:
    terminal.sees("gpj.exe")
    for key in ("\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[19~"):
        terminal.keys(key)
    terminal.keys("\x1bOQ")
    # A paste with everything in it, as a terminal brackets it.
    terminal.keys(f"\x1b[200~gazole {HOSTILE.replace(chr(27), '')}\x1b[201~")
    terminal.sees("gazole ")
    terminal.keys("\r")
    terminal.sees("38 000 litres")
    terminal.keys("\x11")
    terminal.read(1.0)
    told = terminal.sent.decode("utf-8", "replace")
    assert ACTING.findall(told) == []
    # Its own marks are there in plain sight.
    assert "<U+202E>" in re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", told)


def test_a_page_is_sent_to_a_terminal_that_says_it_is_kitty(tmp_path: Path) -> None:
    root = tmp_path / "travail"
    (root / "docs").mkdir(parents=True)
    shutil.copy(demo_folder() / "corpus" / "01_ordres" / "ordre_logistique_12_v2.pdf", root / "docs")
    with new_session(root) as session:
        run_sync(session, root / "docs")
    kitty = Pty(root)
    try:
        kitty.sees("\x1b[>q\x1b[16t\x1b[c")
        kitty.keys("\x1bP>|kitty(0.35.2)\x1b\\\x1b[6;18;9t\x1b[?62;c")
        kitty.sees("1 document est prêt")
        kitty.keys("Quand la tempête Ysolde est-elle attendue sur le littoral ?")
        kitty.keys("\r")
        kitty.sees("ÉTAYÉE")
        kitty.keys("\x1b[21~")
        kitty.sees("\U0010eeee")
        kitty.keys("\x11")
        kitty.sees("\x1b[?1049l")
        told = kitty.sent.decode("utf-8", "replace")
        commands = re.findall(r"\x1b_.*?\x1b\\", told, re.DOTALL)
        assert commands[0].startswith("\x1b_Ga=T,U=1,f=100,i=16,")
        assert commands[-1] == "\x1b_Ga=d,d=I,i=16,q=2\x1b\\"
        assert all(re.fullmatch(r"\x1b_G[a-zA-Z0-9=,]*(;[A-Za-z0-9+/=]*)?\x1b\\", one) for one in commands)
        # The colour of its cells is its number.
        assert re.search("\x1b\\[38;5;16m\U0010eeee", told)
    finally:
        assert kitty.end() == 0
