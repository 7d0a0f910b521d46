"""Writing an answer once more from the same passages, to see that it comes out the same.

What an answer depends on stands in its record: the passages by number, the hashes of model, template, prompt and
grammar, seed and sampling. The search is not repeated: the truth may have grown since.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from copilot.app.assist import assistants_of, open_model
from copilot.app.session import Session
from copilot.errors import IndexMissingError, ModelError, UsageError
from copilot.i18n import t
from copilot.language.words import guess_language
from copilot.presentation.as_json import answer_to_json
from copilot.presentation.wording import EXTRACTIVE
from copilot.records import DraftClaim, Exchange, Passage
from copilot.verification import overall_status, verify

_COMPARED = ("template", "prompt", "grammar", "sampling")


@dataclass(frozen=True, slots=True)
class Replay:
    """The outcome: the claims of then and now as JSON, and which of the recorded conditions differ."""

    then: str
    now: str
    differing: tuple[str, ...]

    @property
    def same(self) -> bool:
        return self.then == self.now


def replay(session: Session, answer_id: str) -> Replay:
    """Write the answer again and compare, byte for byte, its claims with their badges and citations.

    Raises:
        UsageError: there is no such answer, or its tools would have to run again.
        IndexMissingError: a passage that it read is gone.
        ModelError: the model that wrote it is not here.
    """
    record = session.truth.answer_record(answer_id)
    if record is None:
        raise UsageError(t("ask.no_answer", number=answer_id), t("ask.no_answer_next"))
    if record.get("tool_runs"):
        raise UsageError(t("ask.replay_tools", number=answer_id))
    passages = _passages(session, record)
    question, language = str(record["question"]), str(record["language"])
    asked_in = guess_language(question)
    if record["generator"] == EXTRACTIVE:
        writer: Any = session.extractive
    else:
        model = open_model(session, str(record["generator"]))
        if model is None or model.model_hash != record["hashes"].get("model"):
            raise ModelError(t("ask.replay_model", name=record["generator"]), t("model.unknown_next"))
        writer = assistants_of(session, model).generator
    history = [Exchange(str(one["question"]), str(one["answer"])) for one in record.get("history", [])]
    written = writer.write_claims(question, passages, asked_in, history=history)
    drafts = [one for one in written if isinstance(one, DraftClaim)]
    verified = verify(drafts, passages, language=language)
    told = answer_to_json_part(verified.claims, verified.citations)
    then = {"status": record["status"], "claims": record["claims"], "citations": record["citations"]}
    now = {"status": overall_status(verified.claims).value, **told}
    provenance = writer.provenance()
    differing = tuple(
        name for name in _COMPARED if name in provenance and provenance[name] != record["hashes"].get(name)
    )
    return Replay(_text(then), _text(now), differing)


def answer_to_json_part(claims: Any, citations: Any) -> dict[str, Any]:
    """Return claims and citations the way an answer's record holds them."""
    from copilot.records import Answer, Coverage, Status

    empty = Coverage(0, 0, 0, 0, 0, 0, 0, 0)
    whole = answer_to_json(Answer("", "", Status.REFUSED, claims, citations, empty, None, ""))
    return {"claims": whole["claims"], "citations": whole["citations"]}


def _passages(session: Session, record: dict[str, Any]) -> list[Passage]:
    wanted = [int(number) for number in record.get("passages_read", [])]
    found = {passage.chunk_id: passage for passage in session.truth.passages(wanted)}
    missing = [number for number in wanted if number not in found]
    if missing or not wanted:
        raise IndexMissingError(t("ask.replay_gone", number=record["answer_id"]), t("ask.replay_gone_next"))
    return [found[number] for number in wanted]


def _text(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1)
