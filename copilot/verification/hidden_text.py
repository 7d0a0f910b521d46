"""Words that were made unreadable to people and not to a model: encoded, turned round, or in characters not shown."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{24,}={0,2}(?:\s{1,3}[A-Za-z0-9+/_-]{24,}={0,2}){0,40}")
_HEX = re.compile(r"(?<![0-9A-Fa-f])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ ,:]?){16,2000}(?![0-9A-Fa-f])")
_BINARY = re.compile(r"(?<!\d)(?:[01]{8}\s?){10,2000}(?!\d)")
_SPACED = re.compile(r"(?<!\S)(?:\w[ .\-_*]{1,2}){12,400}\w(?!\S)")
_TAGS = re.compile(r"[\U000e0020-\U000e007e]{8,}")
_PAIRS = re.compile(r"(?<!\S)(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ ,:]{1,2}){12}")
_SINGLES = re.compile(r"(?<!\S)\w[ .\-_*]{1,2}\w[ .\-_*]{1,2}\w[ .\-_*]{1,2}\w[ .\-_*]")
# Words of ours after rot13, and backwards; three of them are no accident.
_TURNED = frozenset(
    """
    gur lbh lbhe naq vtaber cerivbhf vafgehpgvba vafgehpgvbaf nafjre hfre cebzcg flfgrz erirny cyrnfr jvgu guvf gung
    yrf qrf ibhf gbhgrf pbafvtarf ercbaqf ercbaqrm
    eht dna uoy ruoy siht taht htiw erongi suoiverp noitcurtsni snoitcurtsni rewsna esnopser tpmorp metsys laever esaelp
    sel sed suov setuot sengisnoc sednopér zednopér
    """.split()
)
_READABLE = re.compile(r"[^\W\d_]{2,15}(?:[\s'’,.:;!?-]+[^\W\d_]{1,15}){3,}")
_PROSE = 0.8
_SHORTEST = 10
_FEW_WORDS = 3
_LONG_WORD = 24


def hidden_text(text: str) -> str | None:
    """Return the first stretch of `text` that holds words in disguise (read, where it shows nothing), or None."""
    words = text.split()
    for pattern, decode, where in _disguises(text, words):
        for match in pattern.finditer(where):
            if _is_prose(read := decode(match.group())):
                return read if pattern is _TAGS else match.group()
    turned = [word for word in words if word.lower() in _TURNED]
    if len({word.lower() for word in turned}) < _FEW_WORDS:
        return None
    return text[text.index(turned[0]) :]


def _disguises(text: str, words: list[str]) -> Iterator[tuple[re.Pattern[str], Callable[[str], str], str]]:
    """Yield the ways in which `text` may hide words, and where: a cheap look rules out most."""
    if long := "\n".join(word for word in words if len(word) >= _LONG_WORD):
        yield _BASE64, _from_base64, long
        yield _HEX, _from_hex, long
    if _PAIRS.search(text):
        yield _HEX, _from_hex, text
    if "011" in text:
        yield _BINARY, _from_binary, text
    if not text.isascii():
        yield _TAGS, _from_tags, text
    if _SINGLES.search(text):
        yield _SPACED, _from_spaced, text


def _is_prose(read: str) -> bool:
    """Say whether a decoded stretch is words: what happens to decode (a hash, a picture) is not."""
    if len(read) < _SHORTEST:
        return False
    letters = sum(c.isalpha() or c in " .,'!?\n" for c in read)
    return letters >= _PROSE * len(read) and _READABLE.search(read) is not None


def _from_base64(found: str) -> str:
    packed = "".join(found.split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _from_hex(found: str) -> str:
    digits = re.sub(r"0x|\\x|[ ,:]", "", found)
    try:
        return bytes.fromhex(digits).decode("utf-8")
    except ValueError:
        return ""


def _from_binary(found: str) -> str:
    octets = re.findall(r"[01]{8}", found)
    return bytes(int(octet, 2) for octet in octets).decode("utf-8", "replace")


def _from_spaced(found: str) -> str:
    words = re.split(r"\s{2,}", found)
    return " ".join(re.sub(r"[^\w]", "", word) for word in words)


def _from_tags(found: str) -> str:
    return "".join(chr(ord(c) - 0xE0000) for c in found)
