"""Sentences of other documents that answer a question with another figure than the one that is cited.

A sentence speaks of the same thing where it answers the question about as well: it covers as much of the question's
words, holds a figure in a unit in which the cited sentence has one, and its passage holds the names, codes and figures
that the question turns on. Of each document only the sentence that answers best is looked at. These are rules, so that
what is found is to be compared by the reader; a sentence in another language than the cited one is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from copilot.generation.candidates import Candidate, candidates_of, holds, words_of
from copilot.generation.compared import Figures, dates_of, difference, figures_of, may_be_one_day
from copilot.generation.question import AnswerType, Question
from copilot.language.quantities import Quantity
from copilot.language.words import content_stems
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
        if candidate.coverage >= _LEAST_COVERAGE and (figures := figures_of(candidate, question))
    ]
    found = [
        (other.coverage, Rival(citation.number, other.passage, other.start, other.end, differing))
        for citation in citations
        for own, figures in answering
        if _is_cited(own, citation)
        for other, others in _best_of_each_document(own, figures, answering)
        if (differing := difference(figures, others))
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
    asked = dates_of(question.text, question.language)
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
    own = dates_of(candidate.text, candidate.passage.language) or dates_of(candidate.passage.date or "", "und")
    return not own or any(may_be_one_day(one, other) for one in asked for other in own)


def _are_alike(own: Candidate, other: Candidate) -> bool:
    stems, others = (_stems(candidate) for candidate in (own, other))
    shorter = min(len(stems), len(others))
    return shorter > 0 and len(stems & others) >= _ALIKE * shorter


def _stems(candidate: Candidate) -> set[str]:
    return {root for root in content_stems(candidate.text, candidate.passage.language) if not root[0].isdigit()}
