"""Tools at the screen: forms, approval with origins, refusal, results."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Checkbox, Input

from copilot.app.engine import Assistants
from copilot.planning.reading import LexicalBlankReader
from copilot.records import OriginKind
from copilot.tui import work
from copilot.tui.dialogs.approve import ApproveDialog
from copilot.tui.widgets.form import Field
from tests.tui.conftest import User, contradict, live
from tests.tui.doubles import OpenTooling, PlanDays, Reader, Runner, Writer

QUESTION = "Combien de jours dure le stock de gazole de Cholet à 3 800 litres par jour ?"


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    """A question plans one call; the runner is ours."""
    planning = Assistants(generator=Writer(), planner=PlanDays())
    monkeypatch.setattr(work, "assistants_of", lambda session, model: planning)
    return Runner()


async def propose(user: User) -> ApproveDialog:
    user.bench.prompt.put(QUESTION)
    await user.press("enter")
    await user.until(lambda: isinstance(user.app.screen, ApproveDialog))
    found = user.app.screen
    assert isinstance(found, ApproveDialog)
    return found


def value_of(dialog: ApproveDialog, name: str) -> Input:
    return next(field for field in dialog.query(Field) if field.parameter.name == name).query_one(Input)


def test_a_tool_is_denied_and_the_answer_goes_on_without_it(root: Path, runner: Runner) -> None:
    async def journey(user: User) -> None:
        await propose(user)
        screen = user.screen()
        for expected in ("Jours d'autonomie", "42 000 L", "3 800 L/day", "docs/", "question"):
            assert expected in screen, expected
        # What has the focus denies: a key pressed too early runs nothing.
        await user.press("enter")
        await user.until(lambda: user.bench.question_cancel is None)
        assert runner.calls == []
        [answer] = user.bench.dialogue.answers()
        assert answer.runs == ()
        assert any("refusé" in told for told in user.bench.told)

    live(root, journey, tools=OpenTooling(runner))


def test_escape_denies_too(root: Path, runner: Runner) -> None:
    async def journey(user: User) -> None:
        await propose(user)
        await user.press("escape")
        await user.until(lambda: user.bench.question_cancel is None)
        assert runner.calls == []

    live(root, journey, tools=OpenTooling(runner), size=(80, 24))


def test_a_tool_is_approved_with_a_value_changed_and_its_result_is_shown(root: Path, runner: Runner) -> None:
    async def journey(user: User) -> None:
        dialog = await propose(user)
        value_of(dialog, "stock").value = "38 000 L"
        value_of(dialog, "stock").focus()
        await user.press("enter")
        await user.until(lambda: user.bench.question_cancel is None)
        [call] = runner.calls
        stock, rate = call.arguments
        assert (stock.value, stock.unit, stock.origin.kind) == (38_000, "L", OriginKind.USER)
        assert (rate.value, rate.origin.kind) == (3_800, OriginKind.QUESTION)
        await user.sees("[T1]")
        user.bench.prompt.put("/T1")
        await user.press("enter")
        await user.sees("10 jours")
        assert "█" in user.screen()
        assert "hypothèse : La consommation est constante." in user.screen()

    live(root, journey, tools=OpenTooling(runner), size=(140, 45))


def test_a_value_that_the_tool_would_not_take_is_asked_about_again(root: Path, runner: Runner) -> None:
    async def journey(user: User) -> None:
        first = await propose(user)
        value_of(first, "stock").focus()
        await user.press("enter")
        await user.until(lambda: isinstance(user.app.screen, ApproveDialog) and user.app.screen is not first)
        assert runner.calls == []
        assert "l'unité « kg » ne se convertit pas" in " ".join(user.screen().split())
        second = user.app.screen
        assert isinstance(second, ApproveDialog)
        value_of(second, "stock").value = "38 000"
        value_of(second, "stock").focus()
        await user.press("enter")
        await user.until(lambda: user.bench.question_cancel is None)
        [call] = runner.calls
        assert (call.arguments[0].value, call.problem) == (38_000, "")

    live(root, journey, tools=OpenTooling(runner, Reader("kg")))


def test_an_unchanged_value_keeps_its_origin(root: Path, runner: Runner) -> None:
    async def journey(user: User) -> None:
        dialog = await propose(user)
        value_of(dialog, "per_day").focus()
        await user.press("enter")
        await user.until(lambda: user.bench.question_cancel is None)
        [call] = runner.calls
        assert [argument.origin.kind for argument in call.arguments] == [OriginKind.DOCUMENT, OriginKind.QUESTION]

    live(root, journey, tools=OpenTooling(runner))


def test_what_speaks_against_a_value_stands_beside_it(root: Path, runner: Runner) -> None:
    contradict(root)

    async def journey(user: User) -> None:
        dialog = await propose(user)
        cautions = {field.parameter.name: len(field.query(".caution")) for field in dialog.query(Field)}
        assert cautions == {"stock": 1, "per_day": 0}
        screen = " ".join(user.screen().split())
        assert "attention : un autre document donne un autre chiffre, Relevé<U+202E>, p. 1 : 5 000 litres" in screen
        assert screen.index("Le dépôt de Cholet détient 38 000") < screen.index("attention")
        await user.press("escape")

    live(root, journey, tools=OpenTooling(runner, LexicalBlankReader()))


def test_the_program_can_be_left_while_it_asks(root: Path, runner: Runner) -> None:
    async def journey(user: User) -> None:
        await propose(user)

    live(root, journey, tools=OpenTooling(runner))
    assert runner.calls == []


def test_a_form_says_what_is_wrong_then_runs(root: Path) -> None:
    runner = Runner()

    async def journey(user: User) -> None:
        await user.until(lambda: len(user.bench.tools) == 1)
        await user.press("f6")
        await user.sees("supply.days_of_supply")
        await user.press("enter")
        await user.sees("L/day")
        await user.type("beaucoup")
        await user.press("enter")
        await user.sees("Ce n'est pas un nombre")
        await user.sees("Il faut une valeur ici.")
        assert runner.calls == []
        fields = list(user.bench.tool_pane.query(Field))
        fields[0].query_one(Input).value = "38 000,5"
        fields[1].query_one(Input).value = "3 800 L/jour"
        fields[1].query_one(Input).focus()
        await user.press("enter")
        await user.until(lambda: user.bench.tool_cancel is None and bool(runner.calls))
        [call] = runner.calls
        assert [(one.value, one.unit, one.origin.kind) for one in call.arguments] == [
            (38_000.5, "L", OriginKind.USER),
            (3_800, "L/jour", OriginKind.USER),
        ]
        await user.sees("10,0001 jours")
        await user.press("escape")
        await user.until(lambda: fields[0].query_one(Input).has_focus)
        await user.press("escape")
        await user.sees("1 outil.")

    live(root, journey, tools=OpenTooling(runner))


def test_a_field_is_filled_from_the_documents_and_shown_before_the_tool_runs(root: Path) -> None:
    runner = Runner()

    async def journey(user: User) -> None:
        await user.until(lambda: len(user.bench.tools) == 1)
        await user.press("f6")
        await user.sees("supply.days_of_supply")
        await user.press("enter")
        await user.sees("le lire dans les documents")
        fields = list(user.bench.tool_pane.query(Field))
        fields[0].query_one(Checkbox).value = True
        fields[0].query_one(Input).value = "stock de gazole à Cholet"
        fields[1].query_one(Input).value = "3800"
        fields[1].query_one(Input).focus()
        await user.press("enter")
        await user.until(lambda: isinstance(user.app.screen, ApproveDialog))
        assert "docs/" in user.screen()
        dialog = user.app.screen
        assert isinstance(dialog, ApproveDialog)
        value_of(dialog, "stock").focus()
        await user.press("enter")
        await user.until(lambda: user.bench.tool_cancel is None and bool(runner.calls))
        [call] = runner.calls
        assert [one.origin.kind for one in call.arguments] == [OriginKind.DOCUMENT, OriginKind.USER]

    live(root, journey, tools=OpenTooling(runner))


def test_a_failing_tool_says_so(root: Path) -> None:
    runner = Runner()

    async def journey(user: User) -> None:
        await user.until(lambda: len(user.bench.tools) == 1)
        await user.press("f6")
        await user.sees("supply.days_of_supply")
        await user.press("enter")
        fields = list(user.bench.tool_pane.query(Field))
        fields[0].query_one(Input).value = "1"
        fields[1].query_one(Input).value = "0"
        fields[1].query_one(Input).focus()
        await user.press("enter")
        await user.sees("per_day must be above 0.")

    live(root, journey, tools=OpenTooling(runner))


def test_without_tools_the_pane_says_so(root: Path) -> None:
    async def journey(user: User) -> None:
        await user.press("f6")
        await user.sees("Aucun outil")

    live(root, journey, size=(80, 24))
