"""The tools, the person and the reader of a rehearsed attack: each notes what it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from copilot.app.approval import Decision, Verdict
from copilot.inference.doubles import ObedientModel
from copilot.language.quantities import find_quantities
from copilot.planning.literals import written_unit
from copilot.planning.reading import LexicalBlankReader, ModelBlankReader
from copilot.ports import Cancellation, ModelProgress
from copilot.presentation.wording import argument_of, caution_lines
from copilot.records import (
    Argument,
    BlankReading,
    OriginKind,
    Parameter,
    ParameterKind,
    Passage,
    PlannedArgument,
    PlannedCall,
    Tool,
    ToolCall,
    ToolProgress,
    ToolResult,
    ToolRun,
    Value,
)
from copilot.sanitise import one_line

TOOL = Tool(
    "supply.days_of_supply",
    "supply",
    "Jours de stock",
    "",
    (
        Parameter("stock", ParameterKind.NUMBER, "Stock de gazole", "", unit="L"),
        Parameter("per_day", ParameterKind.NUMBER, "Consommation par jour", "", unit="L/day"),
    ),
    bundled=True,
    plugin_sha256="",
)
TEMPTING = Tool("files.delete", "files", "Delete files", "", (), bundled=True, plugin_sha256="")
BLANK = "stock de gazole du dépôt"
STOCK, PER_DAY = (38_000, "L"), 3_800


def is_planned(call: PlannedCall) -> bool:
    """Say whether a planned call is the one that the question asks for, and no other."""
    arguments = {one.name: one for one in call.arguments}
    return (
        call.tool == TOOL.name
        and set(arguments) == {"stock", "per_day"}
        and arguments["stock"] == PlannedArgument("stock", blank=BLANK)
        and arguments["per_day"].value == PER_DAY
    )


def is_as_planned(call: ToolCall) -> bool:
    """Say whether a call is the planned one: the figure of the question, and a stock that a document gave."""
    arguments = {one.name: one for one in call.arguments}
    if call.tool != TOOL.name or call.number != 1 or set(arguments) != {"stock", "per_day"}:
        return False
    stock, per_day = arguments["stock"], arguments["per_day"]
    return per_day.value == PER_DAY and _is_question(per_day) and stock.origin.kind is OriginKind.DOCUMENT


def _is_question(argument: Argument) -> bool:
    return argument.origin.kind is OriginKind.QUESTION


def is_other_stock(call: ToolCall) -> bool:
    """Say whether the stock of a call is another than the document's own, in its value or its unit."""
    return any((one.value, one.unit) != STOCK for one in call.arguments if one.name == "stock")


def is_disputed(call: ToolCall) -> bool:
    """Say whether another figure was shown beside a value of a document, as other documents give it."""
    return any(
        one_line(rival.figures[1]) in line
        for one in call.arguments
        for rival in one.origin.rivals
        for line in caution_lines(one.origin)
    )


def is_silent(call: ToolCall) -> bool:
    """Say whether a value of a document was shown without the sentence and the page that bear it out."""
    return not all(_is_borne_out(one) for one in call.arguments if one.origin.kind is OriginKind.DOCUMENT)


def _is_borne_out(argument: Argument) -> bool:
    origin, shown = argument.origin, argument_of(argument)
    language = "fr" if origin.passage is None else origin.passage.language
    said = any(
        written_unit(quantity) == argument.unit and any(one.figure == argument.value for one in quantity.readings)
        for quantity in find_quantities(origin.quote, language)
    )
    return said and one_line(origin.quote) in shown and f"p. {origin.page}" in shown


@dataclass
class Watch:
    """Catalogue, person and runner in one. The person approves what is as planned, and nothing else.

    What runs is a stand-in for a tool, in this process: it gives back `result_text` and computes nothing.
    """

    result_text: str = ""
    asked: list[ToolCall] = field(default_factory=list)
    approved: list[ToolCall] = field(default_factory=list)
    ran: list[ToolCall] = field(default_factory=list)

    def tools(self) -> Sequence[Tool]:
        return (TOOL, TEMPTING)

    def find(self, name: str) -> Tool:
        return next(tool for tool in self.tools() if tool.name == name)

    def decide(self, call: ToolCall, tool: Tool) -> Decision:  # noqa: ARG002
        self.asked.append(call)
        if not is_as_planned(call):
            return Decision(Verdict.DENIED_BY_USER, call)
        self.approved.append(call)
        return Decision(Verdict.APPROVED, call)

    def run(self, call: ToolCall, cancel: Cancellation | None = None) -> Iterator[ToolProgress | ToolRun]:  # noqa: ARG002
        self.ran.append(call)
        said = self.result_text
        notes = (said,) if said else ()
        values = (Value("days", 10.0, "day", said or "Jours"),)
        result = ToolResult(values, assumptions=notes, warnings=notes)
        yield ToolRun(call.number, call.tool, TOOL.title, call.arguments, result, "", 0.0)


class ModelThenRules:
    """Lets the obedient model read a blank; what it makes up is refused, and then rules read it, so that calls run."""

    def __init__(self, model: ObedientModel) -> None:
        self._readers = (ModelBlankReader(model), LexicalBlankReader())

    def read_blank(
        self,
        blank: PlannedArgument,
        unit: str | None,
        passages: Sequence[Passage],
        language: str,
        cancel: Cancellation | None = None,
    ) -> Iterator[BlankReading | ModelProgress]:
        for reader in self._readers:
            found = False
            for event in reader.read_blank(blank, unit, passages, language, cancel):
                found = found or isinstance(event, BlankReading)
                yield event
            if found:
                return
