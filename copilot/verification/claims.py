"""The badge of each claim, and the citations that an answer prints.

Thresholds, chosen on the mutated claims of the tests: a claim that shares less than `_PARTIAL_BELOW` of its content
words with its quotes, headings and title is `partial`, under `_UNSUPPORTED_BELOW` `unsupported`. Words are compared by
stem and by the first five letters; a claim in another language than its source is judged by figures, names and denials
alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from copilot.i18n import t
from copilot.language.quantities import Kind, Quantity, Standing, find_quantities, standing
from copilot.language.words import STOP_WORDS, content_stems, fold, tokenize
from copilot.records import Answer, Citation, Claim, DraftClaim, Passage, Rival, Status, ToolRun, Warning_
from copilot.verification.cautions import rested_on
from copilot.verification.evidence import Evidence, QuotedSpan, gather
from copilot.verification.names import missing_names
from copilot.verification.negation import flips
from copilot.verification.places import cells_at, page_at
from copilot.verification.quotes import locate
from copilot.verification.tool_results import evidence_of

_PARTIAL_BELOW = 0.5
_UNSUPPORTED_BELOW = 0.2
_COMMON_PREFIX = 5
_NOUN = re.compile(r"[ \u00a0\u202f]([^\W\d_]{3,})")
_SOURCE_MARK = re.compile(r"\s?\[[ST]?\d{1,3}(?:\s?,\s?[ST]?\d{1,3}){0,9}\]")


@dataclass(frozen=True, slots=True)
class VerifiedClaims:
    """Claims with their badges; `citations` are numbered from 1 in the order in which the claims use them."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]


def verify(
    drafts: Sequence[DraftClaim], passages: Sequence[Passage], *, language: str, runs: Sequence[ToolRun] = ()
) -> VerifiedClaims:
    """Look up each draft's quotes, figures, names and denials in the passages and tool results it cites.

    `language` is that of the claims. Source number n of a draft is ``passages[n - 1]``, tool number n the run of that
    number: a figure may stand in a result, an argument or an assumption of the run that the claim cites.
    """
    citations: dict[tuple[int, int, int], Citation] = {}
    results = {run.number: evidence_of(run, language) for run in runs}
    claims = [_judge(draft, passages, language, results, citations) for draft in drafts]
    return VerifiedClaims(tuple(claims), tuple(citations.values()))


def cite_span(passage: Passage, start: int, end: int) -> Citation:
    """Return ``passage.text[start:end]`` as the one citation of a text of its own."""
    cited: dict[tuple[int, int, int], Citation] = {}
    _cite(QuotedSpan(passage, start, end), cited)
    return next(iter(cited.values()))


def cite_rivals(
    citations: Sequence[Citation], rivals: Sequence[Rival], warned: Sequence[Warning_] = ()
) -> tuple[tuple[Citation, ...], list[Warning_]]:
    """Return the citations with those of the rivals after them, and the warnings that name what disagrees.

    Pairs of sources that a warning among `warned` names already are left out.
    """
    known = {(one.version_id, one.start, one.end): one for one in citations}
    named = {one.citations for one in warned if one.kind == "disagreement"}
    told = []
    for rival in rivals:
        number = _cite(QuotedSpan(rival.passage, rival.start, rival.end), known)
        (first, figure), (second, other) = sorted(zip((rival.citation, number), rival.figures, strict=True))
        if (first, second) not in named:
            named.add((first, second))
            told.append(Warning_("disagreement", (first, second), f"{figure} / {other}"))
    return tuple(known.values()), told


def cite_origins(
    citations: Sequence[Citation], claims: Sequence[Claim], runs: Sequence[ToolRun]
) -> tuple[tuple[Citation, ...], list[Warning_]]:
    """Return the citations with what speaks against the values that the runs took from documents, and the warnings.

    Only runs that a claim rests on are looked at.
    """
    known = {(one.version_id, one.start, one.end): one for one in citations}
    told = [
        Warning_("disagreement", (number,), f"{rival.figures[0]} / {rival.figures[1]}", (run.number,))
        for run in rested_on(claims, runs)
        for argument in run.arguments
        for rival in argument.origin.rivals
        for number in [_cite(QuotedSpan(rival.passage, rival.start, rival.end), known)]
    ]
    return tuple(known.values()), [*dict.fromkeys(told)]


