"""Which walls this process lives without: said once by the entry point, for whatever records what is done here."""

from __future__ import annotations

from collections.abc import Sequence

_missing: tuple[str, ...] = ()


def note_missing_walls(walls: Sequence[str]) -> None:
    """Keep which walls are not there: ``seccomp``, ``landlock``."""
    global _missing
    _missing = tuple(walls)


def missing_walls() -> tuple[str, ...]:
    """Return the walls that were noted to be missing; none where nothing was noted, as in a library's process."""
    return _missing
