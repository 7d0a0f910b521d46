"""Bringing folders up to date: plan, read, relate, embed, index; each step resumes where the last run was cut short."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from shlex import quote

from copilot.app.embed import embed_missing
from copilot.app.events import FileRead, Indexing, Scanning, SyncEvent, SyncPlanned, SyncReport
from copilot.app.ingest import Ingest
from copilot.app.reading import ReadSettings, decode_result, encode_result, parser_walls, read_document
from copilot.app.recording import records_syncs
from copilot.app.relations import update_relations
from copilot.app.session import Session
from copilot.app.sync_plan import FileTask, Root, SyncPlan, make_plan
from copilot.app.turns import take_turn
from copilot.errors import UsageError
from copilot.i18n import t
from copilot.parsing import ParseOptions
from copilot.sandbox.pool import WalledPool

_MEBIBYTE = 2**20


def roots_of(session: Session, paths: list[Path], collection: str | None) -> list[Root]:
    """Return what to sync: the given paths, or every folder that was synced before.

    Raises:
        UsageError: a path does not exist (which is no reason to take its documents for deleted), or there is none.
    """
    if not paths:
        known = [
            Root(session.names.path_of(name), collection or found) for name, found in session.truth.documents.roots()
        ]
        if not known:
            raise UsageError(t("sync.nothing_known"), t("sync.nothing_known_next"))
        roots = known
    else:
        roots = [Root(path.resolve(), collection or _collection_of(path.resolve())) for path in paths]
    for root in roots:
        if not root.path.exists():
            raise UsageError(
                t("sync.path_missing", path=root.path), t("sync.path_missing_next", path=quote(str(root.path)))
            )
    return roots


def _collection_of(path: Path) -> str:
    folder = path if path.is_dir() else path.parent
    return folder.name or "documents"


@records_syncs
def sync(
    session: Session,
    roots: list[Root],
    *,
    dry_run: bool = False,
    retry_failed: bool = False,
    embed: bool = True,
    wait: bool = False,
) -> Generator[SyncEvent, None, None]:
    """Bring the workspace up to the disk; yields what happens, a `SyncReport` at the end.

    With `dry_run` it stops after the plan, with `wait` it lets another sync end first. Closing the iterator at any
    moment leaves every acknowledged document whole and ends the parser processes.

    Raises:
        StoreError: another sync is at work in this workspace, and it is not to be waited for.
    """
    with (yield from take_turn(session.workspace, wait=wait)):
        yield from _sync(session, roots, dry_run=dry_run, retry_failed=retry_failed, embed=embed)


def _sync(
    session: Session, roots: list[Root], *, dry_run: bool, retry_failed: bool, embed: bool
) -> Iterator[SyncEvent]:
    started = time.monotonic()
    excluded = frozenset({session.workspace.state, session.workspace.settings_file})
    planning = make_plan(
        session.truth,
        session.names,
        roots,
        excluded=excluded,
        retry_failed=retry_failed,
        max_file_bytes=session.settings.documents.max_file_mb * _MEBIBYTE,
    )
    while True:
        try:
            files, path = next(planning)
        except StopIteration as ended:
            plan: SyncPlan = ended.value
            break
        yield Scanning(files, str(path))
    yield SyncPlanned(plan)
    if dry_run:
        return
    tasks = _settle(session, plan)
    failures: list[tuple[str, str, str]] = []
    pages = 0
    for event in _read(session, tasks):
        pages += event.pages
        if event.reason is not None:
            failures.append((event.name, event.reason, event.message or ""))
        yield event
    if not plan.is_empty():
        update_relations(session.truth)
    yield Indexing("lexical")
    session.lexical.refresh(session.truth)
    embedded = 0
    if embed:
        embedder = session.embedder
        for progress in embed_missing(session.truth, embedder, session.embedder_spec.name):
            embedded = progress.done
            yield progress
        yield Indexing("vectors")
        session.vectors_of(embedder).refresh()
        session.lexical.refresh(session.truth)
    counts = session.truth.counts()
    yield SyncReport(
        new=len(plan.new),
        changed=len(plan.changed),
        moved=len(plan.moved),
        deleted=len(plan.deleted),
        unchanged=plan.unchanged,
        failed=tuple(failures),
        skipped=tuple((str(entry.path), entry.reason) for entry in plan.skipped),
        documents=counts["documents"],
        passages=counts["passages"],
        pages_read=pages,
        unread_pages=counts["unread_pages"],
        embedded=embedded,
        seconds=time.monotonic() - started,
        quarantined=counts["quarantined"],
    )


def _settle(session: Session, plan: SyncPlan) -> list[FileTask]:
    """Write what needs no reading, and return the files that do."""
    documents = session.truth.documents
    for move in plan.moved:
        documents.move(move.document_id, move.facts)
    if plan.deleted:
        documents.delete(row.document_id for row in plan.deleted)
    for document_id, facts in plan.touched:
        documents.touch(document_id, facts)
    again = [task for document_id, task in plan.returned if not documents.revive(document_id, task.facts)]
    return plan.new + plan.changed + again


def _read(session: Session, tasks: list[FileTask]) -> Generator[FileRead, None, None]:
    if not tasks:
        return
    chosen = session.settings.documents
    reading = ReadSettings(
        ParseOptions(ocr=chosen.ocr, ocr_languages=chosen.ocr_languages, max_file_bytes=chosen.max_file_mb * _MEBIBYTE),
        session.embedder_spec,
        session.max_tokens,
    )
    workers = min(chosen.workers or os.cpu_count() or 1, len(tasks))
    with WalledPool(
        read_document,
        encode=encode_result,
        decode=decode_result,
        workers=workers,
        memory_bytes=chosen.parser_memory_mb * _MEBIBYTE,
        seconds=chosen.parser_seconds,
        walls=parser_walls(reading),
        file_of=lambda job: job.path,
    ) as pool:
        ingest = Ingest(session.truth, pool, reading, session.workspace.spool)
        # Closed here and now, not when the collector comes by: the walled processes end with it.
        with closing(ingest.run(tasks)) as events:
            yield from events
