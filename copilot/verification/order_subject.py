"""What a text is about, and whether a clause in it has anything to do with that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum, auto
from functools import cached_property

from copilot.language.words import STOP_WORDS
from copilot.verification import order_words as words

_STEM = 5
_HALF, _LITTLE = 0.5, 0.25
# A text of fewer content words cannot show that a clause does not belong to it; one of more can show it of a question.
_FEW, _MANY = 6, 10
_TRADE = frozenset(words.TRADE.split())
_STOP = STOP_WORDS["fr"] | STOP_WORDS["en"]
_FRENCH, _ENGLISH = STOP_WORDS["fr"] - STOP_WORDS["en"], STOP_WORDS["en"] - STOP_WORDS["fr"]
_ANY_WORD = re.compile(r"[^\W\d_]{1,30}")
_WORD = re.compile(r"[^\W\d_]{3,30}")
_TASK_WORD = re.compile(
    rf"{words.ASK}|{words.MAKE}|answer|response|reply|reponses?|please|{words.WRITING}|{words.GENRE}|example|user"
)
_TUTOYER = re.compile(
    r"^(?:reponds|ecris|dis|fais|traduis|previens|convertis|decris|finis|mets|prends|sois|va|n'ecris|lis"
    r"|choisis|definis)\b"
    r"|\b(?:toi|te|ta|ton|tes)\b"
)


class Weight(Enum):
    """How much it counts that a clause has nothing to do with its text."""

    NONE = auto()
    SOME = auto()
    MUCH = auto()
    STRANGER = auto()


class Subject:
    """What a text and its surroundings are about: the stems of their content words, counted when first asked for."""

    def __init__(self, flat: str, around: str) -> None:
        self._texts = flat, around

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(word[:_STEM] for text in self._texts for word in _content(text))

    @cached_property
    def _tongue(self) -> int:
        return _tongue_of(self._texts[0])

    def break_of(self, clause: str, weight: Weight) -> int:
        """Return 1 where hardly a content word of a clause stands elsewhere or is of the trade, -1 where half do.

        Questions are rare in reports: one about something else counts twice, one without content not at all. An order
        of any kind counts where no word of it is known, and twice where it is in another language or says «tu».
        """
        content = list(_content(clause))
        own = Counter(word[:_STEM] for word in content)
        if not own:
            return int(weight is Weight.SOME)
        told = sum(text.count(clause.rstrip(" .!?")) for text in self._texts)
        known = {word[:_STEM] for word in content if word in _TRADE or word[:-1] in _TRADE}
        known |= {stem for stem, count in own.items() if self._counts[stem] > count * max(told, 1)}
        others = len(self._counts) - len(own)
        strange = not known and len(own) > 1 and others >= _MANY
        if weight is Weight.STRANGER:
            return (
                strange + (self._tongue * _tongue_of(clause) < 0 or _TUTOYER.search(clause) is not None)
                if not known
                else 0
            )
        share = len(known) / len(own)
        if share >= _HALF:
            return -1
        if strange and weight is Weight.MUCH:
            return 2
        return int(share <= _LITTLE or others < _FEW)


def _content(flat: str) -> Iterator[str]:
    for match in _WORD.finditer(flat):
        word = match.group()
        if word not in _STOP and not _TASK_WORD.fullmatch(word):
            yield word


def _tongue_of(flat: str) -> int:
    """Return how much more English (above 0) or French (below) a text is, by its function words."""
    found = [match.group() for match in _ANY_WORD.finditer(flat)]
    return sum(word in _ENGLISH for word in found) - sum(word in _FRENCH for word in found)
