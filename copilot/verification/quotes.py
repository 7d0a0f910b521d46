"""Where a quote stands in a passage: word for word, with only typography allowed to differ."""

from __future__ import annotations

import re
import unicodedata

_SAME = {
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": "...",
}  # fmt: skip
_DROPPED = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_WRAPPING = " \t\n\u00a0\u202f\"'«»“”‘’…"
_NUMBER_GOES_ON = re.compile(r"\d|[.,]\d|[ \u00a0\u202f'’]\d{3}(?!\d)")
_NUMBER_BEFORE = re.compile(r"(?:\d[.,]|(?<!\d)\d{1,3}[ \u00a0\u202f'’])$")


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Return the span of `quote` in `text`, widened to whole words and numbers, or None where it does not stand there.

    White space, quotation marks, apostrophes, dashes and ligatures may differ, for those change between a PDF, its text
    and a model's hand. Letters, figures and punctuation may not.
    """
    bare = quote.strip(_WRAPPING)
    if not bare:
        return None
    start = text.find(bare)
    if start >= 0:
        return _whole(text, start, start + len(bare))
    wanted, _ = _normalised(bare)
    written, origin = _normalised(text)
    at = written.find(wanted.strip()) if wanted.strip() else -1
    if at < 0:
        return None
    return _whole(text, origin[at], origin[at + len(wanted.strip()) - 1] + 1)


def _normalised(text: str) -> tuple[str, list[int]]:
    """Return `text` in plain typography and, for each of its characters, where that stood."""
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        if character in _DROPPED:
            continue
        plain = " " if character.isspace() else _SAME.get(character) or unicodedata.normalize("NFKC", character)
        for one in plain:
            if one == " " and characters and characters[-1] in ' "':
                continue
            if one == '"' and characters and characters[-1] == " ":
                characters.pop()
                origin.pop()
            characters.append(one)
            origin.append(index)
    return "".join(characters), origin


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span that cuts a word or number: «42» of «42 000» would say something else."""
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    if text[end - 1].isdigit():
        while end < len(text) and (more := _NUMBER_GOES_ON.match(text, end)):
            end = more.end()
    if text[start].isdigit():
        while start > 0 and (before := _NUMBER_BEFORE.search(text[max(0, start - 5) : start])):
            if before.group()[-1] not in ".," and not re.match(r"\d{3}(?!\d)", text[start : start + 4]):
                break
            start -= len(before.group())
            while start > 0 and text[start - 1].isdigit():
                start -= 1
    return start, end
