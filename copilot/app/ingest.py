"""Reading the files of a plan into the truth: parsed by walled processes, acknowledged one transaction a document.

A container (archive, message) is acknowledged first, marked as pending; its members follow as documents of their own;
only when the last of the whole tree is stored is the mark taken off. A sync that is cut short finds the mark and reads
that container again, and nothing else.

All that lies in one file of the folder, at any depth, has one budget (`ParseOptions.max_tree_*`): limits of each
container alone multiply with every level. It is read depth first, so that few members wait on the disk at a time.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter, deque
from collections.abc import Callable, Container, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from copilot.app.events import FileRead
from copilot.app.reading import ReadJob, ReadResult, ReadSettings
from copilot.app.sync_plan import FileTask
from copilot.errors import ParseError
from copilot.i18n import t
from copilot.parsing import ParseOptions
from copilot.store.document_rows import FileFacts
from copilot.store.documents import MEMBER_SEPARATOR
from copilot.store.truth import Truth

MAX_DEPTH = 3


class ReaderPool(Protocol):
    """Runs jobs in walled processes and gives their results in the order in which they end."""

    def map(
        self, jobs: Iterable[ReadJob], accept: Callable[[ReadJob, ReadResult], None] | None = None
    ) -> Iterator[tuple[ReadJob, ReadResult | ParseError]]: ...


@dataclass(slots=True)
class _Tree:
    """A tree of containers being read: each by its id, with its member names, and how many files are still to come.

    `count`, `unpacked` (bytes) and `characters` are what it has taken of its budget, `left_out` how many members of
    which container were not opened.
    """

    outstanding: int = 0
    containers: dict[int, FileFacts] = field(default_factory=dict)
    members: dict[int, dict[str, None]] = field(default_factory=dict)
    count: int = 0
    unpacked: int = 0
    characters: int = 0
    left_out: Counter[int] = field(default_factory=Counter)

    def has_room(self, size: int, options: ParseOptions) -> bool:
        """Say whether one more member of `size` bytes is within the budget."""
        return (
            self.count < options.max_tree_members
            and self.unpacked + size <= options.max_tree_bytes
            and self.characters < options.max_tree_characters
        )

    def add(self, size: int) -> None:
        self.count += 1
        self.unpacked += size


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
                for job, result in self._pool.map(self._jobs(remaining), self._accept):
                    done += 1
                    yield self._acknowledge(job, result, done)
                    yield from self._tell_refused(done)
                yield from self._tell_refused(done)
        finally:
            shutil.rmtree(self._spool, ignore_errors=True)

    def _tell_refused(self, done: int) -> Iterator[FileRead]:
        while self._refused:
            name, reason, message = self._refused.popleft()
            yield FileRead(name, done, self.total, reason, message)

    def _jobs(self, remaining: deque[FileTask]) -> Iterator[ReadJob]:
        # Members first: their container stays pending, and their bytes on the disk, until they are read.
        while remaining or self._waiting:
            if self._waiting:
                job = self._waiting.popleft()
                if self._containers[job.top].characters < self._settings.options.max_tree_characters:
                    yield job
                else:
                    self._leave_out(job)
            else:
                task = remaining.popleft()
                self._facts[task.facts.path] = task.facts
                yield ReadJob(task.facts.path, str(task.path), self._settings, top=task.facts.path)

    def _accept(self, job: ReadJob, result: ReadResult) -> None:
        """Refuse what was not read from the bytes that were hashed here.

        A worker that a file has taken over could else give its text the hash, and with it the identity, of another.
        """
        if result.sha256 == self._facts[job.name].sha256:
            return
        if job.container_id is not None:
            raise ValueError("the hash of other bytes")
        raise _changed(job.name)

    def _acknowledge(self, job: ReadJob, result: ReadResult | ParseError, done: int) -> FileRead:
        facts = self._facts.pop(job.name)
        if job.container_id is not None:
            with suppress(OSError):
                Path(job.path).unlink()
        if isinstance(result, ParseError):
            if result.reason == "unreadable" and job.container_id is None and facts.sha256:
                # It could be opened when it was hashed.
                result = _changed(job.name)
            if result.reason == "changed":
                # Neither time nor hash are those of what stands there: the next sync must look at it again.
                facts = replace(facts, mtime_ns=0, sha256="")
            message = str(result)
            self._truth.documents.store_failure(facts, result.reason, message)
            event = FileRead(job.name, done, self.total, result.reason, message)
        else:
            self._store(job, facts, result)
            read = sum(page.read for page in result.parsed.pages)
            event = FileRead(job.name, done, self.total, pages=read)
        self._finish_member(job)
        return event

    def _leave_out(self, job: ReadJob) -> None:
        """Drop a member that waits when the text of its tree has used up the budget."""
        assert job.container_id is not None
        del self._facts[job.name]
        self.total -= 1
        tree = self._containers[job.top]
        tree.left_out[job.container_id] += 1
        del tree.members[job.container_id][job.name]
        with suppress(OSError):
            Path(job.path).unlink()
        self._finish_member(job)

    def _store(self, job: ReadJob, facts: FileFacts, result: ReadResult) -> None:
        documents = self._truth.documents
        if job.top in self._containers:
            self._containers[job.top].characters += len(result.parsed.text)
        known = documents.by_path(facts.path)
        # Pending too where it holds nothing any more: its former members must go before it is whole.
        holds_members = bool(result.parsed.attachments) or (
            known is not None and documents.has_members(known.document_id)
        )
        document_id = documents.store_version(
            facts, result.parsed, result.chunks, signature=result.signature, members_pending=holds_members
        )
        if holds_members:
            self._queue_members(job, facts, document_id, result)

    def _queue_members(self, job: ReadJob, facts: FileFacts, document_id: int, result: ReadResult) -> None:
        tree = self._containers.setdefault(job.top, _Tree())
        tree.containers[document_id] = facts
        members = tree.members[document_id] = {}
        waiting: list[ReadJob] = []
        for attachment in result.parsed.attachments:
            if not tree.has_room(len(attachment.data), self._settings.options):
                # Counted, not named one by one: there may be millions.
                tree.left_out[document_id] += 1
                continue
            tree.add(len(attachment.data))
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
            tree.outstanding += 1
            self._facts[name] = member
            spooled = self._spool_member(attachment.data)
            waiting.append(ReadJob(name, spooled, self._settings, job.depth + 1, document_id, job.top))
        self._waiting.extendleft(reversed(waiting))
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
            if count := container.left_out[document_id]:
                self._refuse_rest(container.containers[document_id], count, top)
        del self._containers[top]

    def _refuse_rest(self, facts: FileFacts, count: int, top: str) -> None:
        """Note on a container that some of its members were not opened; what was read of it stays in service."""
        options = self._settings.options
        message = t(
            "sync.over_budget",
            name=facts.path,
            count=count,
            top=top,
            members=options.max_tree_members,
            megabytes=options.max_tree_bytes // 2**20,
            characters=options.max_tree_characters,
        )
        message = f"{message} {t('sync.over_budget_next')}"
        self._truth.documents.store_failure(facts, "too_large", message)
        self._refused.append((facts.path, "too_large", message))


def _changed(name: str) -> ParseError:
    return ParseError(t("sync.changed", name=name), t("sync.changed_next"), reason="changed")
