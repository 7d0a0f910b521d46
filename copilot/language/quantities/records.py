"""What a quantity found in text is: a span and the ways it can be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction


class Kind(StrEnum):
    """What a reading says: how many, which one, when or where."""

    NUMBER = "number"
    ORDINAL = "ordinal"
    DATE = "date"
    TIME = "time"
    INSTANT = "instant"
    RELATIVE_DAY = "relative_day"
    COORDINATE = "coordinate"
    IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a quantity.

    Numbers are exact fractions in the base unit of their dimension (`unit` is that base: ``L``, ``kg``, ``%``, ``m/s``;
    empty for a bare number). Coordinates are signed degrees with `unit` ``lat`` or ``lon``. The rest are strings: a
    date is ``YYYY-MM-DD`` with ``*`` for a part not written, a time ``HH:MM`` or ``HH:MM:SS`` with its zone letter, an
    instant both joined by ``T``, an identifier its characters without spaces, in capitals. `figure` is a number as
    written, before its unit.
    """

    kind: Kind
    value: Fraction | str
    unit: str = ""
    figure: Fraction | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity in a text: ``text == whole[start:end]``, and its readings, the likeliest first.

    More than one reading means that the notation leaves it open: ``42.000`` in a French text, ``03/04/2026`` in an
    English one.
    """

    readings: tuple[Reading, ...]
    start: int
    end: int
    text: str

    @property
    def kind(self) -> Kind:
        return self.readings[0].kind

    @property
    def value(self) -> Fraction | str:
        return self.readings[0].value

    @property
    def unit(self) -> str:
        return self.readings[0].unit

    @property
    def figures(self) -> frozenset[Fraction]:
        """The numbers as written, whatever their unit."""
        return frozenset(reading.figure for reading in self.readings if reading.figure is not None)
