"""A folder full of files made to hurt: each is read or named, the good ones are read, nothing else happens."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copilot.app.events import FileRead, SyncPlanned, SyncReport
from copilot.app.ingest import Ingest
from copilot.app.reading import ReadJob, ReadResult, ReadSettings
from copilot.app.session import Session
from copilot.app.sync import _settle, roots_of, sync
from copilot.app.sync_plan import SyncPlan, make_plan
from copilot.parsing import ParseOptions
from copilot.settings import Settings
from copilot.workspace import create_workspace
from tests.hostile_files import HOSTILE, broad_nest, write_hostile_folder, write_sparse
from tests.makers import HerePool, run_sync, zip_bytes

SMALL = Settings.model_validate(
    {
        "embedding": {"model": "hash"},
        "documents": {"ocr": False, "workers": 2, "parser_memory_mb": 768, "parser_seconds": 40},
    }
)
GOOD = "Le dépôt de Cholet détient 38 000 litres de gazole."


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="address space is limited on Linux only")
def test_each_hostile_file_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    root = tmp_path / "work"
    docs = root / "docs"
    write_hostile_folder(docs)
    (docs / "bon.txt").write_text(GOOD, encoding="utf-8")
    before = {path.name for path in tmp_path.iterdir()}
    workspace, _ = create_workspace(root)
    outcomes: dict[str, str] = {}
    with Session(workspace, SMALL) as session:
        for event in sync(session, roots_of(session, [docs], None)):
            if isinstance(event, FileRead):
                outcomes[event.name.removeprefix("docs/")] = event.reason or "read"
            if isinstance(event, SyncReport):
                report = event
        texts = [session.truth.text(row["version_id"]) for row in session.truth.live_versions()]
        assert session.truth.check() == []

    unexpected = {name: outcomes.get(name) for name, (_, fit) in HOSTILE.items() if outcomes.get(name) not in fit}
    assert unexpected == {}
    assert outcomes["bon.txt"] == "read"
    assert outcomes["creux.txt"] == "too_large"
    assert any(GOOD in text for text in texts)
    # What a document refers to is not fetched, be it a link, an entity or a member's name.
    assert not any("root:x:0" in text for text in texts)
    assert {path.name for path in tmp_path.iterdir()} == before
    assert list(tmp_path.rglob("evasion.txt")) == []
    skipped = {os.fsdecode(Path(name).name): reason for name, reason in report.skipped}
    assert skipped["lien.txt"] == skipped["boucle"] == skipped["pendant.txt"] == "link"
    assert skipped["tube.txt"] == skipped["prise.txt"] == "special"
    if (docs / "sans-fin.txt").is_char_device():
        assert skipped["sans-fin.txt"] == "special"


class WatchingPool(HerePool):
    """Notes how many members lie in the spool at once, and all that were read."""

    def __init__(self, spool: Path) -> None:
        self.spool, self.most, self.jobs = spool, 0, list[ReadJob]()

    def read(self, job: ReadJob) -> ReadResult:
        self.jobs.append(job)
        self.most = max(self.most, len(list(self.spool.iterdir())))
        return super().read(job)


def _end_of(steps: Generator[Any, None, SyncPlan]) -> SyncPlan:
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            plan: SyncPlan = ended.value
            return plan


@pytest.mark.parametrize(
    ("options", "most_read"),
    [
        (ParseOptions(max_tree_members=50), 51),
        (ParseOptions(max_tree_bytes=60_000), 600),
        (ParseOptions(max_tree_characters=2_000), 300),
    ],
)
def test_archives_in_archives_share_one_budget(
    session: Session, docs: Path, options: ParseOptions, most_read: int
) -> None:
    (docs / "large.zip").write_bytes(broad_nest(20, 3))
    (docs / "note.txt").write_text(GOOD, encoding="utf-8")
    roots = roots_of(session, [docs], None)
    pool = WatchingPool(session.workspace.spool)
    settings = ReadSettings(options, session.embedder_spec, 64)
    plan = _end_of(make_plan(session.truth, session.names, roots))
    events = list(Ingest(session.truth, pool, settings, session.workspace.spool).run(_settle(session, plan)))

    members = [job for job in pool.jobs if job.container_id is not None]
    assert 20 < len(members) < most_read
    assert pool.most <= 20 * 3
    told = {event.name: event for event in events if event.reason is not None}
    assert told
    for name, event in told.items():
        assert event.reason == "too_large"
        assert "docs/large.zip" in (event.message or "")
        known = session.truth.documents.by_path(name)
        assert known is not None
        assert (known.state, known.reason, known.members_pending) == ("live", "too_large", False)
    read = {row["path"] for row in session.truth.live_versions()}
    assert {"docs/note.txt", "docs/large.zip", "docs/large.zip!0.zip!0.zip!0.txt"} <= read
    left_out = sum(_count(event.message or "") for event in told.values())
    assert left_out > 0
    assert _end_of(make_plan(session.truth, session.names, roots)).is_empty()


def _count(message: str) -> int:
    return int(message.partition(" holds ")[2].split()[0])


def _link_the_file(docs: Path, secret: Path) -> None:
    (docs / "d/a.txt").unlink()
    (docs / "d/a.txt").symlink_to(secret / "a.txt")


def _link_the_folder(docs: Path, secret: Path) -> None:
    (docs / "d").rename(docs.parent / "aside")
    (docs / "d").symlink_to(secret)


def _pipe_in_its_place(docs: Path, secret: Path) -> None:
    (docs / "d/a.txt").unlink()
    os.mkfifo(docs / "d/a.txt")


def _other_bytes(docs: Path, secret: Path) -> None:
    before = (docs / "d/a.txt").stat()
    (docs / "d/a.txt").write_bytes((secret / "a.txt").read_bytes())
    os.utime(docs / "d/a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("swap", [_link_the_file, _link_the_folder, _pipe_in_its_place, _other_bytes])
def test_what_takes_a_listed_files_place_is_not_read(
    session: Session, docs: Path, tmp_path: Path, swap: Callable[[Path, Path], None]
) -> None:
    secret = tmp_path / "elsewhere"
    for folder in (docs / "d", secret):
        folder.mkdir()
    (docs / "d/a.txt").write_text(GOOD, encoding="utf-8")
    (secret / "a.txt").write_bytes(GOOD.replace("Cholet", "Secret").encode())
    for event in sync(session, roots_of(session, [docs], None), embed=False):
        if isinstance(event, SyncPlanned):
            swap(docs, secret)
        if isinstance(event, SyncReport):
            assert [(name, reason) for name, reason, _ in event.failed] == [("docs/d/a.txt", "changed")]
    assert session.truth.live_versions() == []

    for path in (docs / "d", docs / "d/a.txt"):
        if path.is_symlink() or path.is_fifo():
            path.unlink()
    (docs / "d").mkdir(exist_ok=True)
    (docs / "d/a.txt").write_text(GOOD, encoding="utf-8")
    assert run_sync(session, docs, embed=False).failed == ()
    assert [session.truth.text(row["version_id"]) for row in session.truth.live_versions()] == [GOOD]


class LyingPool(HerePool):
    """Its readers give what they read the hash of another file."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256

    def read(self, job: ReadJob) -> ReadResult:
        return replace(super().read(job), sha256=self.sha256)


