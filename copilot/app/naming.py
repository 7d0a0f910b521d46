"""How the workspace names files: relative to its own folder where they lie within it, absolute elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PathNames:
    """Translates between paths of the disk and the names that the truth keeps.

    A workspace that holds its documents can thus be moved as a whole without reading them again.
    """

    root: Path

    def name_of(self, path: Path) -> str:
        """Return the name of an absolute path; the empty string for the workspace's folder itself."""
        if path.is_relative_to(self.root):
            relative = path.relative_to(self.root).as_posix()
            return "" if relative == "." else relative
        return path.as_posix()

    def path_of(self, name: str) -> Path:
        """Return where a named file stands; a member's name leads to its container."""
        candidate = self.root / name
        # '!' separates a member from its container, and may also stand in a file's own name.
        while "!" in name and not candidate.exists():
            name = name.rpartition("!")[0]
            candidate = self.root / name
        return candidate