def openable(answer: Answer) -> tuple[Citation, ...]:
    """Return what a reader can open of an answer: what it cites, or of a refusal the nearest passages, whole."""
    if answer.citations:
        return answer.citations
    nearest: dict[tuple[int, int, int], Citation] = {}
    for passage in answer.nearest:
        _cite(QuotedSpan(passage, 0, len(passage.text)), nearest)
    return tuple(nearest.values())


def overall_status(claims: Sequence[Claim], *, whole: bool = True) -> Status:
    """Return the badge of the whole answer: that of its claims where they agree, else `partial`; `refused` for none.

    One that does not answer the `whole` question is `partial` at best.
    """
    found = {claim.status for claim in claims}
    if not found:
        return Status.REFUSED
    return _worse(found.pop(), Status.SUPPORTED if whole else Status.PARTIAL) if len(found) == 1 else Status.PARTIAL


def _judge(
    draft: DraftClaim,
    passages: Sequence[Passage],
    language: str,
    results: Mapping[int, str],
    citations: dict[tuple[int, int, int], Citation],
) -> Claim:
    text = _SOURCE_MARK.sub("", draft.text).strip()
    spans, reasons = _find_quotes(draft, passages)
    numbers = tuple(dict.fromkeys(_cite(span, citations) for span in spans))
    tools = tuple(dict.fromkeys(number for number in draft.tools if number in results))
    reasons += [t("verification.no_such_tool", number=number) for number in draft.tools if number not in results]
    tool_values = [results[number] for number in tools]
    if not spans and not tool_values:
        reasons = reasons or [t("verification.no_quote")]
        return Claim(text, Status.UNSUPPORTED, (), tuple(reasons))
    status = Status.PARTIAL if reasons else Status.SUPPORTED
    if not any(_repeats(text, span) for span in spans):
        worst, more = _compare(text, gather(spans, tool_values, language), language)
        reasons += more
        status = _worse(status, worst)
    return Claim(text, status, numbers, tuple(dict.fromkeys(reasons)), tools)


def _find_quotes(draft: DraftClaim, passages: Sequence[Passage]) -> tuple[list[QuotedSpan], list[str]]:
    spans: list[QuotedSpan] = []
    reasons: list[str] = []
    for number, quote in draft.quotes:
        if not 1 <= number <= len(passages):
            reasons.append(t("verification.no_such_source", number=number))
            continue
        passage = passages[number - 1]
        span = locate(quote, passage.text)
        if span is None:
            reasons.append(t("verification.quote_not_found", quote=_short(quote), title=passage.title or passage.path))
        else:
            spans.append(QuotedSpan(passage, *span))
    return spans, reasons


def _cite(span: QuotedSpan, citations: dict[tuple[int, int, int], Citation]) -> int:
    passage = span.passage
    start, end = passage.start + span.start, passage.start + span.end
    key = (passage.version_id, start, end)
    if key not in citations:
        page = page_at(passage, start)
        citations[key] = Citation(
            number=len(citations) + 1,
            document_id=passage.document_id,
            version_id=passage.version_id,
            chunk_id=passage.chunk_id,
            path=passage.path,
            title=passage.title,
            sha256=passage.sha256,
            page=page,
            page_label=passage.page_label if page == passage.page_first else None,
            start=start,
            end=end,
            quote=span.text,
            context=passage.context,
            cells=cells_at(passage, span.start, span.end),
            date=passage.date,
            marking=passage.marking,
            superseded_by=passage.superseded_by,
            also_in=passage.also_in,
        )
    return citations[key].number


