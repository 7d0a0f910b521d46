"""The questions that are asked together: «Combien de litres reste-t-il à A, et quelle charge supporte le pont de B ?».

Each is searched and answered for itself, for a passage that speaks of all of them seldom exists. What is asked is left
whole where that cannot be told by rules, or where a part would lose what it leans on: a name, a figure or a day that
only another part says, or the noun that a pronoun stands for.
"""

from __future__ import annotations

import re

from copilot.generation.compared import dates_of
from copilot.generation.question import Question, analyse, uniform_idf

_MOST = 4
# Fewer words of its own make no question: «et quand ?».
_LEAST_TERMS = 2
# «quelle que soit la charge» asks nothing.
_LISTED = r"quel(?:le)?s?(?! qu)|combien|comment|pourquoi|what|how|why"
# These also open a clause that hangs on a noun or on a time: «le pont qui est fermé et qui ...».
_HANGING = r"qui|quand|où|lequel|laquelle|lesquel(?:le)?s|which|who|whom|whose|when|where"
_PREPOSITIONS = r"à|au|de|du|en|dans|pour|par|sur|avec|depuis|vers|chez|sous|jusqu['’]à|in|on|at|for|by|from|to|with"
_BEFORE = rf"\b(?:d['’]|(?:{_PREPOSITIONS}) )?"
_OPENING = rf"{_BEFORE}(?P<word>{_LISTED}|{_HANGING})\b"
_QUESTION_WORD = re.compile(_OPENING, re.IGNORECASE)
_AND = r"(?:et|puis|ainsi que|and also|and|as well as)"
_JOINT = re.compile(rf"(?P<comma> ?[,;])? {_AND} (?={_OPENING})", re.IGNORECASE)
_COMMA = re.compile(rf" ?[,;] (?={_BEFORE}(?P<word>{_LISTED})\b)", re.IGNORECASE)
_ALSO = re.compile(r"\b(?:aussi|également|also|too)\b", re.IGNORECASE)
_COMPARED = re.compile(r"\b(?:différences?|compar\w+|differences?)\b", re.IGNORECASE)
# What goes before the first question word holds for all that follow: «Au 9 octobre, combien ... et qui ...».
_SCOPE = re.compile(r"[^,?]{3,80}, ")
_PRONOUN = re.compile(
    r"\b(?:celui-ci|celle-ci|ceux-ci|celles-ci|lui|leurs?|son|sa|ses|it|its|they|them|their|he|she|his|her"
    r"|this|that|these|those)\b"
    # A pronoun before its verb, where an article would stand before a noun.
    r"|\b(?:qui|on) (?:le |la |les |l['’]|en |y )"
    r"|\b(?:comment|pourquoi|où|quand|pour|de|à|faut-il|peut-on) (?:le |la |les |l['’]|en |y )\w+(?:er|ir|re|oir)\b",
    re.IGNORECASE,
)
_VERB_AND_PRONOUN = re.compile(r"(?P<verb>\w+)(?:-t)?-(?:ils?|elles?)\b", re.IGNORECASE)
# «reste-t-il» stands for nothing.
_IMPERSONAL = frozenset("reste restait restera faut faudra faudrait fallait a avait aura manque existe agit".split())
_SUBJECT = re.compile(r"\b(?:le|la|les|l['’]|un|une|ce|cet|cette|ces|chaque)\b|\b[A-ZÀ-ÖØ-Þ]")


def parts_of(text: str, language: str) -> tuple[str, ...]:
    """Return the questions in `text`, each to be asked for itself; `text` alone where they cannot be told apart."""
    plain = " ".join(text.split())
    # Who writes no capitals marks no names.
    if plain.islower() or _COMPARED.search(plain):
        return (text,)
    mark = "?" if language == "en" else " ?"
    parts = [f"{part}{mark}" for sentence in _sentences(plain) for part in _clauses(sentence)]
    if not 2 <= len(parts) <= _MOST or len(set(parts)) < len(parts):
        return (text,)
    asked = [analyse(part, language, uniform_idf) for part in parts]
    return tuple(parts) if _each_stands_alone(asked) else (text,)


def _sentences(text: str) -> list[str]:
    """Return the sentences that ask; what is said after the last question mark is none of them."""
    found = [one.strip() for one in text.split("?")]
    while found and not _QUESTION_WORD.search(found[-1]):
        found.pop()
    return found if all(map(_QUESTION_WORD.search, found)) else [text]


def _clauses(sentence: str) -> list[str]:
    scope = match.group() if (match := _SCOPE.match(sentence)) else ""
    if _QUESTION_WORD.search(scope) or not _QUESTION_WORD.match(sentence, len(scope)):
        scope = ""
    asked = sentence[len(scope) :]
    starts, found = 0, []
    for joint in sorted([*_JOINT.finditer(asked), *_COMMA.finditer(asked)], key=re.Match.start):
        if joint.start() >= starts and _is_joint(asked[starts : joint.start()], joint, asked[joint.end() :]):
            found.append(asked[starts : joint.start()])
            starts = joint.end()
    found.append(asked[starts:])
    return [scope + one.strip(" ,;.!") for one in found]


def _is_joint(before: str, joint: re.Match[str], after: str) -> bool:
    """Say whether a new question begins, and not a clause that goes on with one inside the question before."""
    own = _QUESTION_WORD.search(before)
    if own is None or _QUESTION_WORD.search(before, own.end()):
        return False
    word = joint["word"].casefold()
    if not re.fullmatch(_HANGING, word):
        return True
    if _ALSO.search(after):
        return False
    return own["word"].casefold() == word or bool(joint.groupdict().get("comma"))


def _each_stands_alone(parts: list[Question]) -> bool:
    named = [any(term.required for term in part.terms) for part in parts]
    dated = [bool(dates_of(part.text, part.language)) for part in parts]
    if len(set(named)) > 1 or len(set(dated)) > 1 or any(_leans(part.text) for part in parts[1:]):
        return False
    return all(sum(not term.kind for term in part.terms) + bool(part.units) >= _LEAST_TERMS for part in parts)


def _leans(part: str) -> bool:
    """Say whether a pronoun stands for what another part names; «le pont peut-il» names it itself."""
    if _PRONOUN.search(part):
        return True
    return any(
        match["verb"].casefold() not in _IMPERSONAL and not _SUBJECT.search(part, 1, match.start())
        for match in _VERB_AND_PRONOUN.finditer(part)
    )
