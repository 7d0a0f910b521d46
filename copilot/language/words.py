"""Words as search sees them: folded (lower case, no accents), without function words, stemmed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

_BLANKS = " \u00a0\u202f"
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼ", "'"))
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", **dict.fromkeys(_BLANKS, " ")}) | _APOSTROPHES
_ELISION = r"(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)"
# Groups of three digits between blanks make one number, unless what follows shows that they were none.
_NUMBER = rf"\d{{1,3}}(?:[{_BLANKS}]\d{{3}})+(?:[.,]\d+)?(?![.,]?\d)|\d+(?:[.,]\d+)*"
_WORD = re.compile(rf"{_ELISION}|{_NUMBER}|[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*", re.IGNORECASE)
_GROUPED = re.compile(r"[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
_DECIMAL = re.compile(r"\d+[.,]\d+")

_FRENCH = """
a afin ai ainsi alors apres as au aucun aucune aussi autre autres aux avec avez avoir avons ayant c ca car ce ceci
cela celle celles celui ces cet cette ceux chaque ci combien comme comment d dans de des donc dont du elle elles en
encore entre es est et etaient etait etant etc ete etes etre eu eux faire fait faut furent fut ici il ils j je jusqu l
la laquelle le lequel les lesquelles lesquels leur leurs lors lorsqu lui m ma mais me meme memes mes mon n ne ni nos
notre nous on ont or ou par parce pas pendant peu peut peuvent plus pour pourquoi puis puisqu qu quand que quel quelle
quelles quels qui quoi quoiqu s sa sans se selon sera seront ses si sien soit sommes son sont sous sur t ta te tes toi
ton tous tout toute toutes tu un une va vers voici voila vos votre vous y
"""
_ENGLISH = """
a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing down during each few for from further had has have having he her here hers him his how i if in
into is it its itself just me more most must my no nor not now of off on once only or other our ours out over own same
shall she should so some such than that the their theirs them then there these they this those through to too under
until up us very was we were what when where which while who whom whose why will with would you your yours
"""
STOP_WORDS: dict[str, frozenset[str]] = {"fr": frozenset(_FRENCH.split()), "en": frozenset(_ENGLISH.split())}


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it stands: ``source[start:end]``; `text` is folded."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, ligatures or no-break spaces."""
    lowered = text.casefold().translate(_LIGATURES)
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def tokenize(text: str) -> list[Word]:
    """Return the folded words of `text`; elided articles fall away.

    A number is one word, the same in French and in English notation: ``42 000``, ``42.000`` and ``42,000`` are
    ``42000``, ``1 250,5`` is ``1250.5``. Three digits after a mark are read as a group, for a word is only looked up:
    what a figure is worth is judged elsewhere, by its own language.
    """
    words: list[Word] = []
    for match in _WORD.finditer(text.translate(_APOSTROPHES)):
        written = match.group()
        if written.endswith("'"):
            continue
        folded = fold(written)
        words.append(Word(_one_notation(folded) if folded[:1].isdigit() else folded, match.start(), match.end()))
    return words


def _one_notation(number: str) -> str:
    """Return a folded number without marks between its groups and with a point before its decimals."""
    if " " in number:
        return number.replace(" ", "").replace(",", ".")
    if grouped := _GROUPED.fullmatch(number):
        return number.replace(grouped[1], "").replace(",", ".")
    return number.replace(",", ".") if _DECIMAL.fullmatch(number) else number


@cache
def _stemmer(language: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer({"fr": "french", "en": "english"}[language])


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """Return the Snowball stem of a folded word; a language without stemmer, or a number, is returned as it is."""
    if language not in STOP_WORDS or word[:1].isdigit():
        return word
    return str(_stemmer(language).stemWord(word))


def content_stems(text: str, language: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order, repeats kept."""
    stop = STOP_WORDS.get(language) or STOP_WORDS["fr"] | STOP_WORDS["en"]
    return [stem(word.text, language) for word in tokenize(text) if word.text not in stop]


def guess_language(text: str) -> str:
    """Say whether a short text is French or English by its function words and accents; French when they are even."""
    words = [word.text for word in tokenize(text)]
    french = sum(word in STOP_WORDS["fr"] and word not in STOP_WORDS["en"] for word in words)
    english = sum(word in STOP_WORDS["en"] and word not in STOP_WORDS["fr"] for word in words)
    french += sum(character in "éèêàùçœîôûëï" for character in text.lower())
    return "en" if english > french else "fr"
