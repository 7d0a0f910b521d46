"""What every command does first: find the workspace, read the settings, open the session, read the filters."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.errors import ForbiddenSettingError, UsageError
from copilot.i18n import t
from copilot.records import SearchFilter
from copilot.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from copilot.app.session import Session
    from copilot.settings import LoadedSettings

_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def locate(workspace: Path | None) -> Workspace:
    """Return the workspace that `--workspace`, the environment or the current folder means."""
    return find_workspace(Path.cwd(), explicit=workspace, environment=os.environ)


def locate_or_create() -> Workspace:
    """Return the workspace that is meant; the default one is made where there is none at all."""
    from copilot.errors import WorkspaceError
    from copilot.workspace import WORKSPACE_VARIABLE, create_workspace, default_workspace

    try:
        return locate(None)
    except WorkspaceError:
        if os.environ.get(WORKSPACE_VARIABLE):
            raise
        return create_workspace(default_workspace().root)[0]


def read_settings(workspace: Workspace | None, flags: Mapping[str, object] | None = None) -> LoadedSettings:
    """Read the settings, and take their language where nothing nearer chose one."""
    from copilot.settings import load_settings

    try:
        return load_settings(workspace, flags=flags or {}, environment=os.environ)
    except ForbiddenSettingError as error:
        from copilot.app.configuration import record_forbidden

        record_forbidden(error)
        raise


def open_session(workspace: Path | None, flags: Mapping[str, object] | None = None) -> Session:
    """Open the workspace for a command; to be used as a context manager."""
    from copilot.app.session import Session

    found = unlocked(locate(workspace))
    return Session(found, read_settings(found, flags).settings)


def unlocked(workspace: Workspace) -> Workspace:
    """Return a workspace ready to be opened: an encrypted one asks for its passphrase.

    Raises:
        DeniedError: it is not the passphrase.
        WorkspaceError: nobody is there to ask, and no file holds it.
    """
    if not workspace.is_encrypted or workspace.secrets is not None:
        return workspace
    from copilot.app.unlocking import unlock
    from copilot.cli.passphrase import read_passphrase

    return unlock(workspace, read_passphrase(workspace))


def build_filter(
    *,
    collections: Sequence[str] | None = None,
    paths: Sequence[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    languages: Sequence[str] | None = None,
    markings: Sequence[str] | None = None,
    all_versions: bool = False,
) -> SearchFilter:
    """Return the filter of a command's options.

    Raises:
        UsageError: a date is not ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    """
    for date in (since, until):
        if date is not None:
            check_date(date)
    return SearchFilter(
        collections=tuple(collections or ()),
        paths=tuple(paths or ()),
        date_from=since,
        date_to=until,
        languages=tuple(languages or ()),
        markings=tuple(markings or ()),
        all_versions=all_versions,
    )


def one_of(given: Mapping[str, bool]) -> None:
    """Raise UsageError where more than one of options that exclude each other was given; `given` is by their names."""
    first, *others = [name for name, is_given in given.items() if is_given] or [""]
    if others:
        raise UsageError(t("cli.contradiction", first=first, second=others[0]), t("cli.contradiction_next"))


def check_date(date: str) -> None:
    """Raise UsageError unless `date` is ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
    if not _DATE.fullmatch(date) or not _is_in_the_calendar(date):
        raise UsageError(t("cli.bad_date", date=date), t("cli.bad_date_next"))


def _is_in_the_calendar(date: str) -> bool:
    from datetime import date as calendar

    year, month, day = (*map(int, date.split("-")), 1, 1)[:3]
    try:
        calendar(year, month, day)
    except ValueError:
        return False
    return True


def read_question(words: Sequence[str]) -> str:
    """Join a question's words with what stands in the pipe; ``-`` alone reads only the pipe.

    Raises:
        UsageError: there is no question.
    """
    written = " ".join(word for word in words if word != "-")
    piped = "" if sys.stdin is None or sys.stdin.isatty() else _read_pipe()
    question = "\n\n".join(part.strip() for part in (written, piped) if part.strip())
    if not question:
        raise UsageError(t("cli.no_question"), t("cli.no_question_next"))
    return question


def _read_pipe() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise UsageError(t("cli.not_text", encoding=sys.stdin.encoding), t("cli.not_text_next")) from error
