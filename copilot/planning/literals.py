"""What a question says itself: the figures, units, dates and words that a plan may take from it.

A figure counts only with its own unit: of «42 m³» a plan may not make 42 litres.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from copilot.language.quantities import Kind, Quantity, find_quantities, same
from copilot.language.words import fold
from copilot.records import ParameterKind, Scalar

_FIGURE = re.compile(r"^[\d.,+\-−\s]+")
_WORD = re.compile(r"\s*([^\s,;:.?!]+)")


class NotSaidError(Exception):
    """The question does not say this."""


class Question:
    """A question with the quantities that stand in it."""

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        self._folded = fold(text)
        self._quantities = find_quantities(text, language)

    def unit_of(self, figures: Iterable[int | float], unit: str | None, tools_unit: str | None) -> str | None:
        """Return the unit in which the question gives `figures`, as it is written there; None where it gives none.

        `unit` is what the plan says it is, `tools_unit` what a figure without a unit is taken for.

        Raises:
            NotSaidError: a figure does not stand in the question, or not in this unit.
        """
        standing = [self._with_figure(figure) for figure in figures]
        if not all(standing):
            raise NotSaidError
        united = [found for one in standing for found in one if any(reading.unit for reading in found.readings)]
        if united:
            fitting = [found for found in united if unit is None or _has_unit(found, unit)]
            # Of “42 L and 42 m³” nobody can tell which is meant.
            if not fitting or any(not _has_unit(found, written_unit(fitting[0]) or "") for found in fitting):
                raise NotSaidError
            return written_unit(fitting[0])
        if unit is None or unit == tools_unit:
            return None
        if any(self._goes_on_with(found, unit) for one in standing for found in one):
            return unit
        raise NotSaidError

    def says_date(self, date: str) -> bool:
        """Say whether a day (``YYYY-MM-DD``) stands in the question, in whatever notation."""
        return any(
            reading.kind in (Kind.DATE, Kind.INSTANT) and str(reading.value).split("T")[0] == date
            for quantity in self._quantities
            for reading in quantity.readings
        )

    def says_words(self, words: str) -> bool:
        return fold(words) in self._folded

    def _with_figure(self, figure: int | float) -> list[Quantity]:
        wanted = Fraction(str(figure))
        return [quantity for quantity in self._quantities if wanted in quantity.figures]

    def _goes_on_with(self, quantity: Quantity, unit: str) -> bool:
        """Say whether the word after a figure is `unit`: what is counted is no unit of the table of units."""
        word = _WORD.match(self._text, quantity.end)
        return word is not None and fold(word[1]).rstrip("s") == fold(unit).rstrip("s")


def said_unit(
    question: Question,
    kind: ParameterKind,
    value: Scalar | Sequence[Scalar],
    unit: str | None,
    tools_unit: str | None,
) -> str | None:
    """Return the unit of a value that a plan took from the question, as the question writes it.

    Raises:
        NotSaidError: the question does not say the value, or not in this unit.
    """
    # A choice and a switch are readings of the question's words, not quotations.
    if kind in (ParameterKind.CHOICE, ParameterKind.BOOLEAN):
        return None
    values = [value] if value is None or isinstance(value, str | int | float) else list(value)
    figures = [one for one in values if isinstance(one, int | float)]
    if figures:
        return question.unit_of(figures, unit, tools_unit)
    words = [str(one) for one in values]
    said = question.says_date if kind is ParameterKind.DATE else question.says_words
    if not all(said(one) or question.says_words(one) for one in words):
        raise NotSaidError
    return None


def written_unit(quantity: Quantity) -> str | None:
    """Return the unit as the text writes it: what follows the figure."""
    return _FIGURE.sub("", quantity.text).strip() or None


def _has_unit(quantity: Quantity, unit: str) -> bool:
    """Say whether the quantity is given in `unit`, in whatever notation of it."""
    if fold(unit) == fold(written_unit(quantity) or ""):
        return True
    return any(
        same(quantity, told) for figure in quantity.figures for told in find_quantities(f"{_plain(figure)} {unit}")
    )


def _plain(figure: Fraction) -> str:
    return str(figure.numerator) if figure.denominator == 1 else repr(float(figure))
