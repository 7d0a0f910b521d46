"""A sync from end to end, in walled processes: what is read, what is named, what an interruption leaves."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from copilot.app.events import FileRead, Scanning, SyncEvent, SyncPlanned, SyncReport
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.errors import StoreError
from copilot.store.locks import exclusive
from copilot.store.truth import Truth
from tests.makers import docx_bytes, eml_bytes, run_sync, zip_bytes


@pytest.fixture
def mixed(docs: Path) -> Path:
    """A folder of several formats with nested containers and two files that cannot be read."""
    (docs / "note.txt").write_text("Le dépôt de Cholet détient 38 000 litres de gazole.", encoding="utf-8")
    (docs / "stocks.csv").write_text(
        "Dépôt;Produit;Litres\nCholet;gazole;42 000\nAngers;essence;7 500\n", encoding="utf-8"
    )
    (docs / "ordre.docx").write_bytes(docx_bytes("Ordre d'opération", "Le convoi part à 06 h 30."))
    mail = eml_bytes("Bon de mouvement", "Ci-joint le bon.", bon__txt=b"Quatre camions vers Angers.")
    packed = zip_bytes(mail__eml=mail, inner__zip=zip_bytes(deep__txt=b"Texte au fond."), bad__pdf=b"%PDF-1.7 broken")
    (docs / "envoi.zip").write_bytes(packed)
    (docs / "bad.pdf").write_bytes(b"%PDF-1.4 nothing of a PDF")
    (docs / "image.raw").write_bytes(bytes(range(256)) * 8)
    return docs


ALL = {
    "docs/envoi.zip",
    "docs/envoi.zip!inner.zip",
    "docs/envoi.zip!inner.zip!deep.txt",
    "docs/envoi.zip!mail.eml",
    "docs/envoi.zip!mail.eml!bon.txt",
    "docs/note.txt",
    "docs/ordre.docx",
    "docs/stocks.csv",
}
FAILED = {"docs/bad.pdf": "damaged", "docs/envoi.zip!bad.pdf": "damaged", "docs/image.raw": "unsupported"}


def in_service(truth: Truth) -> set[str]:
    return {row["path"] for row in truth.live_versions()}


def check_spans(truth: Truth) -> None:
    passages = truth.passages(truth.live_chunk_ids().tolist())
    assert passages
    for passage in passages:
        assert truth.text(passage.version_id)[passage.start : passage.end] == passage.text


def test_a_mixed_folder(session: Session, mixed: Path) -> None:
    report = run_sync(session, mixed)
    assert in_service(session.truth) == ALL
    failed = {s.path: (s.reason, s.message) for s in session.truth.documents.summaries(failed=True)}
    assert {path: reason for path, (reason, _) in failed.items()} == FAILED
    assert all(message and path.rpartition("/")[2] in message for path, (_, message) in failed.items())
    assert {name: reason for name, reason, _ in report.failed} == FAILED
    assert (report.new, report.documents, report.skipped) == (6, 8, ())
    check_spans(session.truth)
    assert report.passages == len(session.truth.live_chunk_ids())
    assert report.embedded == session.truth.counts()["passages"]
    assert session.not_embedded() == 0
    assert session.lexical.generation == session.truth.generation()
    assert session.chroma_is_fresh()
    assert not session.workspace.spool.exists()

    again = run_sync(session, mixed)
    assert (again.new, again.changed, again.moved, again.deleted, again.pages_read, again.embedded) == (0,) * 6
    assert again.unchanged == 6
    assert again.failed == ()

    (mixed / "bad.pdf").write_text("Lisible à présent.", encoding="utf-8")
    third = run_sync(session, mixed, retry_failed=True, embed=False)
    assert {name for name, _, _ in third.failed} == {"docs/envoi.zip!bad.pdf", "docs/image.raw"}
    [table] = [p for p in session.truth.passages(session.truth.live_chunk_ids().tolist()) if p.path.endswith(".csv")]
    assert "42 000" in table.text


def test_a_dry_run_writes_nothing(session: Session, mixed: Path) -> None:
    before = session.truth._connection.total_changes
    events = list(sync(session, roots_of(session, [mixed], None), dry_run=True))
    assert isinstance(events[-1], SyncPlanned)
    assert len(events[-1].plan.new) == 6
    assert session.truth._connection.total_changes == before
    assert session.truth.documents.summaries() == []
    assert not session.workspace.lexical_index.exists()


def _cut_after(session: Session, docs: Path, wanted: int) -> list[str]:
    """Sync until `wanted` files are acknowledged, then stop; return their names."""
    names: list[str] = []
    with closing(sync(session, roots_of(session, [docs], None), embed=False)) as events:
        for event in events:
            if isinstance(event, FileRead):
                names.append(event.name)
                if len(names) == wanted:
                    break
    return names


@pytest.mark.parametrize("wanted", [1, 4, 7, 10])
def test_a_sync_that_is_cut_short_goes_on_where_it_stopped(session: Session, mixed: Path, wanted: int) -> None:
    names = _cut_after(session, mixed, wanted)
    assert len(names) == wanted
    assert not session.workspace.spool.exists()
    kept = in_service(session.truth) | set(FAILED).intersection(names)
    assert kept == set(names)
    before = {row["path"]: row["version_id"] for row in session.truth.live_versions()}
    report = run_sync(session, mixed, embed=False)
    assert in_service(session.truth) == ALL
    check_spans(session.truth)
    after = {row["path"]: row["version_id"] for row in session.truth.live_versions()}
    read_again = {path for path, version in before.items() if after[path] != version}
    # Only containers whose members were not all read; never a plain file.
    assert read_again <= {path for path in ALL if path.endswith((".zip", ".eml"))}
    assert report.documents == len(ALL)
    assert run_sync(session, mixed, embed=False).unchanged == 6


def test_only_one_sync_at_a_time(session: Session, docs: Path) -> None:
    with exclusive(session.workspace.sync_lock), pytest.raises(StoreError) as caught:
        list(sync(session, roots_of(session, [docs], None)))
    assert "process" in caught.value.message
    assert caught.value.next_step


def test_members_too_deep_are_named_and_not_opened(session: Session, docs: Path) -> None:
    packed = b"au fond"
    name = "deep__txt"
    for level in range(6):
        packed = zip_bytes(**{name: packed})
        name = f"l{level}__zip"
    (docs / "a.zip").write_bytes(packed)
    report = run_sync(session, docs, embed=False)
    [(failed, reason, message)] = session_failures(session)
    assert reason == "too_deep"
    assert failed in message
    assert failed.count("!") == 4
    assert report.documents == 4
    assert report.failed == ((failed, reason, message),)


def session_failures(session: Session) -> list[tuple[str, str | None, str]]:
    return [(s.path, s.reason, s.message or "") for s in session.truth.documents.summaries(failed=True)]


def test_a_container_that_lost_a_member(session: Session, docs: Path) -> None:
    path = docs / "a.zip"
    path.write_bytes(zip_bytes(kept__txt=b"reste", gone__txt=b"part"))
    run_sync(session, docs, embed=False)
    kept = session.truth.documents.by_path("docs/a.zip!kept.txt")
    path.write_bytes(zip_bytes(kept__txt=b"reste", new__txt=b"vient"))
    run_sync(session, docs, embed=False)
    assert in_service(session.truth) == {"docs/a.zip", "docs/a.zip!kept.txt", "docs/a.zip!new.txt"}
    again = session.truth.documents.by_path("docs/a.zip!kept.txt")
    assert kept is not None
    assert again is not None
    assert again.current_version == kept.current_version, "an unchanged member is not read again"


def test_a_message_that_lost_its_attachments(session: Session, docs: Path) -> None:
    (docs / "m.eml").write_bytes(eml_bytes("Sujet", "Ci-joint.", a__txt=b"jointe"))
    run_sync(session, docs, embed=False)
    assert in_service(session.truth) == {"docs/m.eml", "docs/m.eml!a.txt"}
    (docs / "m.eml").write_bytes(eml_bytes("Sujet", "Sans rien."))
    run_sync(session, docs, embed=False)
    assert in_service(session.truth) == {"docs/m.eml"}
    row = session.truth.documents.by_path("docs/m.eml")
    assert row is not None
    assert not row.members_pending


def test_members_of_one_name_are_all_kept(session: Session, docs: Path) -> None:
    (docs / "m.eml").write_bytes(eml_bytes("Deux", "Voir.", a__txt=b"un"))
    import zipfile

    with zipfile.ZipFile(docs / "a.zip", "w") as archive:
        archive.writestr("../../etc/x.txt", "premier")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("../../etc/x.txt", "second")
    run_sync(session, docs, embed=False)
    texts = {chunk.text for chunk in session.truth.iter_chunks()}
    assert {"premier", "second", "un"} <= texts
    assert not (docs.parent.parent / "etc").exists()


def test_scanning_and_reading_are_told_in_order(session: Session, mixed: Path) -> None:
    events: list[SyncEvent] = list(sync(session, roots_of(session, [mixed], None), embed=False))
    kinds = [type(event) for event in events]
    assert kinds.index(SyncPlanned) > max(i for i, kind in enumerate(kinds) if kind is Scanning)
    assert kinds[-1] is SyncReport
    read = [event for event in events if isinstance(event, FileRead)]
    assert [event.done for event in read] == list(range(1, 12))
    assert read[-1].total == 11


def test_the_workspaces_own_folder_can_be_synced(session: Session) -> None:
    root = session.workspace.root
    (root / "note.txt").write_text("Une note.")
    run_sync(session, root, embed=False)
    assert in_service(session.truth) == {"note.txt"}
    assert run_sync(session, embed=False).unchanged == 1
