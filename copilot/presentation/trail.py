"""Entries of the log of what was done, each on one line for people."""

from __future__ import annotations

from copilot.audit.entries import Entry
from copilot.i18n import catalog, t
from copilot.sanitise import one_line


def kind_in_words(kind: str) -> str:
    """Return the kind of an entry in the user's language, a later version's as it is."""
    return t(f"audit.kind.{kind}") if f"kind.{kind}" in catalog("audit") else one_line(kind)


def detail_of(entry: Entry) -> str:
    """Return the entry's own text where it has one, else its short fields, on one line."""
    data = entry.data
    if isinstance(data.get("text"), str):
        return one_line(data["text"])
    shown = [f"{key}={value}" for key, value in data.items() if isinstance(value, str | int | float) and value != ""]
    counted = [f"{key}: {_number(value)}" for key, value in data.items() if isinstance(value, list | dict) and value]
    return one_line(", ".join([*shown, *counted]))


def _number(value: list[object] | dict[str, object]) -> object:
    """Return how many things a field holds: names are kept beside their number, for the log may leave some out."""
    return value["number"] if isinstance(value, dict) and isinstance(value.get("number"), int) else len(value)
