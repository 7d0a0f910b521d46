"""Counts and pattern searches that read every page of every document: never an estimate, never the top ten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import regex

from copilot.errors import UsageError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.language.words import STOP_WORDS, fold, guess_language, stem, tokenize
from copilot.records import SearchFilter
from copilot.store.chunks import PageText
from copilot.store.truth import Truth

_QUOTED = re.compile(r"[\"«“]([^\"«»“”]+)[\"»”]")
_MOST_SECONDS_A_PAGE = 5.0


@dataclass(frozen=True, slots=True)
class Match:
    """One match of a pattern: where it stands, and the line that holds it. Offsets are into the version's text."""

    path: str
    document_id: int
    version_id: int
    page: int
    page_label: str | None
    line: int
    start: int
    end: int
    text: str
    line_text: str
    line_start: int


@dataclass(slots=True)
class DocumentCount:
    """What one document holds of a query: pages with every term, and how often each term occurs."""

    path: str
    document_id: int
    pages: list[int] = field(default_factory=list)
    occurrences: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Count:
    """The result of a full scan: the documents that hold every term, and how many pages hold them together."""

    terms: tuple[str, ...]
    documents: tuple[DocumentCount, ...]
    pages: int
    occurrences: dict[str, int]
    documents_scanned: int
    pages_scanned: int


def count(truth: Truth, query: str, chosen: SearchFilter) -> Count:
    """Count the documents and pages that hold every term of `query`: words by stem, quoted phrases word by word.

    Raises:
        UsageError: the query holds no word.
    """
    terms = _terms(query)
    if not terms:
        raise UsageError(t("scan.no_words", query=query), t("scan.no_words_next"))
    found: dict[int, DocumentCount] = {}
    scanned_pages = 0
    scanned_documents: set[int] = set()
    for page in truth.iter_pages(chosen):
        scanned_pages += 1
        scanned_documents.add(page.document_id)
        counts = _count_page(page.text, terms)
        if not counts:
            continue
        document = found.setdefault(page.document_id, DocumentCount(page.path, page.document_id))
        if len(counts) == len(terms):
            document.pages.append(page.number)
        for term, number in counts.items():
            document.occurrences[term] = document.occurrences.get(term, 0) + number
    whole = [document for document in found.values() if len(document.occurrences) == len(terms)]
    totals = {term.label: sum(d.occurrences.get(term.label, 0) for d in whole) for term in terms}
    return Count(
        tuple(term.label for term in terms),
        tuple(sorted(whole, key=lambda document: (-sum(document.occurrences.values()), document.path))),
        sum(len(document.pages) for document in whole),
        totals,
        len(scanned_documents),
        scanned_pages,
    )


@dataclass(frozen=True, slots=True)
class _Term:
    """A word or phrase as sequences of stems, one a language; `pieces` all stand in any page that holds it."""

    label: str
    stems: tuple[tuple[str, ...], ...]
    pieces: tuple[str, ...]


def _terms(query: str) -> list[_Term]:
    phrases = [match.group(1) for match in _QUOTED.finditer(query)]
    stop = STOP_WORDS[guess_language(query)]
    rest = _QUOTED.sub(" ", query)
    words = [rest[word.start : word.end] for word in tokenize(rest) if word.text not in stop]
    terms: dict[str, _Term] = {}
    for label in phrases + words:
        parts = [word.text for word in tokenize(label)]
        # Told as they were written; the same word written twice is one term.
        if parts and all(fold(label) != fold(known) for known in terms):
            stems = tuple(dict.fromkeys(tuple(stem(part, language) for part in parts) for language in STOP_WORDS))
            # What a stem has in common with its word stands in every inflection of it: a cheap test before the words.
            pieces = tuple(part[: max(1, len(part) - 4)] if part.isalpha() else part[:1] for part in parts)
            terms.setdefault(label, _Term(label, stems, pieces))
    return list(terms.values())


def _count_page(text: str, terms: list[_Term]) -> dict[str, int]:
    folded = fold(text)
    candidates = [term for term in terms if all(piece in folded for piece in term.pieces)]
    if not candidates:
        return {}
    words = [word.text for word in tokenize(text)]
    stems = {language: [stem(word, language) for word in words] for language in STOP_WORDS}
    counts: dict[str, int] = {}
    for term in candidates:
        places: set[int] = set()
        for wanted in term.stems:
            for sequence in stems.values():
                places.update(_places(sequence, wanted))
        if places:
            counts[term.label] = len(places)
    return counts


def _places(sequence: list[str], wanted: tuple[str, ...]) -> Iterator[int]:
    first, length = wanted[0], len(wanted)
    index = -1
    while True:
        try:
            index = sequence.index(first, index + 1)
        except ValueError:
            return
        if tuple(sequence[index : index + length]) == wanted:
            yield index


def grep(
    truth: Truth, pattern: str, chosen: SearchFilter, *, ignore_case: bool = False, fixed: bool = False
) -> Iterator[Match]:
    """Yield every match of a regular expression (or fixed text) in every page, in the order of the documents.

    Raises:
        UsageError: the pattern is no regular expression, or takes too long on a page.
    """
    flags = regex.VERSION1 | regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0)
    try:
        compiled = regex.compile(regex.escape(pattern) if fixed else pattern, flags)
    except regex.error as error:
        raise UsageError(
            t("scan.bad_pattern", pattern=pattern, error=cause_of(error)), t("scan.bad_pattern_next")
        ) from error
    for page in truth.iter_pages(chosen):
        try:
            for found in compiled.finditer(page.text, timeout=_MOST_SECONDS_A_PAGE):
                if found.end() > found.start():
                    yield _match(page, found.start(), found.end())
        except TimeoutError as error:
            detail = t("scan.slow_pattern", pattern=pattern, path=page.path, page=page.number)
            raise UsageError(detail, t("scan.slow_pattern_next")) from error


def _match(page: PageText, start: int, end: int) -> Match:
    line_start = page.text.rfind("\n", 0, start) + 1
    line_end = page.text.find("\n", end)
    return Match(
        path=page.path,
        document_id=page.document_id,
        version_id=page.version_id,
        page=page.number,
        page_label=page.label,
        line=page.text.count("\n", 0, start) + 1,
        start=page.start + start,
        end=page.start + end,
        text=page.text[start:end],
        line_text=page.text[line_start : line_end if line_end >= 0 else None],
        line_start=start - line_start,
    )
