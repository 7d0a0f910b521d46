"""Bytes of unknown encoding into text: byte order marks first, then UTF-8, then UTF-16 without a mark, then a guess."""

from __future__ import annotations

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64_000
# Code pages in which Western European text is written; the guess is taken only among these unless none fits.
_WESTERN = ("cp1252", "latin-1", "mac_roman", "cp850", "cp437")


def is_binary(data: bytes) -> bool:
    """Say whether `data` cannot be text in any encoding known here."""
    sample = data[:_SAMPLE]
    if any(sample.startswith(mark) for mark, _ in _MARKS) or _utf16_without_mark(sample):
        return False
    if b"\0" in sample:
        return True
    odd = sum(sample.count(byte) for byte in range(0x20) if byte not in (0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1B))
    return odd > len(sample) * 0.02


def decode(data: bytes, declared: str | None = None) -> tuple[str, str | None]:
    """Return the text and, where the encoding had to be guessed, its name; never raises.

    `declared` is what the file or message says of itself; it is believed when the bytes are valid in it.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), None
    for believed in (declared, "utf-8"):
        if believed and (text := _strictly(data, believed)) is not None:
            return text, None
    if utf16 := _utf16_without_mark(data[:_SAMPLE]):
        return data.decode(utf16, errors="replace"), None
    guessed = _guess(data)
    return data.decode(guessed, errors="replace"), guessed


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _utf16_without_mark(sample: bytes) -> str | None:
    """UTF-16 of Western text has a zero in every other byte: which half tells the order."""
    if len(sample) < 8:
        return None
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _guess(data: bytes) -> str:
    """Guess a single-byte encoding.

    cp1252 is taken where its five unused bytes are absent and its letters dominate: guessers prefer exotic code pages
    on short text, and nearly all such files here are Western.
    """
    sample = data[:_SAMPLE]
    high = [byte for byte in sample if byte >= 0x80]
    letters = sum(1 for byte in high if byte >= 0xC0 or byte in b"\x80\x85\x91\x92\x93\x94\x96\x97\x9c\xa0\xab\xb0\xbb")
    unused = any(byte in b"\x81\x8d\x8f\x90\x9d" for byte in high)
    if not unused and letters >= 0.9 * len(high):
        return "cp1252"
    from charset_normalizer import from_bytes

    for candidates in (list(_WESTERN), None):
        best = from_bytes(sample, cp_isolation=candidates).best()
        if best is not None:
            return best.encoding
    return "cp1252" if not unused else "latin-1"
