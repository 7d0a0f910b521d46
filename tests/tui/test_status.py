"""The status bar says what `copilot doctor` says of the walls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from copilot.i18n import t
from copilot.sandbox.standing import note_missing_walls
from copilot.tui.screens import bench
from copilot.tui.widgets.status import State, StatusBar
from tests.tui.conftest import User, live


@pytest.fixture(autouse=True)
def sealed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process whose seal stands, as those of the tests do not."""
    monkeypatch.setattr(bench, "is_sealed", lambda: True)
    yield
    note_missing_walls(())


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ((), "hors réseau, scellé"),
        (("landlock",), "NON SCELLÉ : aucun mur autour des fichiers"),
        (("seccomp",), "NON SCELLÉ du réseau"),
        (("seccomp", "landlock"), "NON SCELLÉ du réseau"),
    ],
)
def test_a_missing_wall_is_said(empty: Path, missing: tuple[str, ...], told: str) -> None:
    note_missing_walls(missing)

    async def journey(user: User) -> None:
        await user.sees(told)

    live(empty, journey)


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("seal", ["sealed", "unsealed", "unwalled"])
def test_no_marking_and_no_name_pushes_the_seal_off_the_line(width: int, seal: str) -> None:
    long = "MENTION " * 60
    shown: list[str] = []

    class Line(App[None]):
        def compose(self) -> ComposeResult:
            yield StatusBar()

        async def on_mount(self) -> None:
            self.call_after_refresh(self.tell)

        def tell(self) -> None:
            bar = self.query_one(StatusBar)
            bar.tell(State(long, long, long, seal, 0, 2**30), coloured=True)
            shown.append(str(bar.visual))

    async def run() -> None:
        async with Line().run_test(size=(width, 5)) as pilot:
            await pilot.pause()

    asyncio.run(run())
    [line] = shown
    # Of the longest the reason may end beyond a narrow screen, never that it is not sealed.
    assert line.index(t(f"tui.status.{seal}")) + len("hors réseau, scellé") <= width, line