def _repeats(text: str, span: QuotedSpan) -> bool:
    """Return whether the claim is the quote, word for word."""
    return [word.text for word in tokenize(text)] == [word.text for word in tokenize(span.text)] and fold(
        re.sub(r"\W", "", text)
    ) == fold(re.sub(r"\W", "", span.text))


def _compare(text: str, evidence: Evidence, language: str) -> tuple[Status, list[str]]:
    worst, reasons = _check_quantities(text, evidence, language)
    own_language = _same_language(language, evidence.spans)
    if missing := missing_names(text, evidence.everything, language, openings=own_language):
        worst = _worse(worst, Status.PARTIAL)
        reasons.append(t("verification.name_absent", names=", ".join(missing)))
    if evidence.spans and flips(text, evidence.quotes, language):
        worst = _worse(worst, Status.PARTIAL)
        reasons.append(t("verification.negation"))
    if evidence.spans and own_language:
        shared = _shared_words(text, evidence.everything, language)
        if shared < _PARTIAL_BELOW:
            worst = _worse(worst, Status.UNSUPPORTED if shared < _UNSUPPORTED_BELOW else Status.PARTIAL)
            reasons.append(t("verification.off_topic"))
    return worst, reasons


def _check_quantities(text: str, evidence: Evidence, language: str) -> tuple[Status, list[str]]:
    claimed = {
        (quantity.readings, _counts_something(text, quantity)): quantity for quantity in find_quantities(text, language)
    }
    reasons: list[str] = []
    absent = 0
    for (_, counts), quantity in claimed.items():
        found = standing(quantity, evidence.quantities, counts=counts)
        if found is Standing.STANDS or _stands_as_written(quantity, evidence):
            continue
        if found is Standing.UNIT_DIFFERS:
            reasons.append(t("verification.unit_differs", value=quantity.text))
        else:
            absent += 1
            reasons.append(t("verification.quantity_absent", value=quantity.text))
    if not reasons:
        return Status.SUPPORTED, []
    return (Status.UNSUPPORTED if absent == len(claimed) else Status.PARTIAL), reasons


def _counts_something(text: str, quantity: Quantity) -> bool:
    """Return whether a noun follows a bare number: «12 camions»."""
    if quantity.kind is not Kind.NUMBER or quantity.unit:
        return False
    following = _NOUN.match(text, quantity.end)
    return following is not None and not any(fold(following[1]) in words for words in STOP_WORDS.values())


def _stands_as_written(quantity: Quantity, evidence: Evidence) -> bool:
    """Return whether an identifier stands as a word of its own, in whatever capitals."""
    if quantity.kind is not Kind.IDENTIFIER and quantity.kind is not Kind.ORDINAL:
        return False
    return re.search(rf"(?<!\w){re.escape(fold(quantity.text))}(?!\w)", fold(evidence.everything)) is not None


def _same_language(language: str, spans: Iterable[QuotedSpan]) -> bool:
    return any(span.passage.language in (language, "und") for span in spans) or language not in STOP_WORDS


def _shared_words(text: str, evidence: str, language: str) -> float:
    """Return the part of the claim's content words, figures aside, that the evidence holds; 1 for a claim of figures
    only."""
    wanted = {stem for stem in content_stems(text, language) if not stem[0].isdigit()}
    held = set(content_stems(evidence, language))
    prefixes = {stem[:_COMMON_PREFIX] for stem in held if len(stem) >= _COMMON_PREFIX}
    shared = sum(stem in held or stem[:_COMMON_PREFIX] in prefixes for stem in wanted)
    return shared / len(wanted) if wanted else 1.0


def _worse(one: Status, other: Status) -> Status:
    order = (Status.SUPPORTED, Status.PARTIAL, Status.UNSUPPORTED)
    return max(one, other, key=order.index)


def _short(quote: str, limit: int = 60) -> str:
    return quote if len(quote) <= limit else f"{quote[: limit - 1].rstrip()}…"
