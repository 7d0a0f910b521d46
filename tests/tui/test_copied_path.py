"""The path of an original goes to the clipboard as it is, unless it could act where it is pasted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.makers import new_session, run_sync
from tests.tui.conftest import User, live

QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"


@pytest.mark.parametrize(
    ("name", "is_copied"),
    [
        ("relevé du dépôt.txt", True),
        ("a\ntouch pwned; #.txt", False),
        ("a\x1b[201~.txt", False),
        ("a\u202egpj.txt", False),
    ],
)
def test_the_path_of_an_original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_copied: bool) -> None:
    monkeypatch.setattr("copilot.tui.screens.reading.is_filtered", lambda: True)
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / name).write_text("Le dépôt de Cholet détient 38 000 litres de gazole.\n")
    with new_session(tmp_path / "ws") as session:
        run_sync(session, docs)

    async def journey(user: User) -> None:
        await user.ask(QUESTION)
        await user.press("f3")
        await user.until(lambda: bool(user.bench.cited))
        user.bench.action_open()
        await user.pilot.pause()
        assert user.app.clipboard == (str(docs / name) if is_copied else "")

    live(tmp_path / "ws", journey)
