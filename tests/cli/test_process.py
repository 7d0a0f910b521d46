"""The program as a process: pipes that close, Ctrl+C, the entry point itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.makers import new_session, store

# Enough files for seconds of work, so that a slow test still comes in the midst of it.
_MANY = 1_500
COPILOT = [sys.executable, "-m", "copilot.cli.main"]


def test_a_pipe_that_closes_early_is_no_error(tmp_path: Path) -> None:
    with new_session(tmp_path) as session:
        for number in range(40):
            store(session.truth, f"{number}.txt", *[f"ligne {number} {page} " + "x" * 500 for page in range(20)])
    command = " ".join([*COPILOT, "grep", "ligne", "-w", str(tmp_path), "|", "head", "-1;", "echo", "${PIPESTATUS[0]}"])
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    first, status = done.stdout.splitlines()
    assert first.startswith("0.txt:1:1: ligne 0 0")
    assert status == "0"
    assert done.stderr == ""


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_an_interrupted_sync_ends_whole_and_leaves_no_child(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(_MANY):
        (docs / f"{number:04}.txt").write_text(f"Compte rendu {number}. " + "Le convoi roule vers Angers. " * 300)
    with new_session(tmp_path):
        pass
    process = subprocess.Popen(
        [*COPILOT, "--lang", "fr", "sync", str(docs), "--no-embed", "-w", str(tmp_path)],
        env={**os.environ, "COPILOT_EMBEDDING__MODEL": "hash", "COPILOT_DOCUMENTS__WORKERS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has them, and their children, ignore Ctrl+C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    children: list[int] = []
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        children = _children(process.pid) or children
        with new_session(tmp_path) as session:
            if session.truth.counts()["documents"] >= 3:
                break
        time.sleep(0.02)
    assert process.poll() is None, "the sync was over before it could be interrupted"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert out == ""
    assert "Interrompu." in err
    assert "Traceback" not in err
    assert children
    until = time.monotonic() + 5
    while any(_alive(child) for child in children) and time.monotonic() < until:
        time.sleep(0.02)
    assert not [child for child in children if _alive(child)]
    with new_session(tmp_path) as session:
        assert session.truth.check() == []
        assert 3 <= session.truth.counts()["documents"] < _MANY
    assert not (tmp_path / ".copilot" / "spool").exists()


def test_the_entry_point_reads_a_pipe_and_prints_in_the_users_language(tmp_path: Path) -> None:
    with new_session(tmp_path) as session:
        store(session.truth, "a.txt", "Le dépôt de Cholet détient 38 000 litres de gazole.")
    environment = {**os.environ, "COPILOT_EMBEDDING__MODEL": "hash", "LC_ALL": "C"}
    question = "Combien de litres de gazole à Cholet ?"
    for extra in (["--json"], []):
        done = subprocess.run(
            [*COPILOT, "ask", "-", "--lang", "fr", "-w", str(tmp_path), *extra],
            input=question.encode(), env=environment, capture_output=True, timeout=30,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout
    done = subprocess.run(
        [*COPILOT, "modle"], env={**environment, "COPILOT_LANG": "fr"}, capture_output=True, timeout=30
    )
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith("copilot: Il n'y a pas de commande « modle ». Peut-être : model ?".encode())


def test_json_on_stdout_is_whole_when_stderr_is_closed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("texte")
    with new_session(tmp_path):
        pass
    done = subprocess.run(
        ["bash", "-c", " ".join([*COPILOT, "sync", f"{tmp_path}/a.txt", "--json", "-w", str(tmp_path), "2>/dev/null"])],
        env={**os.environ, "COPILOT_EMBEDDING__MODEL": "hash"}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)["new"] == 1
