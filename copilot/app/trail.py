"""What the logs are told: the one place through which every command and screen records what was done.

Each workspace has its log, which its database anchors. What changes the user's own configuration, for every workspace
at once (plugins, models), and what outlives a workspace (its end) goes into the user's log, which no workspace's
settings can switch off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from copilot.audit.anchor import Anchor, FileKeeper
from copilot.audit.checkpoints import Checkpoint
from copilot.audit.entries import LineCipher, canonical
from copilot.audit.log import AuditLog, Told
from copilot.audit.verification import Verification, verify_log
from copilot.errors import StoreError
from copilot.resources import user_data_folder
from copilot.sandbox.standing import missing_walls
from copilot.settings import Settings, load_settings
from copilot.workspace import Workspace

if TYPE_CHECKING:
    from copilot.store.truth import Truth

_ANCHOR = "audit_anchor"

# Texts of a list, such as the names of deleted files, beyond which only their number is recorded.
MOST_NAMES = 200


class Trail:
    """Records into one log, as the settings say; a change of settings is recorded before anything else.

    Switching the log off is such a change: it is the last thing recorded. On a read-only disk nothing can be recorded;
    whoever reads there is told so.
    """

    def __init__(
        self,
        log: AuditLog,
        settings: Settings,
        was_used: Callable[[], bool] = lambda: False,
        *,
        is_read_only: bool = False,
    ) -> None:
        """`was_used` says whether something was done that the log must tell of."""
        self.log = log
        # Why the log's anchor could not be opened, where it could not.
        self.unanchored: StoreError | None = None
        self._settings = settings
        self._was_used = was_used
        self._is_read_only = is_read_only
        self._snapshot = log.files.folder / "settings.json"
        self._walls = log.files.folder / "walls.json"
        self._is_open = False
        self._written = 0

    @property
    def is_on(self) -> bool:
        return self._settings.audit.enabled

    def record(self, kind: str, data: Mapping[str, Any]) -> int:
        """Record one thing and return its number once the disk has it; 0 where the log is off or the disk read-only.

        Raises:
            StoreError: it cannot be written; then what it would have told of must not go on.
        """
        if self._is_read_only:
            return 0
        self.begin()
        return self._append(kind, data) if self.is_on else 0

    def begin(self) -> None:
        """Record what has changed around what is done: the settings, and the walls that are missing.

        The first thing recorded does this by itself.
        """
        if self._is_open or self._is_read_only:
            return
        self._record_settings()
        if self.is_on:
            self._record_walls()
        # Only now: what could not be written is tried again before the next thing is recorded.
        self._is_open = True

    def text(self, text: str | None) -> Any:
        """Return a text as the log keeps it: itself, or a keyed hash and its length where the settings say so."""
        if text is None or not self.is_keyed:
            return text
        return {"hmac": self.log.keys().text_hash(text), "characters": len(text)}

    def hash(self, digest: str) -> str:
        """Return a plain hash as the log keeps it: itself, or keyed where short texts must not be found by trying."""
        return self.log.keys().text_hash(digest) if self.is_keyed else digest

    @property
    def is_keyed(self) -> bool:
        """Whether the log keeps keyed hashes instead of what is told."""
        return not self._is_read_only and self._settings.audit.text != "full"

    def texts(self, texts: list[str]) -> dict[str, Any]:
        """Return how many texts there are, and the first of them."""
        return {"number": len(texts), "names": [self.text(text) for text in texts[:MOST_NAMES]]}

    def close(self) -> Checkpoint | None:
        """Sign what was recorded since the trail was opened, if anything was."""
        if not self._written:
            return None
        self._written = 0
        return self.log.checkpoint()

    def verify(self, known: Sequence[Checkpoint] = ()) -> Verification:
        """Say whether the log is whole, and the one that its anchor names."""
        anchor = None if self.log.keeper is None else self.log.keeper.read()
        return verify_log(self.log, known, anchor, was_used=self.is_on and self._was_used())

    def _append(self, kind: str, data: Mapping[str, Any]) -> int:
        self._written += 1
        return self.log.append(kind, data).sequence

    def _record_walls(self) -> None:
        present = {"missing": list(missing_walls())}

        def tell(known: dict[str, Any]) -> Told:
            changed = known.get("missing", []) != present["missing"]
            return (present, present) if changed else (None, known)

        self._written += self.log.append_changed("walls", self._walls, tell)

    def _record_settings(self) -> None:
        present = _flat(self._settings)

        def tell(known: dict[str, Any]) -> Told:
            kept = {key: self._kept(key, value) for key, value in present.items()}
            changed = {
                key: {"from": self._kept(key, known.get(key)), "to": kept.get(key)}
                for key in sorted(known.keys() | present.keys())
                if not self._is_same(key, known.get(key), present.get(key))
            }
            return ({"changed": changed} if changed else None), kept

        self._written += self.log.append_changed("settings", self._snapshot, tell)

    def _kept(self, key: str, value: Any) -> Any:
        """Return a setting as the log and its snapshot keep it; what is set about the log itself stays readable."""
        is_readable = not self.is_keyed or key.startswith("audit.")
        return value if value is None or is_readable or _is_keyed(value) else self._keyed(key, value)

    def _keyed(self, key: str, value: Any) -> dict[str, str]:
        """Return a keyed hash of a setting: with its name, so that equal values do not show, and without a length."""
        return {"hmac": self.log.keys().text_hash(f"{key}={canonical(value).decode('ascii')}")}

    def _is_same(self, key: str, known: Any, present: Any) -> bool:
        return bool(known == (self._keyed(key, present) if _is_keyed(known) else present))


def _is_keyed(value: Any) -> bool:
    """Say whether a setting of the snapshot is a keyed hash: no setting is a table."""
    return isinstance(value, dict)


def trail_of(workspace: Workspace, settings: Settings, truth: Truth, *, is_read_only: bool = False) -> Trail:
    """Return the trail of a workspace whose database is open."""
    return Trail(workspace_log(workspace, truth), settings, truth.has_answers, is_read_only=is_read_only)


def workspace_log(workspace: Workspace, truth: Truth | None = None) -> AuditLog:
    """Return the log of a workspace; without the database only to be read, or where that cannot be opened."""
    keeper = None if truth is None else _DatabaseKeeper(truth)
    return AuditLog(workspace.audit, _cipher_of(workspace), keeper)


@contextmanager
def open_trail(workspace: Workspace, settings: Settings) -> Iterator[Trail]:
    """Have the trail of a workspace for the block, without a session; what is recorded is signed at its end.

    Where the database cannot be opened the log goes on without its anchor, and `Trail.unanchored` says why.
    """
    truth, problem = _truth_or_problem(workspace)
    trail = Trail(workspace_log(workspace), settings) if truth is None else trail_of(workspace, settings, truth)
    trail.unanchored = problem
    try:
        with _signed(trail):
            yield trail
    finally:
        if truth is not None:
            truth.close()


@contextmanager
def open_user_trail() -> Iterator[Trail]:
    """Have the trail of the user's own configuration for the block; what is recorded is signed at its end.

    Raises:
        SettingsError: the user's settings say something impossible.
    """
    with _signed(Trail(user_log(), load_settings().settings)) as trail:
        yield trail


def user_log() -> AuditLog:
    """Return the log of what was done to the user's own configuration: the plugins and models of every workspace."""
    folder = user_data_folder()
    return AuditLog(folder / "audit", keeper=FileKeeper(folder / "audit-anchor.json"))


