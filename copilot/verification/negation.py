"""Whether a claim denies what its quote says, or says what its quote denies."""

from __future__ import annotations

import re
from collections.abc import Iterable

from copilot.language.words import content_stems

_FRENCH = re.compile(
    r"\b(?:ne\b|n['’])(?P<rest>[^.;!?]{0,80}?)\b(?P<what>pas|point|plus|jamais|aucun|aucune|guère|rien|personne|nul|nulle|ni)\b"
    r"|\b(?P<alone>aucun|aucune|nullement|sans|jamais|ni)\b|\bnon[ -](?=[a-zéè])",
    re.IGNORECASE,
)
# «no. 5», «no 5» is a number's name; «not only» and «no later than» deny nothing.
_ENGLISH = re.compile(
    r"\b(?:not|cannot|never|none|without|nor|neither|nobody|nothing)\b(?! only)|n['’]t\b"
    r"|\bno\b(?!\.?\s?\d|\.? later| more than| less than| fewer)",
    re.IGNORECASE,
)
# Where one assertion ends and another begins, so that a denial stays with what it denies.
_CLAUSE = re.compile(
    r"[.;:!?|]\s|,\s(?:mais|but|tandis|alors|while|et|and|or)\b|\b(?:mais|but|whereas|although|bien que)\b|\n"
)
_SHARED = 0.5


def is_negated(text: str) -> bool:
    """Return whether `text` denies something, in French or English."""
    return bool(_FRENCH.search(text) or _ENGLISH.search(text))


def flips(claim: str, quotes: Iterable[str], language: str) -> bool:
    """Return whether the claim and the clauses that it speaks of disagree on a denial.

    A clause counts when the claim holds half of its content words (`_SHARED`); where none does, as across languages,
    the quotes are taken whole.
    """
    stems = set(content_stems(claim, language))
    clauses = [clause for quote in quotes for clause in _CLAUSE.split(quote) if clause and clause.strip()]
    spoken_of = [clause for clause in clauses if _shares(stems, clause, language)] or clauses
    quoted = any(is_negated(clause) for clause in spoken_of)
    if is_negated(claim) == quoted:
        return False
    # A claim may leave one of its clauses' denial out when another of them asserts what it says.
    return is_negated(claim) or not any(
        _says_it_all(stems, clause, language) for clause in spoken_of if not is_negated(clause)
    )


def _shares(stems: set[str], clause: str, language: str) -> bool:
    own = set(content_stems(clause, language))
    return bool(own) and len(own & stems) >= _SHARED * len(own)


def _says_it_all(stems: set[str], clause: str, language: str) -> bool:
    return bool(stems) and len(stems & set(content_stems(clause, language))) >= (1 - _SHARED / 2) * len(stems)
