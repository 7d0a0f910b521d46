"""Handling markings: found where they are written, kept as written, and ranked.

A marking counts when it stands as a line of its own (or as one part of a header or footer line such as
``NON PROTÉGÉ - 3/12``); prose that mentions the word does not. The rank orders markings of several authorities on one
rough scale, so that an answer can carry the highest among what it cites; it is no statement of their equivalence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Folded (upper case, no accents) level names and their rank; the longest match wins. Ranks are tens so that caveats,
# which narrow the circle of readers within a level, can be counted in units.
_LEVELS: dict[str, int] = {
    "NON PROTEGE": 10,
    "NON PROTEGEE": 10,
    "NON CLASSIFIE": 10,
    "NON CLASSIFIEE": 10,
    "NON SENSIBLE": 10,
    "UNCLASSIFIED": 10,
    "NATO UNCLASSIFIED": 10,
    "OTAN SANS CLASSIFICATION": 10,
    "OTAN NON CLASSIFIE": 10,
    "NATO NON CLASSIFIE": 10,
    "NON CLASSIFIE OTAN": 10,
    "PUBLIC": 10,
    "OFFICIAL": 10,
    "TLP:CLEAR": 10,
    "TLP:WHITE": 10,
    "USAGE INTERNE": 20,
    "DIFFUSION LIMITEE": 20,
    "OFFICIAL-SENSITIVE": 20,
    "OFFICIAL SENSITIVE": 20,
    "OFFICIAL:SENSITIVE": 20,
    "FOR OFFICIAL USE ONLY": 20,
    "FOUO": 20,
    "CUI": 20,
    "CONTROLLED UNCLASSIFIED INFORMATION": 20,
    "LIMITE": 20,
    "LIMITE UE": 20,
    "EU LIMITE": 20,
    "TLP:GREEN": 20,
    "DIFFUSION RESTREINTE": 30,
    "DIFFUSION RESTREINTE OTAN": 30,
    "OTAN DIFFUSION RESTREINTE": 30,
    "RESTREINT UE": 30,
    "RESTREINT UE/EU RESTRICTED": 30,
    "EU RESTRICTED": 30,
    "RESTRICTED": 30,
    "NATO RESTRICTED": 30,
    "TLP:AMBER": 30,
    "TLP:AMBER+STRICT": 31,
    "TLP:RED": 40,
    "CONFIDENTIEL": 40,
    "CONFIDENTIAL": 40,
    "CONFIDENTIEL DEFENSE": 40,
    "CONFIDENTIEL INDUSTRIE": 40,
    "CONFIDENTIEL PERSONNEL": 40,
    "CONFIDENTIEL MEDICAL": 40,
    "CONFIDENTIEL UE": 40,
    "CONFIDENTIEL UE/EU CONFIDENTIAL": 40,
    "EU CONFIDENTIAL": 40,
    "OTAN CONFIDENTIEL": 40,
    "CONFIDENTIEL OTAN": 40,
    "NATO CONFIDENTIAL": 40,
    "SECRET": 50,
    "SECRET DEFENSE": 50,
    "SECRET UE": 50,
    "SECRET UE/EU SECRET": 50,
    "EU SECRET": 50,
    "OTAN SECRET": 50,
    "SECRET OTAN": 50,
    "NATO SECRET": 50,
    "TRES SECRET": 60,
    "TRES SECRET DEFENSE": 60,
    "TRES SECRET UE": 60,
    "TRES SECRET UE/EU TOP SECRET": 60,
    "EU TOP SECRET": 60,
    "TOP SECRET": 60,
    "COSMIC TOP SECRET": 60,
    "COSMIC TRES SECRET": 60,
}
_CAVEATS = (
    "SPECIAL FRANCE",
    "NOFORN",
    "FOUO",
    "ORCON",
    "CUI",
    "UK EYES ONLY",
    "EYES ONLY",
    "ATOMAL",
    "FRANCE UNIQUEMENT",
    "OTAN",
    "NATO",
    "UE",
    "INDUSTRIE",
)
_CAVEAT_RANK = 1
_UNKNOWN_RANK = 1


def _alternatives(names: Iterable[str]) -> str:
    ordered = sorted(names, key=len, reverse=True)
    return "|".join(re.escape(name).replace(r"\ ", r"\s+").replace(":", r"\s*:\s*") for name in ordered)


_LEVEL = _alternatives(_LEVELS)
_CAVEAT = rf"(?:{_alternatives(_CAVEATS)}|REL(?:EASABLE)?\s+TO\s+[A-Z, /]{{2,60}}|CUI//[A-Z/-]{{2,40}})"
_JOIN = r"(?:\s*//?\s*|\s*[-–—,;]\s*|\s+)"
_MARKING = re.compile(rf"(?:(?P<level>{_LEVEL})(?:{_JOIN}{_CAVEAT})*|SPECIAL\s+FRANCE)")
_LABEL = re.compile(
    r"(?:NIVEAU\s+DE\s+)?(?:CLASSIFICATION|PROTECTION|MENTION(?:\s+DE\s+PROTECTION)?|MARKING|MARQUAGE|HANDLING|SENSIBILITE)"
    r"(?:\s+LEVEL)?\s*[:=]\s*"
)
_FRAME = " \t*=_~#|<>«»\"'()[]{}.-–—•·"
# Where a header or footer line is cut: the marking is one part, a title or a page number the others.
_CUT = re.compile(
    r"\s+[-–—|•·]\s+|\s*\|\s*|\t+|\s{2,}|(?<=[\])])\s+|\s+(?=(?:[Pp]age|PAGE)\s+\d)|\s+(?=\d+\s*/\s*\d+\s*$)"
)
_LONGEST_LINE = 160
# One-word levels that also are ordinary words; alone on a line of the body they count only in capitals.
_ORDINARY = frozenset({"SECRET", "CONFIDENTIAL", "CONFIDENTIEL", "OFFICIAL", "PUBLIC", "RESTRICTED", "LIMITE"})


def fold(text: str) -> str:
    """Return `text` in capitals without accents, one character for one, so that offsets into both agree."""
    folded = []
    for character in text:
        base = unicodedata.normalize("NFD", character)[0].upper()
        folded.append(base if len(base) == 1 else character)
    return "".join(folded)


def marking_of_line(line: str, *, running: bool = False) -> str | None:
    """Return the marking that `line` carries, as written, or None.

    `running` says that the line is a header or footer: there the marking may share it with a title or page number.
    """
    if not line.strip() or len(line) > _LONGEST_LINE:
        return None
    whole = _whole_marking(line, capitals=not running)
    if whole or not running:
        return whole
    starts, ends = [0], []
    for cut in _CUT.finditer(line):
        ends.append(cut.start())
        starts.append(cut.end())
    ends.append(len(line))
    # Neighbouring parts may be one marking cut at its own dash (SECRET - SPÉCIAL FRANCE).
    spans = [line[start:end] for number, start in enumerate(starts) for end in ends[number:]]
    return highest_marking(_whole_marking(span, capitals=False) for span in spans)


def _whole_marking(part: str, *, capitals: bool) -> str | None:
    bare = part.strip(_FRAME)
    folded = fold(bare)
    if label := _LABEL.match(folded):
        bare, folded, capitals = bare[label.end() :].strip(_FRAME), "", False
        folded = fold(bare)
    if not _MARKING.fullmatch(folded):
        return None
    if capitals and folded in _ORDINARY and bare != bare.upper():
        return None
    return " ".join(bare.split())


def find_marking(running: Iterable[str], body: Iterable[str] = ()) -> str | None:
    """Return the highest marking among header and footer lines, and first and last lines of pages, or None."""
    found = [marking_of_line(line, running=True) for line in running]
    found += [marking_of_line(line) for line in body]
    return highest_marking(found)


def edge_markings(text: str, lines: int = 2) -> list[str]:
    """Return the markings among the first and last non-blank lines of a text, as a message body bears them."""
    written = [line.strip() for line in text.splitlines() if line.strip()]
    return [line for line in written[:lines] + written[-lines:] if marking_of_line(line)]


def highest_marking(markings: Iterable[str | None]) -> str | None:
    """Return the marking of the highest rank, the first of equals, or None where there is none."""
    return max((marking for marking in markings if marking), key=marking_rank, default=None)


def marking_rank(marking: str | None) -> int:
    """Return where `marking` stands on the common scale; 0 for none, and above none for one that is not known."""
    if not marking or not marking.strip():
        return 0
    folded = re.sub(r"\s*:\s*", ":", " ".join(fold(marking).split()))
    matched = _MARKING.match(folded)
    if matched is None:
        return _UNKNOWN_RANK
    if matched["level"] is None:
        return 30 + _CAVEAT_RANK
    level = _LEVELS[matched["level"]]
    rest = folded[matched.end("level") :].strip(_FRAME + "/,;")
    caveat = _CAVEAT_RANK if rest else 0
    # A caveat that is itself a level of handling (UNCLASSIFIED//FOUO) lifts the marking to that level.
    return max([level + caveat, *(_LEVELS[name] for name in re.split(r"[/,;\s]+", rest) if name in _LEVELS)])
