"""The questions that one sentence of the user asks together: «Combien de litres reste-t-il à A, et qui commande B ?».

Each is searched and answered for itself, for a passage that speaks of all of them seldom exists. A question is left
whole where a part would lose what it leans on: a name, a figure or a day that only another part says, or the noun that
a pronoun stands for.
"""

from __future__ import annotations

import re

from copilot.generation.compared import dates_of
from copilot.generation.question import Question, analyse

_MOST = 4
# Fewer words of its own make no question: «et quand ?».
_LEAST_TERMS = 2
_WHICH = (
    r"quel(?:le)?s?|combien|quand|où|comment|pourquoi|qui|lequel|laquelle|lesquel(?:le)?s"
    r"|what|which|how|when|where|who|whom|whose|why"
)
_PREPOSITIONS = r"à|au|de|du|en|dans|pour|par|sur|avec|depuis|vers|chez|sous|jusqu['’]à|in|on|at|for|by|from|to|with"
_BEFORE = rf"(?:d['’]|(?:{_PREPOSITIONS})\s+)?"
_OPENING = rf"{_BEFORE}(?:{_WHICH})\b"
# After a comma alone the other question words begin a relative clause or one of time.
_LISTED = rf"{_BEFORE}(?:quel(?:le)?s?|combien|comment|pourquoi|what|how|why)\b"
_AND = re.compile(
    rf"\s*[,;]?\s+(?:et|puis|ainsi que|and|and also|as well as)\s+(?={_OPENING})|\s*[,;]\s*(?={_LISTED})",
    re.IGNORECASE,
)
_END = re.compile(r"\?+\s*")
_STARTS = re.compile(_OPENING, re.IGNORECASE)
# What goes before the first question word holds for all that follow: «Au 9 octobre, combien ... et qui ...».
_SCOPE = re.compile(rf"(?P<scope>[^,?]{{3,80}},\s+)(?={_OPENING})", re.IGNORECASE)
# These also join a clause to a noun: «le pont qui est fermé et qui ...».
_RELATIVE = re.compile(r"\b(?:qui|où|who|which|where|whose|when)\b", re.IGNORECASE)
_PRONOUN = re.compile(
    r"(?:\b|-)(?:ils?|elles?|celui-ci|celle-ci|ceux-ci|lui|leurs?|son|sa|ses|y|en|it|its|they|them|their|he|she|his|her"
    r"|this|that|these|those)\b",
    re.IGNORECASE,
)


def parts_of(text: str, language: str) -> tuple[str, ...]:
    """Return the questions in `text`, each to be asked for itself; `text` alone where they cannot be told apart."""
    mark = "?" if language == "en" else " ?"
    parts = [f"{part}{mark}" for sentence in _sentences(text) for part in _clauses(sentence)]
    if not 2 <= len(parts) <= _MOST or len(set(parts)) < len(parts):
        return (text,)
    asked = [analyse(part, language, lambda _: 1.0) for part in parts]
    return tuple(parts) if _each_stands_alone(asked) else (text,)


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text in which each is a question, else the text as one."""
    found = [one.strip() for one in _END.split(text.strip()) if one.strip()]
    if len(found) > 1 and not all(_STARTS.search(one) for one in found):
        return [text]
    return found


def _clauses(sentence: str) -> list[str]:
    match = _SCOPE.match(sentence)
    scope = match["scope"] if match and not _STARTS.search(match["scope"]) else ""
    asked = sentence[len(scope) :]
    starts, found = 0, []
    for joint in _AND.finditer(asked):
        opening = _STARTS.match(asked, joint.end())
        before = asked[starts : joint.start()]
        if opening and not _goes_on(before, opening.group()):
            found.append(before)
            starts = joint.end()
    found.append(asked[starts:])
    return [scope + one.strip(" ?,;") for one in found]


def _goes_on(before: str, opening: str) -> bool:
    """Say whether a clause goes on with a relative one: the same word stands inside what goes before."""
    words = _RELATIVE.findall(opening.casefold())
    return any(match.group().casefold() in words for match in _RELATIVE.finditer(before.strip(), 1))


def _each_stands_alone(parts: list[Question]) -> bool:
    named = [any(term.required for term in part.terms) for part in parts]
    dated = [bool(dates_of(part.text, part.language)) for part in parts]
    if len(set(named)) > 1 or len(set(dated)) > 1:
        return False
    if not named[0] and any(_PRONOUN.search(part.text) for part in parts[1:]):
        return False
    return all(sum(not term.kind for term in part.terms) + bool(part.units) >= _LEAST_TERMS for part in parts)
