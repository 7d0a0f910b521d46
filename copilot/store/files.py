"""Writing a small file so that a reader finds the old content or the new, never half of either."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from copilot.durable import replace_durably


def write_atomically(path: Path, text: str) -> None:
    """Replace the content of `path`, readable by its owner alone, surviving a power cut."""
    # Named after the process, so that a later one can tell what a killed one left.
    replace_durably(path, text.encode("utf-8"), f"{path.name}.{os.getpid()}.new")


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write what a derived index says of itself."""
    write_atomically(path, json.dumps(state))


def read_state(path: Path) -> dict[str, Any]:
    """Return what a derived index says of itself; empty when it says nothing that can be read."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}
