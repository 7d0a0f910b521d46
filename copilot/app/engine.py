"""The way of a question, read aloud: plan, retrieve, fill blanks and run tools, write, verify, answer."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Generator as EventGenerator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from copilot.app.events import AskEvent, Drafted, Phase, Planned, Retrieved, ToolRan, Verified
from copilot.app.origins import Documents
from copilot.app.recording import record_search, records_questions
from copilot.app.session import Session
from copilot.app.tooling import Tooling, model_event, run_calls
from copilot.errors import CancelledError, IndexMissingError
from copilot.generation.parts import parts_of
from copilot.i18n import t
from copilot.language.marking import marking_rank
from copilot.language.words import guess_language
from copilot.ports import Cancellation, Generator, Planner
from copilot.presentation.as_json import answer_to_json
from copilot.records import (
    Answer,
    Citation,
    Coverage,
    DraftClaim,
    Exchange,
    Passage,
    Plan,
    Rival,
    SearchFilter,
    Status,
    ToolRun,
    Warning_,
)
from copilot.retrieval.retriever import EVERYTHING, SearchResult
from copilot.retrieval.several import join_results
from copilot.verification import cite_origins, cite_rivals, overall_status, verify, warnings, with_cautions

_NEAREST = 3
_MISSING_SHOWN = 4
# Of several questions each has so many passages at least, however few the settings ask for.
_FEWEST_OF_A_PART = 3


def search(
    session: Session, query: str, *, limit: int, chosen: SearchFilter = EVERYTHING
) -> tuple[SearchResult, Coverage]:
    """Return the ranked passages for `query` with what was searched for them.

    Raises:
        IndexMissingError: the workspace holds no document.
    """
    counts = require_documents(session)
    session.freshen()
    result = session.retriever.search(query, limit=limit, chosen=chosen)
    record_search(session, query, result.passages)
    return result, _coverage(session, counts, result, result.passages, chosen)


def require_documents(session: Session) -> dict[str, int]:
    """Return the counts of the workspace; IndexMissingError when there is nothing to ask about."""
    counts = session.truth.counts()
    if not counts["documents"]:
        if held := counts["quarantined"]:
            message = t("ask.all_in_quarantine", root=session.workspace.root, count=held)
            raise IndexMissingError(message, t("ask.all_in_quarantine_next"))
        raise IndexMissingError(t("ask.no_documents", root=session.workspace.root), t("ask.no_documents_next"))
    return counts


@dataclass(frozen=True, slots=True)
class Assistants:
    """The parts that may help with a question; without a generator the answer is extractive, without a planner or
    tooling no tool is called."""

    generator: Generator | None = None
    planner: Planner | None = None
    tooling: Tooling | None = None


@records_questions
def ask(
    session: Session,
    question: str,
    *,
    language: str,
    chosen: SearchFilter = EVERYTHING,
    assistants: Assistants = Assistants(),
    passages: int | None = None,
    cancel: Cancellation | None = None,
    history: Sequence[Exchange] = (),
) -> EventGenerator[AskEvent, None, None]:
    """Answer `question` in `language` from the documents that `chosen` leaves; the last event holds the answer.

    The answer is kept in the truth; one of a workspace on a read-only disk says that it is not.

    Raises:
        IndexMissingError: the workspace holds no document.
        CancelledError: `cancel` was asked for.
        ModelError: the model failed; the next question can be asked.
    """
    counts = require_documents(session)
    clock = _Stopwatch()
    asked_in = guess_language(question)
    parts = parts_of(question, asked_in)
    limit = max(passages or session.settings.answer.passages, _FEWEST_OF_A_PART * len(parts) if len(parts) > 1 else 1)
    plan = yield from _plan(question, parts, asked_in, assistants, history, cancel)
    clock.lap("plan")

    stale = not session.freshen()
    _stop_if_asked(cancel)
    searches = []
    for query in plan.queries:
        searches.append(session.retriever.search(query, limit=limit, chosen=chosen))
        _stop_if_asked(cancel)
    found = join_results(searches[: len(parts)], searches[len(parts) :], limit)
    coverage = _coverage(session, counts, found, found.passages, chosen)
    clock.lap("retrieval")
    yield Retrieved(tuple(found.passages), coverage)

    runs: list[ToolRun] = []
    if plan.calls and assistants.tooling is not None:
        documents = Documents(session, limit, chosen, asked_in, question)
        for happened in run_calls(plan, assistants.tooling, documents, asked_in, cancel):
            if isinstance(happened, ToolRan):
                runs.append(happened.run)
            yield happened
        clock.lap("tools")

    writer = assistants.generator or session.extractive
    drafts: list[DraftClaim] = []
    for written in writer.write_claims(question, found.passages, asked_in, runs, cancel, history):
        _stop_if_asked(cancel)
        if isinstance(written, DraftClaim):
            drafts.append(written)
            yield Drafted(written)
        else:
            yield model_event(Phase.ANSWER, written)
    _stop_if_asked(cancel)
    clock.lap("generation")

    verified = verify(drafts, found.passages, language=language, runs=runs)
    unanswered = unanswered_parts(session, writer, question, found.passages) if drafts else ()
    status = overall_status(verified.claims, whole=not unanswered)
    refusal = None
    if status is Status.REFUSED:
        refusal = _refusal(session, assistants, question, found.passages, asked_in)
    cautions = [*warnings(verified.claims, verified.citations, found.passages, language=language, runs=runs)]
    if stale:
        cautions.append(Warning_("stale_index"))
    if session.truth.is_read_only:
        cautions.append(Warning_("not_kept"))
    clock.lap("verification")
    rivals = _rivals(session, question, verified.citations, [*found.passages, *found.further])
    citations, disagreements = cite_rivals(verified.citations, rivals, cautions)
    citations, against_values = cite_origins(citations, verified.claims, runs)
    disagreements += against_values
    cautions = [*(Warning_("unanswered", (), part) for part in unanswered), *disagreements, *cautions]
    clock.lap("rivals")

    answer = Answer(
        question=question,
        language=language,
        status=status,
        claims=with_cautions(verified.claims, cautions, verified.citations),
        citations=citations,
        coverage=coverage,
        marking=highest_marking([*citations, *_sources_of(runs)]),
        generator=writer.name,
        refusal=refusal,
        warnings=tuple(cautions),
        nearest=tuple(found.passages[:_NEAREST]) if status is Status.REFUSED else (),
        timings_ms={**{f"search_{name}": value for name, value in found.timings_ms.items()}, **clock.laps},
        hashes={**_hashes(session, question, writer.model_hash, found.passages), **writer.provenance()},
        answer_id=uuid.uuid4().hex,
        runs=tuple(runs),
        assumptions=tuple(dict.fromkeys(line for run in runs for line in run.result.assumptions)),
        passages_read=tuple(passage.chunk_id for passage in found.passages),
        history=tuple(history),
    )
    if not session.truth.is_read_only:
        read = [*found.passages, *_sources_of(runs)]
        session.truth.store_answer(
            answer.answer_id, question, answer.status, answer_to_json(answer), _documents_of(answer, read)
        )
    yield Verified(answer)


def _plan(
    question: str,
    parts: Sequence[str],
    asked_in: str,
    assistants: Assistants,
    history: Sequence[Exchange],
    cancel: Cancellation | None,
) -> EventGenerator[AskEvent, None, Plan]:
    """Plan from what the user said and the catalogue alone; the question itself, or its parts, are searched first.

    No document has been opened yet, and earlier answers, which were made from documents, stay out of it.
    """
    plan = Plan(tuple(parts))
    if assistants.planner is not None:
        tools = () if assistants.tooling is None else assistants.tooling.catalogue.tools()
        earlier = [exchange.question for exchange in history]
        for planned in assistants.planner.plan(question, tools, asked_in, cancel, earlier):
            if isinstance(planned, Plan):
                plan = planned
            else:
                yield model_event(Phase.PLAN, planned)
    plan = replace(plan, queries=tuple(dict.fromkeys([*parts, *(one for one in plan.queries if one != question)])))
    yield Planned(plan.queries, asked_in, plan.calls)
    return plan


def _rivals(session: Session, question: str, cited: Sequence[Citation], passages: Sequence[Passage]) -> list[Rival]:
    """Return what disagrees with the citations, in passages beyond those that were read, too."""
    if not cited:
        return []
    once = {passage.chunk_id: passage for passage in passages}
    return session.extractive.rivals(question, cited, [*once.values()], guess_language(question))


def unanswered_parts(
    session: Session, writer: Generator, question: str, passages: Sequence[Passage]
) -> tuple[str, ...]:
    """Return which of the questions that are asked at once the documents' sentences leave open.

    A model answers all of them in one text, of which that cannot be told.
    """
    if writer is not session.extractive:
        return ()
    verdicts = session.extractive.explain(question, passages, guess_language(question))
    return tuple(part for part, verdict in verdicts.items() if not verdict.answered)


def _sources_of(runs: Sequence[ToolRun]) -> list[Passage]:
    """Return the passages shown with tool arguments: their marking is the result's too."""
    return [passage for run in runs for argument in run.arguments for passage in argument.origin.passages]


