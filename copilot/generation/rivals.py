"""Sentences of other documents that answer a question with another figure than the one that is cited.

A sentence speaks of the same thing where it answers the question about as well: it covers as much of the question's
words, holds a figure in a unit in which the cited sentence has one, and its passage holds the names, codes and figures
that the question turns on. Of each document only the sentence that answers best is looked at. These are rules, so that
what is found is to be compared by the reader; a sentence in another language than the cited one is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from copilot.generation.candidates import Candidate, candidates_of, holds, words_of
from copilot.generation.question import AnswerType, Question
from copilot.language.quantities import Kind, Quantity, find_quantities, header_units, same, with_units
from copilot.language.words import STOP_WORDS, content_stems, fold, stem
from copilot.records import Citation, Passage, Rival

# What a sentence must cover of the question, and of what the cited one covers: a good deal and half, or nearly as much
# as the cited one. Chosen on contradictions planted in the shipped documents, and on questions to PIAF for what must
# not be found.
_LEAST = ((0.5, 0.5), (0.3, 0.85))
_LEAST_COVERAGE = min(coverage for coverage, _ in _LEAST)
_DATE = "date"
_FOLLOWING = re.compile(r"[ \u00a0\u202f]([^\W\d_]{2,})")
_LONGEST_SIGN = 4
# What is asked so is not answered by a figure («comment s'appelle»); "how many" and its like are told from their unit.
_NO_FIGURE = re.compile(r"\W*(?:comment|pourquoi|why|how (?:do|does|did|is|are|was|were|can|to)\b)", re.IGNORECASE)

_HOW_MANY = re.compile(r"\b(?:combien (?:de|d['’])|how many\b)", re.IGNORECASE)
# Where a question asks for no figure by its words, the share of the shorter sentence's stems that both must have.
_ALIKE = 0.5

# By unit (a base unit, `_DATE`, a sign such as NTU, or the stem of what is counted) the figures of a sentence.
Figures = Mapping[str, Sequence[Quantity]]


def find_rivals(
    question: Question, citations: Sequence[Citation], passages: Sequence[Passage], most: int
) -> list[Rival]:
    """Return at most `most` sentences, the best first, each of another document, that disagree with a citation.

    `passages` are all that is searched, those that are cited among them.
    """
    if question.answer in (AnswerType.PERSON, AnswerType.PLACE) or _NO_FIGURE.match(question.text):
        return []
    answering = [
        (candidate, figures)
        for candidate in candidates_of(question, passages)
        if candidate.coverage >= _LEAST_COVERAGE and (figures := _figures(candidate, question))
    ]
    found = [
        (other.coverage, Rival(citation.number, other.passage, other.start, other.end, differing))
        for citation in citations
        for own, figures in answering
        if _is_cited(own, citation)
        for other, others in _best_of_each_document(own, figures, answering)
        if (differing := _difference(figures, others))
        and _speaks_of_it(question, other)
        and (question.answer is not AnswerType.ANY or _are_alike(own, other))
    ]
    found.sort(key=lambda pair: -pair[0])
    by_document: dict[int, Rival] = {}
    for _, rival in found:
        by_document.setdefault(rival.passage.document_id, rival)
    return list(by_document.values())[:most]


def _is_cited(candidate: Candidate, citation: Citation) -> bool:
    passage = candidate.passage
    return (
        passage.version_id == citation.version_id
        and citation.start < passage.start + candidate.end
        and passage.start + candidate.start < citation.end
    )


def _best_of_each_document(
    own: Candidate, figures: Figures, answering: Sequence[tuple[Candidate, Figures]]
) -> Iterator[tuple[Candidate, Figures]]:
    best: dict[int, tuple[Candidate, Figures]] = {}
    for other, others in answering:
        if not (figures.keys() & others.keys() and _is_comparable(own, other)):
            continue
        known = best.get(other.passage.document_id)
        if known is None or other.coverage > known[0].coverage:
            best[other.passage.document_id] = (other, others)
    yield from best.values()


def _is_comparable(own: Candidate, other: Candidate) -> bool:
    return (
        other.passage.document_id != own.passage.document_id
        and other.passage.language == own.passage.language
        and not other.passage.superseded_by
        and any(other.coverage >= max(least, share * own.coverage) for least, share in _LEAST)
    )


def _speaks_of_it(question: Question, candidate: Candidate) -> bool:
    """Say whether a sentence speaks of what is asked: a word of its own beside the names, and of the same day."""
    words = words_of(candidate.passage, question)
    asked = _dates(question.text, question.language)
    # The parts of a date are looked at as a date.
    required = [term for term in question.terms if term.required and not (asked and term.word.isdigit())]
    if not all(holds(words, term) for term in required):
        return False
    topics = [term for term in question.terms if not term.required]
    if topics and not any(holds(candidate.words, term) for term in topics):
        return False
    return question.answer is AnswerType.DATE or not asked or _is_of_a_day(asked, candidate)


def _is_of_a_day(asked: Sequence[Quantity], candidate: Candidate) -> bool:
    """Say whether a sentence may be true of a day that is asked for, by its own dates, else by its document's."""
    own = _dates(candidate.text, candidate.passage.language) or _dates(candidate.passage.date or "", "und")
    return not own or any(_may_be_one_day(one, other) for one in asked for other in own)


