"""How soon the screen is there, and how soon a key shows while the program is at work.

Run as ``python -m benchmarks.tui_latency``. The program runs on a pty of 160 by 45 cells. A key is timed from its write
to the pty to the moment its sign comes back; signs are used that no document and no other part of the screen holds.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.processes import environment
from benchmarks.report import RESULTS, Report, Table
from copilot.inference.synthetic import ONE_BILLION, write_random
from tests.models import SPM, vocabulary_of

PROGRAM = [sys.executable, "-m", "copilot.cli.main"]
# What a terminal is asked for before the first screen, and what one without pictures answers.
_ASKED, _ANSWER = b"\x1b[c", "\x1b[?62;22c"
_SIGNS = "¤¶‡◊¿ø¥ðþß"
_PAUSE_SECONDS = 0.1
_PATIENCE_SECONDS = 120.0
_READY = "documents are ready"
_ASKING, _SYNCING = "answering", "sync"
_SENTENCE = "The convoy of {number} vehicles leaves depot {name} at 06:30 with {litres} litres of fuel on board. "


class Screen:
    """The program on a pty."""

    def __init__(self, workspace: Path, settings: dict[str, str]) -> None:
        self.told = b""
        self.started = time.perf_counter()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
        given = environment({"TERM": "xterm-256color", "COPILOT_WORKSPACE": str(workspace), **settings})
        self._process = subprocess.Popen(PROGRAM, stdin=slave, stdout=slave, stderr=slave, env=given, close_fds=True)
        os.close(slave)
        self._master = master

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.keys("\x11")
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._master)

    def keys(self, keys: str) -> None:
        with suppress(OSError):
            os.write(self._master, keys.encode())

    def wait_for(self, text: str, seconds: float = _PATIENCE_SECONDS) -> float:
        """Read until `text` comes among what is new; return the seconds since now."""
        begun, new, wanted = time.perf_counter(), b"", text.encode()
        while wanted not in new:
            left = seconds - (time.perf_counter() - begun)
            if left <= 0:
                raise TimeoutError(f"{text!r} did not come: {new[-600:]!r}")
            ready, _, _ = select.select([self._master], [], [], left)
            if ready:
                data = os.read(self._master, 65_536)
                if _ASKED in data:
                    self.keys(_ANSWER)
                new += data
                self.told += data
        return time.perf_counter() - begun

    def drain(self, seconds: float) -> bytes:
        """Read what comes in so many seconds."""
        until, new = time.perf_counter() + seconds, b""
        while (left := until - time.perf_counter()) > 0:
            ready, _, _ = select.select([self._master], [], [], left)
            if ready:
                new += os.read(self._master, 65_536)
        self.told += new
        return new

    def type_once(self, sign: str) -> float:
        """Type a sign and take it back; return the milliseconds until it showed."""
        self.keys(sign)
        taken = self.wait_for(sign) * 1_000
        self.keys("\x7f")
        self.drain(_PAUSE_SECONDS)
        return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--files", type=int, default=2_500, help="files to sync, about four passages each")
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        root = Path(folder)
        model = write_random(root / "1b.gguf", vocabulary_of(SPM), ONE_BILLION, quantised=True)
        own = {"XDG_DATA_HOME": str(root / "data"), "XDG_CONFIG_HOME": str(root / "config")}
        workspace = _workspace(root, own)
        documents = _documents(root / "many", given.files)
        paint = _first_paint(workspace, own, given.times)
        keys = Table(
            "Milliseconds from a key to its sign on the screen", ("while", "keys", "p50", "p95", "p99", "most")
        )
        with Screen(workspace, own) as screen:
            screen.wait_for(_READY)
            screen.drain(2.0)
            keys.rows.append(("idle", *_typed(screen, given.keys, lambda: True)))
        _copilot(["model", "add", str(model)], own)
        working = {**own, "COPILOT_MODEL__ANSWER_TOKENS": "4000"}
        with Screen(workspace, working) as screen:
            screen.wait_for(_READY)
            screen.keys(f"/sync {documents}\r")
            screen.wait_for("Reading")
            screen.keys("\x1bOQ")
            # The pane that goes away is drawn first: what is measured is typing.
            screen.drain(0.5)
            keys.rows.append(("a sync reads and embeds", *_typed(screen, given.keys, lambda: True)))
            screen.keys("How many litres of fuel are on board?\r")
            screen.wait_for("tokens", 300.0)
            keys.rows.append(("a sync and a model's answer", *_typed(screen, given.keys, lambda: True)))
            both = _still_at_work(screen)
    notes = (
        f"- {given.files} files make about {given.files * 4:,} passages. The model has a billion random weights (Q8_0)"
        " and writes on all cores but one.\n"
        f"- When the last key was typed, the status line still told of {' and '.join(both) or 'nothing'}.\n"
        "- First paint: from the start of the process to the first words on the screen; ready: to the count of"
        " documents read from the database. Files are in the system's cache.\n"
    )
    Report("tui_latency", "The full-screen interface: first paint and keys", (paint, keys), notes).write(given.out)


def _first_paint(workspace: Path, settings: dict[str, str], times: int) -> Table:
    first, ready = [], []
    for _ in range(times + 1):
        with Screen(workspace, settings) as screen:
            screen.wait_for("Your question")
            first.append(time.perf_counter() - screen.started)
            if _READY.encode() not in screen.told:
                screen.wait_for(_READY)
            ready.append(time.perf_counter() - screen.started)
    # The first run warms the file cache.
    rows: list[tuple[object, ...]] = [
        ("first paint", round(statistics.median(first[1:]), 2), round(max(first[1:]), 2)),
        ("ready", round(statistics.median(ready[1:]), 2), round(max(ready[1:]), 2)),
    ]
    return Table("Seconds from nothing", ("until", "median", "most"), rows)


def _typed(screen: Screen, count: int, goes_on: Callable[[], bool]) -> tuple[int, float, float, float, float]:
    taken: list[float] = []
    for number in range(count):
        if not goes_on():
            break
        taken.append(screen.type_once(_SIGNS[number % len(_SIGNS)]))
    taken.sort()
    at = [taken[min(len(taken) - 1, int(len(taken) * share))] for share in (0.5, 0.95, 0.99)]
    return (len(taken), *(round(one, 1) for one in at), round(taken[-1], 1))  # type: ignore[return-value]


def _still_at_work(screen: Screen) -> list[str]:
    """Return what the status line, drawn anew every few seconds, says is going on."""
    told = screen.drain(6.0).decode("utf-8", "replace")
    return [word for word in (_SYNCING, _ASKING) if word in told]


def _workspace(root: Path, settings: dict[str, str]) -> Path:
    workspace = root / "work"
    few = _documents(workspace / "few", 20)
    _copilot(["init", str(workspace)], settings)
    _copilot(["sync", str(few), "--workspace", str(workspace)], settings)
    return workspace


def _documents(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        paragraphs = (
            _SENTENCE.format(number=number * 40 + part, name=f"D{number}-{part}", litres=part * 700 + number) * 7
            for part in range(4)
        )
        (folder / f"{number:05}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")
    return folder


def _copilot(arguments: list[str], settings: dict[str, str]) -> None:
    done = subprocess.run(
        [*PROGRAM, *arguments], env=environment(settings), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"copilot {arguments[0]} ended with {done.returncode}:\n{done.stderr[-2_000:]}")


if __name__ == "__main__":
    main()
