"""One form for all text, so that a quote a person types matches what a file holds.

NFC; line ends as ``\\n``; no-break spaces (U+00A0, U+202F, U+2007) as plain spaces; no-break and typographic hyphens
(U+2011, U+2010) as ``-``; Latin ligatures spelt out; soft hyphens, zero-width characters and control characters other
than ``\\n`` and ``\\t`` removed. Bidirectional controls stay: they are evidence, and making them visible is the faces'
work.
"""

from __future__ import annotations

import re
import unicodedata

_REPLACED = {
    0x00A0: " ",
    0x202F: " ",
    0x2007: " ",
    0x2010: "-",
    0x2011: "-",
    0x2028: "\n",
    0x2029: "\n",
    0x0085: "\n",
    0x000B: "\n",
    0x000C: "\n",
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_REMOVED = (
    *(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0B, 0x0C)),
    *(code for code in range(0x7F, 0xA0) if code != 0x85),
    0x00AD,
    0x200B,
    0x2060,
    0xFEFF,
    0xFFFE,
    0xFFFF,
)
_TABLE: dict[int, str | None] = {**_REPLACED, **dict.fromkeys(_REMOVED)}
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_DOT_LEADERS = re.compile(r"(?:\s?[.…]){6,}\s?")


def clean(text: str) -> str:
    """Return `text` in the one form; line breaks and runs of spaces stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)
    return unicodedata.normalize("NFC", _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text))


def squeeze(text: str) -> str:
    """Return `text` in the one form on one line: every run of white space is one space, dot leaders are an ellipsis."""
    return _DOT_LEADERS.sub(" … ", _SPACES.sub(" ", clean(text))).strip()
