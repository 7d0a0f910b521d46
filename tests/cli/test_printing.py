"""What is printed for people: a line of ours begins with words of ours."""

from __future__ import annotations

import io

import pytest

from copilot.cli.printing import in_red, note


def test_a_line_end_in_outside_text_begins_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    note("  data.txt\ncopilot: checked by the house, safe.txt (0 bytes)")
    assert capsys.readouterr().err == "  data.txt<U+000A>copilot: checked by the house, safe.txt (0 bytes)\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_red_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert in_red("x", Terminal()) == "\x1b[1;31mx\x1b[0m"
    assert in_red("x", io.StringIO()) == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert in_red("x", Terminal()) == "x"
