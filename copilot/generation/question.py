"""What a question asks for: its words with their weights, its names and figures, and the kind of answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from copilot.generation.measures import names_measure, units_of
from copilot.language.quantities import Units, find_quantities, match_unit
from copilot.language.words import STOP_WORDS, fold, stem, tokenize


class AnswerType(StrEnum):
    """The kind of thing that would answer."""

    QUANTITY = "quantity"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Term:
    """One content word of a question.

    `required` marks a name, a code or a figure: evidence that lacks it answers something else. `kind` marks a word that
    names the kind of answer («l'heure», "the number"): what answers need not say it.
    """

    written: str
    word: str
    stem: str
    weight: float
    required: bool = False
    kind: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the extractive generator sees it; `units` are those that a quantity was asked in."""

    text: str
    language: str
    terms: tuple[Term, ...]
    answer: AnswerType
    units: Units = ()

    @property
    def weight(self) -> float:
        return sum(term.weight for term in self.terms)


# Matched against the folded question; what a number or a time is asked of, in French and English.
_MEASURES_FR = (
    "nombre|quantite|montant|prix|cout|pourcentage|taux|part|duree|distance|superficie|taille|poids|vitesse|capacite"
    "|autonomie|age|stock|temperature|volume|population|hauteur|longueur"
)
_MEASURES_EN = (
    "number|quantity|amount|price|cost|percentage|rate|share|length|distance|size|weight|speed|capacity|range|age|stock"
    "|temperature|volume|population|height"
)
_TIMES_FR = "annee|date|jour|mois|siecle|epoque|moment|heure|horaire|delai|echeance"
_WHICH = "quel(?:le)?s? "
_IS_THE = "(?:est |sont |etait |sera )?(?:le |la |les |l')?"
_PATTERNS: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
    (
        AnswerType.DATE,
        re.compile(
            rf"\b(?:quand|when|(?:en |a |de )?{_WHICH}{_IS_THE}(?:{_TIMES_FR})s?"
            r"|(?:what|which) (?:is |was )?(?:the )?(?:year|date|day|month|century|time|deadline))\b"
        ),
    ),
    (
        AnswerType.QUANTITY,
        re.compile(
            r"\b(?:combien|how (?:many|much|long|far|often|old|big|large|high|deep|fast|heavy)"
            rf"|{_WHICH}{_IS_THE}(?:{_MEASURES_FR})s?"
            rf"|what (?:is |was |are )?(?:the )?(?:{_MEASURES_EN}))\b"
        ),
    ),
    (AnswerType.PERSON, re.compile(r"\b(?:qui|who|whom|whose|quelle personne|quel auteur)\b")),
    (
        AnswerType.PLACE,
        re.compile(
            rf"\b(?:ou|where|(?:dans |en |a )?{_WHICH}(?:pays|ville|lieu|endroit|region)s?"
            r"|(?:what|which) (?:country|city|place|town))\b"
        ),
    ),
)
_HOW_MANY = re.compile(r"\b(?:combien de |combien d['’]|how many |how much )", re.IGNORECASE)
# Words that ask: they say what kind of answer is wanted and need not stand in it.
_ASKING = frozenset(
    """
    combien quand comment pourquoi quel quelle quels quelles qui quoi ou lequel est-ce t il elle on
    what when where who whom whose which why how many much long far often please tell give list find show
    donne donner donnez dis dites indique indiquer indiquez cite citer citez liste lister trouve appelle appelait nomme
    """.split()
)
# Words that name the kind of answer; a good passage may well leave them out, so they weigh little.
_KINDS = frozenset(
    """
    date annee annees jour mois siecle epoque moment periode heure horaire lieu endroit nombre quantite montant nom noms
    personne type
    sorte genre year date day month century time period place number amount quantity name names person kind type sort
    """.split()
)
_KIND_WEIGHT = 0.3
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ]")


def uniform_idf(stem: str) -> float:  # noqa: ARG001
    """Weigh every word alike, where no index says how rare each is."""
    return 1.0


def analyse(text: str, language: str, idf: Callable[[str], float]) -> Question:
    """Read a question; `idf` gives the weight of a stem, and with it what is rare."""
    folded = fold(text)
    answer = next((kind for kind, pattern in _PATTERNS if pattern.search(_accented_ou(text, folded))), AnswerType.ANY)
    units = _units_asked(text) or units_of(text)
    if units and answer is AnswerType.ANY:
        answer = AnswerType.QUANTITY
    return Question(text, language, _terms(text, language, idf), answer, units)


def _accented_ou(text: str, folded: str) -> str:
    """Keep «ou» (or) from asking for a place as «où» does, unless it opens the question."""
    return folded if "où" in text.lower() or folded.strip().startswith("ou ") else re.sub(r"\bou\b", "", folded)


def _units_asked(text: str) -> Units:
    match = _HOW_MANY.search(text)
    found = match_unit(text, match.end()) if match else None
    return found[0] if found else ()


def _terms(text: str, language: str, idf: Callable[[str], float]) -> tuple[Term, ...]:
    stop = STOP_WORDS.get(language) or STOP_WORDS["fr"] | STOP_WORDS["en"]
    figures = [(q.start, q.end) for q in find_quantities(text, language)]
    terms: dict[str, Term] = {}
    first = True
    for word in tokenize(text):
        written = text[word.start : word.end]
        opens, first = first, False
        if word.text in stop or word.text in _ASKING or (len(word.text) == 1 and not word.text.isdigit()):
            continue
        root = stem(word.text, language)
        weight = max(idf(root), 0.0) * (_KIND_WEIGHT if word.text in _KINDS else 1.0)
        # A single figure is as often written as a word: «les 3 villes».
        figure = len(word.text) > 1 and written[0].isdigit() and any(s <= word.start < e for s, e in figures)
        name = bool(_CAPITAL.match(written)) and (not opens or (written.isupper() and len(written) > 1))
        if root not in terms or (name and not terms[root].required):
            terms[root] = Term(
                written,
                word.text,
                root,
                weight,
                (name or figure) and not _shouting(text),
                word.text in _KINDS or names_measure(word.text, text),
            )
    return tuple(terms.values())


def _shouting(text: str) -> bool:
    """Return whether the whole question is in capitals, which then mark no name."""
    return text.upper() == text
