"""Reading a blank: one value from passages, by a model or by rules, always with the sentence that says it.

Whoever reads has no tools, and the value counts only if it stands in the sentence, which is cut from the passage by us.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from copilot.grammar import alternatives, grammar, json_string, json_text, literal, sequence
from copilot.language.marked import MarkedSentence, mark_sentences
from copilot.language.quantities import Quantity, find_quantities
from copilot.language.words import content_stems
from copilot.planning.literals import written_unit
from copilot.ports import Cancellation, LanguageModel, ModelProgress
from copilot.records import (
    LIKELIEST,
    BlankReading,
    Completed,
    ContextEntry,
    ContextUse,
    Message,
    ModelRequest,
    Passage,
    PlannedArgument,
    Role,
    Sampling,
    Structure,
)
from copilot.resources.prompts import load_prompt
from copilot.sandbox.told import loads_text

_PASSAGES_READ = 6
_BLANK_TOKENS = 160
# What the format puts around messages, with room to spare.
_FORMAT_TOKENS = 24
# A sentence must share this much of the blank's words, or nothing in it is taken for the value.
_ENOUGH_SHARED = 0.5
_HEADING_WEIGHT = 0.8


class ModelBlankReader:
    """Reads blanks with a language model; implements `copilot.ports.BlankReader`."""

    def __init__(self, model: LanguageModel, sampling: Sampling = LIKELIEST) -> None:
        self._model = model
        self._sampling = sampling

    def read_blank(
        self,
        blank: PlannedArgument,
        unit: str | None,
        passages: Sequence[Passage],
        language: str,
        cancel: Cancellation | None = None,
    ) -> Iterator[BlankReading | ModelProgress]:
        """Yield progress and, last, the reading, if the sentence that the model points to bears it out."""
        instructions = load_prompt("blank", language).text
        wanted = f"{blank.blank} ({unit})" if unit else str(blank.blank)
        read, use = self._fill(instructions, wanted, passages)
        yield use
        marked = [sentence for number, passage in enumerate(read, 1) for sentence in _marked(number, passage)]
        if not marked:
            return
        messages = (
            Message(Role.SYSTEM, instructions),
            Message(Role.USER, f"{_shown(marked)}\n\n{wanted}"),
        )
        request = ModelRequest(messages, blank_structure(marked), self._sampling, _BLANK_TOKENS)
        for event in self._model.generate(request, cancel):
            if isinstance(event, Completed):
                reading = _checked(event.text, marked, read, language)
                if reading is not None:
                    yield reading
            else:
                yield event

    def _fill(self, instructions: str, wanted: str, passages: Sequence[Passage]) -> tuple[list[Passage], ContextUse]:
        """Choose the passages that fit, best first."""
        window, count = self._model.context_tokens, self._model.count_tokens
        first = ContextEntry("instructions", count(instructions) + _FORMAT_TOKENS)
        last = ContextEntry("question", count(wanted))
        answer_tokens = min(_BLANK_TOKENS, window // 2)
        left = window - answer_tokens - first.tokens - last.tokens
        read: list[Passage] = []
        entries: list[ContextEntry] = []
        for passage in passages[:_PASSAGES_READ]:
            tokens = count(_shown(_marked(len(read) + 1, passage)))
            fits = tokens <= left
            if fits:
                left -= tokens
                read.append(passage)
            number = len(read) if fits else None
            label = passage.title or passage.path
            entries.append(ContextEntry("passage", tokens, number, label, fits, "" if fits else "budget"))
        return read, ContextUse(window, answer_tokens, (first, *entries, last))


class LexicalBlankReader:
    """Reads blanks by rules: the nearest sentence with a quantity of the right dimension."""

    def read_blank(
        self,
        blank: PlannedArgument,
        unit: str | None,
        passages: Sequence[Passage],
        language: str,
        cancel: Cancellation | None = None,  # noqa: ARG002 - it takes milliseconds
    ) -> Iterator[BlankReading | ModelProgress]:
        """Yield the reading, if any; the words of the blank must be about the sentence, and the unit fit."""
        wanted = set(content_stems(blank.blank or "", language))
        dimensions = _dimensions(unit, language)
        best: tuple[float, BlankReading] | None = None
        for passage in passages:
            around = set(content_stems(f"{passage.title} {passage.context}", passage.language))
            for sentence in mark_sentences(1, passage.text):
                held = set(content_stems(sentence.text, passage.language))
                if not wanted & held:
                    continue
                shared = (len(wanted & held) + _HEADING_WEIGHT * len((wanted - held) & around)) / len(wanted)
                if shared < _ENOUGH_SHARED or (best is not None and shared <= best[0]):
                    continue
                for quantity in find_quantities(sentence.text, passage.language):
                    reading = _reading_of(quantity, dimensions, passage, sentence)
                    if reading is not None:
                        best = (shared, reading)
                        break
        if best is not None:
            yield best[1]


def _marked(number: int, passage: Passage) -> list[MarkedSentence]:
    return mark_sentences(number, passage.text)


def _shown(marked: Sequence[MarkedSentence]) -> str:
    return "\n".join(f"{one.mark} {' '.join(one.text.split())}" for one in marked)


def blank_structure(marked: Sequence[MarkedSentence]) -> Structure:
    """Return what a reading must look like: one of the marks with a value and a unit, or null."""
    marks = [sentence.mark for sentence in marked]
    found = sequence(
        literal('{"sentence":'),
        "mark",
        literal(',"value":'),
        alternatives(["number", json_string(80, 1)]),
        literal(',"unit":'),
        json_string(16),
        literal("}"),
    )
    gbnf = grammar(
        alternatives([found, literal('{"sentence":null}')]), mark=alternatives([json_text(mark) for mark in marks])
    )
    schema = {
        "type": "object",
        "properties": {
            "sentence": {"enum": [*marks, None]},
            "value": {"type": ["number", "string"]},
            "unit": {"type": "string", "maxLength": 16},
        },
        "required": ["sentence"],
        "additionalProperties": False,
    }
    return Structure(gbnf, schema)


def _checked(
    text: str, marked: Sequence[MarkedSentence], passages: Sequence[Passage], language: str
) -> BlankReading | None:
    """Return what the model read, if the sentence holds it: as a figure in any notation, or word for word."""
    try:
        told = loads_text(text)
    except ValueError:
        return None
    by_mark = {sentence.mark: sentence for sentence in marked}
    sentence = by_mark.get(told.get("sentence") or "") if isinstance(told, dict) else None
    if sentence is None:
        return None
    passage = passages[sentence.source - 1]
    value, unit = told.get("value"), str(told.get("unit") or "") or None
    if isinstance(value, str):
        return _reading(value, unit, passage, sentence) if value.strip() and value in sentence.text else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    for quantity in find_quantities(sentence.text, language):
        if any(reading.figure == Fraction(str(value)) for reading in quantity.readings):
            # The unit is the document's, whatever the model made of it.
            return _reading(value, written_unit(quantity), passage, sentence)
    return None


def _reading_of(
    quantity: Quantity, dimensions: frozenset[str | None], passage: Passage, sentence: MarkedSentence
) -> BlankReading | None:
    for reading in quantity.readings:
        if reading.unit in dimensions and isinstance(reading.figure, Fraction):
            figure = reading.figure
            value = int(figure) if figure.denominator == 1 else float(figure)
            return _reading(value, written_unit(quantity), passage, sentence)
    return None


def _reading(value: int | float | str, unit: str | None, passage: Passage, sentence: MarkedSentence) -> BlankReading:
    at = passage.start + sentence.start
    page = passage.page_first + sum(1 for place in passage.page_breaks if place <= at)
    return BlankReading(value, unit, passage, sentence.text, page)


def _dimensions(unit: str | None, language: str) -> frozenset[str | None]:
    """Return the base units in which quantities of the same dimension as `unit` are read."""
    if not unit:
        return frozenset({None, ""})
    return frozenset(reading.unit for one in find_quantities(f"1 {unit}", language) for reading in one.readings)
