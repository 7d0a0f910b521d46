"""What a context has read, kept on disk: the next process starts where this one stopped reading.

One file a state, named by the hash of its tokens, with the tokens beside it. The folder is kept under a size, the least
used going first. A state belongs to one model file and one way of loading it, whose hash names the folder.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TOKENS, _STATE = ".tokens", ".state"


@dataclass(frozen=True, slots=True)
class StateFiles:
    """The states in one folder, at most `limit_bytes` of them; a limit of 0 keeps none."""

    folder: Path
    limit_bytes: int

    def longest(self, ids: Sequence[int]) -> tuple[Path, list[int], int] | None:
        """Return the state that shares the longest beginning with `ids`: its file, its tokens, how many are shared."""
        best: tuple[Path, list[int], int] | None = None
        for file in self._files(_TOKENS):
            held = _read_tokens(file)
            shared = common_prefix(held, ids)
            if shared and (best is None or shared > best[2]):
                best = (file.with_suffix(_STATE), held, shared)
        return best

    def place(self, ids: Sequence[int]) -> Path | None:
        """Return where to write the state of `ids`; None where none is kept, or it is there."""
        if not self.limit_bytes:
            return None
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{hashlib.sha256(array('i', ids).tobytes()).hexdigest()[:32]}{_STATE}"
        return None if path.exists() else path

    def finish(self, path: Path, ids: Sequence[int]) -> None:
        """Make a written state known, and let go of the least used ones beyond the limit."""
        path.chmod(0o600)
        tokens = path.with_suffix(_TOKENS)
        with os.fdopen(os.open(tokens, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(array("i", ids).tobytes())
        self._shrink()

    def forget(self, path: Path) -> None:
        for suffix in (_TOKENS, _STATE):
            path.with_suffix(suffix).unlink(missing_ok=True)

    def _shrink(self) -> None:
        states = sorted(self._files(_STATE), key=lambda file: file.stat().st_mtime, reverse=True)
        total = 0
        for file in states:
            total += file.stat().st_size
            if total > self.limit_bytes:
                self.forget(file)

    def _files(self, suffix: str) -> list[Path]:
        return list(self.folder.glob(f"*{suffix}")) if self.folder.is_dir() else []


def used(path: Path) -> None:
    """Note that a state was of use."""
    with suppress(OSError):
        os.utime(path)


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two sequences begin with in common."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared


def _read_tokens(file: Path) -> list[int]:
    try:
        tokens = array("i")
        tokens.frombytes(file.read_bytes())
    except (OSError, ValueError):
        return []
    return tokens.tolist()
