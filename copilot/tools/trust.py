"""Which plugins the user trusts, by the hash of their files, and which are switched off."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from copilot.durable import replace_durably
from copilot.errors import StoreError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.sandbox.told import loads

TRUST_FILE = "trust.json"
_LARGEST = 2**20


@dataclass(frozen=True, slots=True)
class Trust:
    """What the user decided: the trusted hash of each plugin, and the names that are switched off."""

    trusted: dict[str, str] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()


class TrustFile:
    """The decisions on disk, readable and writable by their owner alone, replaced whole."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / TRUST_FILE

    def read(self) -> Trust:
        """Return the decisions; none where there is no file.

        Raises:
            StoreError: the file is damaged: nothing is trusted by guessing.
        """
        try:
            told = loads(self.path.read_bytes(), _LARGEST)
        except FileNotFoundError:
            return Trust()
        except OSError as error:
            raise StoreError(
                t("tools.trust.unreadable", path=self.path, detail=cause_of(error)), t("store.check_disk")
            ) from error
        except ValueError as error:
            raise self._damaged() from error
        trusted, disabled = (told.get("trusted"), told.get("disabled")) if isinstance(told, dict) else (None, None)
        if (
            not isinstance(trusted, dict)
            or not all(isinstance(value, str) for value in trusted.values())
            or not isinstance(disabled, list)
            or not all(isinstance(value, str) for value in disabled)
        ):
            raise self._damaged()
        return Trust(trusted, frozenset(disabled))

    def trust(self, name: str, sha256: str) -> None:
        """Let the plugin run as long as its files hash to this; it is switched on with that."""
        known = self.read()
        self._write(Trust({**known.trusted, name: sha256}, known.disabled - {name}))

    def forget(self, name: str) -> None:
        """Trust the plugin no longer."""
        known = self.read()
        self._write(Trust({key: value for key, value in known.trusted.items() if key != name}, known.disabled))

    def switch(self, name: str, *, on: bool) -> None:
        """Switch a plugin on or off; trust stays as it is."""
        known = self.read()
        self._write(Trust(known.trusted, known.disabled - {name} if on else known.disabled | {name}))

    def _damaged(self) -> StoreError:
        return StoreError(t("tools.trust.damaged", path=self.path), t("tools.trust.damaged_next"))

    def _write(self, trust: Trust) -> None:
        told = {"trusted": trust.trusted, "disabled": sorted(trust.disabled)}
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_durably(self.path, json.dumps(told, indent=1).encode())
        except OSError as error:
            raise StoreError(
                t("tools.trust.cannot_write", path=self.path, detail=cause_of(error)),
                t("tools.trust.cannot_write_next"),
            ) from error
