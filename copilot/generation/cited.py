"""Answers by a model that can cite only what exists: sentences by their marks, tool results by their numbers.

The prompt puts what changes least first (instructions, then sources in a stable order, then the question), so that a
further question on the same sources costs only its own tokens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from copilot.errors import ModelError
from copilot.generation.shown import Source, run_block, source_of
from copilot.grammar import alternatives, grammar, json_array, json_string, json_text, literal, sequence
from copilot.i18n import t
from copilot.language.marked import MarkedSentence
from copilot.ports import Cancellation, LanguageModel, ModelProgress
from copilot.records import (
    LIKELIEST,
    Completed,
    ContextEntry,
    ContextUse,
    DraftClaim,
    EndReason,
    Exchange,
    Message,
    ModelRequest,
    Passage,
    Role,
    Sampling,
    Structure,
    Token,
    ToolRun,
)
from copilot.resources.prompts import load_prompt
from copilot.sanitise import storable

_LONGEST_CLAIM = 300
_MOST_QUOTES = 3
# What the format puts around messages, with room to spare.
_FORMAT_TOKENS = 24
# Earlier exchanges take at most this part of the window (one over it), and so many characters of an answer each.
_HISTORY_SHARE, _RECALLED = 8, 300


@dataclass(frozen=True, slots=True)
class CitedSettings:
    """How answers are drawn: room for the answer in tokens, at most so many claims, sampling.

    `window_tokens` is how much of the model's window is used, 0 for all of it.
    """

    answer_tokens: int = 400
    most_claims: int = 6
    sampling: Sampling = LIKELIEST
    window_tokens: int = 0

    def to_record(self, window: int) -> str:
        """Return what an answer's record says of these, once the window's size is known."""
        return json.dumps({**asdict(self), "window_tokens": window})

    @classmethod
    def of_record(cls, text: str) -> Self:
        """Return the settings that a record tells of.

        Raises:
            ValueError: it tells of none.
        """
        try:
            told = json.loads(text)
            return cls(**{**told, "sampling": Sampling(**told["sampling"])})
        except (TypeError, KeyError) as error:
            raise ValueError(text) from error


class ModelGenerator:
    """Writes claims with a language model; implements `copilot.ports.Generator`."""

    def __init__(self, model: LanguageModel, settings: CitedSettings | None = None) -> None:
        self._model = model
        self._settings = settings or CitedSettings()
        self._provenance: dict[str, str] = {}

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def model_hash(self) -> str:
        return self._model.model_hash

    def provenance(self) -> Mapping[str, str]:
        """Return what wrote the last answer: template, prompt, grammar, seed and sampling."""
        return self._provenance

    def write_claims(
        self,
        question: str,
        passages: Sequence[Passage],
        language: str,
        runs: Sequence[ToolRun] = (),
        cancel: Cancellation | None = None,
        history: Sequence[Exchange] = (),
    ) -> Iterator[DraftClaim | ModelProgress]:
        """Yield what fills the window, progress, and each claim as soon as it is whole.

        Raises:
            ModelError: the model ended its answer before it was whole, or not even the question fits.
        """
        if not passages and not runs:
            return
        prompt = load_prompt("answer", language)
        sources, said, use = self._fill(prompt.text, question, passages, runs, history)
        yield use
        if not sources and not runs:
            raise ModelError(t("model.window_full", tokens=use.window_tokens), t("model.native_too_long_next"))
        structure = answer_structure([source.sentences for source in sources], runs, self._settings.most_claims)
        self._provenance = {
            "template": self._model.template_hash,
            "prompt": prompt.sha256,
            "grammar": hashlib.sha256(structure.gbnf.encode()).hexdigest(),
            "sampling": self._settings.to_record(use.window_tokens),
            "runtime": self._model.runtime,
        }
        read = "\n".join([*(source.block for source in sources), *map(run_block, runs), *said, "", question])
        messages = (Message(Role.SYSTEM, prompt.text), Message(Role.USER, read))
        request = ModelRequest(messages, structure, self._settings.sampling, self._settings.answer_tokens)
        yield from self._generate(request, sources, cancel)

    def _generate(
        self, request: ModelRequest, sources: Sequence[Source], cancel: Cancellation | None
    ) -> Iterator[DraftClaim | ModelProgress]:
        marks = {sentence.mark: (source, sentence) for source in sources for sentence in source.sentences}
        reader = ClaimReader()
        for event in self._model.generate(request, cancel):
            if isinstance(event, Completed):
                if event.reason is EndReason.LENGTH and not reader.is_whole:
                    # What is whole is kept: each claim stands by itself and is checked by itself.
                    yield Token("…")
                elif not reader.is_whole:
                    raise ModelError(t("model.bad_answer", name=self.name), t("model.bad_answer_next"))
                continue
            yield event
            if isinstance(event, Token):
                for told in reader.feed(event.text):
                    yield _draft(told, marks)

    def _fill(
        self,
        instructions: str,
        question: str,
        passages: Sequence[Passage],
        runs: Sequence[ToolRun],
        history: Sequence[Exchange],
    ) -> tuple[list[Source], list[str], ContextUse]:
        """Choose the passages that fit, best first; number them in an order that does not depend on their rank.

        Earlier exchanges take at most a share of what the passages leave free, the latest first.
        """
        window = min(self._model.context_tokens, self._settings.window_tokens or self._model.context_tokens)
        entries = [
            ContextEntry("instructions", self._model.count_tokens(instructions) + _FORMAT_TOKENS),
            *(ContextEntry("tool", self._model.count_tokens(run_block(run)), run.number, run.title) for run in runs),
            ContextEntry("question", self._model.count_tokens(question)),
        ]
        answer_tokens = min(self._settings.answer_tokens, window // 2)
        left = window - answer_tokens - sum(entry.tokens for entry in entries)
        chosen: list[int] = []
        costs: dict[int, int] = {}
        for index, passage in enumerate(passages):
            costs[index] = self._model.count_tokens(source_of(index, len(passages), passage).block)
            if costs[index] <= left:
                left -= costs[index]
                chosen.append(index)
        said, spoken = self._recall(history, min(left, window // _HISTORY_SHARE))
        chosen.sort(key=lambda index: (passages[index].path, passages[index].start, passages[index].chunk_id))
        sources = [source_of(index, number, passages[index]) for number, index in enumerate(chosen, start=1)]
        numbers = {source.index: source.number for source in sources}
        shown = [
            ContextEntry(
                "passage",
                costs[index],
                numbers.get(index),
                passage.title or passage.path,
                index in numbers,
                "" if index in numbers else "budget",
            )
            for index, passage in enumerate(passages)
        ]
        return sources, said, ContextUse(window, answer_tokens, (entries[0], *shown, *spoken, *entries[1:]))

    def _recall(self, history: Sequence[Exchange], left: int) -> tuple[list[str], list[ContextEntry]]:
        """Return the latest exchanges that fit in `left` tokens, the oldest first, and an entry for each there was."""
        lines: list[str] = []
        entries: list[ContextEntry] = []
        full = False
        for exchange in reversed(history):
            line = f"- {' '.join(exchange.question.split())} → {' '.join(exchange.answer.split())[:_RECALLED]}"
            tokens = self._model.count_tokens(line)
            # Without the one between, an earlier exchange would mislead.
            full = full or tokens > left
            entries.append(
                ContextEntry("conversation", tokens, None, exchange.question, not full, "budget" if full else "")
            )
            if not full:
                left -= tokens
                lines.append(line)
        return lines[::-1], entries[::-1]


def answer_structure(
    sentences: Sequence[Sequence[MarkedSentence]], runs: Sequence[ToolRun], most_claims: int
) -> Structure:
    """Return what an answer must look like: claims that cite the given sentences and tool runs, and nothing else."""
    marks = [sentence.mark for source in sentences for sentence in source]
    numbers = [str(run.number) for run in runs]
    quotes = json_array("mark", 0 if numbers else 1, _MOST_QUOTES) if marks else '"[]"'
    tools = json_array("run", 0, len(numbers)) if numbers else '"[]"'
    claim = sequence(
        literal('{"text":'),
        json_string(_LONGEST_CLAIM, 1),
        literal(',"quotes":'),
        quotes,
        literal(',"tools":'),
        tools,
        literal("}"),
    )
    rules = {"claim": claim}
    if marks:
        rules["mark"] = alternatives([json_text(mark) for mark in marks])
    if numbers:
        rules["run"] = alternatives([literal(number) for number in numbers])
    gbnf = grammar(sequence(literal('{"claims":'), json_array("claim", 0, most_claims), literal("}")), **rules)
    item = {
        "type": "object",
        "properties": {
            "text": {"type": "string", "minLength": 1, "maxLength": _LONGEST_CLAIM},
            "quotes": _choices(marks, _MOST_QUOTES),
            "tools": _choices([run.number for run in runs], len(numbers)),
        },
        "required": ["text", "quotes", "tools"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"claims": {"type": "array", "items": item, "maxItems": most_claims}},
        "required": ["claims"],
        "additionalProperties": False,
    }
    return Structure(gbnf, schema)


def _choices(values: Sequence[str] | Sequence[int], most: int) -> dict[str, object]:
    """Return a list of some of `values`. Where there are none, an empty one: no grammar can be made of no choices."""
    if not values:
        return {"type": "array", "items": {"type": "string"}, "maxItems": 0}
    return {"type": "array", "items": {"enum": list(values)}, "maxItems": most}


class ClaimReader:
    """Reads the claims of an answer as they come, piece by piece; `is_whole` once the answer is."""

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._decoder = json.JSONDecoder()
        self.is_whole = False

    def feed(self, text: str) -> Iterator[dict[str, object]]:
        """Yield each claim that `text` completes."""
        self._text += text
        if not self._at:
            opening = self._text.find("[")
            if opening < 0:
                return
            self._at = opening + 1
        while True:
            rest = self._text[self._at :].lstrip(" ,\n\t\r")
            start = len(self._text) - len(rest)
            if not rest.startswith("{"):
                self.is_whole = self.is_whole or rest.replace("\n", "").replace(" ", "").startswith("]}")
                return
            try:
                told, self._at = self._decoder.raw_decode(self._text, start)
            except (ValueError, RecursionError):
                return
            yield told


def _draft(told: Mapping[str, object], marks: Mapping[str, tuple[Source, MarkedSentence]]) -> DraftClaim:
    """Return a claim with its quotes cut from the sources. A mark or run that is none is left to the verification."""
    quotes: list[tuple[int, str]] = []
    for mark in _list(told.get("quotes")):
        if isinstance(mark, str) and mark in marks:
            source, sentence = marks[mark]
            quotes.append((source.index + 1, sentence.text))
    tools = tuple(number for number in _list(told.get("tools")) if isinstance(number, int))
    return DraftClaim(storable(str(told.get("text", ""))), tuple(quotes), tools)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
