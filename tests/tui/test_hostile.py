"""Text from outside in every view: documents, names, questions, tools. None of it acts, none of it hides."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual._compositor import Compositor
from textual.color import Color
from textual.widget import Widget
from textual.widgets import Input

import copilot.tui
from copilot.app.approval import Approver
from copilot.app.engine import Assistants
from copilot.app.session import Session
from copilot.app.tooling import Tooling
from copilot.records import (
    Bar,
    Figure,
    FigureKind,
    Parameter,
    ParameterKind,
    Tool,
    ToolResult,
    ToolRun,
    Value,
)
from copilot.sanitise import visible
from copilot.tui import outside, work
from copilot.tui.dialogs.approve import ApproveDialog
from copilot.tui.dialogs.ask_text import AskText
from copilot.tui.dialogs.quarantine import QuarantineDialog
from copilot.tui.screens.bench import TABS
from copilot.tui.widgets.form import Field
from tests.makers import new_session, store
from tests.tui.conftest import User, live
from tests.tui.doubles import Catalogue, PlanDays, Reader, Runner, Writer

HOSTILE = (
    "\x1b]52;c;ZXZpbA==\x07\x1b]8;;http://evil.example\x1b\\lien\x1b]8;;\x1b\\\x1b[6n\x9b2J\x1b_Gf=100;AAAA\x1b\\"
    "[@click=app.quit]quitter[/][/nope][link=http://evil.example]x[/link][bold]"
    "\u202egpj.exe\u2066\u200b\U000e0041\U000e007f\ufe0f\r\x08"
)
PACKAGE = Path(copilot.tui.__file__).parent
# It shows the pixels of a page, on terminals that draw: `test_terminal.py` counts what it sends.
WITHOUT_TEXT = {"Picture"}
MODULES = sorted(path for path in Path(copilot.tui.__file__).parent.rglob("*.py") if path.name != "outside.py")


@pytest.fixture
def dirty(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a widget sent towards the terminal and only the wall stopped; the wall itself stands aside."""
    found: list[str] = []

    def look(self: outside.Wall, segments: list[Segment], background: Color) -> list[Segment]:
        for segment in segments:
            style = segment.style or Style()
            if visible(segment.text) != segment.text or style.link or "@click" in (style.meta or {}):
                found.append(segment.text)
        return segments

    monkeypatch.setattr(outside.Wall, "apply", look)
    return found


def views() -> set[type[Widget]]:
    """Return every screen and widget of ours, wherever it is written."""
    found: set[type[Widget]] = set()
    for path in MODULES:
        module = import_module(".".join(path.relative_to(PACKAGE.parent.parent).with_suffix("").parts))
        found |= {
            one
            for one in vars(module).values()
            if isinstance(one, type) and issubclass(one, Widget) and one.__module__ == module.__name__
        }
    return found


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> set[type[Widget]]:
    """The kinds of widgets, with their bases, that stood on a screen when it was drawn."""
    kinds: set[type[Widget]] = set()
    render = Compositor._render_chops

    def look(self: Compositor, *given: Any) -> Any:
        on_screen = {type(widget) for widget in self.visible_widgets}
        kinds.update(base for kind in on_screen for base in kind.__mro__ if issubclass(base, Widget))
        return render(self, *given)

    monkeypatch.setattr(Compositor, "_render_chops", look)
    return kinds


@pytest.fixture
def hostile_root(tmp_path: Path) -> Path:
    """A workspace in which every text that a document can bring is hostile."""
    root = tmp_path / "travail"
    with new_session(root) as session:
        for number in range(3):
            store(
                session.truth,
                f"docs/{HOSTILE.replace('/', '_')}{number}.txt",
                f"Le dépôt de Cholet détient {number + 3}8 000 litres de gazole. {HOSTILE}\nEt plus rien. {HOSTILE}",
                collection=HOSTILE,
                context=HOSTILE,
                title=f"{HOSTILE} Stocks",
                marking=f"DIFFUSION RESTREINTE {HOSTILE}",
                date="2026-03-12",
            )
    return root


