"""A tool, its catalogue and runner, and writers and planners that do as they are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from copilot.app.approval import Approver, Checking
from copilot.app.session import Session
from copilot.app.tooling import Tooling
from copilot.errors import CancelledError, ToolFailedError, UsageError
from copilot.i18n import t
from copilot.ports import BlankReader, Cancellation
from copilot.records import (
    Bar,
    BlankReading,
    Column,
    DraftClaim,
    Exchange,
    Figure,
    FigureKind,
    Parameter,
    ParameterKind,
    Passage,
    Plan,
    PlannedArgument,
    PlannedCall,
    ResultTable,
    Tool,
    ToolCall,
    ToolResult,
    ToolRun,
    Value,
)
from copilot.tools.arguments import check_arguments

STOCK = Parameter("stock", ParameterKind.NUMBER, "Stock", "Ce qu'il y a maintenant.", unit="L", minimum=0)
RATE = Parameter("per_day", ParameterKind.NUMBER, "Consommation", "Par jour.", unit="L/day", minimum=0)
DAYS = Tool(
    "supply.days_of_supply", "supply", "Jours d'autonomie", "Dit combien de temps un stock dure.", (STOCK, RATE),
    bundled=True, plugin_sha256="00" * 32,
)  # fmt: skip


class Catalogue:
    def __init__(self, *tools: Tool) -> None:
        self._tools = tools

    def tools(self) -> Sequence[Tool]:
        return self._tools

    def find(self, name: str) -> Tool:
        for tool in self._tools:
            if tool.name == name:
                return tool
        raise UsageError(name)


class Runner:
    """Divides the first argument by the second; remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[ToolCall] = []

    def check(self, call: ToolCall) -> object:
        return check_arguments(call, DAYS, ())

    def run(self, call: ToolCall, cancel: Cancellation | None = None) -> Iterator[ToolRun]:
        self.calls.append(call)
        given = {argument.name: argument.value for argument in call.arguments}
        stock, rate = given["stock"], given["per_day"]
        assert isinstance(stock, int | float)
        assert isinstance(rate, int | float)
        if not rate:
            raise ToolFailedError("per_day must be above 0.")
        days = stock / rate
        left = ResultTable("left", (Column("day"), Column("left", "L")), ((1, stock - rate), (2, stock - 2 * rate)))
        result = ToolResult(
            values=(Value("days", days, "day", "Autonomie"),),
            tables=(left,),
            figure=Figure(FigureKind.GANTT, "Durée", bars=(Bar("stock", 0, days, critical=True),), x_unit="day"),
            assumptions=("La consommation est constante.",),
        )
        yield ToolRun(call.number, call.tool, DAYS.title, call.arguments, result, "00" * 32, 0.01)


class Reader:
    """Reads 42 000 from the first passage whatever is asked, or nothing where there is none."""

    def __init__(self, unit: str | None = None) -> None:
        """`unit` is the one that is read, whatever the tool's is."""
        self._unit = unit

    def read_blank(
        self,
        blank: PlannedArgument,
        unit: str | None,
        passages: Sequence[Passage],
        language: str,
        cancel: Cancellation | None = None,
    ) -> Iterator[BlankReading]:
        for passage in passages[:1]:
            yield BlankReading(42_000, self._unit or unit, passage, passage.text[:20], passage.page_first)


class PlanDays:
    """Plans one call: the stock from the documents, the rate from the question."""

    def plan(
        self,
        question: str,
        tools: Sequence[Tool],
        language: str,
        cancel: Cancellation | None = None,
        earlier: Sequence[str] = (),
    ) -> Iterator[Plan]:
        assert [tool.name for tool in tools] == [DAYS.name]
        stock = PlannedArgument("stock", unit="L", blank="stock de gazole")
        yield Plan((question,), (PlannedCall(DAYS.name, (stock, PlannedArgument("per_day", 3_800, "L/day"))),))


class Writer:
    """Writes the first sentence of each passage; with `stuck` it writes one claim and waits to be cancelled."""

    name = "double"
    model_hash = "double"

    def __init__(self, *, stuck: bool = False) -> None:
        self._stuck = stuck

    def provenance(self) -> Mapping[str, str]:
        return {}

    def write_claims(
        self,
        question: str,
        passages: Sequence[Passage],
        language: str,
        runs: Sequence[ToolRun] = (),
        cancel: Cancellation | None = None,
        history: Sequence[Exchange] = (),
    ) -> Iterator[DraftClaim]:
        for number, passage in enumerate(passages, start=1):
            quote = passage.text.split("\n")[0]
            yield DraftClaim(quote, ((number, quote),), tuple(run.number for run in runs))
            if self._stuck:
                assert cancel is not None
                assert cancel.wait(60)
                raise CancelledError(t("ask.cancelled"))


def tooling(runner: Runner, approver: Approver, reader: BlankReader) -> Tooling:
    return Tooling(Catalogue(DAYS), runner, approver, reader)


class OpenTooling:
    """Opens the tooling of a session with this runner, as the program does."""

    def __init__(self, runner: Runner, reader: BlankReader | None = None) -> None:
        self.runner = runner
        self._reader = reader or Reader()

    def __call__(self, session: Session, approver: Approver) -> Tooling:
        return tooling(self.runner, Checking(approver, self.runner.check), self._reader)
