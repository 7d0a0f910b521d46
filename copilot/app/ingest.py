"""Reading the files of a plan into the truth: parsed by walled processes, acknowledged one transaction a document.

A container (archive, message) is acknowledged first, marked as pending; its members follow as documents of their own;
only when the last of the whole tree is stored is the mark taken off. A sync that is cut short finds the mark and reads
that container again, and nothing else.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import deque
from collections.abc import Container, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from copilot.app.events import FileRead
from copilot.app.reading import ReadJob, ReadResult, ReadSettings
from copilot.app.sync_plan import FileTask
from copilot.errors import ParseError
from copilot.i18n import t
from copilot.store.document_rows import FileFacts
from copilot.store.documents import MEMBER_SEPARATOR
from copilot.store.truth import Truth

MAX_DEPTH = 3


class ReaderPool(Protocol):
    """Runs jobs in walled processes and gives their results in the order in which they end."""

    def map(self, jobs: Iterable[ReadJob]) -> Iterator[tuple[ReadJob, ReadResult | ParseError]]: ...


@dataclass(slots=True)
class _Tree:
    """A tree of containers being read: the id and member names of each, and how many files are still to come."""

    outstanding: int = 0
    members: dict[int, dict[str, None]] = field(default_factory=dict)


class Ingest:
    """One run over the tasks of a plan. `spool` is a private folder for members on their way to a parser."""

    def __init__(self, truth: Truth, pool: ReaderPool, settings: ReadSettings, spool: Path) -> None:
        self._truth = truth
        self._pool = pool
        self._settings = settings
        self._spool = spool
        self._waiting: deque[ReadJob] = deque()
        self._facts: dict[str, FileFacts] = {}
        self._containers: dict[str, _Tree] = {}
        self._files: frozenset[str] = frozenset()
        self._spooled = 0
        self._refused: deque[tuple[str, str, str]] = deque()
        self.total = 0

    def run(self, tasks: list[FileTask]) -> Generator[FileRead, None, None]:
        """Read every task; yields one event for each file and each member."""
        shutil.rmtree(self._spool, ignore_errors=True)
        self._spool.mkdir(mode=0o700, parents=True)
        remaining = deque(tasks)
        self._files = frozenset(task.facts.path for task in tasks)
        self.total = len(tasks)
        done = 0
        try:
            while remaining or self._waiting:
                for job, result in self._pool.map(self._jobs(remaining)):
                    done += 1
                    yield self._acknowledge(job, result, done)
                    while self._refused:
                        name, reason, message = self._refused.popleft()
                        yield FileRead(name, done, self.total, reason, message)
        finally:
            shutil.rmtree(self._spool, ignore_errors=True)

    def _jobs(self, remaining: deque[FileTask]) -> Iterator[ReadJob]:
        # Members first: their container stays pending, and their bytes on the disk, until they are read.
        while remaining or self._waiting:
            if self._waiting:
                yield self._waiting.popleft()
            else:
                task = remaining.popleft()
                self._facts[task.facts.path] = task.facts
                yield ReadJob(task.facts.path, str(task.path), self._settings, top=task.facts.path)

    def _acknowledge(self, job: ReadJob, result: ReadResult | ParseError, done: int) -> FileRead:
        facts = self._facts.pop(job.name)
        if job.container_id is not None:
            with suppress(OSError):
                Path(job.path).unlink()
        if isinstance(result, ParseError):
            message = str(result)
            self._truth.documents.store_failure(facts, result.reason, message)
            event = FileRead(job.name, done, self.total, result.reason, message)
        else:
            self._store(job, facts, result)
            read = sum(page.read for page in result.parsed.pages)
            event = FileRead(job.name, done, self.total, pages=read)
        self._finish_member(job)
        return event

    def _store(self, job: ReadJob, facts: FileFacts, result: ReadResult) -> None:
        # The bytes that were parsed are what is acknowledged, should the file have changed since it was listed.
        read = FileFacts(
            facts.path, facts.root, facts.collection, result.size, facts.mtime_ns, result.sha256, facts.container_id
        )
        documents = self._truth.documents
        known = documents.by_path(facts.path)
        # Pending too where it holds nothing any more: its former members must go before it is whole.
        holds_members = bool(result.parsed.attachments) or (
            known is not None and documents.has_members(known.document_id)
        )
        document_id = documents.store_version(
            read, result.parsed, result.chunks, signature=result.signature, members_pending=holds_members
        )
        if holds_members:
            self._queue_members(job, read, document_id, result)

    def _queue_members(self, job: ReadJob, facts: FileFacts, document_id: int, result: ReadResult) -> None:
        container = self._containers.setdefault(job.top, _Tree())
        members = container.members[document_id] = {}
        for attachment in result.parsed.attachments:
            name = self._free_name(f"{job.name}{MEMBER_SEPARATOR}{attachment.name}", members)
            members[name] = None
            digest = hashlib.sha256(attachment.data).hexdigest()
            member = FileFacts(
                name, facts.root, facts.collection, len(attachment.data), facts.mtime_ns, digest, document_id
            )
            if self._is_in_service(member):
                continue
            if job.depth >= MAX_DEPTH:
                self._refuse_depth(member)
                continue
            self.total += 1
            container.outstanding += 1
            self._facts[name] = member
            spooled = self._spool_member(attachment.data)
            self._waiting.append(ReadJob(name, spooled, self._settings, job.depth + 1, document_id, job.top))
        self._close_if_whole(job.top)

    def _free_name(self, name: str, taken: Container[str]) -> str:
        """Return `name`, numbered where another member has it, or a file that lies beside the container."""
        candidate, number = name, 1
        while candidate in taken or self._is_file(candidate):
            number += 1
            candidate = f"{name}#{number}"
        return candidate

    def _is_file(self, name: str) -> bool:
        known = self._truth.documents.by_path(name)
        return name in self._files or (known is not None and known.container_id is None and known.state != "deleted")

    def _is_in_service(self, member: FileFacts) -> bool:
        known = self._truth.documents.by_path(member.path)
        return (
            known is not None
            and (known.state, known.sha256, known.container_id) == ("live", member.sha256, member.container_id)
            and not known.members_pending
            and not self._truth.documents.has_failures(known.document_id)
        )

    def _refuse_depth(self, member: FileFacts) -> None:
        message = f"{t('sync.too_deep', name=member.path, depth=MAX_DEPTH)} {t('sync.too_deep_next')}"
        self._truth.documents.store_failure(member, "too_deep", message)
        self._refused.append((member.path, "too_deep", message))

    def _spool_member(self, data: bytes) -> str:
        # Numbered: a member's name is never a path.
        self._spooled += 1
        spooled = self._spool / str(self._spooled)
        spooled.write_bytes(data)
        return str(spooled)

    def _finish_member(self, job: ReadJob) -> None:
        if job.container_id is not None:
            self._containers[job.top].outstanding -= 1
            self._close_if_whole(job.top)

    def _close_if_whole(self, top: str) -> None:
        container = self._containers.get(top)
        if container is None or container.outstanding:
            return
        # Inner containers first: the outermost one's mark is what a later sync looks at.
        for document_id, members in reversed(container.members.items()):
            self._truth.documents.finish_container(document_id, members)
        del self._containers[top]
