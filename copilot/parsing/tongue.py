"""Which language a text is written in, by py3langid over a sample; ``und`` where there is too little to tell."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

LANGUAGES = ("fr", "en", "de", "es", "it", "nl", "pt", "pl", "ru", "uk", "ar")
_SAMPLE = 2_000
_FEWEST_LETTERS = 25
_WORDS = re.compile(r"[^\W\d_]{2,}")


def guess_language(text: str) -> str:
    """Return an ISO 639-1 code of LANGUAGES, or ``und``.

    The sample is taken from the start, the middle and the end, so that a foreign cover page does not decide. Capitals
    are lowered: messages written in capitals alone otherwise look like no language the model has seen.
    """
    thirds = [0, max(0, len(text) // 2 - _SAMPLE // 2), max(0, len(text) - _SAMPLE)]
    pieces = {start: text[start : start + _SAMPLE] for start in thirds}
    words = " ".join(word for piece in pieces.values() for word in _WORDS.findall(piece))
    if len(words) - words.count(" ") < _FEWEST_LETTERS:
        return "und"
    language, _score = _identifier().classify(words.lower())
    return str(language)


@cache
def _identifier() -> Any:
    # The untyped library loads its model at this call, about 0.2 s and once a process.
    from py3langid import langid

    langid.set_languages(list(LANGUAGES))
    return langid
