"""Answers made of the documents' own sentences, and a refusal where they do not say: no model, no rewriting.

Sentences are ranked by how much of the question they cover, each word weighted by its rarity, with credit for words in
the sentences beside them, in headings, table headers and titles. A question is refused when its best sentence covers
too little of it, or lacks a name, code or figure that the question turns on: a wrong answer costs more than none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from copilot.generation.candidates import Candidate, candidates_of, holds, is_asking, words_of
from copilot.generation.parts import parts_of
from copilot.generation.question import Question, analyse, uniform_idf
from copilot.generation.rivals import Compared, Cosines, compare, figure_of_most, is_cited
from copilot.language.cells import CELLS
from copilot.language.quantities import find_quantities, same
from copilot.ports import Cancellation, Embedder
from copilot.records import Citation, DraftClaim, Exchange, Passage, Rival, ToolRun

DEFAULT_THRESHOLD = 0.35
# Added to the coverage when ranking, not when refusing.
_ANSWER_BONUS = 0.15
_RANK_BONUS = 0.1
# What a sentence loses for each unit of cosine that it lies below the nearest one: paraphrases rise, look-alikes fall.
_DENSE_WEIGHT = 6.0
# Only so many sentences are embedded: an old processor does some tens a second.
_EMBEDDED = 48
_LONGEST_ANSWER = 4
# A further sentence may score this much less than the best, and loses this much for being alike to one chosen.
_CLOSE_ENOUGH = 0.2
_REDUNDANCY = 0.15
# Sentences of other documents that are shown beside an answer because they disagree with it.
_MOST_RIVALS = 2


@dataclass(frozen=True, slots=True)
class ExtractiveVerdict:
    """Why a question was answered or refused.

    `coverage` is that of the best sentence with its surroundings, 0 to 1. `reason` is ``answered``, ``no_words`` (the
    question holds nothing to look for), ``no_passages``, ``coverage``, ``no_figure``, ``missing_term`` (no passage
    holds a word that the question turns on) or ``apart`` (another holds it, the best does not). `missing` are the
    question's words, as written, that the best passage does not hold, or for ``missing_term`` no passage; those it
    turns on first.
    """

    answered: bool
    coverage: float
    matched: tuple[str, ...]
    missing: tuple[str, ...]
    reason: str


# A question as it was read, the sentences ranked for it, and what came of it.
_Judged = tuple[Question, list[Candidate], ExtractiveVerdict]


class ExtractiveGenerator:
    """Writes claims that are sentences of the passages; implements `copilot.ports.Generator`.

    `idf` weighs a stem by its rarity in the workspace. `embedder`, where given, helps to rank the best candidates; from
    `cross_language_cosine` up, its cosine stands in for words where a passage is in another language than the question,
    which asks for a multilingual embedder. At most `most_claims` sentences are quoted.
    """

    name = "extractive"
    model_hash = ""

    def __init__(
        self,
        embedder: Embedder | None = None,
        idf: Callable[[str], float] = uniform_idf,
        threshold: float = DEFAULT_THRESHOLD,
        *,
        cross_language_cosine: float | None = None,
        most_claims: int = _LONGEST_ANSWER,
    ) -> None:
        self._embedder = embedder
        self._idf = idf
        self._threshold = threshold
        self._cross_language_cosine = cross_language_cosine
        self._most_claims = most_claims
        # What became of the question that was answered last: whoever asks why need not rank again.
        self._answered: tuple[tuple[Passage, ...], str] = ((), "")
        self._judged: dict[str, _Judged] = {}

    def provenance(self) -> dict[str, str]:
        return {}

    def write_claims(
        self,
        question: str,
        passages: Sequence[Passage],
        language: str,
        runs: Sequence[ToolRun] = (),  # noqa: ARG002 - it quotes documents alone
        cancel: Cancellation | None = None,
        history: Sequence[Exchange] = (),  # noqa: ARG002 - each question stands alone
    ) -> Iterator[DraftClaim]:
        """Yield up to four quoted sentences, the best first, or nothing where the passages do not say.

        Of a question that is several, each is answered for itself; they share the four, one each at least.
        """
        self._judged.clear()
        parts = parts_of(question, language)
        told: set[tuple[int, int, int]] = set()
        for part in parts:
            if cancel is not None and cancel.is_asked:
                return
            asked, ranked, verdict = self._judge_once(part, passages, language)
            if not verdict.answered:
                continue
            for first, last in _joined(self._quotable(asked, ranked, max(1, self._most_claims // len(parts)))):
                span = first.number, first.start, last.end
                if span not in told:
                    told.add(span)
                    text = first.passage.text[first.start : last.end]
                    yield DraftClaim(text, ((first.number, text),))

    def explain(self, question: str, passages: Sequence[Passage], language: str) -> dict[str, ExtractiveVerdict]:
        """Return the verdict that `write_claims` acts on, for each question that is asked in `question`."""
        return {part: self._judge_once(part, passages, language)[2] for part in parts_of(question, language)}

    def rivals(
        self, question: str, citations: Sequence[Citation], passages: Sequence[Passage], language: str
    ) -> list[Rival]:
        """Return sentences of the passages that answer with another figure than a citation, whoever wrote the answer.

        The passages that are cited must be among them.
        """
        asked = [analyse(part, language, self._idf) for part in parts_of(question, language)]
        return [
            rival
            for part, answers in zip(asked, _by_part(asked, citations, passages), strict=True)
            for rival in compare(part, answers, passages, _MOST_RIVALS, self._cosines_across).rivals
        ]

    def compare(self, question: str, citation: Citation, passages: Sequence[Passage], language: str) -> Compared:
        """Return what other passages say against a citation that answers one question, and what says the same."""
        asked = analyse(question, language, self._idf)
        return compare(asked, [citation], passages, _MOST_RIVALS, self._cosines_across)

    def _quotable(self, question: Question, ranked: Sequence[Candidate], most: int) -> list[Candidate]:
        """Choose what to quote; before a sentence whose figure others outnumber stands the best of those others."""
        chosen = _choose(question, ranked, most)
        first = figure_of_most(question, chosen[0], ranked, self._cosines_across)
        if first is None:
            return chosen
        # Whoever is outnumbered is still heard.
        return [first, *(one for one in chosen if one != first)][: max(most, 2)]

    @property
    def _cosines_across(self) -> Cosines | None:
        """The cosines of a multilingual embedder, where there is one and it is in service."""
        return self._cosines if self._embedder is not None and self._cross_language_cosine is not None else None

    def _cosines(self, text: str, others: Sequence[str]) -> list[float]:
        assert self._embedder is not None
        one, *rest = self._embedder.embed_passages([text, *others])
        return [float(vector @ one) for vector in rest]

    def _judge_once(self, question: str, passages: Sequence[Passage], language: str) -> _Judged:
        """Rank the sentences for one question and judge them, once for all who ask: ranking embeds sentences."""
        read = (tuple(passages), language)
        if self._answered != read:
            self._judged.clear()
            self._answered = read
        if question not in self._judged:
            asked = analyse(question, language, self._idf)
            ranked = self._rank(asked, passages)
            self._judged[question] = asked, ranked, self._judge(asked, ranked, passages)
        return self._judged[question]

    def _rank(self, question: Question, passages: Sequence[Passage]) -> list[Candidate]:
        found = [
            replace(
                candidate,
                score=candidate.coverage + _ANSWER_BONUS * candidate.has_answer + _RANK_BONUS / candidate.number,
            )
            for candidate in candidates_of(question, passages)
            if not is_asking(candidate.text)
        ]
        found.sort(key=lambda candidate: -candidate.score)
        if self._embedder is None or not found:
            return found
        return sorted(self._with_dense(question, found), key=lambda candidate: -candidate.score)

    def _with_dense(self, question: Question, ranked: list[Candidate]) -> list[Candidate]:
        assert self._embedder is not None
        head, tail = ranked[:_EMBEDDED], ranked[_EMBEDDED:]
        vectors = self._embedder.embed_passages([f"{c.passage.context}\n{c.text}" for c in head])
        cosines = vectors @ self._embedder.embed_query(question.text)
        nearest, furthest = float(cosines.max()), float(cosines.min())
        scored = []
        for candidate, cosine in zip(head, cosines.tolist(), strict=True):
            coverage = candidate.coverage
            if self._reads_across(question, candidate.passage, cosine):
                coverage = max(coverage, cosine)
            gain = coverage - candidate.coverage + _DENSE_WEIGHT * (cosine - nearest)
            scored.append(replace(candidate, coverage=coverage, score=candidate.score + gain))
        loss = _DENSE_WEIGHT * (nearest - furthest)
        return scored + [replace(candidate, score=candidate.score - loss) for candidate in tail]

    def _reads_across(self, question: Question, passage: Passage, cosine: float = 1.0) -> bool:
        """Say whether a passage in another language is alike enough for its words not to matter."""
        limit = self._cross_language_cosine
        return limit is not None and passage.language not in (question.language, "und") and cosine >= limit

    def _judge(self, question: Question, ranked: Sequence[Candidate], passages: Sequence[Passage]) -> ExtractiveVerdict:
        if not question.terms:
            return ExtractiveVerdict(False, 0.0, (), (), "no_words")
        if not ranked:
            reason = "coverage" if passages else "no_passages"
            return ExtractiveVerdict(False, 0.0, (), tuple(term.written for term in question.terms), reason)
        best = ranked[0]
        words = words_of(best.passage, question)
        matched = tuple(term.written for term in question.terms if holds(words, term))
        lacking = sorted(
            (term for term in question.terms if not holds(words, term)), key=lambda term: not term.required
        )
        missing = tuple(term.written for term in lacking)
        if best.coverage < self._threshold:
            return ExtractiveVerdict(False, best.coverage, matched, missing, "coverage")
        if question.units and not any(c.has_answer for c in ranked if c.score >= best.score - _CLOSE_ENOUGH):
            return ExtractiveVerdict(False, best.coverage, matched, missing, "no_figure")
        if any(term.required for term in lacking) and not self._reads_across(question, best.passage):
            everywhere = words.union(
                *(words_of(one, question) for one in {c.number: c.passage for c in ranked}.values())
            )
            nowhere = tuple(term.written for term in lacking if not holds(everywhere, term))
            if any(term.required and term.written in nowhere for term in lacking):
                return ExtractiveVerdict(False, best.coverage, matched, nowhere, "missing_term")
            return ExtractiveVerdict(False, best.coverage, matched, missing, "apart")
        return ExtractiveVerdict(True, best.coverage, matched, missing, "answered")


def _by_part(
    parts: Sequence[Question], citations: Sequence[Citation], passages: Sequence[Passage]
) -> list[list[Citation]]:
    """Give each citation to the question of which it covers the most."""
    if len(parts) == 1:
        return [list(citations)]
    shares: list[list[Citation]] = [[] for _ in parts]
    for citation in citations:
        holding = [one for one in passages if one.version_id == citation.version_id]
        coverages = [
            max((c.coverage for c in candidates_of(part, holding) if is_cited(c, citation)), default=0.0)
            for part in parts
        ]
        shares[coverages.index(max(coverages))].append(citation)
    return shares


def _choose(question: Question, ranked: Sequence[Candidate], most: int) -> list[Candidate]:
    """Pick the best, and others that come close to it and say something else (maximal marginal relevance)."""
    best = ranked[0]
    floor = best.score - _CLOSE_ENOUGH
    pool = [
        candidate for candidate in ranked[:_EMBEDDED] if candidate.score >= floor and _speaks_of(candidate, question)
    ]
    chosen = [best]
    if best in pool:
        pool.remove(best)
    while pool and len(chosen) < most:
        gains = [(c.score - _REDUNDANCY * max(_alike(c, other) for other in chosen), -i) for i, c in enumerate(pool)]
        gain, place = max(gains)
        if gain < floor:
            break
        chosen.append(pool.pop(-place))
    return chosen


def _speaks_of(candidate: Candidate, question: Question) -> bool:
    """Say whether a sentence holds a word of the question itself, and not its document's title alone.

    A row of a table speaks through its headings, and across languages no word need be common.
    """
    if CELLS in candidate.text or candidate.passage.language not in (question.language, "und"):
        return True
    return any(holds(candidate.words, term) for term in question.terms)


def _alike(one: Candidate, other: Candidate) -> float:
    """Return how much one repeats the other, 0 to 1; sentences whose figures differ never repeat each other."""
    words, others = set(one.words), set(other.words)
    if not words or not others:
        return 0.0
    shared = len(words & others) / min(len(words), len(others))
    if shared > 0.5 and _figures_differ(one, other):
        return 0.0
    return shared


def _figures_differ(one: Candidate, other: Candidate) -> bool:
    figures = find_quantities(one.text, one.passage.language)
    others = find_quantities(other.text, other.passage.language)
    return any(not any(same(a, b) for b in others) for a in figures)


def _joined(chosen: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    """Join chosen sentences that follow each other in one passage; the groups keep the order of their best."""
    left = list(chosen)
    while left:
        first = last = left.pop(0)
        while before := next((c for c in left if c.number == first.number and c.index == first.index - 1), None):
            left.remove(before)
            first = before
        while after := next((c for c in left if c.number == last.number and c.index == last.index + 1), None):
            left.remove(after)
            last = after
        yield first, last
