"""Killing `copilot sync` at random moments: what was acknowledged must stay, and a search must work at once.

Run as ``python -m benchmarks.sync_kill`` (Linux). Each round starts a sync of small files of several formats, kills its
process group with SIGKILL at a random moment, and looks at what is left; every tenth round lets a sync finish. Between
rounds files change and come, so that there is always something to write. The embedder is the deterministic `hash`.
"""

from __future__ import annotations

import argparse
import ctypes
import email
import email.message
import hashlib
import io
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import tempfile
import time
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import COPILOT, copilot, environment
from benchmarks.report import RESULTS, Report, Table

_HASH = {"COPILOT_EMBEDDING__MODEL": "hash"}
_PR_SET_CHILD_SUBREAPER = 36
_EVERY = 10
_MARK = re.compile(r"mark\d{4}r\d{4}")
_ADDED = 10
# What outlives its parent this long was left behind.
_GRACE_SECONDS = 3.0


@dataclass(slots=True)
class Tally:
    """What the rounds showed; everything from `lost` on must be 0."""

    kills: int = 0
    kills_too_late: int = 0
    kills_amid: int = 0
    acknowledged: int = 0
    syncs_finished: int = 0
    searches: int = 0
    lost: int = 0
    damaged: int = 0
    wrong_lists: int = 0
    searches_failed: int = 0
    processes_left: int = 0
    documents: int = 0
    whole: float = 0.0
    moments: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    # Orphans come to this process, so that it can count them whatever they are called.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        tally = run_rounds(Path(folder), given.kills, given.files, random.Random(given.seed))
    table = Table("Kills", ("measure", "number"), list(_figures(tally)))
    Report("sync_kill", "Killing a sync", [table], NOTES.format(files=given.files, seed=given.seed)).write(given.out)


NOTES = f"""
- Each round: a sync of {{files}} files and more (Markdown, text, CSV, HTML, JSON, e-mail with an attachment, ZIP); half
  of them have changed and {_ADDED} are new since the round before. SIGKILL to its process group at a random moment
  (seed {{seed}}) between its start and the time that a sync of all the first files takes.
- Lost: documents acknowledged before a kill that are not there after it, or whose content is neither what was
  acknowledged nor what the file now holds. Damaged: SQLite's integrity_check. Wrong lists: finished syncs after which
  the documents are not exactly the files.
- A search is `copilot search` for a word of an acknowledged document, which must be found, right after the kill.
"""


def _figures(tally: Tally) -> list[tuple[str, object]]:
    moments = sorted(tally.moments) or [0.0]
    return [
        ("kills", tally.kills),
        ("of these after the sync had ended", tally.kills_too_late),
        ("of these with documents still to be read", tally.kills_amid),
        ("earliest and latest kill, s after the start", f"{moments[0]:.2f} to {moments[-1]:.2f}"),
        ("a whole sync of the first files, s", f"{tally.whole:.2f}"),
        ("documents at the end", tally.documents),
        ("documents acknowledged, summed over the looks after kills", tally.acknowledged),
        ("syncs let finish", tally.syncs_finished),
        ("searches", tally.searches),
        ("lost documents", tally.lost),
        ("damaged databases", tally.damaged),
        ("wrong lists", tally.wrong_lists),
        ("searches that failed", tally.searches_failed),
        ("processes left behind", tally.processes_left),
    ]


