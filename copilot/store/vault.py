"""The key of an encrypted workspace: random, wrapped by what Argon2id makes of the passphrase.

Changing the passphrase wraps the same key anew; destroying the wrapped key leaves what it encrypted unreadable for
good.
Argon2id's cost is RFC 9106's second recommendation with four times its memory: t = 3, 256 MiB, 4 lanes.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from copilot.errors import DeniedError, StoreError, UsageError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.resources.regular_file import read_regular
from copilot.store.files import write_atomically

KEY_BYTES = 32
LEAST_CHARACTERS = 8
_FORMAT = 1
_SALT_BYTES, _NONCE_BYTES = 16, 12
_COST = {"time": 3, "memory_kib": 262_144, "lanes": 4}
# Beyond these a key file was not written by us, and would only keep the machine busy.
_LARGEST_COST = {"time": 64, "memory_kib": 4_194_304, "lanes": 64}
_LARGEST_KEY_FILE = 65_536
_DESTROYED = {"format": _FORMAT, "destroyed": True}
_LOG = b"analyst-copilot log 1"
# What a change of the passphrase leaves beside the key file where it is killed.
_LEFT = re.compile(r"\.\d+\.(new|old)")
# How long one that changes or destroys a key waits for another: Argon2id takes seconds on a slow machine.
_PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = 0.05


def check_passphrase(passphrase: str) -> None:
    """Raise UsageError where a new passphrase is too short."""
    if len(passphrase) < LEAST_CHARACTERS:
        raise UsageError(t("vault.too_short", least=LEAST_CHARACTERS), t("vault.too_short_next"))


def create_vault(path: Path, passphrase: str) -> bytes:
    """Make a new random key, keep it wrapped in the new file `path`, and return it.

    Raises:
        UsageError: the passphrase is too short.
        StoreError: there is a key already: it is never overwritten.
    """
    if path.exists():
        raise StoreError(t("vault.exists", path=path))
    key = secrets.token_bytes(KEY_BYTES)
    _write(path, key, passphrase)
    return key


def open_vault(path: Path, passphrase: str) -> bytes:
    """Return the key that the passphrase opens.

    Raises:
        DeniedError: it is not the passphrase.
        StoreError: the key file is missing or damaged.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    header, wrapped = _read(path)
    if left := _left_by_a_kill(path):
        with suppress(OSError, StoreError), _alone(path, 0.0):
            _destroy_copies(path, left)
    stretched = _stretch(passphrase, header)
    try:
        return AESGCM(stretched).decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _bound(header))
    except InvalidTag as error:
        raise DeniedError(t("vault.wrong"), t("vault.wrong_next")) from error


def change_passphrase(path: Path, old: str, new: str) -> None:
    """Wrap the same key by another passphrase; a crash leaves the old one or the new one in force.

    The old wrapping is overwritten once the disk has the new one: its passphrase may be why it is changed.

    Raises:
        DeniedError: `old` is not the passphrase.
        UsageError: `new` is too short.
        StoreError: another process is changing or destroying the key.
    """
    try:
        with _alone(path, _PATIENCE_SECONDS):
            key = open_vault(path, old)
            with suppress(OSError):
                _destroy_copies(path, _left_by_a_kill(path))
            _replace(path, key, new)
    except OSError as error:
        raise StoreError(t("vault.cannot_write", path=path, error=cause_of(error))) from error


def destroy_vault(path: Path) -> None:
    """Overwrite the wrapped key, in place and then by a note that it was destroyed: nothing here can be read again.

    So are the copies beside it, or in a folder beside it, whoever made them and by whatever name.

    Raises:
        StoreError: something that holds the key could not be overwritten.
    """
    with ExitStack() as held:
        # Whoever holds the lock may never let go, and a full disk has no room for one: that must not save the key.
        with suppress(OSError, StoreError):
            held.enter_context(_alone(path, _PATIENCE_SECONDS))
        try:
            _destroy(path)
            _destroy_copies(
                path, [found for found in path.parent.rglob("*") if found != path and _is_copy(path, found)]
            )
        except OSError as error:
            raise StoreError(t("vault.cannot_destroy", path=error.filename or path, error=cause_of(error))) from error


