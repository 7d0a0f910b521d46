"""What stands in the log of the pages that were looked at: each that was, once, and none that was not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copilot.app.engine import Assistants
from copilot.settings import Settings
from copilot.tui import work
from tests.makers import SETTINGS, new_session
from tests.tui.conftest import User, live, unwritable_log
from tests.tui.doubles import Writer

WIDE, NARROW = (160, 40), (100, 30)
QUESTION = "Que dit-on de Cholet ?"
UNRECORDED = "il n'en dit rien"


@pytest.fixture(autouse=True)
def two_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "assistants_of", lambda session, model: Assistants(generator=Writer()))


def shown(root: Path, settings: Settings = SETTINGS) -> list[dict[str, Any]]:
    """Return what the log tells of pages shown, once it is found to be whole."""
    with new_session(root, settings) as session:
        assert session.trail.verify().problem is None
        return [dict(entry.data) for entry in session.trail.log.entries() if entry.kind == "show"]


async def step(user: User, key: str) -> None:
    """Go to another citation and see it."""
    bench = user.bench
    await user.press(key)
    await user.sees(f"[{bench.cited[bench.cited_at].number}/{len(bench.cited)}]")


def test_a_page_is_recorded_once_while_its_sources_lie_open(root: Path) -> None:
    cited: list[tuple[str, int, int]] = []

    async def journey(user: User) -> None:
        await user.ask(QUESTION)
        await user.sees("[1/2]")
        await user.press("f3")
        for key in "nnnpnp":
            await step(user, key)
        await user.press("ctrl+l")
        await user.sees("Library")
        await user.press("f4", "f3")
        cited.extend((one.path, one.version_id, one.page) for one in user.bench.cited)

    live(root, journey, size=WIDE)
    told = shown(root)
    assert {one["what"] for one in told} == {"text"}
    assert [(one["path"], one["version"], one["first"]) for one in told] == cited
    assert all(one["pages"] == 1 and one["first"] == one["last"] for one in told)


def test_sources_that_are_opened_again_are_recorded_anew(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(QUESTION)
        await user.sees("[1/2]")
        user.bench.prompt.put("/new")
        await user.press("enter")
        await user.until(lambda: not user.bench.cited)
        await user.ask(QUESTION)
        await user.sees("[1/2]")

    live(root, journey, size=WIDE)
    first, second = shown(root)
    assert first == second


def test_a_page_in_a_pane_that_is_hidden_is_recorded_when_it_is_opened(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(QUESTION)
        await user.until(lambda: user.bench.sources.is_showing)
        assert shown(root) == []
        await user.press("f3")
        await user.sees("[1/2]")
        await user.until(lambda: len(shown(root)) == 1)
        await user.press("escape", "f3")

    live(root, journey, size=NARROW)
    assert len(shown(root)) == 1


def test_a_page_is_shown_where_the_log_cannot_be_written_and_that_is_said(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(QUESTION)
        await user.sees("[1/2]")
        await user.press("f3")
        with unwritable_log(root):
            await step(user, "n")
            await user.until(lambda: any(UNRECORDED in one for one in user.bench.told))
        assert len(shown(root)) == 1
        await step(user, "p")
        await step(user, "n")

    live(root, journey, size=WIDE)
    assert len(shown(root)) == 2, "tried again"


@pytest.fixture
def hashed() -> Settings:
    return Settings.model_validate({**SETTINGS.model_dump(), "audit": {"text": "hashes"}})


def test_with_hashes_only_no_name_of_what_is_looked_at_or_copied_is_kept(root: Path, hashed: Settings) -> None:
    async def journey(user: User) -> None:
        await user.ask(QUESTION)
        await user.sees("[1/2]")
        await user.press("f3")
        await step(user, "n")
        await user.press("f2", "ctrl+y")
        await user.sees("Copié")

    with new_session(root) as session:
        before = session.trail.log.files.log.stat().st_size
    live(root, journey, size=WIDE, settings=hashed)
    told = shown(root, hashed)
    assert len(told) == 2
    assert all(set(one["path"]) == {"hmac", "characters"} for one in told)
    with new_session(root, hashed) as session:
        raw = session.trail.log.files.log.read_bytes()[before:].decode()
        assert '"what":"clipboard"' in raw
    for text in ("stocks", "marche", "Cholet", "gazole", "38 000", "convoi"):
        assert text not in raw
