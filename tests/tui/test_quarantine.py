"""Quarantine from the library, and a library that follows what other processes do to the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from copilot.app.forgetting import forget
from copilot.app.lookup import find_document
from copilot.app.quarantine import find_suspects, quarantine, release
from copilot.tui.dialogs.quarantine import QuarantineDialog
from copilot.tui.widgets.rows import Rows
from tests.makers import new_session, run_sync
from tests.tui.conftest import User, live
from tests.tui.test_journeys import GAZOLE

SIZES = [(80, 24), (200, 50)]


def entries_of(root: Path, kind: str) -> list[Mapping[str, Any]]:
    with new_session(root) as session:
        return [entry.data for entry in session.trail.log.entries() if entry.kind == kind]


def put_aside(root: Path, *names: str, reason: str = "") -> None:
    """As `copilot quarantine` does, in a session of its own."""
    with new_session(root) as session:
        quarantine(session, [row for name in names for row in find_suspects(session, name)], reason)


async def go_to(user: User, name: str) -> None:
    """Open the library with the cursor on a document."""
    await user.press("f4")
    await user.until(lambda: user.bench.query_one("#documents", Rows).has_focus)
    at = [row.path for row in user.bench.library.shown()].index(f"docs/{name}")
    await user.press("home", *["down"] * at)


def under_cursor(user: User) -> str:
    return user.bench.library.shown()[user.bench.query_one("#documents", Rows).cursor].path


async def dialog(user: User) -> None:
    await user.until(lambda: isinstance(user.app.screen, QuarantineDialog))


@pytest.mark.parametrize("size", SIZES)
def test_a_document_goes_into_quarantine_and_comes_back(root: Path, size: tuple[int, int]) -> None:
    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        await go_to(user, "stocks.txt")
        await user.press("q")
        await dialog(user)
        await user.press("escape")
        assert [row.state for row in user.bench.documents if row.path == "docs/stocks.txt"] == ["live"]
        await user.press("q")
        await dialog(user)
        await user.type("contrefait")
        await user.press("enter")
        assert isinstance(user.app.screen, QuarantineDialog)
        await user.press("enter")
        # How it stands now, with the answer that it was read for.
        await user.sees("En QUARANTAINE depuis")
        await user.sees("Raison : contrefait")
        await user.sees("cité")
        assert GAZOLE.split()[-1] in user.screen()
        await user.press("escape")
        await user.sees("×")
        await user.sees("1 en QUARANTAINE" if size[0] > 80 else "QUARANTAINE")
        await user.press("f3")
        await user.sees("ne vous y fiez pas")
        await user.press("escape")
        await user.ask(GAZOLE)
        assert "38 000 litres" not in user.screen().split("Question :")[-1]
        await go_to(user, "stocks.txt")
        await user.press("q")
        await user.sees("Raison : contrefait")
        # What does nothing has the focus.
        await user.press("enter")
        await user.until(lambda: not isinstance(user.app.screen, QuarantineDialog))
        assert user.bench.counts["quarantined"] == 1
        await user.press("q")
        await dialog(user)
        await user.press("tab", "enter")
        await user.until(lambda: user.bench.counts["quarantined"] == 0)
        await user.press("escape")
        await user.ask(GAZOLE)
        await user.sees("38 000 litres")

    live(root, journey, size=size)
    [put] = entries_of(root, "quarantine")
    assert (put["reason"], put["documents"]) == ("contrefait", {"number": 1, "names": ["docs/stocks.txt"]})
    assert len(entries_of(root, "release")) == 1


def test_it_is_recorded_as_the_command_records_it(root: Path) -> None:
    async def journey(user: User) -> None:
        await go_to(user, "marche.txt")
        await user.press("q")
        await dialog(user)
        await user.type("faux")
        await user.press("enter", "enter")
        await user.sees("En QUARANTAINE depuis")

    live(root, journey)
    with new_session(root) as session:
        release(session, find_suspects(session, "docs/marche.txt"))
    put_aside(root, "docs/marche.txt", reason="faux")
    screen, command = entries_of(root, "quarantine")
    assert screen == command


def test_a_copy_says_that_the_other_one_is_to_be_released(root: Path) -> None:
    (root / "docs" / "copie.txt").write_bytes((root / "docs" / "stocks.txt").read_bytes())
    with new_session(root) as session:
        run_sync(session, root / "docs")
    put_aside(root, "docs/stocks.txt")

    async def journey(user: User) -> None:
        await go_to(user, "copie.txt")
        await user.press("q")
        await user.sees("libérez celui-là")
        assert not user.app.screen.query("#do")

    live(root, journey)


def test_the_library_follows_other_processes_and_keeps_the_cursor(root: Path) -> None:
    async def journey(user: User) -> None:
        await go_to(user, "stocks.txt")
        (root / "docs" / "avant.txt").write_text("Le pont porte 26 tonnes.\n", encoding="utf-8")
        with new_session(root) as session:
            run_sync(session, root / "docs")
        await user.sees("avant.txt")
        assert under_cursor(user) == "docs/stocks.txt"
        put_aside(root, "docs/avant.txt")
        await user.sees("QUARANTAINE")
        with new_session(root) as session:
            forget(session, [find_document(session.truth, "docs/avant.txt")])
        await user.until(lambda: "avant.txt" not in user.screen())
        assert under_cursor(user) == "docs/stocks.txt"

    live(root, journey)


def test_a_choice_that_goes_out_of_service_is_told(root: Path) -> None:
    async def journey(user: User) -> None:
        await go_to(user, "stocks.txt")
        await user.press("enter")
        assert len(user.bench.only) == 1
        put_aside(root, "docs/stocks.txt")
        await user.until(lambda: not user.bench.only)
        assert any("n'est plus en service" in told for told in user.bench.told)

    live(root, journey)


def test_where_nothing_has_changed_nothing_is_listed_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def journey(user: User) -> None:
        user.bench.look_for_changes()
        await user.until(lambda: user.bench.change_watch.is_due and user.bench.change_watch.listed is not None)
        listed = user.bench.change_watch.listed
        for _ in range(3):
            user.bench.look_for_changes()
            await user.until(lambda: user.bench.change_watch.is_due)
        assert user.bench.change_watch.listed is listed
        put_aside(root, "docs/stocks.txt")
        user.bench.look_for_changes()
        await user.until(lambda: user.bench.change_watch.listed is not listed)

    live(root, journey)


@pytest.mark.parametrize("size", SIZES)
def test_a_workspace_all_in_quarantine_says_so(root: Path, size: tuple[int, int]) -> None:
    put_aside(root, "docs/stocks.txt", "docs/marche.txt")

    async def journey(user: User) -> None:
        await user.sees("QUARANTAINE, et aucun n'est cherché : 2.")
        assert "est vide" not in user.screen()
        # Enter begins nothing here, such as reading the demonstration.
        assert user.bench.prompt.has_focus
        user.bench.prompt.put(GAZOLE)
        await user.press("enter")
        await user.until(lambda: any("QUARANTAINE" in told for told in user.bench.told))
        assert user.bench.prompt.text == GAZOLE
        user.bench.prompt.put("")
        with new_session(root) as session:
            release(session, find_suspects(session, "docs/stocks.txt"))
        await user.sees("1 document est prêt")

    live(root, journey, size=size)
