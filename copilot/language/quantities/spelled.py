"""Numbers written as words in French and English: ``deux``, ``quatre-vingt-douze``, ``forty-two thousand``,
``third``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

_SMALL = {
    "fr": {
        name: value
        for value, names in enumerate(
            "zéro un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split()
        )
        for name in names.split("|")
    },
    "en": {
        name: value
        for value, name in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen".split()
        )
    },
}
_TENS = {
    "fr": {
        "vingt": 20,
        "vingts": 20,
        "trente": 30,
        "quarante": 40,
        "cinquante": 50,
        "soixante": 60,
        "septante": 70,
        "huitante": 80,
        "octante": 80,
        "nonante": 90,
    },
    "en": {
        "twenty": 20,
        "thirty": 30,
        "forty": 40,
        "fifty": 50,
        "sixty": 60,
        "seventy": 70,
        "eighty": 80,
        "ninety": 90,
    },
}
_HUNDRED = {"fr": ("cent", "cents"), "en": ("hundred",)}
SCALES: dict[str, dict[str, int]] = {
    "fr": {
        "mille": 10**3,
        "milliers": 10**3,
        "millier": 10**3,
        "million": 10**6,
        "millions": 10**6,
        "milliard": 10**9,
        "milliards": 10**9,
    },
    "en": {"thousand": 10**3, "million": 10**6, "millions": 10**6, "billion": 10**9, "billions": 10**9},
}
_JOINERS = {"fr": ("et",), "en": ("and",)}
# Words that are articles, adjectives or nouns more often than numbers when they stand alone.
_NOT_ALONE = frozenset(
    {
        "un",
        "une",
        "one",
        "centcents",
        "million",
        "millions",
        "milliard",
        "milliards",
        "billion",
        "billions",
        "milliers",
        "millier",
        "thousand",
        "hundred",
        "zéro",
        "zero",
    }
)
_ORDINALS = {
    name: value
    for value, names in enumerate(
        (
            "premier|première|premiers|premières|first",
            "deuxième|deuxièmes|second|seconde|seconds|secondes",
            "troisième|troisièmes|third",
            "quatrième|fourth",
            "cinquième|fifth",
            "sixième|sixth",
            "septième|seventh",
            "huitième|eighth",
            "neuvième|ninth",
            "dixième|tenth",
        ),
        start=1,
    )
    for name in names.split("|")
} | {"second": 2}
_WORDS_IN_A_NUMBER = 12


def languages_of(language: str) -> tuple[str, ...]:
    """Return whose number words to read: both where the language is neither French nor English."""
    return (language,) if language in SCALES else ("fr", "en")


@cache
def _pattern(language: str) -> re.Pattern[str]:
    words = {*_SMALL[language], *_TENS[language], *_HUNDRED[language], *SCALES[language]}
    word = "|".join(sorted(words, key=len, reverse=True))
    joiner = rf"(?:[ \u00a0-]|[ \u00a0-](?:{'|'.join(_JOINERS[language])})[ \u00a0-])"
    return re.compile(rf"(?<![\w-])(?:{word})(?:{joiner}(?:{word})){{0,{_WORDS_IN_A_NUMBER}}}(?![\w-])", re.IGNORECASE)


def find_spelled(text: str, language: str) -> Iterator[tuple[int, int, Fraction]]:
    """Yield (start, end, value) of every number in words."""
    for one in languages_of(language):
        for match in _pattern(one).finditer(text):
            words = re.split(r"[\s-]+", match.group().lower())
            if len(words) == 1 and words[0] in _NOT_ALONE:
                continue
            value = _value(words, one)
            if value is not None:
                yield match.start(), match.end(), Fraction(value)


def _value(words: list[str], language: str) -> int | None:
    """Add up the words, or None where they don't make one number («deux trois»)."""
    small, tens, scales = _SMALL[language], _TENS[language], SCALES[language]
    total = group = 0
    last = 1000
    for word in words:
        if word in _JOINERS[language]:
            continue
        if word in small or word in tens:
            value = small.get(word, tens.get(word, 0))
            if word in ("vingt", "vingts") and group % 100 == 4:  # quatre-vingts
                group, last = group + 76, 20
                continue
            if value >= last or (value >= 10 and last in (1, 10)):
                return None
            group += value
            # Sixty and eighty go on to nineteen in French: soixante-douze, quatre-vingt-dix-sept.
            last = 20 if value in (60, 80) and language == "fr" else 10 if value >= 20 or value == 10 else 1
        elif word in _HUNDRED[language]:
            if group > 99:
                return None
            group, last = max(group, 1) * 100, 100
        else:
            scale = scales[word]
            total, group, last = total + max(group, 1) * scale, 0, 1000
    return total + group


_ORDINAL_WORD = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})(?![\w-])", re.IGNORECASE
)
_A_RATE = re.compile(r"(?:\b(?:par|per|each)[ \u00a0]|/ ?)$", re.IGNORECASE)
_NOT_A_RANK = re.compile(r"[ \u00a0](?:ministres?|secours|aid|minister)\b", re.IGNORECASE)


def find_spelled_ordinals(text: str) -> Iterator[tuple[int, int, Fraction]]:
    """Yield (start, end, rank) of first to tenth, which rates and fixed expressions («premier ministre») are not."""
    for match in _ORDINAL_WORD.finditer(text):
        is_rate = _A_RATE.search(text, max(0, match.start() - 6), match.start())
        if not is_rate and not _NOT_A_RANK.match(text, match.end()):
            yield match.start(), match.end(), Fraction(_ORDINALS[match.group().lower()])