TOOL = Tool(
    "supply.days_of_supply", "supply", f"Autonomie {HOSTILE}", f"Aide {HOSTILE}",
    (
        Parameter("stock", ParameterKind.NUMBER, f"Stock {HOSTILE}", f"Aide {HOSTILE}", unit=f"L{HOSTILE}"),
        Parameter("per_day", ParameterKind.CHOICE, HOSTILE, HOSTILE, choices=(HOSTILE, "b")),
    ),
    bundled=False, plugin_sha256="00" * 32,
)  # fmt: skip


class HostileRunner(Runner):
    def run(self, call: object, cancel: object = None) -> Iterator[ToolRun]:
        figure = Figure(FigureKind.GANTT, HOSTILE, bars=(Bar(HOSTILE, 0, 2, lane=HOSTILE),), x_unit=HOSTILE)
        result = ToolResult((Value(HOSTILE, HOSTILE, HOSTILE, HOSTILE),), (), figure, (HOSTILE,), (HOSTILE,))
        yield ToolRun(1, "supply.days_of_supply", HOSTILE, (), result, "00" * 32, 0.1)


def hostile_tools(session: Session, approver: Approver) -> Tooling:
    return Tooling(Catalogue(TOOL), HostileRunner(), approver, Reader())


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_no_view_sends_anything_that_acts(
    hostile_root: Path,
    dirty: list[str],
    drawn: set[type[Widget]],
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    planning = Assistants(generator=Writer(), planner=PlanDays())
    monkeypatch.setattr(work, "assistants_of", lambda session, model: planning)

    async def journey(user: User) -> None:
        await user.pilot.pause(0.1)
        user.bench.prompt.put("gazole")
        await user.press("enter")
        await user.until(lambda: isinstance(user.app.screen, ApproveDialog))
        user.app.screen.query_one("#dialog").scroll_end(animate=False)
        await user.pilot.pause()
        await user.press("escape")
        await user.until(lambda: user.bench.question_cancel is None)
        assert user.bench.cited
        for tab in TABS:
            user.bench.open_tab(tab)
            await user.until(lambda tab=tab: user.bench.has_class("side"))  # type: ignore[misc]
            await user.pilot.pause(0.1)
        await user.press("f4")
        await user.until(lambda: user.app.focused is not None and user.app.focused.id == "documents")
        await user.press("q")
        await user.until(lambda: isinstance(user.app.screen, QuarantineDialog))
        await user.press("escape")
        await user.press("f6")
        await user.until(lambda: user.app.focused is not None and user.app.focused.id == "tool-list")
        await user.press("enter")
        await user.until(lambda: len(user.bench.tool_pane.query(Field)) == 2)
        await user.pilot.pause(0.1)
        [run] = HostileRunner().run(None)
        user.bench.tool_pane.show_run(run, "standard")
        await user.pilot.pause(0.1)
        user.bench.notice(HOSTILE, error=True)
        await user.sees("gpj.exe<U+2066>")
        await user.press("f1")
        await user.press("escape")
        user.bench.ask_text(HOSTILE, visible(HOSTILE), lambda _: None)
        await user.until(lambda: isinstance(user.app.screen, AskText))
        await user.press("escape")
        await user.press("ctrl+p")
        await user.pilot.pause(0.2)

    live(hostile_root, journey, tools=hostile_tools, size=size)
    assert dirty == []
    # A view that is new fails here until the journey above leads by it.
    assert {view.__name__ for view in views() - drawn} == WITHOUT_TEXT


def test_a_conversation_with_a_hostile_title_is_listed_and_exported(
    hostile_root: Path, dirty: list[str], tmp_path: Path
) -> None:
    with new_session(hostile_root) as session:
        turn = session.truth.conversations.begin(None, None, HOSTILE)
        session.truth.conversations.finish(turn.turn_id, "failed", message=HOSTILE)

    async def journey(user: User) -> None:
        await user.sees("gpj.exe<U+2066>")
        await user.press("f5")
        await user.pilot.pause(0.1)
        assert user.bench.conversations[0].title
        user.bench.prompt.put(f"/export {tmp_path}/{HOSTILE.replace('/', '')}.md")

    live(hostile_root, journey)
    # What the user typed is shown by Textual's own editor: the wall is for that.
    assert not [text for text in dirty if "export" not in text and text != HOSTILE]


def test_the_wall_stops_what_is_pasted_into_an_editor(root: Path) -> None:
    async def journey(user: User) -> None:
        user.bench.prompt.focus()
        user.bench.prompt.post_message(events.Paste(f"avant {HOSTILE} après"))
        await user.sees("avant")
        user.bench.query_one("#library-filter", Input).value = HOSTILE
        await user.press("f4")
        await user.pilot.pause(0.1)
        for strip in user.strips():
            for segment in strip:
                assert visible(segment.text) == segment.text
                assert segment.style is None or segment.style.link is None
        # What is behind the wall is what was pasted: nothing is lost on the way to the question.
        assert "\u202e" in user.bench.prompt.text

    live(root, journey)


def test_the_wall_keeps_cells_and_styles() -> None:
    bad = Segment("a\x1b[6n\u202eb", Style(bold=True, link="http://evil.example"))
    [good] = outside.Wall().apply([bad], Color(0, 0, 0))
    assert good.text == "a\ufffd[6n\ufffdb"
    assert good.style is not None
    assert good.style.bold
    assert good.style.link is None
    fine = Segment("été 🛰️", Style(bold=True))
    assert outside.Wall().apply([fine], Color(0, 0, 0)) == [fine]


# --- the one way ------------------------------------------------------------------------------------------------------

BANNED = {"Static", "Label", "Markdown", "MarkdownViewer", "Link", "Pretty", "Content", "Digits", "Option"}
# Widgets of Textual's own that read a bare string as markup: theirs comes from `outside`, or is a sentence of ours.
READ_MARKUP = {"Button", "Box", "Checkbox", "TabPane", "RadioButton", "Collapsible"}


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node


def name_of(node: ast.expr) -> str:
    return ast.unparse(node)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_text_comes_by_the_one_way(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert not BANNED & {alias.name for alias in node.names}, f"{path.name}:{node.lineno}"
        if isinstance(node, ast.keyword) and node.arg == "markup":
            assert isinstance(node.value, ast.Constant), f"{path.name}:{node.value.lineno}"
            assert node.value.value is False, f"{path.name}:{node.value.lineno}"
    for call in calls(tree):
        where, called = f"{path.name}:{call.lineno}", name_of(call.func)
        assert called.partition(".")[0] != "Text", where
        if called in READ_MARKUP and call.args:
            given = call.args[0]
            assert isinstance(given, ast.Call), where
            assert name_of(given.func).startswith("outside.") or (name_of(given.func) == "t" and not given.keywords), (
                where
            )


def test_a_bare_string_is_refused() -> None:
    for wrong in ("[bold]x", ""):
        with pytest.raises(TypeError):
            outside.Words(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            outside.option(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            outside.stacked([wrong])
    assert outside.line(HOSTILE).plain == visible(outside.line(HOSTILE).plain)
    assert isinstance(outside.block("a\nb"), Text)


def test_marks_on_a_page_stand_where_they_were_whatever_is_written_out() -> None:
    text = f"un {HOSTILE}\ndeux\ntrois \u202e quatre"
    start = text.index("deux")
    shown, begins = outside.page_with_marks(text, [(start, start + 4, "reverse"), (len(text) - 6, len(text), "bold")])
    assert [shown.plain[span.start : span.end] for span in shown.spans] == ["deux", "quatre"]
    assert begins == [shown.plain.index("deux"), shown.plain.index("quatre")]
