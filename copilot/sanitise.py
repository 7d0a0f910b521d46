"""The one sanitiser between outside text (documents, models, tools, file names) and any face.

A terminal obeys escape sequences, reorders text at bidirectional controls and shows nothing for zero-width and tag
characters, so each of these is written out as ``<U+202E>``: what acts or hides is seen, what reads stays as it is.
Nothing here is markup, and the result may pass through here again unchanged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane + low) for plane in range(0, 0x110000, 0x10000) for low in (0xFFFE, 0xFFFF)
)
# Unicode's Default_Ignorable_Code_Point (zero-width, bidirectional, fillers, tags, variation selectors), then line and
# paragraph separators, interlinear and hieroglyph format controls, surrogates, noncharacters, and private use, where
# each font draws its own sign, or none.
_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\u2028\u2029\U00013430-\U0001343f\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff" + _NONCHARACTERS
)
_UNSAFE_IN_LINE = re.compile(f"[\t\n{_UNSAFE}]")
_UNSAFE_IN_TEXT = re.compile(f"[{_UNSAFE}]")
# Where the selectors of text and emoji form do what they are for: after a sign that has both forms, and in a keycap.
_SIGN_WITH_SELECTOR = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][\ufe0e\ufe0f]|[0-9#*]\ufe0f\u20e3"
)
_BLANKS = re.compile(r"[ \t\r\n]+")
_TAB = "    "


def visible(text: str, *, multiline: bool = False) -> str:
    """Return `text` with every character that acts or hides written as ``<U+XXXX>``.

    With `multiline` line feeds stay and tabs become four spaces; else both are written out too.
    """
    if text.isascii() and text.isprintable():
        return text
    if multiline:
        return _UNSAFE_IN_TEXT.sub(_written_out, text).replace("\t", _TAB)
    return _UNSAFE_IN_LINE.sub(_written_out, text)


def one_line(text: str) -> str:
    """Return `text` on one line, each run of blanks and line ends one space, and the rest made visible."""
    return visible(_BLANKS.sub(" ", text).strip(" "))


def json_safe(document: str) -> str:
    """Return a JSON document with its acting and hiding characters as ``\\uXXXX`` escapes: equal when parsed.

    Outside strings JSON is ASCII, and in strings `json.dumps` has escaped line feeds already: those left are layout.
    """
    return _UNSAFE_IN_TEXT.sub(_json_escaped, document)


def rich_text(text: str, *, multiline: bool = False, style: str = "") -> Text:
    """Return `text`, made visible, as a Rich text: never read as markup."""
    from rich.text import Text

    return Text(visible(text, multiline=multiline), style=style)


def _written_out(match: re.Match[str]) -> str:
    return match[0] if _is_emoji_selector(match) else f"<U+{ord(match[0]):04X}>"


def _json_escaped(match: re.Match[str]) -> str:
    if _is_emoji_selector(match):
        return match[0]
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _is_emoji_selector(match: re.Match[str]) -> bool:
    return match[0] in "\ufe0e\ufe0f" and bool(_SIGN_WITH_SELECTOR.match(match.string, max(0, match.start() - 1)))


def storable(text: str) -> str:
    """Return a text whose lone surrogates, which JSON can spell and nothing can hold, are marks of replacement."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
