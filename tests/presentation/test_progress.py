"""Progress: lines at intervals off a terminal, a bar on one, nothing raw from file names."""

from __future__ import annotations

import io
import re

from copilot.i18n import set_language
from copilot.presentation.progress import ProgressReporter, ProgressUpdate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_short_work_prints_nothing_off_a_terminal() -> None:
    stream, clock = io.StringIO(), Clock()
    with ProgressReporter(stream, clock=clock) as reporter:
        for done in range(10):
            clock.now += 0.5
            reporter.update(ProgressUpdate("read", done, 10, "files"))
    assert stream.getvalue() == ""


def test_long_work_prints_a_line_an_interval_with_rate_and_time_left() -> None:
    stream, clock = io.StringIO(), Clock()
    with ProgressReporter(stream, interval=10, clock=clock) as reporter:
        for done in range(0, 3001, 100):
            reporter.update(ProgressUpdate("read", done, 6000, "files", "x.pdf"))
            clock.now += 1
    assert stream.getvalue().splitlines() == [
        "Reading: 1,000/6,000 files, 100/s, 0:50 left",
        "Reading: 2,000/6,000 files, 100/s, 0:40 left",
        "Reading: 3,000/6,000 files, 100/s, 0:30 left",
    ]


def test_each_phase_has_its_own_rate() -> None:
    set_language("fr")
    stream, clock = io.StringIO(), Clock()
    with ProgressReporter(stream, interval=10, clock=clock) as reporter:
        reporter.update(ProgressUpdate("scan", 1, None, "files"))
        clock.now += 10
        reporter.update(ProgressUpdate("scan", 1, None, "files"))
        reporter.update(ProgressUpdate("embed", 500, 9_500, "passages"))
        clock.now += 20
        reporter.update(ProgressUpdate("embed", 550, 9_500, "passages"))
    assert stream.getvalue().splitlines() == [
        "Parcours : 1 fichier",
        "Vectorisation : 550/9\u202f500 passages, 2,5/s, encore 59:40",
    ]


def test_on_a_terminal_a_bar_shows_and_file_names_do_not_act() -> None:
    stream = Terminal()
    with ProgressReporter(stream) as reporter:
        reporter.update(ProgressUpdate("read", 3, 9, "files", "[bold]a\x1b]52;c;eA==\x07.pdf"))
        reporter.update(ProgressUpdate("embed", 1, 2, "passages", "very/" * 30 + "end.pdf"))
    shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", stream.getvalue())
    assert "Embedding" in shown
    assert "end.pdf" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
