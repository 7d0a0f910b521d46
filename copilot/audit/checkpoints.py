"""Checkpoints: the number and hash of an entry, signed with the workspace's Ed25519 key.

A checkpoint that was taken elsewhere proves what the log held at that moment: from then on nobody can shorten or
rewrite what came before it unseen, not even somebody who has the workspace with its key.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from copilot.audit.entries import LineCipher, canonical
from copilot.audit.files import AuditFolder, read_bytes, read_object
from copilot.durable import replace_durably

_FORMAT = 1
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was signed: the log whose first entry has the hash `log` held `sequence` entries, the last with `hash`."""

    log: str
    sequence: int
    hash: str
    time: str
    public_key: str
    signature: str

    def as_json(self) -> dict[str, Any]:
        return {**_signed(self.log, self.sequence, self.hash, self.time, self.public_key), "signature": self.signature}

    def line(self) -> bytes:
        return canonical(self.as_json())


def read_checkpoint(data: bytes) -> Checkpoint:
    """Return the checkpoint of a line whose signature holds; ValueError for any other bytes."""
    found = read_object(data)
    try:
        checkpoint = Checkpoint(
            str(found["log"]),
            int(found["sequence"]),
            str(found["hash"]),
            str(found["time"]),
            str(found["public_key"]),
            str(found["signature"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a checkpoint") from error
    if checkpoint.line() != data or not _holds(checkpoint):
        raise ValueError("the signature does not hold")
    return checkpoint


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of one log: one signs checkpoints, the other keys the hashes that stand for text."""

    signing: bytes
    text: bytes

    @property
    def public(self) -> str:
        """The signing key's public half, hexadecimal."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.signing).public_key().public_bytes_raw().hex()

    def sign(self, log: str, sequence: int, digest: str, time: str) -> Checkpoint:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        public = self.public
        message = canonical(_signed(log, sequence, digest, time, public))
        signature = Ed25519PrivateKey.from_private_bytes(self.signing).sign(message).hex()
        return Checkpoint(log, sequence, digest, time, public, signature)

    def text_hash(self, text: str) -> str:
        """Return HMAC-SHA256 of a text: without this key a short text cannot be found by trying all."""
        return hmac.new(self.text, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def load_keys(folder: AuditFolder, cipher: LineCipher | None) -> Keys | None:
    """Return the keys of the log; None where there are none that can be read."""
    data = read_bytes(folder.key)
    try:
        found = read_object(cipher.reveal(data) if cipher else data)
        keys = Keys(bytes.fromhex(found["signing"]), bytes.fromhex(found["text"]))
    except (KeyError, TypeError, ValueError):
        return None
    return keys if len(keys.signing) == len(keys.text) == _KEY_BYTES else None


def create_keys(folder: AuditFolder, cipher: LineCipher | None) -> Keys:
    """Make new keys and keep them, readable by their owner alone; the log must be held for writing."""
    keys = Keys(secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_KEY_BYTES))
    data = canonical({"signing": keys.signing.hex(), "text": keys.text.hex()})
    replace_durably(folder.key, cipher.seal(data) if cipher else data)
    return keys


def _signed(log: str, sequence: int, digest: str, time: str, public_key: str) -> Mapping[str, Any]:
    return {
        "format": _FORMAT,
        "log": log,
        "sequence": sequence,
        "hash": digest,
        "time": time,
        "public_key": public_key,
    }


def _holds(checkpoint: Checkpoint) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    message = canonical(
        _signed(checkpoint.log, checkpoint.sequence, checkpoint.hash, checkpoint.time, checkpoint.public_key)
    )
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.public_key))
        key.verify(bytes.fromhex(checkpoint.signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
