"""Whether a log is whole: every entry in its place, none changed, removed, inserted or cut off.

Four things must agree: the chain of hashes in the log, the head beside it (which repeats the last entry), the signed
checkpoints, and the anchor that the workspace's database keeps. Whoever can write all four, and has the key, can write
another history; only a checkpoint that was taken elsewhere beforehand shows that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from copilot.audit.anchor import Anchor
from copilot.audit.checkpoints import Checkpoint, read_checkpoint
from copilot.audit.entries import NOTHING_BEFORE, SEAL, Entry
from copilot.audit.files import read_bytes, read_object
from copilot.audit.log import AuditLog

_LARGEST_LAG = 2


class Fault(StrEnum):
    """What is wrong with a log."""

    CHANGED = "changed"  # a line is not an entry that we wrote
    MISPLACED = "misplaced"  # an entry does not follow the one before it: one was removed, inserted or moved
    CUT = "cut"  # the log ends before an entry that is known to have been there
    HEAD = "head"  # the head names another last entry, or is not there
    SIGNATURE = "signature"  # a line of the checkpoints is none that we signed
    CHECKPOINT = "checkpoint"  # a signed checkpoint names another entry
    GONE = "gone"  # there is no log, though the workspace was used
    REPLACED = "replaced"  # another log stands in the place of the one that the database remembers
    ANCHOR = "anchor"  # the database remembers another entry
    UNSIGNED = "unsigned"  # the checkpoint that the database remembers is not there
    OTHER_LOG = "other_log"  # the checkpoint that was given belongs to another log, or to a key that this one never had


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing that is wrong; `sequence` is the number of the entry where it shows."""

    fault: Fault
    sequence: int


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `torn` are the numbers of the entries that seal a torn line; `signed` is the last entry that a
    checkpoint covers; `unfinished` says that a torn line stands at the end, still to be sealed."""

    entries: int
    checkpoints: int
    signed: int
    torn: tuple[int, ...]
    unfinished: bool
    problem: Problem | None


@dataclass(slots=True)
class _Chain:
    """The chain as far as it was read."""

    hashes: list[str] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    torn: list[int] = field(default_factory=list)
    unfinished: bool = False
    problem: Problem | None = None


def verify_log(
    log: AuditLog, known: Sequence[Checkpoint] = (), anchor: Anchor | None = None, *, was_used: bool = False
) -> Verification:
    """Read the whole log and say whether it is whole.

    `known` are checkpoints that were taken elsewhere. `anchor` is what the database remembers, and `was_used` says that
    something was done that the log must tell of; both read before the log, which others may be adding to.
    """
    with log.files.reading():
        chain = _read_chain(log)
        lines = read_bytes(log.files.checkpoints)
        head = read_object(read_bytes(log.files.head))
    own, problem = _own_checkpoints(lines)
    problem = chain.problem or _compare_head(head, chain) or problem
    for checkpoint in own:
        problem = problem or _compare(checkpoint, chain, Fault.CHECKPOINT)
    problem = problem or _compare_anchor(anchor, chain, own)
    if was_used and not chain.hashes:
        problem = problem or Problem(Fault.GONE, 1)
    for checkpoint in known:
        problem = problem or _compare(checkpoint, chain, Fault.OTHER_LOG)
    covered = [checkpoint.sequence for checkpoint in (*own, *known)]
    return Verification(
        len(chain.hashes), len(own), max(covered, default=0), tuple(chain.torn), chain.unfinished, problem
    )


def _read_chain(log: AuditLog) -> _Chain:
    chain = _Chain()
    if not log.files.log.exists():
        return chain
    torn = b""
    with log.files.log.open("rb") as file:
        for line in file:
            entry = _entry_of(log, line)
            if entry is None:
                torn += line
                continue
            chain.problem = _check_place(entry, chain, torn)
            if chain.problem is not None:
                return chain
            if torn:
                chain.torn.append(entry.sequence)
                torn = b""
            chain.hashes.append(entry.hash)
            if entry.kind == "key":
                chain.keys[str(entry.data.get("public_key"))] = entry.sequence
    if torn.endswith(b"\n") and not torn.endswith(SEAL):
        # A torn line has no line end: ours are written in one piece.
        chain.problem = Problem(Fault.CHANGED, len(chain.hashes) + 1)
    chain.unfinished = bool(torn) and chain.problem is None
    return chain


def _entry_of(log: AuditLog, line: bytes) -> Entry | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return log.read_line(line[:-1])
    except ValueError:
        return None


def _check_place(entry: Entry, chain: _Chain, torn: bytes) -> Problem | None:
    """Say what is wrong with an entry after those of `chain` and the bytes that stand between."""
    expected = len(chain.hashes) + 1
    previous = chain.hashes[-1] if chain.hashes else NOTHING_BEFORE
    if torn:
        found = torn.removesuffix(SEAL)
        told = {"bytes": len(found), "sha256": hashlib.sha256(found).hexdigest()}
        if entry.kind != "torn" or dict(entry.data) != told or found == torn:
            return Problem(Fault.CHANGED, expected)
    if entry.sequence != expected or entry.previous != previous:
        return Problem(Fault.MISPLACED, expected)
    return None


def _own_checkpoints(lines: bytes) -> tuple[list[Checkpoint], Problem | None]:
    found: list[Checkpoint] = []
    for line in lines.splitlines(keepends=True):
        try:
            found.append(read_checkpoint(line.removesuffix(b"\n")))
        except ValueError:
            if line.endswith(b"\n") or _is_checkpoint(line[:-1]):
                return found, Problem(Fault.SIGNATURE, found[-1].sequence + 1 if found else 1)
    return found, None


def _is_checkpoint(line: bytes) -> bool:
    try:
        read_checkpoint(line)
    except ValueError:
        return False
    return True


def _compare(checkpoint: Checkpoint, chain: _Chain, otherwise: Fault) -> Problem | None:
    announced = chain.keys.get(checkpoint.public_key)
    first = chain.hashes[0] if chain.hashes else NOTHING_BEFORE
    if announced is None or announced > checkpoint.sequence or (checkpoint.log != first):
        return Problem(otherwise, checkpoint.sequence)
    if checkpoint.sequence > len(chain.hashes):
        return Problem(Fault.CUT, len(chain.hashes) + 1)
    if not checkpoint.sequence > 0 or chain.hashes[checkpoint.sequence - 1] != checkpoint.hash:
        return Problem(Fault.CHECKPOINT, checkpoint.sequence)
    return None


def _compare_anchor(anchor: Anchor | None, chain: _Chain, own: Sequence[Checkpoint]) -> Problem | None:
    if anchor is None:
        return None
    if not chain.hashes:
        return Problem(Fault.GONE, 1)
    if chain.hashes[0] != anchor.log:
        return Problem(Fault.REPLACED, 1)
    if anchor.sequence > len(chain.hashes):
        return Problem(Fault.CUT, len(chain.hashes) + 1)
    if not anchor.sequence > 0 or chain.hashes[anchor.sequence - 1] != anchor.hash:
        return Problem(Fault.ANCHOR, anchor.sequence)
    return None if any(map(anchor.is_of, own)) else Problem(Fault.UNSIGNED, anchor.sequence)


def _compare_head(head: dict[str, object], chain: _Chain) -> Problem | None:
    """A crash leaves the head behind by what one writing adds: an entry, or a key or a seal with it."""
    last = len(chain.hashes)
    sequence = head.get("sequence")
    if last == 0 and not head:
        return None
    if not isinstance(sequence, int) or sequence < 1:
        # A log whose very first entry was all that a crash left has no head yet.
        return None if not head and last == 1 else Problem(Fault.HEAD, last)
    if sequence > last:
        return Problem(Fault.CUT, last + 1)
    right = chain.hashes[sequence - 1] == head.get("hash") and last - sequence <= _LARGEST_LAG
    return None if right else Problem(Fault.HEAD, sequence)
