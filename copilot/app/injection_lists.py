"""Lists of attacks as they are published: JSON, JSON lines, tables with a header, or one attack a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from copilot.errors import UsageError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources.regular_file import read_regular
from copilot.sanitise import storable

# What published lists call the attack itself, the surest name first.
_FIELDS = (
    "attack",
    "attacks",
    "injection",
    "attacker instruction",
    "payload",
    "attack prompt",
    "adversarial prompt",
    "malicious prompt",
    "prompt",
    "instruction",
    "text",
    "content",
    "user input",
)
_LARGEST_FILE = 64 * 2**20
# So many lists beside each other are kinds of attacks.
_KINDS = 2
_DELIMITERS = {".csv": ",;\t", ".tsv": "\t"}


def read_attacks(path: Path) -> list[str]:
    """Return the attacks of a file, each once, in its order.

    Of a record with several fields the one is taken that is called like an attack, a prompt or a text, else the longest
    text; of nested tables and lists, all.

    Raises:
        UsageError: it cannot be read, or holds none.
    """
    try:
        text = read_regular(path, _LARGEST_FILE).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(t("ask.attacks_unreadable", path=path, error=cause_of(error))) from error
    told = (storable(attack).strip() for attack in _read(text, path.suffix.lower()))
    found = list(dict.fromkeys(attack for attack in told if attack))
    if not found:
        raise UsageError(t("ask.attacks_none", path=path))
    return found


def _read(text: str, suffix: str) -> Iterable[str]:
    try:
        return list(_texts(json.loads(text)))
    except (ValueError, RecursionError):
        pass
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        # A line of JSON is a record or a text; prose may well begin with a number.
        records = [json.loads(line) for line in lines if line.lstrip()[0] in '{["']
        if records and len(records) == len(lines):
            return list(_texts(records))
    except (ValueError, RecursionError):
        pass
    try:
        return list(_of_table(text, _DELIMITERS[suffix])) if suffix in _DELIMITERS else lines
    except csv.Error:
        return lines


def _texts(told: object, *, in_list: bool = False) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, list):
        for one in told:
            yield from _texts(one, in_list=True)
    elif isinstance(told, dict):
        nested = [one for one in told.values() if isinstance(one, list | dict)]
        # Kinds of attacks may be called like a field: a table of lists is a table of kinds, whatever their names.
        name = _field_of(told) if in_list or len(nested) < _KINDS else None
        if name is not None:
            yield from _texts(told[name], in_list=True)
        elif in_list and (texts := [one for one in told.values() if isinstance(one, str)]):
            yield max(texts, key=len)
        else:
            # A table of attacks by their names, or of lists by their kinds, with a word or two about the whole.
            for one in nested or told.values():
                yield from _texts(one, in_list=bool(nested))


def _field_of(names: Mapping[str, object] | Sequence[str]) -> str | None:
    """Return the name among `names` that means the attack itself, as it is written there."""
    written = {" ".join(str(name).casefold().replace("_", " ").replace("-", " ").split()): name for name in names}
    return next((written[field] for field in _FIELDS if field in written), None)


def _of_table(text: str, delimiters: str) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    delimiter = max(delimiters, key=lines[0].count) if lines else delimiters[0]
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    name = _field_of(rows[0]) if rows else None
    if name is None:
        yield from (max(row, key=len) for row in rows)
        return
    column = rows[0].index(name)
    yield from (row[column] for row in rows[1:] if column < len(row))