def run_rounds(folder: Path, kills: int, files: int, dice: random.Random) -> Tally:
    """Run the rounds in `folder` and return what they showed."""
    documents, workspace = folder / "documents", folder / "workspace"
    documents.mkdir()
    for number in range(files):
        write_file(documents, number, 0)
    whole = seconds_of_a_whole_sync(documents, folder / "first")
    copilot(["init", workspace])
    tally = Tally(whole=whole)
    known: dict[str, str] = {}
    for kill in range(1, kills + 1):
        # From the first import to the last index, so that every step of a sync is cut somewhere.
        moment = dice.uniform(0.05, whole)
        tally.moments.append(moment)
        tally.kills_too_late += not kill_sync(documents, workspace, moment)
        tally.kills += 1
        tally.processes_left += count_left_behind()
        known = look(workspace, known, tally)
        tally.kills_amid += any(known.get(str(path)) != _digest(str(path)) for path in documents.iterdir())
        if kill % _EVERY == 0:
            copilot(["sync", documents, "--workspace", workspace], settings=_HASH)
            tally.syncs_finished += 1
            known = look(workspace, known, tally)
            tally.wrong_lists += expected_paths(documents) != {Path(name).name for name in known}
            tally.documents = len(known)
        for number in [*dice.sample(range(files), files // 2), *range(files, files + _ADDED)]:
            write_file(documents, number, kill)
        files += _ADDED
    return tally


def seconds_of_a_whole_sync(documents: Path, workspace: Path) -> float:
    """Return how long a sync of all documents takes from nothing."""
    copilot(["init", workspace])
    started = time.monotonic()
    copilot(["sync", documents, "--workspace", workspace], settings=_HASH)
    return time.monotonic() - started


def kill_sync(documents: Path, workspace: Path, moment: float) -> bool:
    """Start a sync and kill its group after `moment` seconds; False when it had ended by then."""
    process = subprocess.Popen(
        [str(COPILOT), "sync", str(documents), "--workspace", str(workspace)],
        env=environment(_HASH),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def look(workspace: Path, before: dict[str, str], tally: Tally) -> dict[str, str]:
    """Return the acknowledged documents by path with the hash of their content, after comparing with `before`."""
    database = workspace / ".copilot" / "truth.db"
    if not database.exists():
        tally.lost += len(before)
        return {}
    with closing(sqlite3.connect(database)) as db:
        tally.damaged += db.execute("PRAGMA integrity_check").fetchone()[0] != "ok"
        exists = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'documents'").fetchone()
        # An acknowledged document is live, and its text is there.
        found = (
            db.execute(
                """SELECT d.path, v.sha256, (SELECT COUNT(*) FROM chunks c WHERE c.version_id = v.version_id),
                          (SELECT substr(text, 1, 200) FROM pages p WHERE p.version_id = v.version_id AND number = 1)
                   FROM documents d JOIN versions v ON v.version_id = d.current_version WHERE d.state = 'live'"""
            ).fetchall()
            if exists
            else []
        )
    held = {path: digest for path, digest, chunks, text in found if chunks or not text.strip()}
    tally.acknowledged += len(held)
    tally.lost += len(before.keys() - held.keys())
    tally.lost += sum(held[path] not in (before[path], _digest(path)) for path in before.keys() & held.keys())
    # An archive's own text is the list of its members, without a mark.
    marks = [mark.group() for _, _, chunks, text in found if chunks and (mark := _MARK.search(text))]
    if marks:
        tally.searches += 1
        tally.searches_failed += not search_finds(workspace, marks[len(marks) // 2])
    return held


def _digest(path: str) -> str:
    """Return the hash of what a file, or a member of one, holds on the disk now."""
    container, _, member = path.partition("!")
    data = Path(container).read_bytes()
    if container.endswith(".zip") and member:
        data = zipfile.ZipFile(io.BytesIO(data)).read(member)
    elif member:
        parts = email.message_from_bytes(data).walk()
        data = next(bytes(part.get_payload(decode=True)) for part in parts if part.get_filename() == member)
    return hashlib.sha256(data).hexdigest()


def search_finds(workspace: Path, mark: str) -> bool:
    """Say whether a search for the mark of one document finds that document."""
    done = copilot(
        ["search", mark, "--json", "--workspace", workspace], settings=_HASH, codes=(0, 1, 2, 3, 4, 5, 6, -6, -9, -11)
    )
    return done.returncode == 0 and any(mark in row["text"] for row in json.loads(done.stdout)["passages"])


def count_left_behind() -> int:
    """Return how many descendants of a killed sync still run after a moment of grace, and end them."""
    deadline = time.monotonic() + _GRACE_SECONDS
    while (left := _children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return len(left)


def _children() -> list[int]:
    """Return the running children of this process, orphans it was given among them; the dead ones are buried."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return []
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return [int(pid) for pid in text.split()]


# --- files ------------------------------------------------------------------------------------------------------------

_KINDS = ("md", "txt", "csv", "html", "json", "eml", "zip")


def write_file(folder: Path, number: int, revision: int) -> None:
    """Write one small file; its format follows from its number, and its text holds a word that no other file has."""
    kind = _KINDS[number % len(_KINDS)]
    mark = f"mark{number:04d}r{revision:04d}"
    text = f"{mark} The convoy of depot {number} moves {1000 + number} litres to site {revision}."
    (folder / f"file{number:04d}.{kind}").write_bytes(_content(kind, mark, text))


def _content(kind: str, mark: str, text: str) -> bytes:
    if kind == "csv":
        return f"mark;depot;litres\n{mark};north;42000\n{mark}b;south;12000\n".encode()
    if kind == "html":
        return f"<!doctype html><title>Order</title><p>{text}</p>".encode()
    if kind == "json":
        return json.dumps({"order": text}).encode()
    if kind == "eml":
        message = email.message.EmailMessage()
        message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", mark
        message.set_content(text)
        message.add_attachment(f"{mark}x An attachment.", filename="note.txt")
        return bytes(message)
    if kind == "zip":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("inner.txt", text)
        return packed.getvalue()
    return f"{text}\n".encode()


def expected_paths(folder: Path) -> set[str]:
    """Return the names that a finished sync must hold for the files of `folder`."""
    names = set()
    for path in folder.iterdir():
        names.add(path.name)
        if path.suffix == ".eml":
            names.add(f"{path.name}!note.txt")
        elif path.suffix == ".zip":
            names.add(f"{path.name}!inner.txt")
    return names


if __name__ == "__main__":
    main()
