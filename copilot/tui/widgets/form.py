"""A form made from the parameters of a tool: a field each, with its unit and bounds, and where its value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Checkbox, Input

from copilot.i18n import t
from copilot.records import Parameter, PlannedArgument, Tool
from copilot.tui import outside
from copilot.tui.fields import FieldError, blank_of, hint_of, read_field
from copilot.tui.widgets.box import Box


class Field(Vertical):
    """One parameter: its label, what it takes, the value, and a box to have it read from the documents."""

    def __init__(self, parameter: Parameter, value: str, origin: str, caution: str, *, may_look_up: bool) -> None:
        super().__init__(classes="field")
        self.parameter = parameter
        self._value = value
        self._origin = origin
        self._caution = caution
        self._may_look_up = may_look_up

    def compose(self) -> ComposeResult:
        words = outside.line(self.parameter.label or self.parameter.name, "bold")
        words.append_text(outside.block(f"  {hint_of(self.parameter)}", "dim"))
        yield outside.Words(words)
        if self.parameter.help:
            yield outside.Words(outside.line(self.parameter.help, "dim"))
        yield Input(self._value, classes="value")
        if self._origin:
            yield outside.Words(outside.line(self._origin, "italic"))
        if self._caution:
            yield outside.Words(outside.line(self._caution, "bold yellow"), classes="caution")
        if self._may_look_up:
            yield Box(outside.line(t("tui.from_documents")), classes="from-documents", compact=True)
        yield outside.Words(classes="wrong")

    @property
    def is_blank(self) -> bool:
        return any(box.value for box in self.query(Checkbox))

    def read(self) -> PlannedArgument | None:
        """Return the argument; the field says itself what is wrong before FieldError leaves it."""
        text = self.query_one(Input).value
        if self.is_blank:
            return blank_of(self.parameter, text)
        try:
            found = read_field(self.parameter, text)
        except FieldError as error:
            self.complain(str(error))
            raise
        self.complain("")
        return found

    def complain(self, text: str) -> None:
        self.query_one(".wrong", outside.Words).show(outside.line(text, "bold red"))

    @on(Checkbox.Changed)
    def _asks_documents(self, event: Checkbox.Changed) -> None:
        """A blank's field holds what to look for instead of a value."""
        event.stop()
        self.query_one(Input).placeholder = t("tui.look_for") if event.value else ""
        self.complain("")


class ToolForm(Vertical):
    """The fields of one tool; Enter in any of them submits."""

    @dataclass
    class Submitted(Message):
        """The user wants the tool run with these."""

        tool: Tool
        arguments: tuple[PlannedArgument, ...]

    def __init__(
        self,
        tool: Tool,
        values: Mapping[str, str] | None = None,
        origins: Mapping[str, str] | None = None,
        cautions: Mapping[str, str] | None = None,
        *,
        may_look_up: bool = True,
    ) -> None:
        super().__init__(classes="form")
        self.tool = tool
        self._values = values or {}
        self._origins = origins or {}
        self._cautions = cautions or {}
        self._may_look_up = may_look_up

    def compose(self) -> ComposeResult:
        for parameter in self.tool.parameters:
            told = (known.get(parameter.name, "") for known in (self._values, self._origins, self._cautions))
            yield Field(parameter, *told, may_look_up=self._may_look_up)

    def focus_first(self) -> None:
        for field in self.query(Input):
            field.focus()
            return

    def read(self) -> tuple[PlannedArgument, ...] | None:
        """Return the arguments; None where a field is wrong, which then says so and has the focus."""
        found: list[PlannedArgument] = []
        wrong: Field | None = None
        for field in self.query(Field):
            try:
                argument = field.read()
            except FieldError:
                wrong = wrong or field
                continue
            if argument is not None:
                found.append(argument)
        if wrong is not None:
            wrong.query_one(Input).focus()
            return None
        return tuple(found)

    def submit(self) -> None:
        arguments = self.read()
        if arguments is not None:
            self.post_message(self.Submitted(self.tool, arguments))

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        event.stop()
        self.submit()
