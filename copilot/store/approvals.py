"""What the user decided once and for all about a tool, as long as its plugin stays the same."""

from __future__ import annotations

import sqlite3

from copilot.store.database import transaction
from copilot.store.documents import now_iso


class Approvals:
    """Standing decisions by tool and plugin hash: a plugin whose files change is asked about anew."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def remembered(self, tool: str, plugin_sha256: str) -> bool | None:
        """Return whether this tool of exactly this plugin is always approved or always denied; None if not decided."""
        row = self._connection.execute(
            "SELECT allowed FROM approvals WHERE tool = ? AND plugin_sha256 = ?", (tool, plugin_sha256)
        ).fetchone()
        return None if row is None else bool(row["allowed"])

    def remember(self, tool: str, plugin_sha256: str, *, allowed: bool) -> None:
        """Keep a decision in the place of any earlier one."""
        with transaction(self._connection) as db:
            db.execute(
                "INSERT OR REPLACE INTO approvals (tool, plugin_sha256, allowed, decided_at) VALUES (?, ?, ?, ?)",
                (tool, plugin_sha256, int(allowed), now_iso()),
            )

    def forget_all(self) -> int:
        """Drop every standing decision; return how many there were."""
        with transaction(self._connection) as db:
            return db.execute("DELETE FROM approvals").rowcount
