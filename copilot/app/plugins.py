"""Plugins for the faces: the catalogue, and what it takes to run a planned call behind an approver."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from copilot.app.approval import Approver
from copilot.tools.catalogue import PluginCatalogue

if TYPE_CHECKING:
    from copilot.app.tooling import Tooling
    from copilot.ports import LanguageModel
    from copilot.tools.runner import WalledToolRunner
    from copilot.workspace import Workspace


def open_catalogue() -> PluginCatalogue:
    """Return the plugins of this machine, as they stand now."""
    return PluginCatalogue()


def open_runner(workspace: Workspace | None = None, catalogue: PluginCatalogue | None = None) -> WalledToolRunner:
    """Return what runs tools: files are looked for in the current folder, then in the workspace."""
    from copilot.tools.runner import WalledToolRunner

    bases = [Path.cwd()] if workspace is None else [Path.cwd(), workspace.root]
    return WalledToolRunner(catalogue or open_catalogue(), bases)


def open_tooling(approver: Approver, runner: WalledToolRunner, model: LanguageModel | None = None) -> Tooling:
    """Return what takes planned calls to their runs; blanks are read by `model`, without one by rules."""
    from copilot.app.tooling import Tooling
    from copilot.planning.reading import LexicalBlankReader, ModelBlankReader

    reader = LexicalBlankReader() if model is None else ModelBlankReader(model)
    return Tooling(runner.catalogue, runner, approver, reader)
