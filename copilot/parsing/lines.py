"""What a line of text looks like: a bullet, a numbered heading, the end of a word that goes on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from copilot.language.marking import fold

BULLET = re.compile(r"^\s*(?:[•●○▪■◦‣∙·–—*➢➤✓❖\uf0b7\uf0a7\uf0d8]|-(?=\s)|o(?=\s+[A-ZÀ-Ý]))\s*(?=\S)")
ENUMERATION = re.compile(r"^\s*(?:\(?\d{1,3}[.)]|\(?[a-z][.)]|\(?[ivx]{1,5}\)|\d{1,2}°)\s+(?=\S)")
_NUMBERED = re.compile(
    r"^(?P<number>(?:\d{1,2}\.)*\d{1,3}\.?|[A-Z]\.(?:\d{1,2}\.)*\d{0,2}|[IVXL]{1,6}\.?)"
    r"\s*[-–—]?\s+(?P<rest>[^\W\d_].*)$"
)
_NAMED = re.compile(
    r"^(?:CHAPITRE|CHAPTER|ANNEXE?|APPENDIX|APPENDICE|PARTIE|PART|SECTION|TITRE|ARTICLE)"
    r"\s+(?:\d{1,3}|[IVXL]{1,6}|[A-Z])\b"
)
_LONGEST_HEADING = 120
_LONGEST_WORD = 200
_WORD_END = re.compile(r"([^\W_][\w'’-]*)-$")
_WORD_START = re.compile(r"^([^\W_]+)")
_HYPHENATED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_WORD = re.compile(r"[^\W\d_]{4,}")
# A number is not parted from its groups of digits, nor from the word that it counts.
_UNBREAKABLE = re.compile(r"\s*(?:\d+(?: \d{3})* +)?\S+")

# First parts that keep their hyphen in French or English (porte-avions, sous-officier, self-defence), and what follows
# a verb or pronoun in French (dit-il, celui-ci, vous-même).
_KEEP_BEFORE = frozenset(
    "porte sous vice non ex demi semi mi contre après apres avant arrière arriere au ci là la grand grande quasi chef "
    "aide garde lance pare rendez compte cessez libre service peut moyen court poids état etat haut bas nord sud est "
    "ouest franco anglo self well co all half cross high low long short follow stand on off so up".split()
)
_KEEP_AFTER = frozenset(
    "il elle ils elles on nous vous je tu ce ci là même mêmes t en y moi toi lui leur le la les major".split()
)


class Vocabulary:
    """The words of one document, to tell a word cut at a line's end from a word written with a hyphen."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: Counter[str] = Counter()
        self._hyphenated: Counter[str] = Counter()
        for line in lines:
            # A word at the end of a line may be the half of one: it is no witness.
            folded = line.lower().rstrip("-")
            self._words.update(_WORD.findall(folded))
            self._hyphenated.update(_HYPHENATED.findall(folded))

    def join(self, first: str, second: str) -> str:
        """Join two lines of one paragraph: a space, or the two halves of a cut word made whole."""
        # The end alone is looked at: a paragraph grows line by line, and is long.
        end, start = _WORD_END.search(first[-_LONGEST_WORD:]), _WORD_START.match(second)
        if first.endswith("/-") and start:  # the mark of an address cut after a slash, not a part of it
            return first[:-1] + second
        if end is None or start is None:
            dangling = first.endswith(("-", "/")) and not first.endswith((" -", "--", " /"))
            return f"{first}{second}" if dangling and start else f"{first} {second}"
        left, right = end[1], start[1]
        if self._keeps_hyphen(left, right):
            return first + second
        return first[:-1] + second

    def _keeps_hyphen(self, left: str, right: str) -> bool:
        last = re.split(r"[-'’]", left)[-1]
        if not right[:1].islower() or last[-1:].isdigit() or last.isupper():
            return True
        with_hyphen, whole = f"{left}-{right}".lower(), f"{last}{right}".lower()
        seen_with, seen_whole = self._hyphenated[with_hyphen], self._words[whole]
        if seen_with or seen_whole:
            return seen_with >= seen_whole
        return last.lower() in _KEEP_BEFORE or right.lower() in _KEEP_AFTER or "-" in left


def heading_level(line: str) -> int:
    """Return the level that the wording of `line` gives it as a heading (``2.1 Title``, ``ANNEXE B``), or 0."""
    line = line.strip()
    if not line or len(line) > _LONGEST_HEADING or line[-1] in ".;,:…":
        return 0
    if _NAMED.match(fold(line)):
        return 1
    match = _NUMBERED.match(line)
    if match is None or not match["rest"][0].isupper():
        return 0
    if len(match["rest"]) < 3 or "…" in line or " ..." in line:
        return 0
    return min(6, len([part for part in match["number"].split(".") if part]))


def is_capitals(line: str) -> bool:
    """Say whether `line` is a title in capitals: short, no small letter, at least two words or eight letters."""
    letters = [character for character in line if character.isalpha()]
    return (
        4 <= len(letters) <= 80
        and all(character.isupper() for character in letters)
        and len(letters) >= len(line.replace(" ", "")) * 0.7
        and (" " in line.strip() or len(letters) >= 8)
    )


def is_meant_break(before: str, line: str, room: float, character: float) -> bool:
    """Say whether the beginning of `line` would have fitted in the `room` after `before`: then the break was meant.

    `room` and `character`, the width of one, are in the same unit. After a cut word no break is meant.
    """
    if _WORD_END.search(before):
        return False
    start = _UNBREAKABLE.match(line)
    return start is not None and (len(start[0].strip()) + 1.5) * character < room


def join_all(lines: Sequence[str], vocabulary: Vocabulary) -> str:
    """Join the lines of one paragraph."""
    text = lines[0].strip() if lines else ""
    for line in lines[1:]:
        text = vocabulary.join(text, line.strip())
    return text
