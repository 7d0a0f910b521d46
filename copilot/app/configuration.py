"""Changes to the user's own configuration, and the end of a workspace: in the user's log before they are done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.app.models import registry
from copilot.app.trail import Trail, open_user_trail
from copilot.audit.checkpoints import read_checkpoint
from copilot.audit.files import AuditFolder, read_bytes, read_object
from copilot.errors import CopilotError, ForbiddenSettingError, StoreError
from copilot.i18n.causes import cause_of
from copilot.inference.registry import Kind, ModelEntry
from copilot.store.scratch import sweep_scratch
from copilot.store.vault import destroy_vault
from copilot.workspace import Workspace

if TYPE_CHECKING:
    from copilot.tools.catalogue import Plugin, PluginCatalogue


def trust_plugin(catalogue: PluginCatalogue, plugin: Plugin) -> None:
    """Let a plugin run as long as its files stay as they are."""
    _record("plugin", "trusted", plugin.name, plugin.files.sha256)
    catalogue.trust_file.trust(plugin.name, plugin.files.sha256)


def forget_plugin(catalogue: PluginCatalogue, plugin: Plugin) -> None:
    """Trust a plugin no longer."""
    _record("plugin", "forgotten", plugin.name, plugin.files.sha256)
    catalogue.trust_file.forget(plugin.name)


def switch_plugin(catalogue: PluginCatalogue, plugin: Plugin, *, on: bool) -> None:
    """Switch a plugin on or off; trust stays as it is."""
    _record("plugin", "enabled" if on else "disabled", plugin.name, plugin.files.sha256)
    catalogue.trust_file.switch(plugin.name, on=on)


def add_model(
    path: Path,
    name: str | None,
    progress: Callable[[int, int], None] | None = None,
    kind: Kind = Kind.LANGUAGE,
) -> ModelEntry:
    """Note a model with its hash; see `ModelRegistry.add`."""
    return registry().add(path, name, progress, lambda entry: _record_model("added", entry), kind)


def use_model(name: str) -> ModelEntry:
    """Make a model the one that answers."""
    entry = registry().find(name, Kind.LANGUAGE)
    _record_model("used", entry)
    return registry().use(entry.name)


def remove_model(name: str) -> None:
    """Forget a model; its file stays where it is."""
    entry = registry().find(name)
    _record_model("removed", entry)
    registry().remove(entry.name)


def wipe(workspace: Workspace) -> CopilotError | None:
    """Destroy the key of an encrypted workspace, and return why that could not be recorded, if so.

    It is recorded in the user's log, for the workspace's own dies with the key, and needs no passphrase. The entry
    names the workspace only to whoever knows it: by a keyed hash of its path, and by what its log was called. Whoever
    must destroy a key must be able to, whatever becomes of the log.
    """
    problem: CopilotError | None = None
    try:
        with open_user_trail() as trail:
            trail.record("wipe", {"root": _hidden(trail, str(workspace.root)), **_log(workspace)})
    except CopilotError as error:
        problem = error
    except Exception as error:  # noqa: BLE001 - a log that is broken in any way must not save the key
        problem = StoreError(cause_of(error))
    try:
        destroy_vault(workspace.key_file)
    finally:
        with suppress(OSError):
            workspace.drop_model_states()
        # The indexes of a process that was killed are in clear, and nobody may ever open an encrypted workspace again.
        with suppress(OSError):
            sweep_scratch()
    return problem


def record_forbidden(error: ForbiddenSettingError) -> None:
    """Record that a workspace tried to set what only the user may; that it was refused is told in any case."""
    with suppress(CopilotError), open_user_trail() as trail:
        is_secret = Workspace(Path(error.file).parent).is_encrypted
        file = _hidden(trail, error.file) if is_secret else trail.text(error.file)
        trail.record("forbidden_setting", {"setting": error.key, "file": file})


def _hidden(trail: Trail, text: str) -> dict[str, str]:
    """Return what names an encrypted workspace, in a log that is not, to whoever knows it and to nobody else."""
    return {"hmac": trail.log.keys().text_hash(text)}


def _log(workspace: Workspace) -> dict[str, object]:
    """Return the name and length of a workspace's log, as they stand beside it in clear; less where it is damaged."""
    files = AuditFolder(workspace.audit)
    told: dict[str, object] = {}
    with suppress(OSError):
        told["entries"] = read_object(read_bytes(files.head)).get("sequence", 0)
    with suppress(OSError, ValueError):
        for line in read_bytes(files.checkpoints).splitlines()[-1:]:
            told["log"] = read_checkpoint(line).log
    return told


def _record_model(what: str, entry: ModelEntry) -> None:
    _record("model", what, entry.name, entry.model_hash)


def _record(kind: str, what: str, name: str, sha256: str) -> None:
    with open_user_trail() as trail:
        trail.record(kind, {"what": what, "name": trail.text(name), "sha256": sha256})
