"""`copilot rekey` and `copilot wipe`: another passphrase for an encrypted workspace, and the end of one."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from copilot.cli import options as opt
from copilot.cli.opening import locate, read_settings
from copilot.cli.passphrase import NEW_PASSPHRASE_VARIABLE, read_new_passphrase, read_passphrase
from copilot.cli.printing import note, note_unanchored, say
from copilot.errors import CopilotError, DeniedError, ExitCode, UsageError
from copilot.i18n import t
from copilot.sanitise import visible
from copilot.workspace import Workspace


def rekey(
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.trail import open_trail
    from copilot.app.unlocking import unlock
    from copilot.store.vault import change_passphrase, check_passphrase

    here = _encrypted(locate(workspace))
    old = read_passphrase(here)
    opened = unlock(here, old)
    new = read_new_passphrase(here.root, NEW_PASSPHRASE_VARIABLE)
    check_passphrase(new)
    with open_trail(opened, read_settings(opened).settings) as trail:
        note_unanchored(trail)
        trail.record("rekey", {})
        try:
            change_passphrase(here.key_file, old, new)
        except BaseException:
            # It was recorded before it was done, so that nobody's was changed unrecorded.
            with suppress(CopilotError):
                trail.record("rekey_failed", {})
            raise
    say(t("vault.changed"))
    return int(ExitCode.SUPPORTED)


def wipe(
    yes: Annotated[bool, typer.Option("--yes", help=t("cli.wipe.yes"))] = False,
    workspace: opt.WorkspaceOption = None,
    lang: opt.LangOption = None,  # noqa: ARG001
) -> int:
    from copilot.app.configuration import wipe as destroy

    here = _encrypted(locate(workspace))
    name = here.root.name
    if not yes and _typed(t("vault.wipe_asks", root=here.root, name=name)) != name:
        raise DeniedError(t("vault.wipe_refused"))
    unrecorded = destroy(here)
    say(visible(t("vault.wiped", root=here.root)))
    if unrecorded is not None:
        note(t("vault.wipe_unrecorded", error=unrecorded.message))
    return int(ExitCode.SUPPORTED)


def _typed(question: str) -> str:
    """Ask on the terminal; where nobody answers, nothing was typed."""
    try:
        return str(typer.prompt(visible(question), err=True)).strip()
    except typer.Abort:
        return ""


def _encrypted(workspace: Workspace) -> Workspace:
    if not workspace.is_encrypted:
        raise UsageError(t("vault.not_encrypted", root=workspace.root), t("vault.not_encrypted_next"))
    return workspace
