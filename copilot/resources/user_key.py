"""This user's own secret on this machine, from which each use derives a key of its own.

It lies outside every workspace: what bears a seal of it was made by this user's program, and did not come with a
workspace from elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress

from copilot.durable import create_durably
from copilot.resources import user_data_folder

_KEY_BYTES = 32
# Named after its first use.
_FILE = "states.key"


def user_key(use: str) -> bytes:
    """Return this user's key for one use, made when first asked for; empty where none can be kept."""
    secret = user_secret()
    return hmac.new(secret, use.encode("utf-8"), hashlib.sha256).digest() if secret else b""


def user_secret() -> bytes:
    """Return the secret itself; empty where none can be kept."""
    file = user_data_folder() / _FILE
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            create_durably(file, secrets.token_bytes(_KEY_BYTES))
        key = file.read_bytes()
    except OSError:
        return b""
    return key if len(key) == _KEY_BYTES else b""