def test_a_reader_cannot_give_a_file_the_identity_of_another(session: Session, docs: Path) -> None:
    (docs / "bon.txt").write_text(GOOD, encoding="utf-8")
    run_sync(session, docs, embed=False)
    known = session.truth.documents.by_path("docs/bon.txt")
    assert known is not None
    (docs / "autre.txt").write_text("Autre chose.", encoding="utf-8")
    (docs / "envoi.zip").write_bytes(zip_bytes(a__txt=b"un"))
    settings = ReadSettings(ParseOptions(ocr=False), session.embedder_spec, 64)
    tasks = _end_of(make_plan(session.truth, session.names, roots_of(session, [docs], None))).new
    list(Ingest(session.truth, LyingPool(known.sha256), settings, session.workspace.spool).run(tasks))
    assert {row["path"] for row in session.truth.live_versions()} == {"docs/bon.txt"}
    for task in tasks:
        failed = session.truth.documents.by_path(task.facts.path)
        assert failed is not None
        assert (failed.state, failed.reason) == ("failed", "changed")


def test_a_file_of_terabytes_is_named_at_once(session: Session, docs: Path) -> None:
    size = write_sparse(docs / "creux.txt")
    if size <= 2**33:
        pytest.skip("this file system holds no file that large")
    (docs / "bon.txt").write_text(GOOD, encoding="utf-8")
    started = time.monotonic()
    report = run_sync(session, docs, embed=False)
    assert time.monotonic() - started < 20
    assert [(name, reason) for name, reason, _ in report.failed] == [("docs/creux.txt", "too_large")]
    assert str(size) in report.failed[0][2]
    assert (report.new, report.documents) == (2, 1)
    assert run_sync(session, docs, embed=False).unchanged == 2

    os.truncate(docs / "creux.txt", 0)
    (docs / "creux.txt").write_text("Tient désormais.", encoding="utf-8")
    assert run_sync(session, docs, embed=False).failed == ()


def test_a_plan_can_be_broken_off_while_a_large_file_is_hashed(session: Session, docs: Path) -> None:
    with (docs / "gros.txt").open("wb") as file:
        file.truncate(2**28)
    making = make_plan(session.truth, session.names, roots_of(session, [docs], None))
    seen = [next(making) for _ in range(4)]
    assert {path.name for _, path in seen} == {"gros.txt"}
    making.close()


def test_a_file_over_the_limit_is_not_hashed(session: Session, docs: Path) -> None:
    (docs / "gros.txt").write_bytes(b"x" * 2_000)
    (docs / "bon.txt").write_text(GOOD, encoding="utf-8")
    plan = _end_of(make_plan(session.truth, session.names, roots_of(session, [docs], None), max_file_bytes=1_000))
    assert {task.path.name: bool(task.facts.sha256) for task in plan.new} == {"bon.txt": True, "gros.txt": False}
