"""The append-only log: every entry is on the disk before what it tells of goes on.

Several processes may write: each entry is chained under a lock. A line that a crash tore is left where it is and sealed
by the next writer with a ``torn`` entry that names its bytes. What an honest crash cannot leave (fewer entries than
were acknowledged) is never smoothed over: the chain goes on from the entry that is missing, and verification names it.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copilot.audit.anchor import Anchor, AnchorKeeper
from copilot.audit.checkpoints import Checkpoint, Keys, create_keys, load_keys, read_checkpoint
from copilot.audit.entries import NOTHING_BEFORE, SEAL, Entry, LineCipher, canonical, make_entry, read_entry
from copilot.audit.files import AuditFolder, append_durably, drop_torn_end, read_bytes, read_object
from copilot.durable import replace_durably
from copilot.errors import StoreError
from copilot.i18n import t
from copilot.i18n.causes import cause_of

# What an entry says, None for no entry, and what is remembered from then on.
Told = tuple[Mapping[str, Any] | None, dict[str, Any]]
CHECKPOINT_EVERY = 100
_TAIL_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of the log: its size, the last whole entry, and what stands after that without being one."""

    size: int
    sequence: int
    hash: str
    torn: bytes = b""


class AuditLog:
    """One log in `folder`; with a `cipher` nothing in it can be read on the disk.

    Whatever signs it, whoever calls, has the `keeper` remember what was signed.
    """

    def __init__(self, folder: Path, cipher: LineCipher | None = None, keeper: AnchorKeeper | None = None) -> None:
        self.files = AuditFolder(folder)
        self.cipher = cipher
        self.keeper = keeper
        self._tail: _Tail | None = None
        self._keys: Keys | None = None
        self._unsigned = 0

    # --- writing ------------------------------------------------------------------------------------------------------

    def append(self, kind: str, data: Mapping[str, Any]) -> Entry:
        """Add one entry and return it once the disk has it.

        Raises:
            StoreError: it cannot be written; then what it would have told of must not go on.
        """
        try:
            with self.files.writing():
                self._keep_keys()
                entry = self._append(kind, data)
                signed = self._sign(entry) if self._unsigned >= CHECKPOINT_EVERY else None
        except OSError as error:
            self._tail = None
            raise _cannot_write(self.files.log, error) from error
        if signed is not None:
            self._move_anchor(signed)
        return entry

    def append_changed(self, kind: str, snapshot: Path, tell: Callable[[dict[str, Any]], Told]) -> bool:
        """Add an entry of what changed since `snapshot` was written, and write it anew, as one step for all processes.

        `tell` takes what the snapshot holds and returns what the entry says, None for no entry, and what it holds next.
        It must not write to the log.

        Returns:
            Whether there was anything to say.

        Raises:
            StoreError: it cannot be written; then what it would have told of must not go on.
        """
        try:
            known = self._snapshot(snapshot)
            if tell(known) == (None, known):
                return False
            with self.files.writing():
                self._keep_keys()
                known = self._snapshot(snapshot)
                told, present = tell(known)
                if told is not None:
                    self._append(kind, told)
                if present != known:
                    plain = canonical(present)
                    replace_durably(snapshot, self.cipher.seal(plain) if self.cipher else plain)
        except OSError as error:
            self._tail = None
            raise _cannot_write(self.files.log, error) from error
        return told is not None

    def _snapshot(self, path: Path) -> dict[str, Any]:
        """Return what a snapshot holds; nothing where there is none that can be read."""
        data = read_bytes(path)
        try:
            return read_object(self.cipher.reveal(data) if self.cipher and data else data)
        except ValueError:
            return {}

    def checkpoint(self) -> Checkpoint | None:
        """Sign the log as it is and keep the signature beside it; None while it is empty."""
        try:
            with self.files.writing():
                tail = self._end()
                if tail.sequence == 0:
                    return None
                self._keep_keys()
                tail = self._end()
                signed = self._sign(Entry(tail.sequence, "", "", {}, "", tail.hash))
        except OSError as error:
            raise _cannot_write(self.files.checkpoints, error) from error
        self._move_anchor(signed)
        return signed

    def keys(self) -> Keys:
        """Return the log's keys; the first call of a new log makes them.

        Raises:
            StoreError: they are not there yet and cannot be written.
        """
        if self._keys is None:
            try:
                self._keys = load_keys(self.files, self.cipher)
                if self._keys is None:
                    with self.files.writing():
                        self._keep_keys()
            except OSError as error:
                raise _cannot_write(self.files.key, error) from error
        assert self._keys is not None
        return self._keys

    def _keep_keys(self) -> None:
        """Load the keys; new ones are announced in the log before anything is signed with them."""
        if self._keys is None:
            self._keys = load_keys(self.files, self.cipher)
        if self._keys is None:
            self._keys = create_keys(self.files, self.cipher)
            self._append("key", {"public_key": self._keys.public})

    def _append(self, kind: str, data: Mapping[str, Any]) -> Entry:
        tail = self._end()
        prefix = b""
        if tail.torn:
            told = {"bytes": len(tail.torn), "sha256": hashlib.sha256(tail.torn).hexdigest()}
            seal = make_entry(tail.sequence + 1, _now(), "torn", told, tail.hash)
            prefix = SEAL + self._on_disk(seal)
            tail = _Tail(tail.size, seal.sequence, seal.hash)
        entry = make_entry(tail.sequence + 1, _now(), kind, data, tail.hash)
        size = append_durably(self.files.log, prefix + self._on_disk(entry))
        try:
            self._write_head(entry)
        except OSError:
            # What is told of it will not be done: it was not acknowledged, and is taken back.
            with suppress(OSError):
                os.truncate(self.files.log, tail.size)
            raise
        self._tail = _Tail(size, entry.sequence, entry.hash)
        self._unsigned += 1
        return entry

    def _on_disk(self, entry: Entry) -> bytes:
        line = entry.line()
        return (self.cipher.seal(line) if self.cipher else line) + b"\n"

    def _write_head(self, entry: Entry) -> None:
        replace_durably(self.files.head, canonical({"sequence": entry.sequence, "hash": entry.hash}))

    def _sign(self, entry: Entry) -> Checkpoint:
        assert self._keys is not None
        signed = self._keys.sign(self._first_hash(), entry.sequence, entry.hash, _now())
        drop_torn_end(self.files.checkpoints)
        append_durably(self.files.checkpoints, signed.line() + b"\n")
        self._unsigned = 0
        return signed

    def _move_anchor(self, signed: Checkpoint) -> None:
        """Have the keeper remember what was signed, from what it remembers and never over another log.

        The log must not be held: the keeper may wait for another process that is about to write to it.
        """
        later = Anchor.of(signed)

        def move(present: Anchor | None) -> Anchor | None:
            goes_on = present is None or (present.may_move_to(later) and self.holds(present))
            return later if goes_on else None

        if self.keeper is not None:
            self.keeper.move(move)

    def _first_hash(self) -> str:
        """Return the hash of the first entry, which names the log."""
        return next((entry.hash for entry in self.entries()), NOTHING_BEFORE)

    def _end(self) -> _Tail:
        """Return the end of the log as it is on the disk; the log must be held."""
        size = self.files.log.stat().st_size if self.files.log.exists() else 0
        if self._tail is None or self._tail.size != size:
            self._tail = self._read_end(size)
        return self._tail

    def _read_end(self, size: int) -> _Tail:
        head = read_object(read_bytes(self.files.head))
        found = self._last_entry(size) if size else _Tail(0, 0, NOTHING_BEFORE)
        acknowledged = head.get("sequence", 0)
        if isinstance(acknowledged, int) and acknowledged > found.sequence:
            # No crash of ours does that. Going on from the missing entry keeps the gap for all to see.
            return _Tail(size, acknowledged, str(head.get("hash", "")), found.torn)
        return found

    def _last_entry(self, size: int) -> _Tail:
        length = _TAIL_BYTES
        while True:
            with self.files.log.open("rb") as log:
                log.seek(max(0, size - length))
                data = log.read()
            whole = length >= size
            lines = data.split(b"\n")
            # The last piece has no line end: nothing, or torn. The first may begin in the middle of a line.
            for index in range(len(lines) - 2, -1 if whole else 0, -1):
                try:
                    entry = self.read_line(lines[index])
                except ValueError:
                    continue
                return _Tail(size, entry.sequence, entry.hash, b"\n".join(lines[index + 1 :]))
            if whole:
                return _Tail(size, 0, NOTHING_BEFORE, data)
            length *= 4

    # --- reading ------------------------------------------------------------------------------------------------------

    def read_line(self, line: bytes) -> Entry:
        """Return the entry of a line of the file; ValueError where it is none."""
        return read_entry(self.cipher.reveal(line) if self.cipher else line)

    def holds(self, anchor: Anchor) -> bool:
        """Say whether the anchored entry and the checkpoint over it still stand, read from the end of the files.

        An anchor moves on only from there: moved over an entry that was rewritten, it would vouch for the forgery.
        """
        with self.files.reading():
            return self._is_signed(anchor) and self._has_entry(anchor)

    def _is_signed(self, anchor: Anchor) -> bool:
        for line in reversed(read_bytes(self.files.checkpoints).splitlines()):
            with suppress(ValueError):
                checkpoint = read_checkpoint(line)
                if checkpoint.sequence <= anchor.sequence:
                    return anchor.is_of(checkpoint)
        return False

    def _has_entry(self, anchor: Anchor) -> bool:
        length, size = _TAIL_BYTES, self.files.log.stat().st_size
        while True:
            with self.files.log.open("rb") as log:
                log.seek(max(0, size - length))
                lines = log.read().split(b"\n")
            for line in reversed(lines):
                with suppress(ValueError):
                    entry = self.read_line(line)
                    if entry.sequence <= anchor.sequence:
                        return (entry.sequence, entry.hash) == (anchor.sequence, anchor.hash)
            if length >= size:
                return False
            length *= 4

    def is_empty(self) -> bool:
        """Say whether there is no entry at all."""
        return next(self.entries(), None) is None

    def entries(self) -> Iterator[Entry]:
        """Yield the entries that can be read, in order; `copilot.audit.verification` says whether they are all."""
        if not self.files.log.exists():
            return
        with self.files.log.open("rb") as log:
            for line in log:
                try:
                    yield self.read_line(line.rstrip(b"\n"))
                except ValueError:
                    continue


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _cannot_write(path: Path, error: OSError) -> StoreError:
    if error.errno == errno.EROFS:
        return StoreError(t("store.read_only", path=error.filename or path), t("store.read_only_next"))
    message = t("audit.cannot_write", path=error.filename or path, error=cause_of(error))
    return StoreError(message, t("audit.cannot_write_next"))