def derive_key(key: bytes, purpose: str) -> bytes:
    """Return a key of 32 bytes for one purpose (HKDF-SHA256): no two parts of a workspace share one."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, None, f"analyst-copilot {purpose} 1".encode()).derive(key)


class LogCipher:
    """Encrypts the lines of the log, each by itself: AES-256-GCM with a random nonce, in base64.

    Implements `copilot.audit.entries.LineCipher`.
    """

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)

    def seal(self, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, _LOG))

    def reveal(self, sealed: bytes) -> bytes:
        """Return the line; ValueError for anything that `seal` did not write."""
        from cryptography.exceptions import InvalidTag

        data = base64.b64decode(sealed, validate=True)
        # Base64 has several spellings of some bytes: only ours will do.
        if base64.b64encode(data) != sealed or len(data) < _NONCE_BYTES:
            raise ValueError("not a sealed line")
        try:
            return self._cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _LOG)
        except InvalidTag as error:
            raise ValueError("not a sealed line") from error


# --- files ------------------------------------------------------------------------------------------------------------


@contextmanager
def _alone(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock of a key file for the block: whoever changes or destroys the key does so alone.

    Raises:
        StoreError: another process has held it for `patience` seconds.
    """
    until = time.monotonic() + patience
    descriptor = os.open(path.with_name("key.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise StoreError(t("vault.busy", path=path), t("vault.busy_next")) from None
                time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, key: bytes, passphrase: str) -> None:
    kept = path.with_name(f"{path.name}.{os.getpid()}.old")
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        # A second name, by which the next one finds what a kill leaves before it is overwritten. Not every disk has it.
        with suppress(OSError):
            os.link(path, kept)
        try:
            _write(path, key, passphrase)
        except BaseException:
            with suppress(OSError):
                _destroy_copies(path, [kept] if kept.samefile(path) else [])
            raise
        # Where the old wrapping cannot be overwritten it keeps its second name, and the next opening tries again.
        with suppress(OSError):
            _overwrite(descriptor)
            kept.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _destroy(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        _overwrite(descriptor)
        # In place, for a full disk has room for it. Without it the key is gone all the same.
        with suppress(OSError):
            told = json.dumps(_DESTROYED).encode() + b"\n"
            os.pwrite(descriptor, told, 0)
            os.ftruncate(descriptor, len(told))
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _left_by_a_kill(path: Path) -> list[Path]:
    return [found for found in path.parent.glob(f"{path.name}.*") if _LEFT.fullmatch(found.name, len(path.name))]


def _is_copy(path: Path, found: Path) -> bool:
    """Say whether `found` is a copy of a key file, by its name or by what it holds."""
    if found.name.startswith(path.name):
        return not found.is_dir()
    try:
        told = json.loads(read_regular(found, _LARGEST_KEY_FILE))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(told, dict) and {"kdf", "salt", "wrapped"} <= told.keys()


def _destroy_copies(path: Path, copies: list[Path]) -> None:
    """Overwrite and delete copies of a key file; to be called with the lock, so that nobody is at work on one.

    Raises:
        OSError: one of them could not be overwritten; the others were.
    """
    problem: OSError | None = None
    for found in copies:
        try:
            # Another name of the key file itself only loses the name.
            if not found.is_symlink() and not found.samefile(path):
                descriptor = os.open(found, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
                try:
                    _overwrite(descriptor)
                finally:
                    os.close(descriptor)
            found.unlink(missing_ok=True)
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = problem or error
    if problem is not None:
        raise problem


def _overwrite(descriptor: int) -> None:
    os.pwrite(descriptor, secrets.token_bytes(os.fstat(descriptor).st_size), 0)
    os.fsync(descriptor)


def _write(path: Path, key: bytes, passphrase: str) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    check_passphrase(passphrase)
    header = {"format": _FORMAT, "kdf": "argon2id", "salt": secrets.token_hex(_SALT_BYTES), **_COST}
    nonce = secrets.token_bytes(_NONCE_BYTES)
    wrapped = nonce + AESGCM(_stretch(passphrase, header)).encrypt(nonce, key, _bound(header))
    try:
        write_atomically(path, json.dumps({**header, "wrapped": wrapped.hex()}, indent=1) + "\n")
    except OSError as error:
        raise StoreError(t("vault.cannot_write", path=path, error=cause_of(error))) from error


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found == _DESTROYED:
            raise StoreError(t("vault.destroyed", path=path), t("vault.destroyed_next"))
        wrapped = bytes.fromhex(found.pop("wrapped"))
        whole = found["format"] == _FORMAT and found["kdf"] == "argon2id" and len(bytes.fromhex(found["salt"])) >= 8
        whole = whole and all(1 <= int(found[name]) <= most for name, most in _LARGEST_COST.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(t("vault.damaged", path=path), t("vault.damaged_next")) from error
    if not whole or len(wrapped) <= _NONCE_BYTES:
        raise StoreError(t("vault.damaged", path=path), t("vault.damaged_next"))
    return found, wrapped


def _stretch(passphrase: str, header: dict[str, Any]) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.encode("utf-8", "surrogatepass"),
        bytes.fromhex(header["salt"]),
        time_cost=int(header["time"]),
        memory_cost=int(header["memory_kib"]),
        parallelism=int(header["lanes"]),
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _bound(header: dict[str, Any]) -> bytes:
    """Return what the wrapping is bound to: a header that was changed opens nothing."""
    return json.dumps(header, sort_keys=True).encode()
