"""The exception tree and the exit codes that the command line promises.

    CopilotError                    failure                       exit 1
    |- UsageError                   a call that cannot be meant   exit 2
    |  `- SettingsError             a settings file or value      exit 2
    |     `- ForbiddenSettingError  only the user may set that    exit 2
    |- WorkspaceError               no workspace, or a damaged one exit 4
    |  `- IndexMissingError         nothing indexed, or stale      exit 4
    |- ModelError                   model missing or mismatched    exit 5
    |  `- EmbedderError             the embedding model            exit 5
    |- DeniedError                  network or a tool was refused  exit 6
    |- CancelledError               the user stopped it           exit 130
    |- ToolFailedError              a tool refused or was ended   exit 1
    |- ParseError                   one file could not be read     exit 1
    `- StoreError                   the truth could not be written exit 1

Every message says what happened, to which file or setting, and the next step. Refusing to answer is a result with a
status, never an exception.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command; documented in the README and pinned by a test."""

    SUPPORTED = 0
    FAILURE = 1
    USAGE = 2
    UNSUPPORTED = 3
    INDEX = 4
    MODEL = 5
    DENIED = 6
    INTERRUPTED = 130


class CopilotError(Exception):
    """Anything that the user must be told; `next_step` says what to do about it.

    `message` and `next_step` are already in the user's language: whoever raises has the names and values at hand.
    """

    exit_code: ExitCode = ExitCode.FAILURE

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class UsageError(CopilotError):
    """The command was called in a way that cannot be meant."""

    exit_code = ExitCode.USAGE


class SettingsError(UsageError):
    """A settings file cannot be read, or holds an unknown key or an impossible value."""


class ForbiddenSettingError(SettingsError):
    """A workspace's `file` holds a setting that only the user may give; `key` is ``section.name``."""

    def __init__(self, message: str, next_step: str, *, key: str, file: str) -> None:
        super().__init__(message, next_step)
        self.key = key
        self.file = file


class WorkspaceError(CopilotError):
    """There is no workspace here, or the one here is damaged."""

    exit_code = ExitCode.INDEX


class IndexMissingError(WorkspaceError):
    """Nothing has been indexed yet, so there is nothing to search."""


class ModelError(CopilotError):
    """A model is missing, changed or cannot be used."""

    exit_code = ExitCode.MODEL


class EmbedderError(ModelError):
    """The embedding model is missing, changed or cannot be used."""


class DeniedError(CopilotError):
    """The network or a tool was refused."""

    exit_code = ExitCode.DENIED


class CancelledError(CopilotError):
    """The user stopped the work; what was finished before is kept."""

    exit_code = ExitCode.INTERRUPTED


class ToolFailedError(CopilotError):
    """A tool got a wrong argument, refused, or its process was ended.

    `reason` is a stable machine-readable key: arguments, refused, plugin, time, memory, crashed, denied, output.
    """

    def __init__(self, message: str, next_step: str = "", *, reason: str = "plugin") -> None:
        super().__init__(message, next_step)
        self.reason = reason


class StoreError(CopilotError):
    """The workspace's database could not be read or written."""


class ParseError(CopilotError):
    """One file could not be read; the sync names it with this reason and goes on.

    `reason` is a stable machine-readable key: encrypted, damaged, unsupported, too_large, too_deep, time, memory,
    crashed, changed, empty, unreadable.
    """

    def __init__(self, message: str, next_step: str = "", *, reason: str = "damaged") -> None:
        super().__init__(message, next_step)
        self.reason = reason