def _are_alike(own: Candidate, other: Candidate) -> bool:
    stems, others = (_stems(candidate) for candidate in (own, other))
    shorter = min(len(stems), len(others))
    return shorter > 0 and len(stems & others) >= _ALIKE * shorter


def _stems(candidate: Candidate) -> set[str]:
    return {root for root in content_stems(candidate.text, candidate.passage.language) if not root[0].isdigit()}


def _dates(text: str, language: str) -> list[Quantity]:
    return [quantity for quantity in find_quantities(text, language) if quantity.kind in (Kind.DATE, Kind.INSTANT)]


def _difference(one: Figures, other: Figures) -> tuple[str, str] | None:
    """Return the first figures of a unit in which the two have none in common."""
    for unit in one.keys() & other.keys():
        agree = _may_be_one_day if unit == _DATE else same
        if not any(agree(a, b) for a in one[unit] for b in other[unit]):
            return one[unit][0].text, other[unit][0].text
    return None


def _may_be_one_day(one: Quantity, other: Quantity) -> bool:
    """Say whether two dates name no part differently: «12 mars» and «mars 2026» may be one day."""
    return any(
        all("*" in pair or pair[0] == pair[1] for pair in zip(_parts(a.value), _parts(b.value), strict=False))
        for a in one.readings
        for b in other.readings
    )


def _parts(value: object) -> list[str]:
    return str(value).partition("T")[0].split("-")


def _figures(candidate: Candidate, question: Question) -> Figures:
    """Return the figures that may be the answer: of the kind that is asked for, and not the question's own."""
    language = candidate.passage.language
    above = header_units(candidate.passage.context)
    asked = {base for base, _ in question.units}
    found: dict[str, list[Quantity]] = {}
    for quantity in find_quantities(candidate.text, language):
        if quantity.text in question.text:
            continue
        if question.answer is AnswerType.DATE:
            units = {_DATE} if quantity.kind in (Kind.DATE, Kind.INSTANT) else set()
        elif quantity.kind is Kind.NUMBER:
            quantity = quantity if quantity.unit else with_units(quantity, above)
            units = {reading.unit for reading in quantity.readings if reading.unit}
            units = units or _counted(candidate.text, quantity, question)
            if asked:
                units &= asked
            elif _HOW_MANY.search(question.text):
                # Of what has no unit it is counted: «combien de groupes» is not answered by a power.
                units = _counted(candidate.text, quantity, question)
        else:
            continue
        for unit in units:
            found.setdefault(unit, []).append(quantity)
    return found


def _counted(text: str, quantity: Quantity, question: Question) -> set[str]:
    """Return what follows a bare number, where it is a sign («340 NTU») or something that the question speaks of."""
    match = _FOLLOWING.match(text, quantity.end)
    if match is None or any(fold(match[1]) in words for words in STOP_WORDS.values()):
        return set()
    if match[1].isupper() and len(match[1]) <= _LONGEST_SIGN:
        return {match[1]}
    if question.answer is not AnswerType.QUANTITY:
        return set()
    counted = stem(fold(match[1]), question.language)
    return {counted} if any(term.stem == counted for term in question.terms) else set()
