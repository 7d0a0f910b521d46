"""From a planned call to evidence: its blanks are read, its origins shown, a person decides, a walled child runs it.

What a document says can fill a blank with a value and nothing else: which tools are called, and with which other
arguments, stands in the plan, made before any document was read.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from copilot.app.approval import Approver, Verdict
from copilot.app.events import (
    AskEvent,
    BlankRead,
    BlankSearched,
    ContextFilled,
    ModelReading,
    ModelWriting,
    Phase,
    ToolAdvanced,
    ToolApproved,
    ToolDenied,
    ToolFailed,
    ToolProposed,
    ToolRan,
)
from copilot.app.origins import Documents
from copilot.errors import ToolFailedError
from copilot.ports import BlankReader, Cancellation, ModelProgress, ToolCatalogue, ToolRunner
from copilot.records import (
    Argument,
    BlankReading,
    ContextUse,
    Origin,
    OriginKind,
    Plan,
    PlannedArgument,
    PlannedCall,
    PromptProgress,
    Tool,
    ToolCall,
    ToolRun,
)


@dataclass(frozen=True, slots=True)
class Tooling:
    """What it takes to run planned calls."""

    catalogue: ToolCatalogue
    runner: ToolRunner
    approver: Approver
    reader: BlankReader | None = None


def run_calls(
    plan: Plan,
    tooling: Tooling,
    documents: Documents | None,
    language: str,
    cancel: Cancellation | None = None,
) -> Iterator[AskEvent]:
    """Take each planned call through its blanks, the decision and its run; `ToolRan` events carry the evidence.

    Blanks are looked up in `documents`; without any, nothing fills them.
    """
    for number, planned in enumerate(plan.calls, start=1):
        tool = tooling.catalogue.find(planned.tool)
        call = yield from _fill(number, planned, tool, tooling.reader, documents, language, cancel)
        yield ToolProposed(call, tool)
        decision = tooling.approver.decide(call, tool)
        if decision.verdict is not Verdict.APPROVED:
            yield ToolDenied(decision.call, decision.verdict.value)
        elif decision.call.missing:
            yield ToolDenied(decision.call, "missing")
        else:
            yield ToolApproved(decision.call, tool, decision.by, _edited(call, decision.call))
            yield from _run(decision.call, tooling.runner, cancel)


def _edited(proposed: ToolCall, approved: ToolCall) -> tuple[str, ...]:
    """Return the names of the arguments whose value is another than was proposed."""
    before = {one.name: (one.value, one.unit) for one in proposed.arguments}
    after = {one.name: (one.value, one.unit) for one in approved.arguments}
    return tuple(name for name in {**after, **before} if before.get(name) != after.get(name))


def _fill(
    number: int,
    planned: PlannedCall,
    tool: Tool,
    reader: BlankReader | None,
    documents: Documents | None,
    language: str,
    cancel: Cancellation | None,
) -> Generator[AskEvent, None, ToolCall]:
    arguments: list[Argument] = []
    for given in planned.arguments:
        if given.blank is None:
            arguments.append(Argument(given.name, given.value, given.unit, Origin(OriginKind.QUESTION)))
            continue
        reading = yield from _read(number, given, tool, reader, documents, language, cancel)
        yield BlankRead(number, tool.name, given.name, reading)
        if reading is not None and documents is not None:
            origin = documents.origin_of(given.blank, _unit_of(tool, given.name), reading)
            arguments.append(Argument(given.name, reading.value, reading.unit, origin))
    return with_defaults(ToolCall(number, tool.name, tuple(arguments)), tool)


def with_defaults(call: ToolCall, tool: Tool) -> ToolCall:
    """Add the tool's own defaults, marked as such, and name what is required and still missing."""
    given = {argument.name for argument in call.arguments}
    missing: list[str] = []
    added: list[Argument] = []
    for parameter in tool.parameters:
        if parameter.name in given:
            continue
        if parameter.required:
            missing.append(parameter.name)
        elif parameter.default is not None:
            added.append(Argument(parameter.name, parameter.default, parameter.unit, Origin(OriginKind.DEFAULT)))
    return ToolCall(call.number, call.tool, (*call.arguments, *added), tuple(missing))


def _read(
    number: int,
    blank: PlannedArgument,
    tool: Tool,
    reader: BlankReader | None,
    documents: Documents | None,
    language: str,
    cancel: Cancellation | None,
) -> Generator[AskEvent, None, BlankReading | None]:
    if reader is None or documents is None or blank.blank is None:
        return None
    found: BlankReading | None = None
    passages = tuple(documents.passages(blank.blank))
    yield BlankSearched(number, tool.name, blank.name, passages)
    for event in reader.read_blank(blank, _unit_of(tool, blank.name), passages, language, cancel):
        if isinstance(event, BlankReading):
            found = event
        else:
            yield model_event(Phase.BLANKS, event)
    return found


def _unit_of(tool: Tool, name: str) -> str | None:
    parameter = tool.parameter(name)
    return None if parameter is None else parameter.unit


def _run(call: ToolCall, runner: ToolRunner, cancel: Cancellation | None) -> Iterator[AskEvent]:
    try:
        for event in runner.run(call, cancel):
            yield ToolRan(event) if isinstance(event, ToolRun) else ToolAdvanced(call.number, event)
    except ToolFailedError as error:
        yield ToolFailed(call, str(error), error.reason)


def model_event(phase: Phase, event: ModelProgress) -> AskEvent:
    """Return what a part with a model told on its way as an event of the question."""
    if isinstance(event, PromptProgress):
        return ModelReading(phase, event)
    if isinstance(event, ContextUse):
        return ContextFilled(phase, event)
    return ModelWriting(phase, event.text)
