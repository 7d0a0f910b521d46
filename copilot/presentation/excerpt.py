"""The beginning of a passage, for lists where the whole would be too much."""

from __future__ import annotations

from copilot.sanitise import one_line

_LENGTH = 320


def excerpt(text: str, length: int = _LENGTH) -> str:
    """Return `text` on one line, cut after a word so that about `length` characters are left, with ``…`` where cut."""
    line = one_line(text[: 2 * length])
    if len(line) <= length and len(text) <= 2 * length:
        return line
    cut = line[:length]
    return cut[: cut.rfind(" ") if " " in cut else length].rstrip(" ,;:") + " …"
