"""Nothing that was acknowledged is lost when a sync is killed, whenever that is."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from copilot.app.session import Session
from copilot.store.truth import Truth
from tests.makers import zip_bytes

FILES = 30
KILLS = 5


def fill(docs: Path) -> int:
    for number in range(FILES - 4):
        (docs / f"{number:02}.txt").write_text(f"Compte rendu {number}. " + f"Le convoi {number} roule. " * 40)
    for number in range(4):
        (docs / f"lot{number}.zip").write_bytes(zip_bytes(a__txt=b"Piece A %d" % number, b__txt=b"Piece B %d" % number))
    return FILES + 8


def start(session: Session, docs: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "COPILOT_EMBEDDING__MODEL": "hash", "COPILOT_DOCUMENTS__WORKERS": "2"}
    command = [
        sys.executable,
        "-m",
        "copilot.cli.main",
        "sync",
        str(docs),
        "--no-embed",
        "-w",
        str(session.workspace.root),
    ]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def acknowledged(database: Path) -> dict[str, str]:
    """Every document in service, by path, with its text; the database must be whole."""
    if not database.exists():
        return {}
    with Truth(database) as truth:
        assert truth.check() == []
        for passage in truth.passages(truth.live_chunk_ids().tolist()):
            assert truth.text(passage.version_id)[passage.start : passage.end] == passage.text
        return {row["path"]: truth.text(row["version_id"]) for row in truth.live_versions()}


def test_a_killed_sync_loses_nothing(session: Session, docs: Path) -> None:
    expected = fill(docs)
    delays = random.Random(20260301)
    kept: dict[str, str] = {}
    counts: list[int] = []
    killed = 0
    for _ in range(KILLS):
        process = start(session, docs)
        time.sleep(delays.uniform(0.25, 1.1))
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        present = acknowledged(session.workspace.database)
        assert kept.items() <= present.items()
        kept = present
        counts.append(len(kept))
    assert killed, "every sync had ended before its kill: the delays are too long to test anything"
    process = start(session, docs)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told.decode()
    present = acknowledged(session.workspace.database)
    assert kept.items() <= present.items()
    assert len(present) == expected, counts
    assert session.lexical.generation >= 0
    assert len(session.lexical.search("convoi roule", 100)) == FILES - 4
