"""What the user decided once and for all about a tool, as long as its plugin stays the same.

Each decision bears a seal made with this user's key, which lies outside the workspace: one that came with somebody
else's workspace counts as none. A workspace restored on another machine, or by another user, asks again.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3

from copilot.resources.user_key import user_key
from copilot.store.database import transaction
from copilot.store.documents import now_iso

_USE = "standing approvals"
# The seals stand in the table of single facts, each under this and what it seals.
_SEAL = "approval_seal:"


class Approvals:
    """Standing decisions by tool and plugin hash: a plugin whose files change is asked about anew."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def remembered(self, tool: str, plugin_sha256: str) -> bool | None:
        """Return whether this tool of exactly this plugin is always approved or always denied; None if not decided.

        What this user did not decide on this machine is not decided.
        """
        row = self._connection.execute(
            """SELECT allowed, decided_at, meta.value AS seal FROM approvals LEFT JOIN meta ON meta.key = ?
               WHERE tool = ? AND plugin_sha256 = ?""",
            (_place(tool, plugin_sha256), tool, plugin_sha256),
        ).fetchone()
        if row is None:
            return None
        seal = _seal(tool, plugin_sha256, bool(row["allowed"]), row["decided_at"])
        is_ours = seal and hmac.compare_digest(seal.encode(), str(row["seal"]).encode("utf-8", "replace"))
        return bool(row["allowed"]) if is_ours else None

    def remember(self, tool: str, plugin_sha256: str, *, allowed: bool) -> None:
        """Keep a decision in the place of any earlier one; where there is no key to seal it, it will be asked again."""
        decided_at = now_iso()
        with transaction(self._connection) as db:
            db.execute(
                "INSERT OR REPLACE INTO approvals (tool, plugin_sha256, allowed, decided_at) VALUES (?, ?, ?, ?)",
                (tool, plugin_sha256, int(allowed), decided_at),
            )
            db.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
                (_place(tool, plugin_sha256), _seal(tool, plugin_sha256, allowed, decided_at)),
            )

    def forget_all(self) -> int:
        """Drop every standing decision; return how many there were."""
        with transaction(self._connection) as db:
            db.execute("DELETE FROM meta WHERE substr(key, 1, ?) = ?", (len(_SEAL), _SEAL))
            return db.execute("DELETE FROM approvals").rowcount


def _place(tool: str, plugin_sha256: str) -> str:
    return f"{_SEAL}{plugin_sha256}:{tool}"


def _seal(tool: str, plugin_sha256: str, allowed: bool, decided_at: str) -> str:
    """Return the keyed hash of a decision, hexadecimal; empty where there is no key."""
    key = user_key(_USE)
    told = "\0".join((tool, plugin_sha256, str(int(allowed)), decided_at))
    return hmac.new(key, told.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest() if key else ""
