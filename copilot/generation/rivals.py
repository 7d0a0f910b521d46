"""Sentences of other documents that answer a question with another figure than the one that is cited.

A sentence speaks of the same thing where it answers the question about as well: it covers as much of the question's
words, or says nearly what the cited one says to the embedding model, be it in another language; it holds a figure in a
unit in which the cited sentence has one, its passage holds the names, codes and figures that the question turns on, and
it names nothing else in their place. Of each document only the sentence that answers best is looked at. These are
rules, so that what is found is to be compared by the reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from copilot.generation.candidates import NAME_INSIDE, Candidate, candidates_of, holds, words_of
from copilot.generation.compared import Figures, dates_of, difference, figures_of, may_be_one_day
from copilot.generation.question import AnswerType, Question
from copilot.language.cells import CELLS
from copilot.language.quantities import Quantity
from copilot.language.words import content_stems, fold
from copilot.records import Citation, Passage, Rival

# What a sentence must cover of the question, and of what the cited one covers: a good deal and half, or nearly as much
# as the cited one. Chosen on contradictions planted in the shipped documents, and on questions to PIAF for what must
# not be found.
_LEAST = ((0.5, 0.5), (0.3, 0.85))
_LEAST_COVERAGE = min(coverage for coverage, _ in _LEAST)
# What is asked so is not answered by a figure («comment s'appelle»); "how many" and its like are told from their unit.
_NO_FIGURE = re.compile(r"\W*(?:comment|pourquoi|why|how (?:do|does|did|is|are|was|were|can|to)\b)", re.IGNORECASE)
# Where a question asks for no figure by its words, the share of the shorter sentence's stems that both must have.
_ALIKE = 0.5
# The least cosine of a sentence that is alike by its words.
_AKIN = 0.86
# From this cosine up a sentence that covers less of the question says nearly the same, where it also shares that half
# of the stems, or somewhat fewer and covers a good part; across languages the cosine stands alone.
_NEAR = 0.88
_SOMEWHAT_ALIKE, _GOOD_PART = 0.375, 0.44
# Only so many sentences are embedded for each that is cited.
_EMBEDDED = 8
# How many documents must agree against one.
_FEWEST_OTHERS = 2

Answering = Sequence[tuple[Candidate, Figures]]
# The cosine of one text with each of others.
Cosines = Callable[[str, Sequence[str]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Compared:
    """What other documents say of what is cited: the best that disagrees of each, and all that agrees."""

    rivals: tuple[Rival, ...] = ()
    agreeing: tuple[Candidate, ...] = ()


def compare(
    question: Question,
    citations: Sequence[Citation],
    passages: Sequence[Passage],
    most: int,
    cosines: Cosines | None = None,
) -> Compared:
    """Return at most `most` sentences, the best first, each of another document, that disagree with a citation.

    `passages` are all that is searched, those that are cited among them. Without `cosines` words alone are compared;
    those of a multilingual model are asked for.
    """
    if not _may_have_rivals(question):
        return Compared()
    answering = [
        (candidate, figures)
        for candidate in candidates_of(question, passages)
        if (figures := figures_of(candidate, question))
    ]
    found: list[tuple[float, Rival]] = []
    agreeing: list[Candidate] = []
    for citation in citations:
        for own, figures in answering:
            if not is_cited(own, citation):
                continue
            for other, others in _about_the_same(question, own, figures, answering, cosines):
                if differing := difference(figures, others):
                    rival = Rival(citation.number, other.passage, other.start, other.end, differing)
                    found.append((other.coverage, rival))
                else:
                    agreeing.append(other)
    found.sort(key=lambda pair: -pair[0])
    by_document: dict[int, Rival] = {}
    for _, rival in found:
        by_document.setdefault(rival.passage.document_id, rival)
    return Compared(tuple(by_document.values())[:most], tuple(agreeing))


def _may_have_rivals(question: Question) -> bool:
    return question.answer not in (AnswerType.PERSON, AnswerType.PLACE) and not _NO_FIGURE.match(question.text)


def figure_of_most(
    question: Question, best: Candidate, ranked: Sequence[Candidate], cosines: Cosines | None = None
) -> Candidate | None:
    """Return the best of the sentences whose figure stands in more documents than the figure of `best`, if any do.

    At least `_FEWEST_OTHERS` must agree against it, each of them answer as fully, and not all be older: of what
    changes, the latest counts.
    """
    if not _may_have_rivals(question) or not (figures := figures_of(best, question)):
        return None
    answering = [(other, others) for other in ranked if (others := figures_of(other, question))]
    if len(_documents([one for one in answering if _differ(figures, one[1])])) < _FEWEST_OTHERS:
        return None
    same_thing = [
        one
        for one in _about_the_same(question, best, figures, answering, cosines)
        if _says_as_much(question, one[0], best)
    ]
    agreeing = _documents([one for one in same_thing if not _differ(figures, one[1])])
    least = max(_FEWEST_OTHERS, len(agreeing) + 2)
    found = []
    for _, others in (one for one in same_thing if _differ(figures, one[1])):
        group = [one for one in same_thing if others.keys() & one[1].keys() and not _differ(others, one[1])]
        if len(_documents(group)) >= least and not all(_is_older(one, best) for one, _ in group):
            found.append(max((one for one, _ in group), key=lambda one: one.score))
    return max(found, key=lambda one: one.score, default=None)


def _says_as_much(question: Question, one: Candidate, best: Candidate) -> bool:
    """Say whether a sentence has each word of the question that the best one has: a capacity is not what is left."""
    said, wanted = _said(question, one), _said(question, best)
    return all(holds(said, term) for term in question.terms if not term.kind and holds(wanted, term))


def _said(question: Question, candidate: Candidate) -> frozenset[str]:
    """Return the words of a sentence; a row of a table speaks through its headings."""
    return words_of(candidate.passage, question) if CELLS in candidate.text else candidate.words


def _differ(one: Figures, other: Figures) -> bool:
    return difference(one, other) is not None


def _documents(answering: Answering) -> set[int]:
    return {candidate.passage.document_id for candidate, _ in answering}


def _is_older(one: Candidate, other: Candidate) -> bool:
    """Say whether a sentence's document is known to be older."""
    return (one.passage.date or "9") < (other.passage.date or "")


