"""What a question sets in motion: searches, and tool calls whose every argument says where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from copilot.records.documents import Passage
from copilot.records.results import Scalar, ToolResult

ArgumentValue = Scalar | tuple[Scalar, ...]


class OriginKind(StrEnum):
    """Where the value of an argument comes from."""

    QUESTION = "question"
    DOCUMENT = "document"
    USER = "user"
    DEFAULT = "default"
    ASSUMPTION = "assumption"


@dataclass(frozen=True, slots=True)
class Rival:
    """A sentence of another document, ``passage.text[start:end]``, that gives another figure than a citation does.

    `figures` are the citation's and its own, as written. `citation` is 0 where it speaks against a tool's argument.
    """

    citation: int
    passage: Passage
    start: int
    end: int
    figures: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from. From a document: the verbatim `quote`, the passage it stands in and its page.

    `rivals` are what other documents say against the value, `also_in` the paths of those that give the same one.
    """

    kind: OriginKind
    quote: str = ""
    passage: Passage | None = None
    page: int | None = None
    note: str = ""
    rivals: tuple[Rival, ...] = ()
    also_in: tuple[str, ...] = ()

    @property
    def passages(self) -> tuple[Passage, ...]:
        """All that is shown of documents with the value."""
        return (*(() if self.passage is None else (self.passage,)), *(rival.passage for rival in self.rivals))


@dataclass(frozen=True, slots=True)
class PlannedArgument:
    """An argument as planned: a literal of the question (`value`, `unit`), or a `blank`: in words, what to look up."""

    name: str
    value: ArgumentValue = None
    unit: str | None = None
    blank: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A tool call as planned, before any document was read."""

    tool: str
    arguments: tuple[PlannedArgument, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The searches and calls for a question; nothing that is read later adds a call."""

    queries: tuple[str, ...]
    calls: tuple[PlannedCall, ...] = ()


@dataclass(frozen=True, slots=True)
class BlankReading:
    """What a reader found for a blank: the value and unit, with a quote that stands verbatim in the passage."""

    value: ArgumentValue
    unit: str | None
    passage: Passage
    quote: str
    page: int


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument that is ready to run, in the unit it was given in."""

    name: str
    value: ArgumentValue
    unit: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call to be approved.

    `missing` names required parameters that nothing filled; `problem` says which value could not be taken when it was
    approved before.
    """

    number: int
    tool: str
    arguments: tuple[Argument, ...]
    missing: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ToolProgress:
    """How far a running tool is: a `share` of 1, and a note of its own (outside text)."""

    share: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A call that ran; evidence ``[T<number>]``. `arguments` are what it ran with, in the tool's units."""

    number: int
    tool: str
    title: str
    arguments: tuple[Argument, ...]
    result: ToolResult
    plugin_sha256: str
    seconds: float
