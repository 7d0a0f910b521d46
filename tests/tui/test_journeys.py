"""What an analyst does at the screen, from the first run to the export."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList

from copilot.app.engine import Assistants
from copilot.app.events import FileRead, Scanning, SyncEvent
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.app.sync_apart import sync_apart
from copilot.i18n import current_language
from copilot.tui import work
from copilot.tui.widgets.turn import TurnView
from tests.makers import new_session
from tests.tui.conftest import User, live, unwritable_log
from tests.tui.doubles import Writer

GAZOLE = "Combien de litres de gazole détient le dépôt de Cholet ?"
SPEED = "Quelle est la vitesse moyenne du convoi ?"


def test_a_first_run_offers_first_steps_and_reads_the_demonstration(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = tmp_path / "demo" / "corpus"
    demo.mkdir(parents=True)
    (demo / "note.txt").write_text("Le pont d'Orval porte 26 tonnes.\n", encoding="utf-8")
    monkeypatch.setattr("copilot.tui.screens.collecting.demo_folder", lambda: demo.parent)

    async def journey(user: User) -> None:
        await user.sees("Cet espace de travail est vide")
        assert isinstance(user.app.focused, OptionList)
        await user.press("enter")
        await user.until(lambda: user.bench.counts.get("documents") == 1 and user.bench.sync_cancel is None)
        await user.sees("note.txt")
        await user.press("f2")
        await user.sees("1 document est prêt")
        await user.ask("Combien de tonnes porte le pont d'Orval ?")
        await user.sees("26 tonnes")

    live(empty, journey)


def test_a_question_is_answered_and_its_source_stands_beside_it_with_the_quote_marked(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.sees("2 documents sont prêts")
        await user.ask(GAZOLE)
        await user.sees("ÉTAYÉE")
        assert "[1]" in user.screen()
        await user.sees("7 500 litres d'essence")
        marked = "".join(
            segment.text for strip in user.strips() for segment in strip if segment.style and segment.style.reverse
        )
        assert "Le dépôt de Cholet détient 38 000 litres de gazole." in " ".join(marked.split())
        assert "DIFFUSION RESTREINTE" in user.screen().splitlines()[-2]

    live(root, journey, size=(160, 40))


def test_the_nearest_passages_of_a_refusal_can_be_opened(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask("Combien de litres de gazole détient le dépôt de Valbrune ?")
        await user.sees("SANS RÉPONSE")
        await user.press("f3")
        await user.sees("38 000 litres")
        await user.press("f2", "tab", "1")
        assert user.bench.cited_at == 0
        await user.sees("Le dépôt de Cholet détient")

    live(root, journey)


def test_citations_are_followed_by_key_by_number_and_searched_inside(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "assistants_of", lambda session, model: Assistants(generator=Writer()))

    async def journey(user: User) -> None:
        await user.ask("Que dit-on de Cholet ?")
        cited = user.bench.cited
        assert len(cited) == 2
        await user.press("f3")
        for step in (1, 2):
            await user.press("n")
            await user.until(lambda step=step: user.bench.cited_at == step % len(cited))  # type: ignore[misc]
        await user.press("p")
        await user.sees(f"[{cited[(2 - 1) % len(cited)].number}/{len(cited)}]")
        await user.press("2")
        await user.sees(f"[2/{len(cited)}]")
        await user.press("f")
        await user.type("cholet")
        found = [segment for strip in user.strips() for segment in strip if segment.style and segment.style.reverse]
        assert any(segment.text.casefold() == "cholet" for segment in found)
        await user.press("escape", "escape")
        assert user.bench.prompt.has_focus
        user.bench.prompt.put("/1")
        await user.press("enter")
        await user.sees(f"[1/{len(cited)}]")
        await user.press("escape")
        user.bench.prompt.put("/9")
        await user.press("enter")
        await user.sees("Il n'y a pas de source [9] ici.")

    live(root, journey, size=(100, 30))


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
def test_a_question_is_cancelled_and_the_next_can_be_asked(
    root: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    stuck = Assistants(generator=Writer(stuck=True))
    monkeypatch.setattr(work, "assistants_of", lambda session, model: stuck)

    async def journey(user: User) -> None:
        user.bench.prompt.put(GAZOLE)
        await user.press("enter")
        # The first claim is shown before it is checked, while the writer goes on.
        await user.sees("• ")
        assert "réponse en cours" in user.screen()
        await user.type("et pendant ce temps")
        assert user.bench.prompt.text == "et pendant ce temps"
        await user.press("enter")
        await user.sees("Une question à la fois")
        assert user.bench.prompt.text == "et pendant ce temps"
        await user.press(key)
        await user.until(lambda: user.bench.question_cancel is None)
        assert user.bench.dialogue.turns[-1].state == "cancelled"
        assert "réponse en cours" not in user.screen()
        monkeypatch.undo()
        user.bench.prompt.put("")
        await user.ask(GAZOLE)
        await user.sees("38 000 litres")

    live(root, journey)


def test_an_edited_question_becomes_a_branch(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        await user.press("ctrl+e")
        assert user.bench.prompt.text == GAZOLE
        await user.ask(SPEED)
        await user.sees("version 2 sur 2")
        assert "vitesse moyenne" in user.screen()
        await user.press("ctrl+b")
        await user.sees("version 1 sur 2")
        assert "38 000 litres" in user.screen()
        assert len(user.bench.dialogue.path()) == 1

    live(root, journey)


def test_an_old_conversation_is_found_by_its_words_and_outlives_the_program(root: Path) -> None:
    async def first(user: User) -> None:
        await user.ask(GAZOLE)
        await user.press("ctrl+n")
        await user.sees("2 documents sont prêts")
        await user.ask(SPEED)

    async def second(user: User) -> None:
        await user.sees("vitesse moyenne")
        await user.press("f5")
        await user.until(lambda: len(user.bench.conversations) == 2)
        await user.press("f")
        await user.type("gazole")
        await user.until(lambda: len(user.bench.conversations) == 1)
        await user.press("enter", "enter")
        await user.until(lambda: [turn.question for turn in user.bench.dialogue.turns] == [GAZOLE])
        await user.sees("38 000 litres")
        await user.press("f5", "delete")
        await user.sees("Suppr encore une fois")
        await user.press("delete")
        await user.until(lambda: not user.bench.conversations)
        await user.sees("2 documents sont prêts")

    live(root, first)
    live(root, second)


def test_a_question_that_was_cut_short_says_so_at_the_next_start(root: Path) -> None:
    with new_session(root) as session:
        session.truth.conversations.begin(None, None, GAZOLE)

    async def journey(user: User) -> None:
        await user.sees("Le programme s'est arrêté avant la réponse.")

    live(root, journey)


@pytest.mark.parametrize("ending", ["md", "json", "docx", "pdf"])
def test_a_conversation_is_exported(root: Path, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"rapport.{ending}"

    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        user.bench.prompt.put(f"/export {target}")
        await user.press("enter")
        await user.sees("Exporté vers")
        user.bench.prompt.put(f"/export {target}")
        await user.press("enter")
        # Never over a file that is there.
        await user.until(lambda: any("rapport" in told and "Exporté" not in told for told in user.bench.told))

    live(root, journey)
    with new_session(root) as session:
        told = [entry.data["path"] for entry in session.trail.log.entries() if entry.kind == "export"]
    assert told.count(str(target)) == 1
    text = _text_of(target)
    for expected in ("38 000 litres", "stocks.txt", "DIFFUSION RESTREINTE", "12"):
        assert expected in text, expected
    assert target.stat().st_mode & 0o077 == 0


def _text_of(path: Path) -> str:
    if path.suffix == ".docx":
        import docx

        return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)
    if path.suffix == ".pdf":
        import pypdfium2

        document = pypdfium2.PdfDocument(path.read_bytes())
        try:
            found = []
            for page in document:
                words = page.get_textpage()
                found.append(words.get_text_range())
                words.close()
                page.close()
            return "\n".join(found).replace("\u00a0", " ")
        finally:
            document.close()
    text = path.read_text(encoding="utf-8")
    return json.dumps(json.loads(text), ensure_ascii=False) if path.suffix == ".json" else text


def test_the_answer_is_copied_with_its_sources(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        await user.press("ctrl+y")
        await user.sees("Copié, avec ses sources.")
        assert "38 000 litres" in user.app.clipboard
        assert "stocks.txt" in user.app.clipboard
        copied.append(user.bench.dialogue.answers()[-1].answer_id)

    copied: list[str] = []
    live(root, journey)
    with new_session(root) as session:
        told = [entry.data for entry in session.trail.log.entries() if entry.kind == "export"]
        assert session.trail.verify().problem is None
    assert told == [{"what": "clipboard", "answers": copied}]


def test_an_answer_that_cannot_be_recorded_is_not_copied(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        with unwritable_log(root):
            await user.press("ctrl+y")
            await user.sees("Le journal d’audit n’a pas pu être écrit")
        assert not user.app.clipboard

    live(root, journey)


def test_the_language_changes_live_and_nothing_is_lost(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        user.bench.prompt.put("à moitié écrit")
        await user.press("ctrl+l")
        assert current_language() == "en"
        await user.sees("SUPPORTED")
        screen = user.screen()
        assert "Library" in screen
        assert "Bibliothèque" not in screen
        assert user.bench.prompt.text == "à moitié écrit"
        await user.press("f4")
        await user.sees("2 documents, 1 unreadable")
        await user.press("ctrl+l")
        await user.sees("ÉTAYÉE")

    live(root, journey, size=(160, 45))


def test_questions_are_limited_to_chosen_documents(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.press("f4")
        await user.press("f")
        await user.type("marche")
        await user.press("enter", "a")
        await user.sees("choisi : 1")
        await user.press("escape")
        await user.ask(GAZOLE)
        [answer] = user.bench.dialogue.answers()
        assert answer.coverage.documents_searched == 1
        assert {citation.path.rsplit("/", 1)[-1] for citation in answer.citations} <= {"marche.txt"}
        await user.press("f4", "x")
        await user.until(lambda: not user.bench.only)
        await user.press("escape")
        await user.ask(GAZOLE)
        await user.sees("38 000 litres")

    live(root, journey)


def test_an_unread_document_says_why_and_is_tried_again(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.press("f4")
        await user.sees("NON LU")
        user.bench.query_one("#library-filter", Input).value = "!"
        await user.until(lambda: [row.path for row in user.bench.library.shown()] == ["docs/casse.pdf"])
        await user.sees("pdf")
        reason = user.bench.documents[0].message or ""
        (root / "docs" / "casse.pdf").unlink()
        (root / "docs" / "casse.pdf").write_text("Réparé : le pont porte 26 tonnes.\n", encoding="utf-8")
        await user.press("ctrl+r")
        await user.until(lambda: user.bench.sync_cancel is None and user.bench.counts["failed"] == 0)
        assert reason is not None

    live(root, journey)


def test_asking_goes_on_while_a_sync_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()

    def waiting(session: Session, folders: list[Path], **options: object) -> Iterator[SyncEvent]:
        yield Scanning(1, "docs")
        assert held.wait(60)
        yield from sync(session, roots_of(session, folders, None))

    monkeypatch.setattr(work, "sync_apart", waiting)
    (root / "docs" / "pont.txt").write_text("Le pont d'Orval porte 26 tonnes.\n", encoding="utf-8")

    async def journey(user: User) -> None:
        try:
            await user.press("ctrl+s")
            await user.sees("Parcours : 1 fichier")
            await user.press("f2")
            await user.ask(GAZOLE)
            await user.sees("38 000 litres")
            assert user.bench.sync_cancel is not None
            assert "synchronisation" in user.screen()
        finally:
            held.set()
        await user.until(lambda: user.bench.sync_cancel is None and user.bench.counts["documents"] == 3)

    live(root, journey)


@pytest.mark.parametrize("key", ["escape", "ctrl+c"])
def test_asked_twice_a_sync_stops_and_what_was_read_is_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    # More files than the pipe holds words of: a sync that nobody listens to waits, and cannot end before it is stopped.
    many = 1500
    for number in range(many):
        (root / "docs" / f"{number:04}.txt").write_text(f"Compte rendu {number}.", encoding="utf-8")

    def waiting(session: Session, folders: list[Path], **options: Any) -> Iterator[SyncEvent]:
        read = 0
        for event in sync_apart(session, folders, **options):
            yield event
            read += isinstance(event, FileRead)
            while read > 20 and not options["cancel"].is_asked:
                time.sleep(0.01)

    monkeypatch.setattr(work, "sync_apart", waiting)

    async def journey(user: User) -> None:
        await user.press("ctrl+s")
        await user.until(lambda: re.search(r"Lecture \d+/", user.screen()) is not None)
        await user.press("escape")
        assert user.bench.prompt.has_focus
        await user.press(key)
        await user.sees("la même touche")
        assert user.bench.sync_cancel is not None
        await user.press(key)
        await user.until(lambda: user.bench.sync_cancel is None)
        assert any("ce qui a été lu est gardé" in told for told in user.bench.told)
        await user.until(lambda: 3 < user.bench.counts["documents"] < many)

    live(root, journey)


def test_a_turn_takes_the_focus_and_digits_jump_from_it(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        user.bench.query_one(TurnView).focus()
        await user.press("1")
        assert user.bench.has_class("side")
        await user.sees("[1/")

    live(root, journey, size=(80, 24))


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_digits_open_the_sources_of_the_answer_that_has_the_focus(root: Path, size: tuple[int, int]) -> None:
    """In the question they are text; Tab goes to the latest answer, Shift+Tab to the one before."""

    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        await user.ask(SPEED)
        await user.press("1")
        assert user.bench.prompt.text == "1"
        user.bench.prompt.put("")
        await user.press("tab", "1")
        await user.until(lambda: user.bench.sources.is_showing and user.bench.has_class("side"))
        assert user.bench.cited[user.bench.cited_at].path.endswith("marche.txt")
        await user.press("escape", "tab", "shift+tab", "1")
        await user.sees("État des stocks")
        assert user.bench.cited[user.bench.cited_at].path.endswith("stocks.txt")
        await user.press("9")
        assert "[9]" in user.bench.told[-1]
        assert user.bench.prompt.text == ""

    live(root, journey, size=size)


def test_tab_goes_on_where_there_is_no_answer_to_go_to(root: Path) -> None:
    async def journey(user: User) -> None:
        for key in ("f4", "f5"):
            await user.press(key, "tab")
            assert user.app.focused is not None
        await user.press("escape", "tab")
        assert user.app.focused is not user.bench.prompt

    live(root, journey)


def test_pages_are_turned_without_leaving_the_question(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.ask(GAZOLE)
        await user.ask(SPEED)
        await user.until(lambda: user.bench.talk.scroll_y > 0)
        below = user.bench.talk.scroll_y
        await user.press("pageup")
        await user.until(lambda: user.bench.talk.scroll_y < below)
        await user.press("pagedown")
        await user.until(lambda: user.bench.talk.scroll_y == below)
        assert user.bench.prompt.has_focus

    live(root, journey, size=(80, 24))
