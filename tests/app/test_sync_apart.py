"""A sync in a process of its own: the same events, errors that cross over, an end that leaves nothing behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.app.events import FileRead, SyncReport, WaitingForSync
from copilot.app.session import Session
from copilot.app.sync_apart import sync_apart
from copilot.errors import CancelledError, CopilotError
from copilot.ports import Cancellation
from copilot.sandbox.standing import note_missing_walls
from copilot.store.locks import exclusive


def test_it_reads_what_is_there_and_reports(session: Session, docs: Path) -> None:
    (docs / "note.txt").write_text("Le pont d'Orval porte 26 tonnes.\n", encoding="utf-8")
    (docs / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    events = list(sync_apart(session, [docs], cancel=Cancellation()))
    report = events[-1]
    assert isinstance(report, SyncReport)
    assert (report.new, report.documents, len(report.failed)) == (2, 1, 1)
    assert {event.name for event in events if isinstance(event, FileRead)} == {"docs/note.txt", "docs/bad.pdf"}
    assert session.truth.counts()["documents"] == 1


def test_an_error_there_is_an_error_here(session: Session, docs: Path) -> None:
    with pytest.raises(CopilotError, match="missing"):
        list(sync_apart(session, [docs / "missing"], cancel=Cancellation()))
    with exclusive(session.workspace.sync_lock), pytest.raises(CopilotError) as caught:
        list(sync_apart(session, [docs], wait=False, cancel=Cancellation()))
    assert caught.value.next_step


def test_it_stops_when_asked_and_goes_on_where_it_was(session: Session, docs: Path) -> None:
    for number in range(300):
        (docs / f"{number:03}.txt").write_text(f"Compte rendu {number}.\n", encoding="utf-8")
    cancel = Cancellation()
    events = sync_apart(session, [docs], cancel=cancel)
    next(event for event in events if isinstance(event, FileRead))
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(events)
    kept = session.truth.counts()["documents"]
    assert 1 <= kept < 300
    *_, report = sync_apart(session, [docs], cancel=Cancellation())
    assert isinstance(report, SyncReport)
    assert report.new == 300 - kept


def test_it_waits_for_another_sync_and_can_be_stopped_meanwhile(session: Session, docs: Path) -> None:
    (docs / "note.txt").write_text("Le convoi roule vers Angers.\n", encoding="utf-8")
    cancel = Cancellation()
    with exclusive(session.workspace.sync_lock):
        stopped = sync_apart(session, [docs], cancel=cancel)
        assert isinstance(next(stopped), WaitingForSync)
        cancel.cancel()
        with pytest.raises(CancelledError):
            list(stopped)
        patient = sync_apart(session, [docs], cancel=Cancellation())
        assert next(patient) == WaitingForSync(str(os.getpid()))
    *_, report = patient
    assert isinstance(report, SyncReport)
    assert report.new == 1


def test_leaving_early_ends_the_process(session: Session, docs: Path) -> None:
    for number in range(300):
        (docs / f"{number:03}.txt").write_text(f"Compte rendu {number}.\n", encoding="utf-8")
    events = sync_apart(session, [docs], cancel=Cancellation())
    next(event for event in events if isinstance(event, FileRead))
    events.close()
    # Its lock is free again: no process goes on behind our back.
    with exclusive(session.workspace.sync_lock):
        assert session.truth.counts()["documents"] >= 1


@pytest.fixture
def no_landlock() -> Iterator[None]:
    note_missing_walls(("landlock",))
    yield
    note_missing_walls(())


@pytest.mark.usefixtures("no_landlock")
def test_it_records_the_walls_that_are_missing_here(session: Session, docs: Path) -> None:
    (docs / "note.txt").write_text("Le pont d'Orval porte 26 tonnes.\n", encoding="utf-8")
    session.trail.begin()
    *_, report = sync_apart(session, [docs], cancel=Cancellation())
    assert isinstance(report, SyncReport)
    entries = list(session.trail.log.entries())
    assert [dict(entry.data) for entry in entries if entry.kind == "walls"] == [{"missing": ["landlock"]}]
    assert [entry.kind for entry in entries][-2:] == ["sync_started", "sync"]
    assert session.trail.verify().problem is None
