"""Bundled plugins, loaded from their files as the runner does, and tables typed in a test."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

from copilot.plugin_api import DataTable, Result, ResultTable, Scalar

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


def load(module: str, plugin: str = "") -> ModuleType:
    """Load a module of a plugin, by default its main one; its folder is importable, so that it finds its siblings."""
    folder = str(PLUGINS / (plugin or module))
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(module)


def table(header: str, *rows: tuple[Scalar, ...]) -> DataTable:
    """Make a table from a header of names parted by blanks and its rows."""
    return DataTable(tuple(header.split()), rows, "typed")


def value(result: Result, name: str) -> Scalar:
    return next(one.value for one in result.values if one.name == name)


def number(result: Result, name: str) -> float:
    found = value(result, name)
    assert isinstance(found, int | float)
    return float(found)


def rows(result: Result, name: str) -> list[dict[str, Scalar]]:
    """Return the rows of a result's table by the names of its columns."""
    found: ResultTable = next(one for one in result.tables if one.name == name)
    return [dict(zip([one.name for one in found.columns], row, strict=True)) for row in found.rows]