def _documents_of(answer: Answer, read: Sequence[Passage]) -> dict[int, bool]:
    """Return the documents that were read for an answer, and whether it, or a tool run in it, rests on each."""
    used = {citation.document_id for citation in answer.citations}
    used |= {passage.document_id for passage in _sources_of(answer.runs)}
    return {document_id: document_id in used for document_id in {passage.document_id for passage in read} | used}


def _stop_if_asked(cancel: Cancellation | None) -> None:
    if cancel is not None and cancel.is_asked:
        raise CancelledError(t("ask.cancelled"))


def highest_marking(sources: Sequence[Citation | Passage]) -> str | None:
    """Return the highest handling marking among what is shown, as its document writes it."""
    markings = [source.marking for source in sources if source.marking]
    return max(markings, key=marking_rank, default=None)


def _coverage(
    session: Session, counts: Mapping[str, int], found: SearchResult, read: list[Passage], chosen: SearchFilter
) -> Coverage:
    limited = found.searched is not None
    return Coverage(
        documents=counts["documents"],
        documents_searched=len(session.truth.document_ids_matching(chosen)) if limited else counts["documents"],
        documents_read=len({passage.document_id for passage in read}),
        passages=counts["passages"],
        passages_searched=found.searched if found.searched is not None else counts["passages"],
        passages_read=len(read),
        failed=counts["failed"],
        unread_pages=counts["unread_pages"],
        not_embedded=session.not_embedded(),
        search_mode=found.mode,
    )


