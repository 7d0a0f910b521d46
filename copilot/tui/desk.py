"""A thread with a session of its own: work is put on the desk, done in order, and its outcome posted as a message.

A session belongs to one thread; the screens belong to another. One desk asks, one looks things up, a third comes and
goes with each sync: none waits for another.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from copilot.app.session import Session
from copilot.errors import CopilotError
from copilot.tui.memory import set_aside

Job = Callable[[Session], None]


def told(error: BaseException) -> str:
    """Return an error in words for the user: what happened and what to do, or of a fault its kind."""
    if isinstance(error, CopilotError):
        return f"{error.message} {error.next_step}".rstrip()
    return f"{type(error).__name__}: {error}"


class Desk:
    """Opens its session at the first job; `failed` is told of every error that a job leaves."""

    def __init__(self, name: str, open_session: Callable[[], Session], failed: Callable[[str], None]) -> None:
        self._open = open_session
        self._failed = failed
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        self._jobs.put(job)

    def close(self, seconds: float = 5.0) -> None:
        """End after the jobs that were put; waits for so long and no longer."""
        self._jobs.put(None)
        self._thread.join(seconds)

    def _work(self) -> None:
        session: Session | None = None
        try:
            while (job := self._jobs.get()) is not None:
                try:
                    is_first = session is None
                    session = session or self._open()
                    job(session)
                    if is_first:
                        # Much is imported only when it is first needed.
                        set_aside()
                except Exception as error:  # noqa: BLE001 - the desk outlives whatever a job does, and says so
                    self._failed(told(error))
        finally:
            if session is not None:
                session.close()
