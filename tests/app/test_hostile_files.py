"""A folder full of files made to hurt: each is read or named, the good ones are read, nothing else happens."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from copilot.app.events import FileRead, SyncReport
from copilot.app.session import Session
from copilot.app.sync import roots_of, sync
from copilot.settings import Settings
from copilot.workspace import create_workspace
from tests.hostile_files import HOSTILE, write_hostile_folder

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
