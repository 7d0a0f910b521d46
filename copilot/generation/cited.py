"""Answers by a model that can cite only what exists: sentences by their marks, tool results by their numbers.

The prompt puts what changes least first (instructions, then sources in a stable order, then the question), so that a
further question on the same sources costs only its own tokens.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from copilot.errors import ModelError
from copilot.grammar import alternatives, grammar, json_array, json_string, json_text, literal, sequence
from copilot.i18n import t
from copilot.language.marked import MarkedSentence, mark_sentences
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

_LONGEST_CLAIM = 300
_MOST_QUOTES = 3
# What the format puts around messages, with room to spare.
_FORMAT_TOKENS = 24
# Earlier exchanges take at most this part of the window (one over it), and so many characters of an answer each.
_HISTORY_SHARE, _RECALLED = 8, 300


@dataclass(frozen=True, slots=True)
class CitedSettings:
    """How answers are drawn: room for the answer in tokens, at most so many claims, sampling."""

    answer_tokens: int = 400
    most_claims: int = 6
    sampling: Sampling = LIKELIEST


@dataclass(frozen=True, slots=True)
class _Source:
    """A passage as the model sees it: `index` is its place among the passages, `number` the one it is shown under."""

    index: int
    number: int
    block: str
    sentences: list[MarkedSentence]


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
        sampling = self._settings.sampling
        self._provenance = {
            "template": self._model.template_hash,
            "prompt": prompt.sha256,
            "grammar": hashlib.sha256(structure.gbnf.encode()).hexdigest(),
            "sampling": json.dumps(
                {
                    "temperature": sampling.temperature,
                    "top_p": sampling.top_p,
                    "min_p": sampling.min_p,
                    "repeat_penalty": sampling.repeat_penalty,
                    "seed": sampling.seed,
                    "answer_tokens": self._settings.answer_tokens,
                }
            ),
        }
        read = "\n".join([*(source.block for source in sources), *map(_run_block, runs), *said, "", question])
        messages = (Message(Role.SYSTEM, prompt.text), Message(Role.USER, read))
        request = ModelRequest(messages, structure, sampling, self._settings.answer_tokens)
        yield from self._generate(request, sources, cancel)

    def _generate(
        self, request: ModelRequest, sources: Sequence[_Source], cancel: Cancellation | None
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
    ) -> tuple[list[_Source], list[str], ContextUse]:
        """Choose the passages that fit, best first; number them in an order that does not depend on their rank.

        Earlier exchanges take at most a share of what the passages leave free, the latest first.
        """
        window = self._model.context_tokens
        entries = [
            ContextEntry("instructions", self._model.count_tokens(instructions) + _FORMAT_TOKENS),
            *(ContextEntry("tool", self._model.count_tokens(_run_block(run)), run.number, run.title) for run in runs),
            ContextEntry("question", self._model.count_tokens(question)),
        ]
        answer_tokens = min(self._settings.answer_tokens, window // 2)
        left = window - answer_tokens - sum(entry.tokens for entry in entries)
        chosen: list[int] = []
        costs: dict[int, int] = {}
        for index, passage in enumerate(passages):
            costs[index] = self._model.count_tokens(_source(index, len(passages), passage).block)
            if costs[index] <= left:
                left -= costs[index]
                chosen.append(index)
        said, spoken = self._recall(history, min(left, window // _HISTORY_SHARE))
        chosen.sort(key=lambda index: (passages[index].path, passages[index].start))
        sources = [_source(index, number, passages[index]) for number, index in enumerate(chosen, start=1)]
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
            "quotes": {"type": "array", "items": {"enum": marks}, "maxItems": _MOST_QUOTES},
            "tools": {"type": "array", "items": {"enum": [run.number for run in runs]}, "maxItems": len(numbers)},
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
            except ValueError:
                return
            yield told


def _draft(told: Mapping[str, object], marks: Mapping[str, tuple[_Source, MarkedSentence]]) -> DraftClaim:
    """Return a claim with its quotes cut from the sources. A mark or run that is none is left to the verification."""
    quotes: list[tuple[int, str]] = []
    for mark in _list(told.get("quotes")):
        if isinstance(mark, str) and mark in marks:
            source, sentence = marks[mark]
            quotes.append((source.index + 1, sentence.text))
    tools = tuple(number for number in _list(told.get("tools")) if isinstance(number, int))
    return DraftClaim(str(told.get("text", "")), tuple(quotes), tools)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _source(index: int, number: int, passage: Passage) -> _Source:
    marked = mark_sentences(number, passage.text)
    place = passage.page_label or f"p. {passage.page_first}"
    head = ", ".join(part for part in (passage.title or passage.path, passage.date, place) if part)
    context = f"\n({' / '.join(passage.context.split(chr(10)))})" if passage.context else ""
    lines = "\n".join(f"{sentence.mark} {' '.join(sentence.text.split())}" for sentence in marked)
    return _Source(index, number, f"[{number}] {head}{context}\n{lines}", marked)


def _run_block(run: ToolRun) -> str:
    values = "; ".join(
        f"{value.label or value.name} = {value.value}{f' {value.unit}' if value.unit else ''}"
        for value in run.result.values
    )
    return f"[T{run.number}] {run.title}: {values}"