def is_cited(candidate: Candidate, citation: Citation) -> bool:
    """Say whether a sentence, or a part of it, is what a citation quotes."""
    passage = candidate.passage
    return (
        passage.version_id == citation.version_id
        and citation.start < passage.start + candidate.end
        and passage.start + candidate.start < citation.end
    )


def _about_the_same(
    question: Question, own: Candidate, figures: Figures, answering: Answering, cosines: Cosines | None
) -> Iterator[tuple[Candidate, Figures]]:
    """Yield the sentences of other documents that speak of what is cited, by their words and by the model."""
    beside = [
        (other, others) for other, others in answering if figures.keys() & others.keys() and _stands_beside(own, other)
    ]
    beside.sort(key=lambda pair: -pair[0].coverage)
    alike = _best_of_each_document(question, own, beside)
    if cosines is None:
        yield from alike
        return
    wanted = [(_AKIN, pair) for pair in alike[:_EMBEDDED]]
    wanted += [(_NEAR, pair) for pair in _near(question, own, beside)[:_EMBEDDED] if pair not in alike]
    if not wanted:
        return
    found = cosines(own.text, [other.text for _, (other, _) in wanted])
    yield from (pair for (least, pair), cosine in zip(wanted, found, strict=True) if cosine >= least)


def _best_of_each_document(question: Question, own: Candidate, beside: Answering) -> list[tuple[Candidate, Figures]]:
    """Return, of each document, the first sentence, which covers most of the question, if it is about the same."""
    best: dict[int, tuple[Candidate, Figures]] = {}
    for other, others in beside:
        if _is_comparable(own, other):
            best.setdefault(other.passage.document_id, (other, others))
    return [
        (other, others)
        for other, others in best.values()
        if (question.answer is not AnswerType.ANY or _likeness(own, other) >= _ALIKE) and _speaks_of_it(question, other)
    ]


def _near(question: Question, own: Candidate, beside: Answering) -> list[tuple[Candidate, Figures]]:
    """Return what may say the same in other words or in another language; rows of tables are all near each other."""
    if CELLS in own.text:
        return []
    return [
        (other, others)
        for other, others in beside
        if CELLS not in other.text
        and (other.passage.language != own.passage.language or _may_say_the_same(own, other))
        and _speaks_of_it(question, other)
    ]


def _may_say_the_same(own: Candidate, other: Candidate) -> bool:
    if other.coverage < _LEAST_COVERAGE:
        return False
    likeness = _likeness(own, other)
    return likeness >= _ALIKE or (likeness >= _SOMEWHAT_ALIKE and other.coverage >= _GOOD_PART)


def _is_comparable(own: Candidate, other: Candidate) -> bool:
    return other.passage.language == own.passage.language and any(
        other.coverage >= max(least, share * own.coverage) for least, share in _LEAST
    )


def _stands_beside(own: Candidate, other: Candidate) -> bool:
    return other.passage.document_id != own.passage.document_id and not other.passage.superseded_by


def _speaks_of_it(question: Question, candidate: Candidate) -> bool:
    """Say whether a sentence speaks of what is asked: a word of its own beside the names, none in place of a name, and
    of the same day.
    """
    words = words_of(candidate.passage, question)
    asked = dates_of(question.text, question.language)
    # The parts of a date are looked at as a date.
    required = [term for term in question.terms if term.required and not (asked and term.word.isdigit())]
    if not all(holds(words, term) for term in required):
        return False
    topics = [term for term in question.terms if not term.required]
    if topics and not any(holds(candidate.words, term) for term in topics):
        return False
    if not all(holds(candidate.words, term) for term in required) and _names_another(question, candidate):
        return False
    return question.answer is AnswerType.DATE or not asked or _is_of_a_day(asked, candidate)


def _is_of_a_day(asked: Sequence[Quantity], candidate: Candidate) -> bool:
    """Say whether a sentence may be true of a day that is asked for, by its own dates, else by its document's."""
    own = dates_of(candidate.text, candidate.passage.language) or dates_of(candidate.passage.date or "", "und")
    return not own or any(may_be_one_day(one, other) for one in asked for other in own)


def _names_another(question: Question, candidate: Candidate) -> bool:
    """Say whether a sentence names something that the question does not, beside abbreviations and dates."""
    dates = [(found.start, found.end) for found in dates_of(candidate.text, candidate.passage.language)]
    return any(
        not match.group().isupper()
        and fold(match.group()) not in fold(question.text)
        and not any(start <= match.start() < end for start, end in dates)
        for match in NAME_INSIDE.finditer(candidate.text)
    )


def _likeness(own: Candidate, other: Candidate) -> float:
    """Return the share of the shorter sentence's stems that both have."""
    stems, others = (_stems(candidate) for candidate in (own, other))
    shorter = min(len(stems), len(others))
    return len(stems & others) / shorter if shorter else 0.0


def _stems(candidate: Candidate) -> set[str]:
    return {root for root in content_stems(candidate.text, candidate.passage.language) if not root[0].isdigit()}
