"""The status bar says what `copilot doctor` says of the walls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.sandbox.standing import note_missing_walls
from copilot.tui.screens import bench
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
