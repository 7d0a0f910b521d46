"""Where sentences begin and end in French and English text, as it stands in reports, lists and tables.

Rules, not a model: a stop ends a sentence unless it belongs to an abbreviation, a number, an initial or a list marker,
or the next word is in small letters. A blank line, a table row and a list item always end one; a single line break
inside a paragraph does not, for that is how PDF text and plain text wrap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Never the last word of a sentence; folded to small letters, without the stop.
_ABBREVIATIONS = frozenset(
    """
    m mm mme mmes mlle mlles me mgr dr drs pr prof st ste sts mr mrs ms messrs rev hon sr jr
    gén gen gal col cdt lt lcl cne cpt capt maj cmdt adj sgt cpl brig adm vadm cdr lcdr ens
    art al chap cf cfr conf coll ed éd fasc fig figs ill loc op p pp para par pl réf ref sect sec t tab tabl vol vols v
    vs no nos nr n num e.g i.e eg ie viz resp approx env max min av bd blvd bld apt tél tel fax dép dept dpt ext bât
    bldg jan janv feb févr fev mar avr apr jun jul juil aug sept oct nov déc dec mon tue wed thu fri lun mer jeu ven hab
    inf sup p.ex ex c.-à-d cad req qté qty réf éts ets """.split()
)
# May close a sentence: only a capital after them does.
_CLOSING_ABBREVIATIONS = frozenset(
    {"etc", "inc", "ltd", "corp", "co", "cie", "a.m", "p.m", "am", "pm", "u.s", "u.k", "av. j.-c"}
)
# A single capital before one of these words is the end of a sentence («le point C. Le convoi»), not an initial.
_STARTERS = frozenset(
    """
    le la les l un une des du ce cet cette ces il elle ils elles on nous vous je en dans pour par sur selon aucun aucune
    the a an this these those it he she they we you i in on at for by from no if when while after before however
    """.split()
)
_STOP = re.compile(r"(?:[.!?…]+)(?:[ \u00a0\u202f]?[»”’\")\]]+)?(?=\s|$)")
_LAST_WORD = re.compile(r"[^\s(«“\"'’/,;:]{1,20}$")
_NEXT = re.compile(r"[\s«“\"'‘(\[—–-]{0,6}(\S)(\w{0,12})")
_BREAK = re.compile(r"(?<![ \t])[ \t]*\n\s*")
_ITEM = re.compile(r"(?:[-–—•*▪◦‣·●○■□➢✓→]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)]|#{1,6})\s+\S")
_HEADING = re.compile(r"(?:#{1,6}\s|(?:\d{1,3}\.)+\d{0,3}\s+\S|[IVX]{1,5}[.)]\s)")
# After a number these are units, which may end a sentence («42 t. Le dépôt»).
_UNIT_AFTER_NUMBER = re.compile(r"\d[ \u00a0\u202f]?(?:t|m|min|max|sec|v|l|j|no)$")
_LIST_MARK = re.compile(r"\s*\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})\Z")
_LONGEST_HEADING = 90
# A line this much shorter than its paragraph's longest was broken by its writer, not by wrapping.
_SHORT_LINE = 0.6


def sentences(text: str, language: str = "und") -> list[tuple[int, int]]:  # noqa: ARG001
    """Return the (start, end) span of each sentence; what stands outside them is white space only.

    The rules hold for French and English at once, for documents mix them: `language` leaves the choice to tell them
    apart.
    """
    spans: list[tuple[int, int]] = []
    for block_start, block_end in _blocks(text):
        start = block_start
        for end in _ends(text, block_start, block_end):
            _append(text, start, end, spans)
            start = end
        _append(text, start, block_end, spans)
    return spans


def _append(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        spans.append((start + left, start + right))


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Cut at the line breaks that end a sentence whatever stands before them."""
    start = 0
    lines: list[tuple[int, int]] = []
    position = 0
    for match in _BREAK.finditer(text):
        lines.append((position, match.start()))
        if text.count("\n", match.start(), match.end()) > 1 or _breaks_here(text, lines, match.end()):
            yield start, match.start()
            start = match.end()
            lines = []
        position = match.end()
    yield start, len(text)


def _breaks_here(text: str, lines: list[tuple[int, int]], after: int) -> bool:
    line_start, line_end = lines[-1]
    line = text[line_start:line_end]
    next_end = text.find("\n", after)
    following = text[after : next_end if next_end >= 0 else len(text)]
    if not line.strip() or not following.strip():
        return True
    if " | " in line or " | " in following or line.endswith(":"):
        return True
    if _ITEM.match(following) or _HEADING.match(following):
        return True
    if len(line) > _LONGEST_HEADING or line[-1] in ",-–(;«’'" or not following[0].isupper():
        return False
    return _is_heading(line) or len(line) < _SHORT_LINE * max(len(following), *(e - s for s, e in lines[-3:]))


def _is_heading(line: str) -> bool:
    letters = [c for c in line if c.isalpha()]
    if _HEADING.match(line):
        return not line.endswith((".", "!", "?"))
    return len(letters) > 3 and all(c.isupper() for c in letters)


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    for match in _STOP.finditer(text, start, end):
        if match.end() < end and _is_end(text, start, match):
            yield match.end()


def _is_end(text: str, block_start: int, match: re.Match[str]) -> bool:
    following = _NEXT.match(text, match.end())
    if following is None:
        return True
    first, rest = following.group(1), following.group(2)
    if first.islower():
        return False
    mark = match.group()
    if mark != ".":
        return True
    before = text[max(block_start, match.start() - 24) : match.start()]
    if match.start() - block_start <= 6 and _LIST_MARK.match(text, block_start, match.start()):
        return False
    found = _LAST_WORD.search(before)
    word = found.group() if found else ""
    if len(word) == 1 and word.isupper():
        return (first + rest).lower() in _STARTERS
    if word.lower() in _CLOSING_ABBREVIATIONS:
        return first.isupper()
    if _UNIT_AFTER_NUMBER.search(before):
        return True
    return not (word.lower() in _ABBREVIATIONS or word in ("n°", "N°"))
