"""What a claim may rest on: the quoted spans, the headings and table headers over them, and the results of tools."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.language.cells import units_over
from copilot.language.quantities import Quantity, Units, find_quantities, header_units, with_units
from copilot.records import Passage

_BRACKETED = re.compile(r"[(\[][^()\[\]]{1,20}[)\]]")


@dataclass(frozen=True, slots=True)
class QuotedSpan:
    """A quote where it stands: ``passage.text[start:end]``."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The texts that a claim's words are looked up in and the quantities that its figures are."""

    spans: tuple[QuotedSpan, ...]
    around: str
    quantities: tuple[Quantity, ...]

    @property
    def quotes(self) -> tuple[str, ...]:
        return tuple(span.text for span in self.spans)

    @property
    def everything(self) -> str:
        return "\n".join((*self.quotes, self.around))


def gather(spans: Sequence[QuotedSpan], tool_values: Sequence[str], language: str) -> Evidence:
    """Collect what the quoted `spans` and the `tool_values` say; tools answer in the notation of `language`."""
    quantities: list[Quantity] = []
    around: list[str] = list(tool_values)
    for value in tool_values:
        quantities += find_quantities(value, language) + find_quantities(value, "und")
    for passage in dict.fromkeys(span.passage for span in spans):
        around += (passage.context, passage.title)
        quantities += find_quantities(passage.context, passage.language)
    for span in spans:
        quantities += _quantities_of(span)
    distinct = {quantity.readings: quantity for quantity in quantities}
    return Evidence(tuple(spans), "\n".join(around), tuple(distinct.values()))


def _quantities_of(span: QuotedSpan) -> list[Quantity]:
    found = []
    for quantity in find_quantities(span.text, span.passage.language):
        units = _header_of(span.passage, span.start + quantity.start)
        found.append(with_units(quantity, units))
    return found


def _header_of(passage: Passage, position: int) -> Units:
    """Return the units over `position`: those of its table column, else those in brackets beside it (``Gazole (L) : 42
    000``)."""
    if (column := units_over(passage.text, passage.context, position)) is not None:
        return column
    line_start = passage.text.rfind("\n", 0, position) + 1
    near = passage.text[max(line_start, position - 60) : position]
    return tuple(unit for match in _BRACKETED.finditer(near) for unit in header_units(match.group()))
