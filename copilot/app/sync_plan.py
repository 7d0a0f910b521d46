"""What a sync would do, decided from the disk and the truth before anything is read or written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from copilot.app.naming import PathNames
from copilot.errors import UsageError
from copilot.i18n import t
from copilot.sources.folders import FileHash, FoundFile, SkippedEntry, hash_in_steps, scan
from copilot.store.document_rows import DocumentRow, FileFacts
from copilot.store.truth import Truth

# No setting lets a larger file be read (`documents.max_file_mb`).
_LARGEST_FILE = 4_096 * 2**20


@dataclass(frozen=True, slots=True)
class FileTask:
    """A file to read: new, or changed since its document was last read.

    One that is too large to be read has no hash (an empty one): reading it says so.
    """

    path: Path
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Move:
    """A file that stands elsewhere with the same content."""

    document_id: int
    old_name: str
    facts: FileFacts


@dataclass(slots=True)
class SyncPlan:
    """Every file of the synced folders under exactly one heading. `touched` differ from the truth by time alone."""

    new: list[FileTask] = field(default_factory=list)
    changed: list[FileTask] = field(default_factory=list)
    moved: list[Move] = field(default_factory=list)
    deleted: list[DocumentRow] = field(default_factory=list)
    touched: list[tuple[int, FileFacts]] = field(default_factory=list)
    returned: list[tuple[int, FileTask]] = field(default_factory=list)
    skipped: list[SkippedEntry] = field(default_factory=list)
    unchanged: int = 0

    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.moved or self.deleted or self.returned)


@dataclass(frozen=True, slots=True)
class Root:
    """One path that the user gave, with the collection that its files belong to."""

    path: Path
    collection: str


def make_plan(
    truth: Truth,
    names: PathNames,
    roots: list[Root],
    *,
    excluded: frozenset[Path] = frozenset(),
    retry_failed: bool = False,
    max_file_bytes: int = _LARGEST_FILE,
) -> Generator[tuple[int, Path], None, SyncPlan]:
    """Compare the disk with the truth; yields (files seen, the last one) and returns the plan.

    A known file with the same size and time is taken as unchanged; every other is hashed, and its hash decides. One
    over `max_file_bytes` is not hashed. Reads files but writes nothing; can be closed while it hashes.
    """
    plan = SyncPlan()
    seen: set[str] = set()
    missing: dict[str, DocumentRow] = {}
    empty: dict[Path, set[str]] = {}
    fresh: list[FileTask] = []
    for root in roots:
        before = len(seen)
        known = truth.documents.files_under(names.name_of(root.path))
        for path, found in _found_files(root.path, excluded, plan):
            name = names.name_of(path)
            if name in seen:
                continue
            seen.add(name)
            yield len(seen), path
            row = known.get(name)
            retry = row is not None and (
                row.members_pending or (retry_failed and truth.documents.has_failures(row.document_id))
            )
            for _ in _place(plan, fresh, root, name, found, row, names, max_file_bytes, retry=retry):
                yield len(seen), path
        live = {name: row for name, row in known.items() if row.state != "deleted"}
        missing.update(live)
        if len(seen) == before and root.path.is_dir():
            empty[root.path] = set(live)
    unread = [names.name_of(entry.path) for entry in plan.skipped if entry.reason == "unreadable"]
    gone = {
        name: row
        for name, row in missing.items()
        # What lies in a folder that cannot be read for the moment is not deleted.
        if name not in seen and not any(name == folder or name.startswith(f"{folder}/") for folder in unread)
    }
    _match_moves(plan, truth, names, fresh, gone)
    _refuse_vanished(empty, gone)
    plan.deleted.extend(gone.values())
    return plan


def _refuse_vanished(empty: Mapping[Path, set[str]], gone: Mapping[str, DocumentRow]) -> None:
    """Take no folder for emptied by its owner that a missing disk, or a workspace restored elsewhere, leaves empty."""
    for path, live in empty.items():
        if live and live <= gone.keys():
            message = t("sync.vanished", path=path, count=len(live))
            raise UsageError(message, t("sync.vanished_next", path=quote(str(path))))


def _found_files(root: Path, excluded: frozenset[Path], plan: SyncPlan) -> Iterator[tuple[Path, FoundFile]]:
    for entry in scan(root, excluded=excluded):
        if isinstance(entry, SkippedEntry):
            plan.skipped.append(entry)
        else:
            yield entry.path, entry


def _place(
    plan: SyncPlan,
    fresh: list[FileTask],
    root: Root,
    name: str,
    found: FoundFile,
    row: DocumentRow | None,
    names: PathNames,
    max_file_bytes: int,
    *,
    retry: bool,
) -> Iterator[int]:
    """Put a file under its heading; yields the bytes hashed so far."""
    same_stamp = row is not None and (row.size, row.mtime_ns) == (found.size, found.mtime_ns)
    if row is not None and same_stamp and row.state != "deleted" and not retry:
        plan.unchanged += 1
        return
    try:
        hashed = yield from _hash_within(found, max_file_bytes)
    except OSError:
        plan.skipped.append(SkippedEntry(found.path, "unreadable"))
        # A file that cannot be read for the moment is not a deleted one.
        return
    sha256 = hashed.sha256
    facts = FileFacts(name, names.name_of(root.path), root.collection, hashed.size, found.mtime_ns, sha256)
    task = FileTask(found.path, facts)
    if row is None:
        fresh.append(task)
    elif not sha256:
        plan.changed.append(task)
    elif row.state == "deleted" and row.sha256 == sha256:
        plan.returned.append((row.document_id, task))
    elif row.sha256 == sha256 and not retry:
        plan.touched.append((row.document_id, facts))
        plan.unchanged += 1
    else:
        plan.changed.append(task)


def _hash_within(found: FoundFile, limit: int) -> Generator[int, None, FileHash]:
    """Hash a file unless it is larger than `limit`, or grows beyond it meanwhile: then the hash is empty."""
    if found.size > limit:
        return FileHash("", found.size)
    steps = hash_in_steps(found.path)
    while True:
        try:
            done = next(steps)
        except StopIteration as ended:
            hashed: FileHash = ended.value
            return hashed
        if done > limit:
            return FileHash("", done)
        yield done


def _match_moves(
    plan: SyncPlan, truth: Truth, names: PathNames, fresh: list[FileTask], gone: dict[str, DocumentRow]
) -> None:
    """Pair new files with documents of the same content whose file is no longer where it was."""
    by_content: dict[str, list[DocumentRow]] = defaultdict(list)
    for row in gone.values():
        by_content[row.sha256].append(row)
    taken: set[int] = set()
    for task in fresh:
        if not task.facts.sha256:
            plan.new.append(task)
            continue
        candidates = by_content[task.facts.sha256] or [
            # Its old place may lie outside the folders of this sync.
            row
            for row in truth.documents.live_with_content(task.facts.sha256)
            if _is_gone(names.path_of(row.path))
        ]
        usable = [
            row for row in candidates if row.reason is None and not row.members_pending and row.document_id not in taken
        ]
        if not usable:
            plan.new.append(task)
            continue
        origin = usable[0]
        taken.add(origin.document_id)
        gone.pop(origin.path, None)
        plan.moved.append(Move(origin.document_id, origin.path, task.facts))


def _is_gone(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        # It cannot be seen for the moment, which is not the same.
        return False
    return False