def _refusal(session: Session, assistants: Assistants, question: str, passages: list[Passage], language: str) -> str:
    """Say why there is no answer: which words of the question no passage holds, where that is the reason."""
    if assistants.generator is not None:
        return t("ask.refused_by_model")
    reasons = []
    verdicts = session.extractive.explain(question, passages, language)
    for part, verdict in verdicts.items():
        words = ", ".join(t("verification.refused.word", word=word) for word in verdict.missing[:_MISSING_SHOWN])
        reason = t(f"verification.refused.{verdict.reason}", words=words)
        reasons.append(t("verification.refused.part", part=part, reason=reason) if len(verdicts) > 1 else reason)
    return " ".join(reasons)


def _hashes(session: Session, question: str, model_hash: str, passages: list[Passage]) -> dict[str, str]:
    read = hashlib.sha256()
    for passage in passages:
        read.update(f"{passage.sha256}:{passage.start}:{passage.end}\n".encode())
    return {
        "question": hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest(),
        "passages": read.hexdigest(),
        "model": model_hash,
        "embedder": session.embedder_id,
        "generation": str(session.truth.generation()),
    }


@dataclass
class _Stopwatch:
    """Milliseconds of each step, and of all of them under ``total``."""

    def __post_init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 1)
        self.laps["total"] = round((now - self._start) * 1000, 1)
        self._last = now
