"""Four whole screens as they were looked at: two sizes, two looks. Renew them with ``--snapshot-update`` and look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from copilot.settings import LoadedSettings, Settings
from copilot.tui.app import CopilotApp
from copilot.tui.screens import bench
from copilot.workspace import Workspace
from tests.tui.conftest import PATIENCE_SECONDS, STEP_SECONDS, no_tools

Compare = Callable[..., bool]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs from machine to machine and from minute to minute stands still."""
    monkeypatch.setattr(bench, "memory_in_use", lambda: 2**29)
    monkeypatch.setattr(bench, "is_sealed", lambda: True)


def app_on(root: Path, screen: str) -> CopilotApp:
    told = {"embedding": {"model": "hash"}, "documents": {"ocr": False}, "interface": {"screen": screen}}
    return CopilotApp(Workspace(root), LoadedSettings(Settings.model_validate(told), {}), no_tools)


async def asked(pilot: Pilot[None]) -> None:
    """Ask one question and wait for the page of its source."""
    app = pilot.app
    assert isinstance(app, CopilotApp)
    await _until(pilot, lambda: bool(app.bench.counts))
    app.bench.prompt.put("Combien de litres de gazole détient le dépôt de Cholet ?")
    await pilot.press("enter")
    await _until(pilot, lambda: bool(app.bench.cited) and app.bench.question_cancel is None)
    await _until(pilot, lambda: app.bench.sources.is_showing)
    # A cursor that blinks is now there, now not.
    app.bench.prompt.cursor_blink = False
    await pilot.pause(0.3)


async def library(pilot: Pilot[None]) -> None:
    await asked(pilot)
    await pilot.press("f4")
    await pilot.pause(0.3)


async def _until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE_SECONDS / STEP_SECONDS)):
        if holds():
            return
        await asyncio.sleep(STEP_SECONDS)
    raise AssertionError("never came to hold")


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("screen", ["dark", "light"])
def test_a_small_screen_shows_the_library(root: Path, snap_compare: Compare, screen: str) -> None:
    assert snap_compare(app_on(root, screen), terminal_size=(80, 24), run_before=library)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("screen", ["dark", "light"])
def test_a_large_screen_shows_answer_and_source(root: Path, snap_compare: Compare, screen: str) -> None:
    assert snap_compare(app_on(root, screen), terminal_size=(160, 45), run_before=asked)
