"""The anchor: what is remembered of a log in another place, so that it cannot vanish or be replaced unseen.

The files of the log vouch for each other, and whoever removes or rewrites all of them together leaves nothing that
disagrees. A keeper (a workspace's database, a file beside the user's log) holds which log it was, and the last entry
that was signed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, Self

from copilot.audit.checkpoints import Checkpoint
from copilot.audit.entries import canonical
from copilot.audit.files import held, read_bytes, read_object
from copilot.durable import replace_durably


@dataclass(frozen=True, slots=True)
class Anchor:
    """The log whose first entry has the hash `log` was signed over entry `sequence`, which had the hash `hash`."""

    log: str
    sequence: int
    hash: str

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        return cls(checkpoint.log, checkpoint.sequence, checkpoint.hash)

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Return the anchor that `text` wrote; None where there is none."""
        if text is None:
            return None
        found = read_object(text.encode("utf-8"))
        log, sequence, digest = found.get("log"), found.get("sequence"), found.get("hash")
        if not (isinstance(log, str) and isinstance(sequence, int) and isinstance(digest, str)):
            return None
        return cls(log, sequence, digest)

    def text(self) -> str:
        return canonical(asdict(self)).decode("ascii")

    def is_of(self, checkpoint: Checkpoint) -> bool:
        """Say whether the checkpoint signs the very entry that is remembered."""
        return self == Anchor.of(checkpoint)

    def may_move_to(self, later: Anchor) -> bool:
        """Say whether `later` goes on from here: never back, and never over to another log."""
        return self.log == later.log and self.sequence < later.sequence


class AnchorKeeper(Protocol):
    """Where an anchor is kept: not among the files of its log."""

    def read(self) -> Anchor | None: ...

    def move(self, move: Callable[[Anchor | None], Anchor | None]) -> None:
        """Replace the anchor by what `move` makes of it; None leaves it. Without room or time for it, it stays too."""


class FileKeeper:
    """Keeps an anchor in a file of its own; implements `AnchorKeeper`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Anchor | None:
        return Anchor.read(read_bytes(self._path).decode("utf-8", "replace"))

    def move(self, move: Callable[[Anchor | None], Anchor | None]) -> None:
        # A lock of its own: `move` may read the log, which another process may hold.
        with suppress(OSError), held(self._path.with_name(f"{self._path.name}.lock")):
            later = move(self.read())
            if later is not None:
                replace_durably(self._path, later.text().encode("ascii"))
