"""Text flattened for patterns: small letters without accents, of the same length, so that a match points back."""

from __future__ import annotations

import re
import string
import unicodedata

_LIKENESSES = dict(zip("аеорсухіјѕԁһɡοαι", "aeopcyxijsdhgoai", strict=True))
_OTHERS = {"’": "'", "ʼ": "'", "‘": "'", "\u00a0": " ", "\u202f": " ", "\n": " ", "\t": " ", "\r": " ", "İ": "i"}


def _table() -> dict[int, str]:
    table = {ord(one): other for one, other in {**_LIKENESSES, **_OTHERS}.items()}
    for code in range(0xC0, 0x250):
        base = unicodedata.normalize("NFKD", chr(code))[0]
        if base in string.ascii_letters:
            table[code] = base.lower()
    return table


_TABLE = _table()
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")


def plain(text: str) -> str:
    """Return `text` in small letters, accents and line breaks flattened, Cyrillic twins of Latin letters undone."""
    return text.translate(_TABLE).lower()


def visible(text: str) -> str:
    """Return `text` with compatible forms made one (full width, ligatures) and without characters that show nothing."""
    if text.isascii():
        return text
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
