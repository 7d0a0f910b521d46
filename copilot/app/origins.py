"""What the documents say of a value that was read from them for a tool: against it, the same again, or nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from copilot.app.session import Session
from copilot.generation.candidates import Candidate, holds, words_of
from copilot.generation.question import analyse, uniform_idf
from copilot.language.quantities import Kind, Quantity, find_quantities, match_unit, same
from copilot.records import BlankReading, Citation, Origin, OriginKind, Passage, Rival, SearchFilter
from copilot.verification import cite_span

# What asks for a figure in a unit, and for a day, so that nothing else in a sentence is compared.
_HOW_MUCH = {"fr": "{words} : combien de {unit} ?", "en": "{words}: how many {unit}?"}
_WHICH_DAY = {"fr": "{words} : quelle date ?", "en": "{words}: which date?"}


@dataclass
class Documents:
    """The documents as blanks are looked up in them: `limit` passages each, of what `chosen` leaves.

    `question` is what was asked in whole: a name in it goes with a blank that leaves it out.
    """

    session: Session
    limit: int
    chosen: SearchFilter
    language: str
    question: str = ""
    _found: dict[str, list[Passage]] = field(default_factory=dict)

    def passages(self, words: str) -> list[Passage]:
        """Return the passages to read for a blank, the best first."""
        self.session.freshen()
        result = self.session.retriever.search(words, limit=self.limit, chosen=self.chosen)
        self._found[words] = [*result.passages, *result.further]
        return result.passages

    def origin_of(self, words: str, unit: str | None, reading: BlankReading) -> Origin:
        """Return where a reading of the blank `words` comes from, held against what else was found for it.

        `unit` is the tool's own.
        """
        origin = Origin(OriginKind.DOCUMENT, reading.quote, reading.passage, reading.page, words)
        value = _value_of(reading)
        start = reading.passage.text.find(reading.quote)
        if value is None or start < 0:
            return origin
        cited = cite_span(reading.passage, start, start + len(reading.quote))
        around = {one.chunk_id: one for one in (*self._found.get(words, ()), reading.passage)}
        rivals, agreeing = self._compared(self._asked(words, unit or reading.unit, value, reading), cited, around)
        return replace(
            origin,
            rivals=tuple(
                replace(one, citation=0, figures=(value.text, one.figures[1]))
                for one in rivals
                if _is_comparable(value, one.figures[0])
            ),
            also_in=_others_with(value, agreeing, reading.passage),
        )

    def _compared(
        self, asked: str, cited: Citation, around: dict[int, Passage]
    ) -> tuple[Sequence[Rival], Sequence[Candidate]]:
        compared = self.session.extractive.compare(asked, cited, [*around.values()], self.language)
        return compared.rivals, compared.agreeing

    def _asked(self, words: str, unit: str | None, value: Quantity, reading: BlankReading) -> str:
        """Put a blank as a question: the words of it that the sentence read says, and the names of the whole question.

        What that sentence does not say either is not asked of others: what stands beside it, an order planted there
        too, must not raise what they have to say. Names may stand in its passage. The unit is asked for apart.
        """
        blank, whole = (analyse(text, self.language, uniform_idf) for text in (words, self.question))
        sentence = words_of(replace(reading.passage, text=reading.quote), blank)
        said = [term for term in blank.terms if holds(sentence, term)]
        if reading.passage.language not in (self.language, "und"):
            said = [*blank.terms]
        known, spoken_of = {term.word for term in said}, words_of(reading.passage, blank)
        names = [
            term
            for term in whole.terms
            if term.required and term.word.isalpha() and term.word not in known and holds(spoken_of, term)
        ]
        named = " ".join(term.written for term in (*said, *names) if not _is_unit(term.written))
        if value.kind in (Kind.DATE, Kind.INSTANT):
            return _WHICH_DAY[_known(self.language)].format(words=named)
        return _HOW_MUCH[_known(self.language)].format(unit=unit, words=named) if unit else named


def _is_unit(word: str) -> bool:
    found = match_unit(word, 0)
    return found is not None and found[1] == len(word)


def _known(language: str) -> str:
    return language if language in _HOW_MUCH else "en"


def _value_of(reading: BlankReading) -> Quantity | None:
    """Return what was read as it stands in the sentence; None for what is no figure, or several."""
    value = reading.value
    if value is None or isinstance(value, bool | tuple):
        return None
    for quantity in find_quantities(reading.quote, reading.passage.language):
        if quantity.text in value if isinstance(value, str) else Fraction(str(value)) in quantity.figures:
            return quantity
    return None


def _is_comparable(value: Quantity, written: str) -> bool:
    """Say whether a figure of the sentence, as `written`, is of the unit of the value."""
    units = {reading.unit for reading in value.readings}
    return any(reading.unit in units for one in find_quantities(written) for reading in one.readings)


def _others_with(value: Quantity, agreeing: Sequence[Candidate], own: Passage) -> tuple[str, ...]:
    """Return the paths of the documents that give the value, but for copies of its own and what replaces it: they say
    what it says, and no second time."""
    copies = {own.path, *own.also_in, own.superseded_by}
    return tuple(
        dict.fromkeys(
            one.passage.path
            for one in agreeing
            if not copies & {one.passage.path, *one.passage.also_in}
            and any(same(value, other) for other in find_quantities(one.text, one.passage.language))
        )
    )
