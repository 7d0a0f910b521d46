"""The tools: a list, the form of the one that is chosen, and what its last run found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Button, OptionList

from copilot.i18n import t
from copilot.presentation.results import run_view
from copilot.records import Tool, ToolRun
from copilot.tui import outside
from copilot.tui.widgets.form import ToolForm

_MARGIN = 4
_NARROWEST = 30


class Tools(Vertical):
    """Enter opens a tool's form; Escape goes back to the list."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._tools: dict[str, Tool] = {}
        self._run: ToolRun | None = None
        self._look = "standard"

    def compose(self) -> ComposeResult:
        yield outside.Words(outside.line(t("tui.tools.none"), "dim"), id="tools-state")
        yield OptionList(id="tool-list")
        yield VerticalScroll(id="tool-form")
        with VerticalScroll(id="tool-result"):
            yield outside.Words(id="tool-run")

    def on_mount(self) -> None:
        self._show_parts(form=False, result=False)

    def on_resize(self) -> None:
        if self._run is not None:
            self.show_run(self._run, self._look)

    def focus_list(self) -> None:
        forms = self.query(ToolForm)
        if forms and self.query_one("#tool-form").display:
            forms.first().focus_first()
        elif self.query_one("#tool-result").display:
            self.query_one("#tool-result").focus()
        else:
            self.query_one("#tool-list").focus()

    def show(self, tools: Sequence[Tool]) -> None:
        """List these tools, those of one plugin together."""
        self._tools = {tool.name: tool for tool in sorted(tools, key=lambda tool: (tool.plugin, tool.title))}
        listed = self.query_one("#tool-list", OptionList)
        listed.clear_options()
        for tool in self._tools.values():
            words = outside.line(tool.title or tool.name, "bold")
            words.append_text(outside.block(f"\n{tool.name}", "dim"))
            listed.add_option(outside.option(words, tool.name))
        if tools:
            listed.highlighted = 0
        self.tell(t("tui.tools.count", count=len(tools)) if tools else t("tui.tools.none"))

    def tell(self, text: str) -> None:
        self.query_one("#tools-state", outside.Words).show(outside.line(text))

    def show_run(self, run: ToolRun, look: str) -> None:
        """Show what a tool found: of a form's run, or of an answer's ``[T1]``."""
        self._run, self._look = run, look
        width = max(_NARROWEST, self.size.width - _MARGIN)
        self.query_one("#tool-run", outside.Words).show(outside.stacked([run_view(run, look, width)]))
        self._show_parts(form=False, result=True)
        self.query_one("#tool-result").focus()

    async def open(self, name: str) -> None:
        """Show the form of a tool."""
        tool = self._tools[name]
        place = self.query_one("#tool-form", VerticalScroll)
        await place.remove_children()
        head = outside.line(tool.title or tool.name, "bold")
        head.append_text(outside.block(f"\n{tool.help}"))
        form = ToolForm(tool)
        await place.mount(outside.Words(head), form, Button(outside.line(t("tui.tools.run")), id="run-tool"))
        self._show_parts(form=True, result=False)
        form.focus_first()
        if not tool.parameters:
            self.query_one("#run-tool").focus()

    def _show_parts(self, *, form: bool, result: bool) -> None:
        self.query_one("#tool-list").display = not form and not result
        self.query_one("#tool-form").display = form
        self.query_one("#tool-result").display = result

    @on(OptionList.OptionSelected)
    async def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            await self.open(event.option_id)

    @on(Button.Pressed, "#run-tool")
    def _run_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.query_one(ToolForm).submit()

    def action_back(self) -> None:
        """Go from a result to its form, from a form to the list; from the list Escape is the screen's."""
        if self.query_one("#tool-result").display and self.query(ToolForm):
            self._show_parts(form=True, result=False)
            self.query_one(ToolForm).focus_first()
            return
        self._show_parts(form=False, result=False)
        self.query_one("#tool-list").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        return action != "back" or not self.query_one("#tool-list").display
