"""What a context has read, kept on disk: the next process starts where this one stopped reading.

A state belongs to one model and one way of loading it. It is two files, named by the hash of both and of its tokens:
llama.cpp's own, and the tokens under a seal. The seal is a keyed hash over both files, the key lying outside the
workspace: a state that came with somebody else's workspace could make a model say what it never read, and a damaged one
could end the process each time. The folder is kept under a size, the least used states going first.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TOKENS, _STATE, _PART = ".tokens", ".state", ".part"
_SEAL_BYTES = 32
_BLOCK = 2**22
# What is left free on the disk when a state is written: the truth needs room more than the model does.
_LEFT_FREE = 2**30


@dataclass(frozen=True, slots=True)
class KeptState:
    """A state on disk: its file, the tokens it has read, and how many of them begin what is asked for."""

    file: Path
    tokens: list[int]
    shared: int


@dataclass(frozen=True, slots=True)
class StateFiles:
    """The states in one folder, at most `limit_bytes` of them; a limit of 0 keeps none.

    `owner` names the model and the way it was loaded, `key` makes the seals.
    """

    folder: Path
    owner: str
    limit_bytes: int
    key: bytes = b""

    def longest(self, ids: Sequence[int]) -> KeptState | None:
        """Return the state that shares the longest beginning with `ids`; whether it is whole is not looked at yet."""
        best: KeptState | None = None
        for file in self.folder.glob(f"{self.owner}-*{_TOKENS}"):
            tokens = _tokens_of(file)
            shared = common_prefix(tokens, ids)
            if shared and (best is None or shared > best.shared):
                best = KeptState(file.with_suffix(_STATE), tokens, shared)
        return best

    def is_whole(self, kept: KeptState) -> bool:
        """Return whether a state is, byte for byte, one that this user's program wrote."""
        try:
            told = kept.file.with_suffix(_TOKENS).read_bytes()[:_SEAL_BYTES]
            return hmac.compare_digest(told, self._seal(kept.file, array("i", kept.tokens).tobytes()))
        except OSError:
            return False

    def place(self, ids: Sequence[int], size: int) -> Path | None:
        """Return where to write a state of `size` bytes; None where it is there, too large, or the disk too full."""
        if size > self.limit_bytes:
            return None
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{self.owner}-{hashlib.sha256(array('i', ids).tobytes()).hexdigest()[:32]}"
        if (self.folder / f"{name}{_TOKENS}").exists() or shutil.disk_usage(self.folder).free < size + _LEFT_FREE:
            return None
        return self.folder / f"{name}{_PART}"

    def finish(self, part: Path, ids: Sequence[int]) -> None:
        """Make a written state known, and let go of the least used ones beyond the limit."""
        tokens = array("i", ids).tobytes()
        _write_private(part.with_suffix(_TOKENS), self._seal(part, tokens) + tokens)
        part.rename(part.with_suffix(_STATE))
        self._shrink()

    def use(self, kept: KeptState) -> None:
        """Note that a state was of use: its tokens are written again, which makes it the youngest."""
        tokens = kept.file.with_suffix(_TOKENS)
        _write_private(tokens, tokens.read_bytes())

    def forget(self, path: Path) -> None:
        for suffix in (_TOKENS, _STATE, _PART):
            path.with_suffix(suffix).unlink(missing_ok=True)

    def _shrink(self) -> None:
        """Keep the youngest up to the limit, of all models together; what was not finished goes."""
        known = {file.with_suffix(""): file.stat().st_mtime_ns for file in self.folder.glob(f"*{_TOKENS}")}
        total = 0
        for name in sorted(known, key=lambda name: known[name], reverse=True):
            state = name.with_suffix(_STATE)
            total += state.stat().st_size if state.exists() else self.limit_bytes
            if total > self.limit_bytes:
                self.forget(state)
        for file in (*self.folder.glob(f"*{_STATE}"), *self.folder.glob(f"*{_PART}")):
            if file.with_suffix("") not in known:
                self.forget(file)

    def _seal(self, state: Path, tokens: bytes) -> bytes:
        digest = hashlib.blake2b(tokens, digest_size=_SEAL_BYTES, key=self.key)
        with state.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.digest()


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two sequences begin with in common."""
    shared = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared


def _write_private(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


def _tokens_of(file: Path) -> list[int]:
    tokens = array("i")
    try:
        tokens.frombytes(file.read_bytes()[_SEAL_BYTES:])
    except (OSError, ValueError):
        return []
    return tokens.tolist()
