"""Plugins for the faces: the catalogue, and what it takes to run a planned call behind an approver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from copilot.app.approval import Approver
from copilot.tools.catalogue import PluginCatalogue

if TYPE_CHECKING:
    from copilot.app.tooling import Tooling
    from copilot.ports import BlankReader, LanguageModel
    from copilot.workspace import Workspace


def open_catalogue() -> PluginCatalogue:
    """Return the plugins of this machine, as they stand now."""
    return PluginCatalogue()


def open_tooling(
    approver: Approver,
    workspace: Workspace | None = None,
    model: LanguageModel | None = None,
    catalogue: PluginCatalogue | None = None,
) -> Tooling:
    """Return what runs planned calls: files are looked for in the current folder, then in the workspace.

    Blanks are read by `model`; without one by rules.
    """
    from copilot.app.tooling import Tooling
    from copilot.tools.runner import WalledToolRunner

    known = catalogue or open_catalogue()
    bases = [Path.cwd()] if workspace is None else [Path.cwd(), workspace.root]
    return Tooling(known, WalledToolRunner(known, bases), approver, _reader(model))


def _reader(model: LanguageModel | None) -> BlankReader:
    from copilot.planning.reading import LexicalBlankReader, ModelBlankReader

    return LexicalBlankReader() if model is None else ModelBlankReader(model)
