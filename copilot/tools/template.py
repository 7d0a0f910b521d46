"""A plugin to start from, written where the user wants it."""

from __future__ import annotations

from pathlib import Path

from copilot.durable import create_durably, create_folder_durably
from copilot.errors import UsageError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources import plugin_template_folder
from copilot.tools.manifest import MANIFEST

_PLACEHOLDER = "PLUGIN"


def write_template(folder: Path, name: str) -> list[Path]:
    """Write a working plugin into a folder that does not exist yet; return its files.

    Raises:
        UsageError: the folder cannot be written.
    """
    source = plugin_template_folder()
    texts = {
        MANIFEST: (source / MANIFEST).read_text(encoding="utf-8").replace(_PLACEHOLDER, name),
        f"{name}.py": (source / "plugin.py.txt").read_text(encoding="utf-8"),
    }
    try:
        with create_folder_durably(folder) as growing:
            for file, text in texts.items():
                create_durably(growing / file, text.encode())
    except OSError as error:
        raise UsageError(t("tools.template.cannot_write", path=folder, detail=cause_of(error))) from error
    return [folder / file for file in texts]
