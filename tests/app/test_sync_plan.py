"""Under which heading each file of a folder comes, and that nothing is deleted that only cannot be seen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from copilot.app.ingest import Ingest
from copilot.app.naming import PathNames
from copilot.app.reading import ReadSettings
from copilot.app.session import Session
from copilot.app.sync import _settle, roots_of
from copilot.app.sync_plan import Root, SyncPlan, make_plan
from copilot.errors import ExitCode, UsageError
from copilot.parsing import ParseOptions
from copilot.store.document_rows import DocumentRow
from tests.makers import HerePool, zip_bytes


def plan(session: Session, *roots: Path, retry_failed: bool = False) -> SyncPlan:
    chosen = [Root(root, root.name) for root in roots]
    making = make_plan(session.truth, session.names, chosen, retry_failed=retry_failed)
    while True:
        try:
            next(making)
        except StopIteration as ended:
            made: SyncPlan = ended.value
            return made


def apply(session: Session, made: SyncPlan) -> None:
    """What a sync does with a plan, without walled processes."""
    settings = ReadSettings(ParseOptions(ocr=False), session.embedder_spec, 64)
    list(Ingest(session.truth, HerePool(), settings, session.workspace.spool).run(_settle(session, made)))


def sync(session: Session, *roots: Path, retry_failed: bool = False) -> dict[str, list[str]]:
    made = plan(session, *roots, retry_failed=retry_failed)
    told = headings(made)
    apply(session, made)
    return told


def headings(made: SyncPlan) -> dict[str, list[str]]:
    """The plan's headings that are not empty, with the names under them."""
    names = {
        "new": [task.facts.path for task in made.new],
        "changed": [task.facts.path for task in made.changed],
        "moved": [f"{move.old_name} > {move.facts.path}" for move in made.moved],
        "deleted": [row.path for row in made.deleted],
        "touched": [facts.path for _, facts in made.touched],
        "returned": [task.facts.path for _, task in made.returned],
        "skipped": [entry.reason for entry in made.skipped],
    }
    return {heading: sorted(found) for heading, found in names.items() if found}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def row(session: Session, name: str) -> DocumentRow:
    found = session.truth.documents.by_path(name)
    assert found is not None
    return found


def test_new_changed_deleted_and_nothing(session: Session, docs: Path) -> None:
    write(docs / "a.txt", "premier")
    write(docs / "b.txt", "second")
    assert sync(session, docs) == {"new": ["docs/a.txt", "docs/b.txt"]}
    made = plan(session, docs)
    assert made.is_empty()
    assert made.unchanged == 2
    write(docs / "a.txt", "premier, plus long")
    (docs / "b.txt").unlink()
    write(docs / "c.txt", "troisième")
    assert sync(session, docs) == {"new": ["docs/c.txt"], "changed": ["docs/a.txt"], "deleted": ["docs/b.txt"]}
    assert plan(session, docs).is_empty()


def test_same_size_and_other_content_is_a_change(session: Session, docs: Path) -> None:
    path = write(docs / "a.txt", "42 000 l")
    sync(session, docs)
    write(path, "38 000 l")
    assert sync(session, docs) == {"changed": ["docs/a.txt"]}


def test_touching_is_no_change(session: Session, docs: Path) -> None:
    path = write(docs / "a.txt", "texte")
    sync(session, docs)
    os.utime(path, ns=(1, 1))
    made = plan(session, docs)
    assert headings(made) == {"touched": ["docs/a.txt"]}
    assert made.is_empty()
    assert made.unchanged == 1
    before = session.truth.generation()
    apply(session, made)
    assert session.truth.generation() == before
    assert headings(plan(session, docs)) == {}


def test_a_renamed_file_keeps_its_document(session: Session, docs: Path) -> None:
    write(docs / "a.txt", "texte")
    sync(session, docs)
    known = row(session, "docs/a.txt")
    (docs / "sub").mkdir()
    (docs / "a.txt").rename(docs / "sub" / "b.txt")
    assert sync(session, docs) == {"moved": ["docs/a.txt > docs/sub/b.txt"]}
    assert row(session, "docs/sub/b.txt").document_id == known.document_id
    assert session.truth.documents.by_path("docs/a.txt") is None
    assert plan(session, docs).is_empty()


