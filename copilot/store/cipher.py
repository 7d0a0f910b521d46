"""The one place that loads SQLCipher: SQLite whose every page is encrypted (AES-256) and authenticated (HMAC-SHA512).

It is an extra of the package: only encrypted workspaces need it.
"""

from __future__ import annotations

import sqlite3
from typing import cast

from copilot.errors import StoreError
from copilot.i18n import t

try:
    from sqlcipher3 import dbapi2
except ImportError as error:
    raise StoreError(t("store.no_cipher"), t("store.no_cipher_next")) from error

DatabaseError: type[Exception] = dbapi2.DatabaseError
OperationalError: type[Exception] = dbapi2.OperationalError
KEY_BYTES = 32


def connect(uri: str, key: bytes, timeout: float) -> sqlite3.Connection:
    """Return a connection to the encrypted database at `uri`; a wrong key shows at the first read."""
    if len(key) != KEY_BYTES:
        raise ValueError("a database key has 32 bytes")
    connection = dbapi2.connect(uri, isolation_level=None, timeout=timeout, uri=True)
    connection.row_factory = dbapi2.Row
    # The library would tell standard error of every wrong key by itself.
    connection.execute("PRAGMA cipher_log_level = NONE")
    # A raw key: it was derived before, and is no passphrase to be stretched again.
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA temp_store = MEMORY")
    return cast("sqlite3.Connection", connection)