@contextmanager
def _signed(trail: Trail) -> Iterator[Trail]:
    try:
        yield trail
    finally:
        # Every entry is on the disk already: where there is no room to sign them, the next does.
        with suppress(StoreError):
            trail.close()


def _truth_or_problem(workspace: Workspace) -> tuple[Truth | None, StoreError | None]:
    """Open the database; for reading alone where a full disk leaves no room for more."""
    from copilot.app.truth import open_truth

    try:
        return open_truth(workspace), None
    except StoreError:
        try:
            return open_truth(workspace, for_reading=True), None
        except StoreError as error:
            return None, error


class _DatabaseKeeper:
    """Keeps a log's anchor in the database of its workspace; implements `copilot.audit.anchor.AnchorKeeper`."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth

    def read(self) -> Anchor | None:
        return Anchor.read(self._truth.get_meta(_ANCHOR))

    def move(self, move: Callable[[Anchor | None], Anchor | None]) -> None:
        from copilot.store.database import database_errors

        def moved(text: str | None) -> str | None:
            later = move(Anchor.read(text))
            return None if later is None else later.text()

        # Where the database has no room or no time for it, the next that signs does.
        with suppress(StoreError, OSError, *database_errors()):
            self._truth.move_meta(_ANCHOR, moved)


def _cipher_of(workspace: Workspace) -> LineCipher | None:
    if workspace.secrets is None:
        return None
    from copilot.store.vault import LogCipher

    return LogCipher(workspace.secrets.log_key)


def _flat(settings: Settings) -> dict[str, Any]:
    return {
        f"{section}.{name}": value
        for section, values in settings.model_dump(mode="json").items()
        for name, value in values.items()
    }
