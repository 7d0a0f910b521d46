"""What the screen is made of, without a screen: fields of forms, filters of the library, the branches of a dialogue."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from textual.app import App, ComposeResult

from copilot.app.events import Embedding, FileRead, SyncReport
from copilot.records import Parameter, ParameterKind
from copilot.sanitise import visible
from copilot.store.conversations import TurnRow
from copilot.store.document_rows import DocumentSummary
from copilot.tui.dialogue import Dialogue
from copilot.tui.fields import FieldError, blank_of, hint_of, read_field, written
from copilot.tui.memory import memory_in_use
from copilot.tui.selection import matching, name_of
from copilot.tui.widgets.rows import Rows
from copilot.tui.work import worth_showing

STOCK = Parameter("stock", ParameterKind.NUMBER, "Stock", "", unit="L", minimum=0, above_minimum=True)


def of(kind: ParameterKind, **about: object) -> Parameter:
    return replace(Parameter("p", kind, "P", ""), **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parameter", "text", "value", "unit"),
    [
        (STOCK, "42000", 42_000, "L"),
        (STOCK, "42 000 L", 42_000, "L"),
        (STOCK, "42 000,5 m3", 42_000.5, "m3"),
        (STOCK, "1,250.5", 1_250.5, "L"),
        (STOCK, "-3 L/jour", -3, "L/jour"),
        (STOCK, "1e3", 1_000, "L"),
        (of(ParameterKind.INTEGER), "12", 12, None),
        (of(ParameterKind.NUMBERS, unit="h"), "1,5 ; 2; 3", (1.5, 2.0, 3.0), "h"),
        (of(ParameterKind.NUMBERS), "1 km\n2 km", (1.0, 2.0), "km"),
        (of(ParameterKind.TEXTS), "a; b ;c", ("a", "b", "c"), None),
        (of(ParameterKind.BOOLEAN), "Oui", True, None),
        (of(ParameterKind.BOOLEAN), "no", False, None),
        (of(ParameterKind.CHOICE, choices=("max", "min")), "min", "min", None),
        (of(ParameterKind.TABLE), " stocks.xlsx#Feuille!A1:F4 ", "stocks.xlsx#Feuille!A1:F4", None),
        (of(ParameterKind.DATE), "2026-10-14", "2026-10-14", None),
    ],
)
def test_a_field_is_read_as_it_was_meant(parameter: Parameter, text: str, value: object, unit: str | None) -> None:
    found = read_field(parameter, text)
    assert found is not None
    assert (found.value, found.unit) == (value, unit)
    assert type(found.value) is type(value) or isinstance(value, int)


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (STOCK, ""),
        (STOCK, "beaucoup"),
        (STOCK, "L 42"),
        (of(ParameterKind.INTEGER), "1,5"),
        (of(ParameterKind.NUMBERS), "1 km; 2 h"),
        (of(ParameterKind.NUMBERS), "1; deux"),
        (of(ParameterKind.BOOLEAN), "peut-être"),
        (of(ParameterKind.CHOICE, choices=("max", "min")), "moyen"),
    ],
)
def test_a_field_that_cannot_be_meant_says_why(parameter: Parameter, text: str) -> None:
    with pytest.raises(FieldError) as caught:
        read_field(parameter, text)
    assert str(caught.value)


def test_an_empty_field_that_may_stay_so_gives_nothing() -> None:
    assert read_field(of(ParameterKind.NUMBER, required=False), "  ") is None


def test_a_blank_looks_for_its_words_or_its_label() -> None:
    assert blank_of(STOCK, " gazole à Cholet ").blank == "gazole à Cholet"
    assert blank_of(STOCK, "").blank == "Stock"


def test_a_hint_tells_kind_bounds_choices_and_default() -> None:
    assert "> 0 L" in hint_of(STOCK)
    assert "max / min" in hint_of(of(ParameterKind.CHOICE, choices=("max", "min")))
    assert "5" in hint_of(of(ParameterKind.NUMBER, required=False, default=5))


@given(st.one_of(st.integers(-(10**9), 10**9), st.floats(-1e5, 1e5).map(lambda x: round(x, 2))))
def test_what_is_written_into_a_field_is_read_back(value: float) -> None:
    # Six digits that count are shown: what was not changed keeps its own value, so no digit is lost by showing it.
    found = read_field(STOCK, written(value, "L"))
    assert found is not None
    assert found.value == pytest.approx(value, rel=1e-5, abs=1e-5)
    assert found.unit == "L"


@given(st.text())
def test_nothing_that_acts_is_written_into_a_field(text: str) -> None:
    assert visible(written(text, None)) == written(text, None)


# --- documents --------------------------------------------------------------------------------------------------------


def row(path: str, **about: object) -> DocumentSummary:
    plain = DocumentSummary(
        document_id=1, path=path, collection="corpus", state="live", reason=None, message=None, title=None, author=None,
        date=None, language=None, marking=None, media_type=None, sha256="", pages=1, unread_pages=0, chunks=1,
        versions=1, superseded_by=None, duplicate_of=None, warnings=(),
    )  # fmt: skip
    return replace(plain, **about)  # type: ignore[arg-type]


ROWS = [
    row("a/ordre.pdf", title="Ordre n° 12", language="fr", date="2026-10-01", marking="DIFFUSION RESTREINTE"),
    row("b/order.txt", title="Warning order", language="en", date="2026-09-01", collection="nato"),
    row("c/casse.pdf", reason="damaged", state="failed"),
]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", {"a/ordre.pdf", "b/order.txt", "c/casse.pdf"}),
        ("ORD", {"a/ordre.pdf", "b/order.txt"}),
        ("ord langue:fr", {"a/ordre.pdf"}),
        ("date:2026-09", {"b/order.txt"}),
        ("mention:diffusion", {"a/ordre.pdf"}),
        ("collection:nato", {"b/order.txt"}),
        ("!", {"c/casse.pdf"}),
        ("nulle:part", set()),
    ],
)
def test_the_library_is_filtered(words: str, expected: set[str]) -> None:
    assert {found.path for found in matching(ROWS, words)} == expected


def test_a_document_is_named_by_its_file() -> None:
    assert name_of(row("x/y/envoi.zip!dossier/etat.xlsx")) == "etat.xlsx"


# --- the dialogue -----------------------------------------------------------------------------------------------------


def turn(number: int, parent: int | None, conversation: str = "c") -> TurnRow:
    return TurnRow(number, conversation, parent, "2026-01-01", f"q{number}", "failed", "", None)


def test_a_dialogue_follows_one_branch_and_goes_round_the_versions() -> None:
    dialogue = Dialogue()
    dialogue.load("c", [turn(1, None), turn(2, 1), turn(3, 1), turn(4, 3)])
    assert [one.turn_id for one in dialogue.path()] == [1, 3, 4]
    assert [(shown.at, shown.count) for shown in dialogue.shown()] == [(1, 1), (2, 2), (1, 1)]
    assert dialogue.next_version()
    assert [one.turn_id for one in dialogue.path()] == [1, 2]
    dialogue.load("c", [*dialogue.turns, turn(5, 2)])
    assert dialogue.leaf == 2
    assert dialogue.next_version()
    assert [one.turn_id for one in dialogue.path()] == [1, 3, 4]


def test_an_edited_question_hangs_where_the_first_one_did() -> None:
    dialogue = Dialogue()
    dialogue.load("c", [turn(1, None), turn(2, 1)])
    assert dialogue.parent_of_next == 2
    dialogue.edited = dialogue.turns[1]
    assert dialogue.parent_of_next == 1
    dialogue.begin(turn(3, 1), "…")
    assert dialogue.parent_of_next == 3
    assert [one.turn_id for one in dialogue.path()] == [1, 3]


def test_another_conversation_begins_empty() -> None:
    dialogue = Dialogue()
    dialogue.load("c", [turn(1, None)])
    dialogue.begin(turn(9, None, "d"), "…")
    assert [one.turn_id for one in dialogue.turns] == [9]
    assert not Dialogue().next_version()
    assert dialogue.conversation_id == "d"


def test_memory_counts_this_process() -> None:
    used = memory_in_use()
    assert used is not None
    assert used > 10 * os.sysconf("SC_PAGE_SIZE")


def test_of_many_like_events_of_a_sync_the_screen_is_shown_few_but_each_bad_file_and_the_end() -> None:
    bad = {7, 8, 400}
    events = [FileRead(f"{at}.txt", at, 500, "unreadable" if at in bad else None) for at in range(500)]
    shown = list(worth_showing([*events, Embedding(1, 9), Embedding(9, 9), SyncReport(*(0,) * 5, (), (), *(0,) * 6)]))
    assert {event.done for event in shown if isinstance(event, FileRead) and event.reason} == bad
    assert [type(event) for event in shown[-2:]] == [Embedding, SyncReport]
    assert events[0] in shown
    assert len(shown) < len(events)


def test_more_rows_lay_the_screen_out_anew_only_where_the_scroll_bar_comes() -> None:
    class Table(App[None]):
        def compose(self) -> ComposeResult:
            yield Rows(id="rows")

    async def journey() -> None:
        app = Table()
        async with app.run_test(size=(40, 10)) as pilot:
            rows = app.query_one(Rows)
            laid_out = 0

            def show(count: int) -> None:
                rows.show(count, lambda at: [Text(f"row {at}")], [Text("head")], [20])

            def count() -> None:
                nonlocal laid_out
                laid_out += 1

            for number in (5, 30):
                show(number)
                await pilot.pause()
            assert rows.show_vertical_scrollbar
            # On a busy machine the layout of what was shown last may still be under way.
            await pilot.pause(0.3)
            app.screen.screen_layout_refresh_signal.subscribe(rows, lambda _: count(), immediate=True)
            show(3_000)
            await pilot.pause()
            assert (laid_out, rows.max_scroll_y) == (0, 3_001 - 10)
            rows.action_last()
            await pilot.pause()
            assert "row 2999" in rows.render_line(9).text
            show(40)
            await pilot.pause()
            assert (laid_out, rows.scroll_offset.y, rows.cursor) == (0, 31, 39)
            show(4)
            await pilot.pause()
            assert laid_out
            assert not rows.show_vertical_scrollbar

    asyncio.run(journey())
