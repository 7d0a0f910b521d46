"""Names in a claim: places, people, units and acronyms, which must stand in what it cites."""

from __future__ import annotations

import re

from copilot.language.quantities import find_quantities
from copilot.language.sentences import sentences
from copilot.language.words import STOP_WORDS, fold, tokenize

_CAPITALISED = re.compile(r"(?<![\w’'-])(?:[dDlL]['’])?(?P<name>[A-ZÀ-ÖØ-Þ][\w]*(?:[-’'][\w]+)*)")
_ROMAN = re.compile(r"[IVX]+(?:e|er|ème)?")
# Capitalised by custom, without being names of anything that a source would have to repeat.
_COMMON = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre lundi
    mardi mercredi jeudi vendredi samedi dimanche i mr mrs ms dr m mme
    """.split()
)
# Adverbs, participles and plurals open a sentence without an article before them.
_OPENING_ENDINGS = {"fr": ("ment", "ant"), "en": ("ly", "ing", "ed", "s")}
_OPENINGS = frozenset(
    """
    depuis malgre selon durant outre hormis chez contre avant apres des vers environ seul seule seuls seules bien
    puisque despite since within around although unlike according currently overall total """.split()
)


def names_in(text: str, language: str, *, openings: bool = True) -> list[str]:
    """Return the capitalised words of `text` that name something, in order.

    The first word of a sentence counts as an acronym or before another capital, and with `openings` also where an
    ordinary word would hardly stand: French opens with an article, and adverbs, participles and English plurals are
    left out.
    """
    found: list[str] = []
    figures = [(quantity.start, quantity.end) for quantity in find_quantities(text, language)]
    for start, end in sentences(text):
        matches = list(_CAPITALISED.finditer(text, start, end))
        for index, match in enumerate(matches):
            name = match["name"]
            opens = not any(c.isalnum() for c in text[start : match.start()])
            followed = index + 1 < len(matches) and matches[index + 1].start() - match.end() <= 1
            if opens and not (_stands_out(name, followed) or (openings and _opens_as_name(name, language))):
                continue
            if _is_name(name) and not any(s <= match.start("name") < e for s, e in figures):
                found.append(name)
    return list(dict.fromkeys(found))


def _is_name(name: str) -> bool:
    folded = fold(name)
    if folded in _COMMON or _is_function_word(name) or _ROMAN.fullmatch(name):
        return False
    return len(name) > 1 and not any(c.isdigit() for c in name)


def _is_function_word(name: str) -> bool:
    return any(fold(name) in words for words in STOP_WORDS.values())


def _stands_out(name: str, followed: bool) -> bool:
    if len(name) > 1 and name.isupper():
        return True
    return followed and not _is_function_word(name)


def _opens_as_name(name: str, language: str) -> bool:
    if _is_function_word(name) or fold(name) in _OPENINGS:
        return False
    return not fold(name).endswith(_OPENING_ENDINGS.get(language, ()))


def missing_names(claim: str, evidence: str, language: str, *, openings: bool = True) -> list[str]:
    """Return the names of `claim` that no word of `evidence` carries, whatever their accents and capitals."""
    words = {word.text for word in tokenize(evidence)}
    return [
        name
        for name in names_in(claim, language, openings=openings)
        if not all(_stands(part.text, words) for part in tokenize(name))
    ]


def _stands(word: str, words: set[str]) -> bool:
    return word in words or (word.endswith("s") and word[:-1] in words) or f"{word}s" in words
