"""Handles of tables and files, found on disk: ``file.csv``, ``file.xlsx#sheet``, ``file.xlsx#sheet!A1:F40``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from copilot.i18n import t
from copilot.tools.tables import DELIMITED, WORKBOOKS, Handle, is_range


class HandleError(Exception):
    """The handle leads to nothing; the message says why, in the user's language."""


def find_file(written: str, bases: Sequence[Path]) -> Path:
    """Return the regular file that `written` names, from the first base folder in which it stands.

    Raises:
        HandleError: there is none.
    """
    for base in bases:
        candidate = base / Path(written).expanduser()
        try:
            if candidate.is_file():
                return candidate.resolve()
        except (OSError, ValueError):
            break
    raise HandleError(t("tools.handle.no_file", path=written, folders=", ".join(dict.fromkeys(map(str, bases)))))


def find_table(written: str, bases: Sequence[Path]) -> Handle:
    """Return where the table of a handle stands; what follows the last ``#`` names sheet and cells.

    Raises:
        HandleError: there is no such file, or it holds no tables.
    """
    name, part = written, ""
    if "#" in written:
        try:
            find_file(written, bases)
        except HandleError:
            name, _, part = written.rpartition("#")
    path = find_file(name, bases)
    if path.suffix.lower() not in (*WORKBOOKS, *DELIMITED):
        raise HandleError(t("tools.handle.no_table", path=name, endings=" ".join((*DELIMITED, *WORKBOOKS))))
    sheet, mark, cells = part.rpartition("!")
    if not mark:
        sheet, cells = ("", part) if is_range(part) else (part, "")
    if cells and not is_range(cells):
        raise HandleError(t("tools.table.bad_range", range=cells))
    return Handle(str(path), sheet or None, cells or None, written)
