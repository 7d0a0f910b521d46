"""A sync in a process of its own: a screen shares neither the interpreter's lock nor its turn on a core with it.

The child is this program's own code on the user's own settings; what it says is trusted as a thread's would be. It
stops at the next event when its input is closed, and so when its parent is gone.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from copilot.app.events import SyncEvent, SyncReport
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.errors import CancelledError, CopilotError, StoreError
from copilot.i18n import current_language, set_language, t
from copilot.ports import Cancellation
from copilot.sandbox.interpreter import start_of
from copilot.sandbox.standing import missing_walls, note_missing_walls
from copilot.settings import Settings
from copilot.workspace import Workspace

_LENGTH = struct.Struct(">Q")
_LOOK_SECONDS = 0.1
_END_SECONDS = 10.0
_LAST_WORDS = 400
# Whoever sits at the screen goes first.
_NICENESS = 5


@dataclass(frozen=True, slots=True)
class _Order:
    """What the child is told first; `missing_walls` are its parent's, which it records as its own."""

    workspace: Workspace
    settings: Settings
    folders: tuple[Path, ...]
    retry_failed: bool
    wait: bool
    language: str
    missing_walls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Failure:
    """How a sync ended that did not end well."""

    message: str
    next_step: str = ""


def sync_apart(
    session: Session, folders: list[Path], *, retry_failed: bool = False, wait: bool = True, cancel: Cancellation
) -> Generator[SyncEvent, None, None]:
    """Bring folders up to date in another process; yields what happens there, a `SyncReport` at the end.

    A sync that is at work in the workspace is let end first, unless `wait` is off.

    Raises:
        CancelledError: `cancel` was asked for; what was read is kept.
        CopilotError: as `copilot.app.sync.sync`, or the process ended before its report.
    """
    order = _Order(
        session.workspace, session.settings, tuple(folders), retry_failed, wait, current_language(), missing_walls()
    )
    command = start_of("copilot.app.sync_apart").command
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
        )
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            _send(child.stdin, order)
            ended = yield from _events(child, cancel)
        finally:
            _end(child)
        if not ended:
            if cancel.is_asked:
                raise CancelledError(t("sync.stopped"))
            errors.seek(0)
            last = errors.read().decode("utf-8", "replace").strip()[-_LAST_WORDS:]
            raise StoreError(t("sync.process_ended", code=child.returncode, detail=last), t("sync.process_ended_next"))


def _events(child: subprocess.Popen[bytes], cancel: Cancellation) -> Generator[SyncEvent, None, bool]:
    """Yield what the child tells; return whether it came to its report."""
    assert child.stdin is not None
    assert child.stdout is not None
    while True:
        while not select.select([child.stdout], [], [], _LOOK_SECONDS)[0]:
            if cancel.is_asked and not child.stdin.closed:
                with suppress(OSError):
                    child.stdin.close()
        told = _receive(child.stdout)
        if cancel.is_asked and not child.stdin.closed:
            with suppress(OSError):
                child.stdin.close()
        if told is None:
            return False
        if isinstance(told, _Failure):
            raise CopilotError(told.message, told.next_step)
        yield told
        if isinstance(told, SyncReport):
            return True


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let the child end by itself; kill it where it does not."""
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(OSError):
        child.stdin.close()
    # It may be waiting to tell something: nobody listens any more.
    child.stdout.close()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _send(stream: IO[bytes], value: object) -> None:
    data = pickle.dumps(value)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    """Return the next thing told, None at the end."""
    head = os.read(stream.fileno(), _LENGTH.size)
    while head and len(head) < _LENGTH.size and (more := os.read(stream.fileno(), _LENGTH.size - len(head))):
        head += more
    if len(head) < _LENGTH.size:
        return None
    (left,) = _LENGTH.unpack(head)
    data = bytearray()
    while len(data) < left:
        piece = os.read(stream.fileno(), left - len(data))
        if not piece:
            return None
        data += piece
    return pickle.loads(data)  # noqa: S301 - our own process, on our own code


# --- in the child -----------------------------------------------------------------------------------------------------


def main() -> None:
    """Do one sync as ordered on standard input, and tell its events on standard output."""
    orders, events = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # The events keep the pipe for themselves: what a library prints goes the way of the error messages.
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(_NICENESS)
    order: _Order = _receive(orders)
    set_language(order.language)
    note_missing_walls(order.missing_walls)
    cancel = Cancellation()
    threading.Thread(target=_watch, args=(orders, cancel), daemon=True).start()
    try:
        with Session(order.workspace, order.settings) as session:
            roots = roots_of(session, list(order.folders), None)
            with closing(sync(session, roots, retry_failed=order.retry_failed, wait=order.wait)) as happening:
                for event in happening:
                    _send(events, event)
                    if cancel.is_asked and not isinstance(event, SyncReport):
                        break
    except BrokenPipeError:
        return
    except CopilotError as error:
        _send(events, _Failure(error.message, error.next_step))


def _watch(orders: IO[bytes], cancel: Cancellation) -> None:
    """Wait until the parent closes the pipe, or is gone."""
    while os.read(orders.fileno(), 1):
        pass
    cancel.cancel()
