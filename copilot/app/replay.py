"""Writing an answer once more from the same passages, to see that it comes out the same.

What an answer depends on stands in its record: the passages by number, the results of its tools, what was said before,
the hashes of model, template, prompt and grammar, seed and sampling. Neither the search nor a tool is run again: the
truth may have grown since.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from copilot.app.assist import open_model
from copilot.app.engine import unanswered_parts
from copilot.app.recording import RecordedReplay
from copilot.app.session import Session
from copilot.errors import IndexMissingError, ModelError, UsageError
from copilot.generation.cited import CitedSettings, ModelGenerator
from copilot.i18n import t
from copilot.language.words import guess_language
from copilot.ports import Generator, ModelProgress
from copilot.presentation.as_json import answer_to_json
from copilot.presentation.wording import EXTRACTIVE
from copilot.records import (
    Answer,
    Argument,
    Coverage,
    DraftClaim,
    Exchange,
    Origin,
    OriginKind,
    Passage,
    Status,
    ToolResult,
    ToolRun,
)
from copilot.verification import VerifiedClaims, overall_status, verify

_COMPARED = ("template", "prompt", "grammar", "sampling", "runtime", "embedder", "generation")
# What a citation tells of the workspace as it stands, not of what was cited.
_OF_TODAY = ("also_in", "superseded_by")
_RESULTS = TypeAdapter(ToolResult)


@dataclass(frozen=True, slots=True)
class Replay:
    """The outcome: the claims of then and now as JSON, and which of the recorded conditions differ."""

    then: str
    now: str
    differing: tuple[str, ...]

    @property
    def same(self) -> bool:
        return self.then == self.now


def replay(session: Session, answer_id: str, tell: Callable[[ModelProgress], object] | None = None) -> Replay:
    """Write the answer again and compare, byte for byte, its claims with their badges and citations; recorded.

    `tell` hears how far the model is.

    Raises:
        UsageError: there is no such answer.
        IndexMissingError: a passage that it read is gone.
        ModelError: the model that wrote it is not here.
        StoreError: it could not be recorded.
    """
    record = session.truth.answer_record(answer_id)
    if record is None:
        raise UsageError(t("ask.no_answer", number=answer_id), t("ask.no_answer_next"))
    passages = _passages(session, record)
    runs = [_run(told) for told in record.get("tool_runs", [])]
    history = [Exchange(str(one["question"]), str(one["answer"])) for one in record.get("history", [])]
    question = str(record["question"])
    # Before the model is opened: a server is sent the question and the passages.
    with RecordedReplay(session, str(record["answer_id"]), question, passages) as recorded:
        writer = _writer(session, record)
        drafts: list[DraftClaim] = []
        for written in writer.write_claims(question, passages, guess_language(question), runs, history=history):
            if isinstance(written, DraftClaim):
                drafts.append(written)
            elif tell is not None:
                tell(written)
        verified = verify(drafts, passages, language=str(record["language"]), runs=runs)
        hashes = {**_conditions(session, record), **writer.provenance()}
        differing = tuple(name for name in _COMPARED if name in hashes and hashes[name] != record["hashes"].get(name))
        whole = not (drafts and unanswered_parts(session, writer, question, passages))
        outcome = Replay(_then(record), _now(verified, whole=whole), differing)
        recorded.compared(outcome.differing, same=outcome.same)
    return outcome


def _writer(session: Session, record: dict[str, Any]) -> Generator:
    """Return what wrote the answer, drawing as it did then, whatever the settings say now."""
    if record["generator"] == EXTRACTIVE:
        return session.extractive
    settings = session.settings
    # A site's server is chosen by the settings alone: it has no name in the list of models.
    name = None if settings.enclave.url and not settings.model.name else str(record["generator"])
    model = open_model(session, name)
    if model is None or model.model_hash != record["hashes"].get("model"):
        raise ModelError(t("ask.replay_model", name=record["generator"]), t("model.unknown_next"))
    try:
        return ModelGenerator(model, CitedSettings.of_record(str(record["hashes"].get("sampling"))))
    except ValueError:
        raise UsageError(t("ask.replay_settings", number=record["answer_id"])) from None


def _conditions(session: Session, record: dict[str, Any]) -> dict[str, str]:
    """Return what an answer without a model depends on besides its passages: words weigh by how rare they are."""
    if record["generator"] != EXTRACTIVE:
        return {}
    return {"embedder": session.embedder_id, "generation": str(session.truth.generation())}


def _passages(session: Session, record: dict[str, Any]) -> list[Passage]:
    wanted = [int(number) for number in record.get("passages_read", [-1])]
    found = {passage.chunk_id: passage for passage in session.truth.passages(wanted)}
    if any(number not in found for number in wanted):
        raise IndexMissingError(t("ask.replay_gone", number=record["answer_id"]), t("ask.replay_gone_next"))
    return [found[number] for number in wanted]


def _run(told: dict[str, Any]) -> ToolRun:
    """Return a tool's run as it was: what it ran with and what it found, which the claims are held against."""
    arguments = tuple(
        Argument(
            one["name"],
            tuple(one["value"]) if isinstance(one["value"], list) else one["value"],
            one["unit"],
            Origin(OriginKind(one["origin"]), one["quote"] or "", None, one["page"], one["note"] or ""),
        )
        for one in told["arguments"]
    )
    result = _RESULTS.validate_python(told["result"])
    return ToolRun(
        told["number"], told["tool"], told["title"], arguments, result, told["plugin_sha256"], told["seconds"]
    )


def _then(record: dict[str, Any]) -> str:
    return _text(record["status"], record["claims"], record["citations"])


def _now(verified: VerifiedClaims, *, whole: bool) -> str:
    """Return the claims as an answer's record holds them, through the same door."""
    empty = Coverage(0, 0, 0, 0, 0, 0, 0, 0)
    status = overall_status(verified.claims, whole=whole)
    record = answer_to_json(Answer("", "", status, verified.claims, verified.citations, empty, None, ""))
    # As it would be read again from the record.
    told = json.loads(json.dumps(record))
    return _text(Status(status).value, told["claims"], told["citations"])


def _text(status: str, claims: list[dict[str, Any]], citations: list[dict[str, Any]]) -> str:
    """Return what is compared: not what stood beside the answer, which other documents give cause for."""
    numbers = {number for claim in claims for number in claim["citations"]}
    cited = [
        {key: value for key, value in one.items() if key not in _OF_TODAY}
        for one in citations
        if one["number"] in numbers
    ]
    written = [{key: value for key, value in claim.items() if key != "cautions"} for claim in claims]
    told = {"status": status, "claims": written, "citations": cited}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1)
