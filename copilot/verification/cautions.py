"""What a reader should know beside the badges: sources that disagree, stand alone, are out of date or give orders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from copilot.language.quantities import Kind, Quantity, find_quantities, same
from copilot.language.sentences import sentences
from copilot.language.words import content_stems, guess_language
from copilot.records import Citation, Claim, Passage, Status, ToolRun, Warning_
from copilot.verification.order_places import order_of_passage, order_of_run

# Two sentences speak of the same thing when this part of their content words, figures aside, is common to both.
_ALIKE = 0.6


def warnings(
    claims: Sequence[Claim],
    citations: Sequence[Citation],
    passages: Sequence[Passage],
    *,
    language: str = "und",
    runs: Sequence[ToolRun] = (),
) -> tuple[Warning_, ...]:
    """Return the warnings of an answer; `passages` and `runs` are all that were read for it, cited or not."""
    return (
        *_disagreements(citations, language),
        *_single_source(claims, citations),
        *_superseded(citations),
        *_of_origins(rested_on(claims, runs)),
        *_instructions(citations, passages, runs),
    )


def with_cautions(
    claims: Sequence[Claim], warnings: Iterable[Warning_], citations: Sequence[Citation]
) -> tuple[Claim, ...]:
    """Return the claims with the kinds of the warnings that name a source of theirs, or a tool's run.

    That a claim stands alone is its own: another that cites the same source may have a second one.
    """
    told = [*warnings]

    def concerns(warning: Warning_, claim: Claim) -> bool:
        if set(warning.tools) & set(claim.tools):
            return warning.kind != "single_source" or claim.status is not Status.UNSUPPORTED
        if warning.kind == "single_source":
            return not warning.tools and rests_on_one_source(claim, citations)
        return bool(set(warning.citations) & set(claim.citations))

    return tuple(
        replace(claim, cautions=tuple(dict.fromkeys(one.kind for one in told if concerns(one, claim))))
        for claim in claims
    )


def _disagreements(citations: Sequence[Citation], language: str) -> Iterator[Warning_]:
    for one, other in combinations(citations, 2):
        if (one.version_id, one.start, one.end) != (other.version_id, other.start, other.end) and (
            detail := _difference(one, other, language)
        ):
            yield Warning_("disagreement", (one.number, other.number), detail)


def _difference(one: Citation, other: Citation, language: str) -> str | None:
    for own in _sentences_of(one.quote):
        for theirs in _sentences_of(other.quote):
            if differing := differing_quantities(own, theirs, language):
                return f"{differing[0].text} / {differing[1].text}"
    return None


def _sentences_of(quote: str) -> list[str]:
    return [quote[start:end] for start, end in sentences(quote)]


def differing_quantities(one: str, other: str, language: str) -> tuple[Quantity, Quantity] | None:
    """Return the first quantities of two sentences that are alike but for their figures, or None."""
    if language not in ("fr", "en"):
        language = guess_language(one)
    stems = _stems(one, language), _stems(other, language)
    union = stems[0] | stems[1]
    if not union or len(stems[0] & stems[1]) < _ALIKE * len(union):
        return None
    figures, others = find_quantities(one, language), find_quantities(other, language)
    if len(figures) != len(others):
        return None
    pairs = [(a, b) for a, b in zip(figures, others, strict=True) if not same(a, b) and _comparable(a, b)]
    dated = [pair for pair in pairs if pair[0].kind in (Kind.DATE, Kind.INSTANT)]
    # Of two days both figures may be true.
    return pairs[0] if pairs and len(dated) in (0, len(pairs)) else None


def _stems(sentence: str, language: str) -> set[str]:
    hidden = sentence
    for quantity in find_quantities(sentence, language):
        hidden = hidden[: quantity.start] + " " * (quantity.end - quantity.start) + hidden[quantity.end :]
    return set(content_stems(hidden, language))


def _comparable(one: Quantity, other: Quantity) -> bool:
    return bool({(r.kind, r.unit) for r in one.readings} & {(r.kind, r.unit) for r in other.readings})


def _single_source(claims: Sequence[Claim], citations: Sequence[Citation]) -> Iterator[Warning_]:
    lone = [claim for claim in claims if rests_on_one_source(claim, citations)]
    cited = {number for claim in lone for number in claim.citations}
    if cited:
        yield Warning_("single_source", tuple(one.number for one in citations if one.number in cited))


def rests_on_one_source(claim: Claim, citations: Sequence[Citation]) -> bool:
    """Say whether all that bears a claim out lies in one document: a copy says what it copies, and no second time."""
    if claim.status is Status.UNSUPPORTED:
        return False
    sources = [{one.path, *one.also_in} for one in citations if one.number in claim.citations]
    if not sources:
        return False
    joined, apart = sources[0], sources[1:]
    while near := [source for source in apart if source & joined]:
        joined = joined.union(*near)
        apart = [source for source in apart if source not in near]
    return not apart


def _superseded(citations: Sequence[Citation]) -> Iterator[Warning_]:
    for citation in citations:
        if citation.superseded_by:
            yield Warning_("superseded", (citation.number,), citation.superseded_by)


def rested_on(claims: Sequence[Claim], runs: Sequence[ToolRun]) -> list[ToolRun]:
    """Return the runs that some claim cites."""
    cited = {number for claim in claims for number in claim.tools}
    return [run for run in runs if run.number in cited]


def _of_origins(runs: Sequence[ToolRun]) -> Iterator[Warning_]:
    """Warn of runs whose values were read from documents: a result is no better borne out than what it is made of."""
    for run in runs:
        read = [one.origin for one in run.arguments if one.origin.passage is not None]
        if not all(origin.also_in for origin in read):
            yield Warning_("single_source", (), "", (run.number,))
        replaced = (one.passage.superseded_by for one in read if one.passage is not None)
        for path in dict.fromkeys(filter(None, replaced)):
            yield Warning_("superseded", (), path, (run.number,))


def _instructions(
    citations: Sequence[Citation], passages: Sequence[Passage], runs: Sequence[ToolRun]
) -> Iterator[Warning_]:
    """Warn once of each order: one in a title stands with every passage of its document."""
    numbers: dict[str, list[int]] = {}
    for passage in passages:
        if found := order_of_passage(passage):
            cited = [citation.number for citation in citations if citation.chunk_id == passage.chunk_id]
            numbers.setdefault(found, []).extend(cited)
    for run in runs:
        if found := order_of_run(run):
            numbers.setdefault(found, [])
    for found, cited in numbers.items():
        yield Warning_("instruction_like", tuple(dict.fromkeys(cited)), found)