def test_a_file_moves_between_roots_that_are_synced_one_at_a_time(session: Session, docs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(docs / "a.txt", "texte")
    sync(session, docs)
    known = row(session, "docs/a.txt")
    (docs / "a.txt").rename(other / "a.txt")
    assert sync(session, other) == {"moved": [f"docs/a.txt > {other}/a.txt"]}
    assert plan(session, docs).is_empty()
    moved = row(session, f"{other}/a.txt")
    assert (moved.document_id, moved.collection) == (known.document_id, "other")


def test_of_two_copies_one_vanishes_and_the_other_stays(session: Session, docs: Path) -> None:
    write(docs / "a.txt", "copie")
    write(docs / "b.txt", "copie")
    sync(session, docs)
    (docs / "a.txt").unlink()
    assert sync(session, docs) == {"deleted": ["docs/a.txt"]}
    assert row(session, "docs/b.txt").state == "live"


def test_of_two_copies_one_is_renamed(session: Session, docs: Path) -> None:
    write(docs / "a.txt", "copie")
    write(docs / "b.txt", "copie")
    sync(session, docs)
    (docs / "a.txt").rename(docs / "c.txt")
    assert sync(session, docs) == {"moved": ["docs/a.txt > docs/c.txt"]}


def test_a_copy_of_a_file_that_stays_is_new(session: Session, docs: Path) -> None:
    write(docs / "a.txt", "copie")
    sync(session, docs)
    shutil.copy(docs / "a.txt", docs / "b.txt")
    assert sync(session, docs) == {"new": ["docs/b.txt"]}


def test_two_vanish_and_one_of_their_content_appears(session: Session, docs: Path) -> None:
    write(docs / "a.txt", "copie")
    write(docs / "b.txt", "copie")
    sync(session, docs)
    (docs / "a.txt").unlink()
    (docs / "b.txt").rename(docs / "c.txt")
    told = sync(session, docs)
    assert {heading: len(names) for heading, names in told.items()} == {"moved": 1, "deleted": 1}
    assert len(session.truth.live_versions()) == 1


def test_two_files_that_swap_names_both_change(session: Session, docs: Path) -> None:
    a, b = write(docs / "a.txt", "premier texte"), write(docs / "b.txt", "second")
    sync(session, docs)
    a.rename(docs / "t")
    b.rename(a)
    (docs / "t").rename(b)
    assert sync(session, docs) == {"changed": ["docs/a.txt", "docs/b.txt"]}


def test_a_deleted_file_that_returns(session: Session, docs: Path) -> None:
    write(docs / "a.txt", "texte")
    write(docs / "b.zip", "")
    (docs / "b.zip").write_bytes(zip_bytes(m__txt=b"membre"))
    sync(session, docs)
    write(docs / "other.txt", "autre")
    kept = [(p, p.read_bytes()) for p in docs.iterdir() if p.name != "other.txt"]
    for path, _ in kept:
        path.unlink()
    assert sync(session, docs) == {"new": ["docs/other.txt"], "deleted": ["docs/a.txt", "docs/b.zip"]}
    for path, data in kept:
        path.write_bytes(data)
    assert sync(session, docs) == {"returned": ["docs/a.txt", "docs/b.zip"]}
    assert {v["path"] for v in session.truth.live_versions()} == {
        "docs/a.txt",
        "docs/b.zip",
        "docs/b.zip!m.txt",
        "docs/other.txt",
    }
    assert plan(session, docs).is_empty()


def test_a_container_that_moves_is_not_read_again(session: Session, docs: Path) -> None:
    (docs / "a.zip").write_bytes(zip_bytes(m__txt=b"membre"))
    sync(session, docs)
    (docs / "a.zip").rename(docs / "b.zip")
    assert sync(session, docs) == {"moved": ["docs/a.zip > docs/b.zip"]}
    assert {v["path"] for v in session.truth.live_versions()} == {"docs/b.zip", "docs/b.zip!m.txt"}
    assert plan(session, docs).is_empty()


def test_what_lies_in_a_folder_that_cannot_be_read_is_not_deleted(
    session: Session, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(docs / "closed" / "a.txt", "texte")
    write(docs / "closed2" / "b.txt", "autre")
    sync(session, docs)
    real = os.scandir

    def refusing(path: Path | int) -> Iterator[os.DirEntry[str]]:
        if isinstance(path, Path) and path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("copilot.sources.folders.os.scandir", refusing)
    (docs / "closed2" / "b.txt").unlink()
    assert sync(session, docs) == {"deleted": ["docs/closed2/b.txt"], "skipped": ["unreadable"]}
    assert row(session, "docs/closed/a.txt").state == "live"


def test_a_file_that_cannot_be_opened_is_not_deleted(
    session: Session, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(docs / "a.txt", "texte")
    sync(session, docs)
    write(path, "texte changé")

    def refusing(_: Path) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("copilot.app.sync_plan.hash_in_steps", refusing)
    assert sync(session, docs) == {"skipped": ["unreadable"]}
    assert row(session, "docs/a.txt").state == "live"


def test_a_missing_root_is_an_error_and_deletes_nothing(session: Session, docs: Path) -> None:
    write(docs / "a.txt", "texte")
    sync(session, docs)
    shutil.rmtree(docs)
    for given in ([docs], []):
        with pytest.raises(UsageError) as caught:
            roots_of(session, given, None)
        assert str(docs) in caught.value.message
        assert caught.value.exit_code is ExitCode.USAGE
    assert row(session, "docs/a.txt").state == "live"


def test_without_a_path_all_known_roots_are_synced(session: Session, docs: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No folder was ever synced"):
        roots_of(session, [], None)
    other = tmp_path / "other"
    write(other / "b.txt", "autre")
    write(docs / "a.txt", "texte")
    sync(session, docs, other)
    assert roots_of(session, [], None) == [Root(other, "other"), Root(docs, "docs")]
    assert roots_of(session, [docs / "a.txt"], None) == [Root(docs / "a.txt", "docs")]
    assert roots_of(session, [docs], "ordres") == [Root(docs, "ordres")]


def test_overlapping_roots_hold_each_file_once(session: Session, docs: Path) -> None:
    write(docs / "sub" / "a.txt", "texte")
    assert sync(session, docs / "sub", docs) == {"new": ["docs/sub/a.txt"]}
    assert plan(session, docs, docs / "sub").is_empty()


def test_syncing_one_folder_leaves_the_others(session: Session, docs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write(other / "b.txt", "autre")
    write(docs / "a.txt", "texte")
    sync(session, docs, other)
    (other / "b.txt").unlink()
    assert plan(session, docs).is_empty()


def test_a_failed_file_is_read_again_when_asked_or_changed(session: Session, docs: Path) -> None:
    path = write(docs / "a.pdf", "%PDF-1.4 abîmé")
    sync(session, docs)
    assert row(session, "docs/a.pdf").reason == "damaged"
    assert plan(session, docs).is_empty()
    assert headings(plan(session, docs, retry_failed=True)) == {"changed": ["docs/a.pdf"]}
    write(path, "%PDF-1.4 autrement abîmé")
    assert sync(session, docs) == {"changed": ["docs/a.pdf"]}


def test_retrying_reaches_a_member_that_failed(session: Session, docs: Path) -> None:
    inner = zip_bytes(bad__pdf=b"%PDF-1.4 damaged", good__txt=b"bon")
    (docs / "a.zip").write_bytes(zip_bytes(inner__zip=inner))
    sync(session, docs)
    assert row(session, "docs/a.zip!inner.zip!bad.pdf").reason == "damaged"
    assert plan(session, docs).is_empty()
    assert headings(plan(session, docs, retry_failed=True)) == {"changed": ["docs/a.zip"]}


def test_a_folder_in_which_nothing_is_left_is_not_taken_for_emptied(session: Session, docs: Path) -> None:
    """As of a disk that is not plugged in, whose mount point stays, or of a workspace restored without its files."""
    write(docs / "a.txt", "un")
    write(docs / "b.txt", "deux")
    sync(session, docs)
    (docs / "a.txt").unlink()
    (docs / "b.txt").unlink()
    with pytest.raises(UsageError, match="2 documents") as refused:
        plan(session, docs)
    assert "copilot forget" in refused.value.next_step
    write(docs / "c.txt", "trois")
    assert headings(plan(session, docs)) == {"new": ["docs/c.txt"], "deleted": ["docs/a.txt", "docs/b.txt"]}


def test_retrying_reaches_pages_that_were_left_unread(session: Session, docs: Path) -> None:
    """Where Tesseract was installed after the first sync, as `copilot doctor` tells to."""
    Image.new("L", (40, 40), 255).save(docs / "scan.png")
    sync(session, docs)
    assert session.truth.counts()["unread_pages"] == 1
    assert plan(session, docs).is_empty()
    assert headings(plan(session, docs, retry_failed=True)) == {"changed": ["docs/scan.png"]}


def test_names_are_relative_within_the_workspace_and_absolute_elsewhere(tmp_path: Path) -> None:
    names = PathNames(tmp_path / "work")
    assert names.name_of(tmp_path / "work" / "a" / "b.txt") == "a/b.txt"
    assert names.name_of(tmp_path / "work") == ""
    assert names.name_of(tmp_path / "workshop" / "a.txt") == f"{tmp_path}/workshop/a.txt"
    write(tmp_path / "work" / "odd!name.txt", "x")
    write(tmp_path / "work" / "a.zip", "x")
    assert names.path_of("odd!name.txt") == tmp_path / "work" / "odd!name.txt"
    assert names.path_of("a.zip!b.zip!c.txt") == tmp_path / "work" / "a.zip"
    assert names.path_of("a.zip!sub/c.txt") == tmp_path / "work" / "a.zip"


@pytest.mark.parametrize("first", ["archive", "file", "both"])
def test_a_file_named_like_a_member_is_a_document_of_its_own(session: Session, docs: Path, first: str) -> None:
    def write_archive() -> None:
        (docs / "a.zip").write_bytes(zip_bytes(m__txt=b"membre"))

    if first != "file":
        write_archive()
    if first != "archive":
        write(docs / "a.zip!m.txt", "fichier")
    sync(session, docs)
    write_archive()
    write(docs / "a.zip!m.txt", "fichier")
    sync(session, docs)
    texts = {chunk.text for chunk in session.truth.iter_chunks()}
    assert texts == {"m.txt", "membre", "fichier"}
    assert row(session, "docs/a.zip!m.txt").container_id is None
    assert plan(session, docs).is_empty()
