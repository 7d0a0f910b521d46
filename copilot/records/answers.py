"""What a question ends in: drafted and checked claims, citations, the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from copilot.records.documents import Coverage, Passage
from copilot.records.models import Exchange
from copilot.records.plans import ToolRun


class Status(StrEnum):
    """The badge of a claim or an answer."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Citation:
    """One numbered source of an answer: a verbatim quote in a span of a page of a version of a document.

    ``start`` and ``end`` are offsets into the version's text, and the text there equals `quote`.
    """

    number: int
    document_id: int
    version_id: int
    chunk_id: int
    path: str
    title: str
    sha256: str
    page: int
    page_label: str | None
    start: int
    end: int
    quote: str
    context: str = ""
    cells: str | None = None
    date: str | None = None
    marking: str | None = None
    superseded_by: str | None = None
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """A claim as a generator writes it, before verification: text and, by source number, the quotes it rests on.

    `tools` are the numbers of the tool runs it rests on (``[T1]``).
    """

    text: str
    quotes: tuple[tuple[int, str], ...]
    tools: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim after verification; `citations` are numbers of the answer's citations, `reasons` say what was missing.

    `cautions` are the kinds of those of the answer's warnings that its sources give cause for.
    """

    text: str
    status: Status
    citations: tuple[int, ...]
    reasons: tuple[str, ...] = ()
    tools: tuple[int, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801
    """Something the reader should know about an answer.

    Kinds: ``unanswered``, ``disagreement``, ``single_source``, ``superseded``, ``instruction_like``, ``stale_index``,
    ``no_model``, ``not_kept``.
    `citations` are the numbers concerned; `detail` is a short datum (the differing values, what part of a question has
    no answer), not a sentence. Where `tools` are named, it is of a value that these runs took from a document.
    """

    kind: str
    citations: tuple[int, ...] = ()
    detail: str = ""
    tools: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a question's way. `generator` names what wrote it: ``extractive`` means that no model did.

    `citations` hold what the claims cite and, after that, what disagrees with it: the warnings say which.
    `passages_read` are the ids of the chunks that were read, in their order: with the hashes, what a replay needs.
    """

    question: str
    language: str
    status: Status
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    coverage: Coverage
    marking: str | None
    generator: str
    refusal: str | None = None
    warnings: tuple[Warning_, ...] = ()
    nearest: tuple[Passage, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    answer_id: str = ""
    runs: tuple[ToolRun, ...] = ()
    assumptions: tuple[str, ...] = ()
    passages_read: tuple[int, ...] = ()
    history: tuple[Exchange, ...] = ()
