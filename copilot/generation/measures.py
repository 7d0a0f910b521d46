"""What a question measures, by the word that names it: «vitesse» wants a figure in km/h or knots, "cost" one in money.

A passage may state a speed without the word «vitesse», and one without any figure in such a unit does not answer. Words
that several dimensions share («capacité», "rate") are left out.
"""

from __future__ import annotations

import re
from fractions import Fraction

from copilot.language.quantities import Units
from copilot.language.words import fold, tokenize

_TABLE = """
m/s   | vitesse vitesses speed speeds vite fast
€ $ £ | montant montants prix cout couts coute coutent coutera coutait coutee tarif tarifs loyer budget
€ $ £ | cost costs price prices fee fees fare budget
kg    | poids masse tonnage tonnages weight weights mass tonnage heavy
m     | hauteur profondeur longueur largeur epaisseur distance kilometrage altitude
m     | height depth length width thickness distance mileage altitude far tall deep wide
L     | volume volumes
L/s   | debit debits flow throughput
°C °F | temperature temperatures
s month | duree durees duration
%     | pourcentage pente slope gradient percentage
W VA  | puissance power
Pa    | pression pressure
"""
_BASES: dict[str, tuple[str, ...]] = {}
for _line in _TABLE.strip().splitlines():
    _bases, _words = _line.split("|")
    for _word in _words.split():
        _BASES[_word] = tuple(dict.fromkeys((*_BASES.get(_word, ()), *_bases.split())))
# «charge» and "load" are what is asked for only in such words: most often they are a verb, a duty or an expense.
_LOAD = re.compile(
    r"\bquel(?:le)?s? (?:est la |sont les )?charges?\b(?! de travail| d'affaires)"
    r"|\bcharges? (?:limites?|utiles?|maximales?|maxi|admissibles?|a l'essieu)\b"
    r"|\b(?:what|which|how much) load\b|\bload (?:limit|capacity|rating)\b"
    r"|\b(?:maximum|permitted|axle|gross|safe|working) loads?\b"
)
_LOADS = ("kg", "W", "VA", "%")
_LOAD_WORDS = frozenset({"charge", "charges", "load", "loads"})


def names_measure(word: str, question: str) -> bool:
    """Say whether a folded word of a question names what is measured."""
    return word in _BASES or (word in _LOAD_WORDS and bool(_LOAD.search(fold(question))))


def units_of(question: str) -> Units:
    """Return the base units of what a question measures; of the first word where it names several."""
    folded = fold(question)
    bases = next((_BASES[word.text] for word in tokenize(folded) if word.text in _BASES), ())
    if not bases and _LOAD.search(folded):
        bases = _LOADS
    return tuple((base, Fraction(1)) for base in bases)
