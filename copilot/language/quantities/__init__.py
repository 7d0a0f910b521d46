"""Numbers, dates, times, units, coordinates and identifiers in French and English text, found and compared.

A claim may be written in the other notation than its source: ``42 000 L`` stands in ``42,000 litres``, ``4,5 t`` in
``4 500 kg``, ``12 mars 2026`` in ``121430ZMAR26``. What cannot be decided keeps several readings, and one in common is
enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from copilot.language.quantities.dates import find_dates, find_groups, find_times
from copilot.language.quantities.figures import find_numbers, find_ordinals
from copilot.language.quantities.matching import Standing, same, standing, with_units
from copilot.language.quantities.places import find_codes, find_coordinates, find_identifiers
from copilot.language.quantities.records import Kind, Quantity, Reading
from copilot.language.quantities.units import Units, header_units, match_unit

__all__ = [
    "Kind",
    "Quantity",
    "Reading",
    "Standing",
    "Units",
    "find_quantities",
    "header_units",
    "match_unit",
    "same",
    "standing",
    "with_units",
]

Finder = Callable[[str, str], Iterator[tuple[int, int, tuple[Reading, ...]]]]

# The most particular first: what one finder takes is hidden from those after it.
_FINDERS: tuple[Finder, ...] = (
    find_groups,
    find_coordinates,
    find_dates,
    find_times,
    find_identifiers,
    find_codes,
    find_ordinals,
    find_numbers,
)
_HIDDEN = "\x00"


def find_quantities(text: str, language: str = "und") -> list[Quantity]:
    """Return the quantities of `text` in order, none overlapping another.

    `language` decides what a notation or a number word means: ``fr``, ``en``, anything else for both.
    """
    found: list[Quantity] = []
    visible = text
    for finder in _FINDERS:
        taken: list[tuple[int, int]] = []
        reach = 0
        for start, end, readings in sorted(finder(visible, language), key=lambda match: (match[0], -match[1])):
            if start >= reach:
                taken.append((start, end))
                found.append(Quantity(readings, start, end, text[start:end]))
                reach = end
        visible = _hide(visible, taken)
    return sorted(found, key=lambda quantity: quantity.start)


def _hide(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += (text[position:start], _HIDDEN * (end - start))
        position = end
    return "".join((*pieces, text[position:]))
