"""How a tool says no."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


class ToolError(Exception):
    """The tool cannot answer: the message, in the user's language, says what is wrong and what would help."""


class MissingLibraryError(ToolError):
    """A library of an optional group is not installed; `extra` is the group that holds it."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library}: pip install 'analyst-copilot[{extra}]'")
        self.library = library
        self.extra = extra


def need(library: str, extra: str) -> ModuleType:
    """Import and return a module of an optional group, now that it is needed.

    Raises:
        MissingLibraryError: it is not installed; the user is told the command that installs it.
    """
    try:
        return import_module(library)
    except ModuleNotFoundError as error:
        raise MissingLibraryError(library, extra) from error
