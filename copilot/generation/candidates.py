"""The sentences of the passages, and how much of a question each one covers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from copilot.generation.question import AnswerType, Question, Term
from copilot.language.cells import units_over
from copilot.language.quantities import Kind, Quantity, Units, find_quantities, header_units, with_units
from copilot.language.sentences import sentences
from copilot.language.words import content_stems, tokenize
from copilot.records import Passage

# What a question's word is worth by where it stands, against 1 in the sentence itself.
NEIGHBOUR_CREDIT = 0.7
CONTEXT_CREDIT = 0.85
PASSAGE_CREDIT = 0.5
# A word that shares its first letters only: «construit» for «construction».
KIN_CREDIT = 0.7
_KIN_LETTERS = 5
_ISO_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d))?)?")
_MONTHS_FR = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_MONTHS_EN = "January February March April May June July August September October November December".split()
# The report of a question that ends its sentence: «demande au génie si le pont ...», "asked for an opinion on whether".
_IF = r"s(?:i|['’]ils?)\b"
_ASKING = re.compile(
    rf"(?:\bdemand(?:e|é|ée|és|ent|ait|aient)(?: (?:à|au|aux) (?:la |l['’])?\w+)? {_IF}"
    rf"|\b(?:de|à|veut|voudrait|faut) savoir {_IF}"
    r"|\b(?:ask(?:s|ed|ing)?|wonder(?:s|ed)?|[ei]nquire[sd]?)\b[^.;:]{0,60}? whether\b"
    r"|\b(?:asked|asks|wonder(?:s|ed)?)(?: (?:him|her|them|us|me))? if\b"
    r"|\b(?:opinion|advice) on whether\b)[^;:]*\Z",
    re.IGNORECASE,
)
_QUESTION_MARK = re.compile(r"\?[ \u00a0\u202f]?[»”\"']?\s*\Z")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence or table row: ``passage.text[start:end]``, source `number`, place `index` among its passage's
    sentences."""

    number: int
    index: int
    passage: Passage = field(repr=False)
    start: int
    end: int
    words: frozenset[str]
    coverage: float
    has_answer: bool
    score: float = 0.0

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def candidates_of(question: Question, passages: Sequence[Passage]) -> list[Candidate]:
    """Return every sentence of the passages with its coverage of the question."""
    found: list[Candidate] = []
    for number, passage in enumerate(passages, start=1):
        language = _language_of(passage, question)
        spans = sentences(passage.text, language)
        own = [_words(passage.text[start:end], language) for start, end in spans]
        above = _words(f"{passage.context} {passage.title} {date_words(passage.date)}", language)
        whole = frozenset().union(*own)
        for index, (start, end) in enumerate(spans):
            answers = has_answer(question, passage, start, end, language)
            near = frozenset().union(*own[max(0, index - 1) : index + 2])
            found.append(
                Candidate(
                    number,
                    index,
                    passage,
                    start,
                    end,
                    own[index],
                    _coverage(question, own[index], near, above, whole, answers=answers),
                    answers,
                )
            )
    return found


def is_asking(sentence: str) -> bool:
    """Say whether a sentence is a question or reports one, and so answers none."""
    return bool(_QUESTION_MARK.search(sentence) or _ASKING.search(sentence))


def words_of(passage: Passage, question: Question) -> frozenset[str]:
    """Return all words and stems of a passage, its headings, its title and its document's date."""
    written = f"{passage.text} {passage.context} {passage.title} {date_words(passage.date)}"
    return _words(written, _language_of(passage, question))


def date_words(date: str | None) -> str:
    """Return an ISO date as a question may put it, in French and English: a dated report speaks of its day."""
    found = _ISO_DATE.match(date or "")
    if found is None:
        return ""
    year, month, day = found.groups()
    names = " ".join(months[int(month) - 1] for months in (_MONTHS_FR, _MONTHS_EN)) if month else ""
    return f"{int(day) if day else ''} {day or ''} {names} {year}"


def _language_of(passage: Passage, question: Question) -> str:
    return passage.language if passage.language in ("fr", "en") else question.language


def _words(text: str, language: str) -> frozenset[str]:
    """Return stems and folded words: names are stemmed alike only within one language."""
    return frozenset(content_stems(text, language)) | frozenset(word.text for word in tokenize(text))


def holds(words: frozenset[str], term: Term) -> float:
    """Return 1 where `words` hold the term, `KIN_CREDIT` where they hold a word of its family, else 0."""
    if term.stem in words or term.word in words:
        return 1.0
    # A name's kin share all but its last letter («Syrie», «syrienne»), and codes have none.
    kin = term.word[:-1] if term.required else term.stem[:_KIN_LETTERS]
    if len(term.word) < _KIN_LETTERS or len(kin) < _KIN_LETTERS - 1 or any(c.isdigit() for c in term.word):
        return 0.0
    return KIN_CREDIT if any(word.startswith(kin) for word in words) else 0.0


def _coverage(
    question: Question,
    own: frozenset[str],
    near: frozenset[str],
    above: frozenset[str],
    whole: frozenset[str],
    *,
    answers: bool,
) -> float:
    if not question.weight:
        return 0.0
    total = 0.0
    for term in question.terms:
        credit = max(
            holds(own, term),
            NEIGHBOUR_CREDIT * holds(near, term),
            CONTEXT_CREDIT * holds(above, term),
            PASSAGE_CREDIT * holds(whole, term),
            float(answers and term.kind),
        )
        total += term.weight * credit
    return total / question.weight


NAME_INSIDE = re.compile(r"(?<=[\w,;:«(] )(?:[dDlL]['’])?[A-ZÀ-ÖØ-Þ]\w+|(?<=['’])[A-ZÀ-ÖØ-Þ]\w+")
_YEAR = re.compile(r"(?:1\d|20)\d\d")


def has_answer(question: Question, passage: Passage, start: int, end: int, language: str) -> bool:
    """Return whether a sentence of a passage holds something of the kind that is asked for and that the question does
    not hold itself."""
    sentence = passage.text[start:end]
    if question.answer is AnswerType.ANY:
        return False
    if question.answer in (AnswerType.PERSON, AnswerType.PLACE):
        asked = {word.text for word in tokenize(question.text)}
        return any(
            word.text not in asked for match in NAME_INSIDE.finditer(sentence) for word in tokenize(match.group())
        )
    found = [quantity for quantity in find_quantities(sentence, language) if quantity.text not in question.text]
    if question.answer is AnswerType.DATE:
        return any(_is_date(quantity) for quantity in found)
    numbers = [quantity for quantity in found if quantity.kind in (Kind.NUMBER, Kind.TIME)]
    if not question.units:
        return any(not _is_date(quantity) for quantity in numbers)
    bases = {base for base, _ in question.units}
    above = header_units(passage.context)
    return any(
        bases & {reading.unit for reading in with_header(passage, start, one, above).readings} for one in numbers
    )


def with_header(passage: Passage, start: int, quantity: Quantity, above: Units) -> Quantity:
    """Return a bare number of the sentence at `start` with its column's unit, outside tables with those `above`."""
    if quantity.unit:
        return quantity
    column = units_over(passage.text, passage.context, start + quantity.start)
    return with_units(quantity, above if column is None else column)


def _is_date(quantity: Quantity) -> bool:
    if quantity.kind in (Kind.DATE, Kind.INSTANT, Kind.RELATIVE_DAY, Kind.TIME):
        return True
    if quantity.kind is Kind.ORDINAL:
        return bool(re.match("[IVX]", quantity.text))
    return quantity.kind is Kind.NUMBER and bool(_YEAR.fullmatch(quantity.text))
