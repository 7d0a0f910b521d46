"""Where orders can stand besides a passage's text: its title, its path, and what a tool gives back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot.records import Passage, ToolRun
from copilot.verification.instructions import instruction_like

_MOST_TEXT = 50_000
_SEPARATORS = re.compile(r"[_\s]+|(?<=\w)[-+.](?=\w)")
_NUMBERING = re.compile(r"\d{1,6}[ ._-]+")


def order_of_passage(passage: Passage) -> str | None:
    """Return the first words in a passage, its title or its path that read as an order, or None."""
    return (
        instruction_like(passage.text, f"{passage.title} {passage.context}")
        or instruction_like(passage.title, passage.text)
        or _order_of_path(passage)
    )


def _order_of_path(passage: Passage) -> str | None:
    *folders, name = re.split(r"[/\\!]", passage.path)
    for part in (name.rsplit(".", 1)[0], *folders):
        spoken = _SEPARATORS.sub(" ", _NUMBERING.sub("", part, count=1))
        # A name as written too: the marks of a link or a control token are lost when it is read as words.
        if found := instruction_like(spoken, passage.text) or instruction_like(part, passage.text):
            return found
    return None


def order_of_run(run: ToolRun) -> str | None:
    """Return the first words in a tool's result that read as an order, or None."""
    texts = dict.fromkeys(text for text in _texts_of(run) if any(map(str.isalpha, text)))
    return instruction_like("\n\n".join(texts)[:_MOST_TEXT], run.title)


def _texts_of(run: ToolRun) -> Iterator[str]:
    result = run.result
    for value in result.values:
        yield from (value.label, str(value.value), value.unit or "", value.name)
    yield from result.assumptions
    yield from result.warnings
    if result.figure is not None:
        figure = result.figure
        yield from (figure.title, figure.x_label, figure.y_label)
        yield from (bar.label for bar in figure.bars)
        yield from (line.label for line in figure.lines)
    for table in result.tables:
        yield from (table.title, table.name)
        yield from (column.label or column.name for column in table.columns)
        yield from (cell for row in table.rows for cell in row if isinstance(cell, str))
