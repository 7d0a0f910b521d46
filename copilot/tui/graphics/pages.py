"""Pages that were drawn, kept so that going back to one is at once; bounded."""

from __future__ import annotations

from collections import OrderedDict

from copilot.records import Citation
from copilot.tui.graphics.drawing import Drawing

# By content, page, quote and width.
_Key = tuple[str, int, str, int]
_MOST_BYTES = 32 * 2**20


class DrawnPages:
    """The drawings used last, and whether the quote is marked on each."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[_Key, tuple[Drawing, bool]] = OrderedDict()

    def find(self, citation: Citation, columns: int) -> tuple[Drawing, bool] | None:
        key = _key(citation, columns)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, citation: Citation, columns: int, drawing: Drawing, *, marked: bool) -> None:
        """Keep a drawing; those used longest ago go where there is no room."""
        self._kept[_key(citation, columns)] = (drawing, marked)
        while len(self._kept) > 1 and sum(kept.size for kept, _ in self._kept.values()) > self._most_bytes:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


def _key(citation: Citation, columns: int) -> _Key:
    return citation.sha256, citation.page, citation.quote, columns
