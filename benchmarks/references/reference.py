"""A published value beside ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """One value: `tool` is ``plugin.function``; `note` says what a difference comes from, or an interval."""

    tool: str
    quantity: str
    source: str
    published: float
    ours: float
    note: str = ""

    @property
    def gap(self) -> float:
        """How far ours lies from the published value, in percent of it (of 1 where it is 0)."""
        return 100 * abs(self.ours - self.published) / (abs(self.published) or 1.0)
