"""Two processes that bring one workspace up to date: the second waits for the first, as real processes do."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from copilot.store.locks import exclusive
from copilot.workspace import Workspace
from tests.cli.test_process import COPILOT
from tests.makers import new_session, run_sync


@pytest.fixture
def filled(tmp_path: Path) -> Workspace:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "note.txt").write_text("Le convoi roule vers Angers.")
    with new_session(tmp_path) as session:
        run_sync(session, docs)
        return session.workspace


def start(workspace: Workspace, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COPILOT, "--lang", "en", *words, "-w", str(workspace.root)],
        env={**os.environ, "COPILOT_EMBEDDING__MODEL": "hash", "COPILOT_DOCUMENTS__WORKERS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has them, and their children, ignore Ctrl+C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def told_to_wait(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    assert select.select([process.stderr], [], [], 60)[0]
    return process.stderr.readline()


@pytest.mark.parametrize("words", [("sync", "--json"), ("reindex", "--json")])
def test_the_second_waits_says_for_whom_and_does_its_work(filled: Workspace, words: tuple[str, ...]) -> None:
    with exclusive(filled.sync_lock):
        process = start(filled, *words)
        assert f"process {os.getpid()}" in told_to_wait(process)
        (filled.root / "docs" / "later.txt").write_text("Un second convoi.")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Waiting" not in err, "it is told once"
    # What came to the disk while it waited is seen.
    assert json.loads(out)["documents"] == (2 if words[0] == "sync" else 1)


def test_two_real_syncs_both_end_well(filled: Workspace) -> None:
    for number in range(300):
        (filled.root / "docs" / f"{number}.txt").write_text(f"Compte rendu {number}.")
    first = start(filled, "sync", "--json")
    until = time.monotonic() + 60
    while not filled.sync_lock.exists() or filled.sync_lock.read_text() != str(first.pid):
        assert time.monotonic() < until
        time.sleep(0.01)
    second = start(filled, "sync", "--json")
    ends = [process.communicate(timeout=100) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], ends
    assert [json.loads(out)["new"] for out, _ in ends] == [300, 0]


@pytest.mark.parametrize("command", ["sync", "reindex"])
def test_who_does_not_want_to_wait_is_told_at_once(filled: Workspace, command: str) -> None:
    with exclusive(filled.sync_lock):
        process = start(filled, command, "--no-wait")
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert f"process {os.getpid()}" in err


def test_ctrl_c_ends_the_wait(filled: Workspace) -> None:
    with exclusive(filled.sync_lock):
        process = start(filled, "sync")
        told_to_wait(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, ""), err
