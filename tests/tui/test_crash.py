"""An interface that breaks down: the user is told in words, what the error holds does nothing to the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App

from copilot.cli import app as commands
from copilot.cli.main import run
from copilot.errors import ExitCode
from copilot.tui.app import CopilotApp

_TITLE = "\x1b]0;x\x07"


@pytest.fixture
def broken(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full screen that raises as soon as it is there."""

    def on_ready(_: CopilotApp) -> None:
        hostile = _TITLE
        raise RuntimeError(f"broken by {hostile}")

    monkeypatch.chdir(root)
    monkeypatch.setenv("COPILOT_EMBEDDING__MODEL", "hash")
    monkeypatch.setattr(CopilotApp, "on_ready", on_ready, raising=False)
    monkeypatch.setattr(CopilotApp, "run", lambda self: App.run(self, headless=True, size=(80, 24)))
    monkeypatch.setattr("copilot.tui.app.open_tooling", lambda *_: None)
    monkeypatch.setattr(commands, "_opens_a_screen", lambda: True)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("trace", ["", "1"])
def test_a_crash_is_told_in_words_and_in_the_exit_code(
    trace: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_TRACE", trace)
    assert run(["--lang", "en"]) == ExitCode.FAILURE
    told = capfd.readouterr()
    assert "broken by <U+001B>]0;x<U+0007>" in told.err
    assert "COPILOT_TRACE=1" in told.err
    # Without the trace there is none, and never the values of variables.
    assert ("Traceback" in told.err) == ("on_ready" in told.err) == bool(trace)
    assert "locals" not in told.out + told.err
    assert not {"\x1b", "\x07"} & set(told.out + told.err)


@pytest.mark.usefixtures("broken")
def test_an_end_without_an_error_is_told_too(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CopilotApp, "on_ready", lambda self: self.exit(return_code=3, message=_TITLE))
    assert run(["--lang", "en"]) == ExitCode.FAILURE
    told = capfd.readouterr()
    assert "3" in told.err
    assert "\x1b" not in told.out + told.err
