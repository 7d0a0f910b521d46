"""What a model is shown of passages and of tools' results: outside text on lines of our own making.

No text brings a line break of its own along, so that none can pass for a sentence with a mark.
"""

from __future__ import annotations

from dataclasses import dataclass

from copilot.language.marked import MarkedSentence, mark_sentences
from copilot.records import Passage, Scalar, ToolRun

# What of a tool's table is shown, and of one text in a result or heading, in characters.
_ROWS_SHOWN, _LONGEST_CELL = 12, 120
# From here on two decimals are more than enough; below, five digits.
_LARGE = 1_000.0


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as the model sees it: `index` is its place among the passages, `number` the one it is shown under."""

    index: int
    number: int
    block: str
    sentences: list[MarkedSentence]


def source_of(index: int, number: int, passage: Passage) -> Source:
    """Return a passage under a number: where it stands, then its sentences, each with its mark."""
    marked = mark_sentences(number, passage.text)
    place = passage.page_label or f"p. {passage.page_first}"
    head = ", ".join(_line(part) for part in (passage.title or passage.path, passage.date, place) if part)
    context = f"\n({' / '.join(map(_line, passage.context.splitlines()))})" if passage.context else ""
    lines = "\n".join(f"{sentence.mark} {' '.join(sentence.text.split())}" for sentence in marked)
    return Source(index, number, f"[{number}] {head}{context}\n{lines}", marked)


def run_block(run: ToolRun) -> str:
    """Return a run's result: its values, and the beginning of each table."""
    values = "; ".join(
        f"{_line(value.label or value.name)} = {_measured(value.value, value.unit)}" for value in run.result.values
    )
    lines = [f"[T{run.number}] {_line(run.title)}: {values}"]
    for table in run.result.tables:
        head = " | ".join(_measured(column.label or column.name, column.unit) for column in table.columns)
        lines.append(f"{_line(table.title or table.name)}: {head}")
        lines += [" | ".join(_measured(cell, None) for cell in row) for row in table.rows[:_ROWS_SHOWN]]
        if len(table.rows) > _ROWS_SHOWN:
            lines.append(f"… (+{len(table.rows) - _ROWS_SHOWN})")
    return "\n".join(lines)


def _measured(value: Scalar, unit: str | None) -> str:
    """Write a value with its unit; more digits of a float than a reader wants would only cost tokens."""
    if value is None:
        return "-"
    written = _rounded(value) if isinstance(value, float) else _line(str(value))
    return f"{written} {_line(unit)}" if unit else written


def _rounded(value: float) -> str:
    written = f"{value:.2f}" if abs(value) >= _LARGE else f"{value:.5g}"
    return written.rstrip("0").rstrip(".") if "." in written and "e" not in written else written


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_CELL]
