"""What this workspace's log is told: the one place through which every command and screen records what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from copilot.audit.anchor import Anchor
from copilot.audit.checkpoints import Checkpoint
from copilot.audit.entries import LineCipher, canonical
from copilot.audit.files import read_bytes, read_object, replace_durably
from copilot.audit.log import AuditLog
from copilot.audit.verification import Verification, verify_log
from copilot.errors import StoreError
from copilot.settings import Settings
from copilot.workspace import Workspace

if TYPE_CHECKING:
    from copilot.store.truth import Truth

_ANCHOR = "audit_anchor"

# Texts of a list, such as the names of deleted files, beyond which only their number is recorded.
MOST_NAMES = 200


class Trail:
    """Records into the log of a workspace, as the settings say; a change of settings is recorded before anything else.

    Switching the log off is such a change: it is the last thing recorded. On a read-only disk nothing can be recorded;
    whoever reads there is told so. The database, where it is open, remembers what was signed: it is how a log that was
    removed or replaced as a whole is found.
    """

    def __init__(
        self, workspace: Workspace, settings: Settings, truth: Truth | None = None, *, is_read_only: bool = False
    ) -> None:
        self.log = AuditLog(workspace.audit, _cipher_of(workspace))
        self._settings = settings
        self._truth = truth
        self._is_read_only = is_read_only
        self._snapshot = workspace.audit / "settings.json"
        self._is_open = False
        self._written = 0

    @property
    def is_on(self) -> bool:
        return self._settings.audit.enabled

    def record(self, kind: str, data: Mapping[str, Any]) -> int:
        """Record one thing and return its number once the disk has it; 0 where the log is off or the disk read-only.

        Raises:
            StoreError: it cannot be written; then what it would have told of must not go on.
        """
        if self._is_read_only:
            return 0
        if not self._is_open:
            self._is_open = True
            self._record_settings()
        if not self.is_on:
            return 0
        self._written += 1
        return self.log.append(kind, data).sequence

    def text(self, text: str | None) -> Any:
        """Return a text as the log keeps it: itself, or a keyed hash and its length where the settings say so."""
        if text is None or self._is_read_only or self._settings.audit.text == "full":
            return text
        return {"hmac": self.log.keys().text_hash(text), "characters": len(text)}

    def texts(self, texts: list[str]) -> dict[str, Any]:
        """Return how many texts there are, and the first of them."""
        return {"number": len(texts), "names": [self.text(text) for text in texts[:MOST_NAMES]]}

    def close(self) -> Checkpoint | None:
        """Sign what was recorded since the trail was opened, if anything was, and have the database remember it."""
        if not self._written:
            return None
        self._written = 0
        checkpoint = self.log.checkpoint()
        if checkpoint is not None:
            self._remember(checkpoint)
        return checkpoint

    def verify(self, known: Sequence[Checkpoint] = ()) -> Verification:
        """Say whether the log is whole, and the one that the database remembers where that is open."""
        if self._truth is None:
            return verify_log(self.log, known)
        anchor = Anchor.read(self._truth.get_meta(_ANCHOR))
        return verify_log(self.log, known, anchor, was_used=self.is_on and self._truth.has_answers())

    def _remember(self, checkpoint: Checkpoint) -> None:
        """Move the anchor on; where the database has no room or no time for it, the next session does."""
        later = Anchor.of(checkpoint)

        def move(text: str | None) -> str | None:
            present = Anchor.read(text)
            if present is None:
                return later.text()
            return later.text() if present.may_move_to(later) and self.log.holds(present) else None

        if self._truth is not None:
            from copilot.store.database import database_errors

            with suppress(StoreError, OSError, *database_errors()):
                self._truth.move_meta(_ANCHOR, move)

    def _record_settings(self) -> None:
        present = _flat(self._settings)
        data = read_bytes(self._snapshot)
        try:
            known = read_object(self.log.cipher.reveal(data) if self.log.cipher and data else data)
        except ValueError:
            known = {}
        if known == present:
            return
        changed = {
            key: {"from": self._kept(known.get(key)), "to": self._kept(present.get(key))}
            for key in sorted(known.keys() | present.keys())
            if known.get(key) != present.get(key)
        }
        self._written += 1
        self.log.append("settings", {"changed": changed})
        plain = canonical(present)
        replace_durably(self._snapshot, self.log.cipher.seal(plain) if self.log.cipher else plain)

    def _kept(self, value: Any) -> Any:
        return self.text(value) if isinstance(value, str) else value


def _cipher_of(workspace: Workspace) -> LineCipher | None:
    if workspace.secrets is None:
        return None
    from copilot.store.vault import LogCipher

    return LogCipher(workspace.secrets.log_key)


def _flat(settings: Settings) -> dict[str, Any]:
    return {
        f"{section}.{name}": value
        for section, values in settings.model_dump(mode="json").items()
        for name, value in values.items()
    }
