"""Many processes on one workspace: no error but a clear wait, and no answer older than the last finished sync (Linux).

Run as ``python -m benchmarks.many_processes``. At the same time: a sync after each change of the documents, a second
sync in a row that contends with it, `copilot ask`, `copilot search`, and the full-screen interface on a pty. One
document states a number that grows with each change: every answer must hold one that is no older than the last sync
that had ended when the question was put.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.kills.documents import Places, write_file
from benchmarks.processes import copilot
from benchmarks.report import RESULTS, Report, Table
from benchmarks.tui_latency import Screen

_FILES = 40
_CHANGED = 8
_BASE = 10_000
_QUESTION = "Combien de litres de gazole détient le dépôt de Cholet ?"
_FACT = "Le dépôt de Cholet détient {litres} litres de gazole."
_HELD = re.compile(r"Cholet détient (\d+) litres")
_SETTINGS = {"COPILOT_EMBEDDING__MODEL": "hash", "COPILOT_DOCUMENTS__WORKERS": "1"}
_ANY_CODE = tuple(range(-64, 256))
_WAITED = "Waiting for another sync"
_SENT_AWAY = ("Another process holds", "being built by another process")
_SYNC, _SECOND, _ASK, _SEARCH, _SCREEN = "sync", "second sync", "ask", "search", "full screen, ask"
_ANSWER_SECONDS = 60.0
ACTORS = (_SYNC, _SECOND, _ASK, _SEARCH, _SCREEN)


@dataclass(slots=True)
class Actor:
    """What one of the processes met."""

    done: int = 0
    waits: int = 0
    sent_away: int = 0
    errors: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Scene(Places):
    """The workspace and what is known of it by all; `acknowledged` grows when a sync has ended."""

    folder: Path
    until: float
    actors: dict[str, Actor] = field(default_factory=lambda: {one: Actor() for one in ACTORS})
    written: int = _BASE
    acknowledged: int = _BASE

    def run(self, name: str, arguments: list[str | Path]) -> subprocess.CompletedProcess[str] | None:
        """Run a command; None where it failed, which is noted as such or as an error. A wait that it tells is noted."""
        actor = self.actors[name]
        started = time.monotonic()
        done = copilot([*arguments, "--workspace", self.workspace], settings=_SETTINGS, codes=_ANY_CODE)
        if done.returncode == 0:
            actor.done += 1
            actor.seconds.append(time.monotonic() - started)
            actor.waits += _WAITED in done.stderr
            return done
        if any(words in done.stderr for words in _SENT_AWAY):
            actor.sent_away += 1
        else:
            actor.errors.append(f"{arguments[0]} ended with {done.returncode}: {done.stdout[-500:]} {done.stderr}")
        return None

    def judge(self, name: str, text: str, least: int) -> None:
        """Note an answer that lacks the number, or holds one that is older than what was acknowledged before it."""
        held = [int(number) for number in _HELD.findall(text)]
        if not held or min(held) < least or max(held) > self.written:
            self.actors[name].stale.append(f"{held} where at least {least} was acknowledged: {text[:1_500]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        scene = Scene(Path(folder), 0.0)
        prepare(scene)
        scene.until = time.monotonic() + given.seconds
        play(scene, random.Random(given.seed))
        after = look(scene)
    notes = NOTES.format(files=_FILES, changed=_CHANGED)
    Report("many_processes", "Many processes on one workspace", [table_of(scene), after], notes).write(given.out)


NOTES = """
- A change writes a number that grows into one document of {files} and more, alters {changed} others, adds one and
  removes one; a sync follows. Acknowledged: that sync has ended with exit code 0. The second sync starts again as soon
  as it has ended.
- Stale: an answer, or a passage of a search, without the number, or with one that is older than the last that was
  acknowledged when the question was put. The answers of the full screen are read from its conversation in the database.
- Waited: the command said on stderr for which process, waited, and did its work; its seconds hold the wait. Sent away:
  it ended with the message that another process is at work, and to try again. Any other end is an error.
- The embedder is `hash`; answers are extractive.
"""


def prepare(scene: Scene) -> None:
    scene.documents.mkdir()
    for number in range(_FILES):
        write_file(scene.documents, number, 0)
    (scene.documents / "fact.txt").write_text(_FACT.format(litres=_BASE) + "\n", encoding="utf-8")
    copilot(["init", scene.workspace])
    copilot(["sync", scene.documents, "--workspace", scene.workspace], settings=_SETTINGS)


def play(scene: Scene, dice: random.Random) -> None:
    """Let all actors go on until the time is over; a fault of the benchmark itself is an error of its actor."""

    def act(name: str, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:  # noqa: BLE001 - counted and shown
            scene.actors[name].errors.append(f"{type(error).__name__}: {error}")

    parts: dict[str, Callable[[], None]] = {
        _SYNC: lambda: change_and_sync(scene, dice),
        _SECOND: lambda: repeat(scene, lambda: scene.run(_SECOND, ["sync"])),
        _ASK: lambda: repeat(scene, lambda: ask(scene)),
        _SEARCH: lambda: repeat(scene, lambda: search(scene)),
        _SCREEN: lambda: ask_at_the_screen(scene),
    }
    threads = [threading.Thread(target=act, args=item) for item in parts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def repeat(scene: Scene, act: Callable[[], object]) -> None:
    while time.monotonic() < scene.until:
        act()


def change_and_sync(scene: Scene, dice: random.Random) -> None:
    """Change the documents and sync until that is acknowledged, again and again."""
    newest = _FILES
    oldest = 0
    while time.monotonic() < scene.until:
        revision = scene.written + 1
        for number in dice.sample(range(oldest, newest), _CHANGED):
            write_file(scene.documents, number, revision - _BASE)
        write_file(scene.documents, newest, revision - _BASE)
        newest += 1
        next(scene.documents.glob(f"file{oldest:04d}.*")).unlink()
        oldest += 1
        scene.written = revision
        # As an editor saves it: a sync finds the old document or the new one.
        draft = scene.folder / "draft"
        draft.write_text(_FACT.format(litres=revision) + "\n", encoding="utf-8")
        draft.replace(scene.documents / "fact.txt")
        while scene.run(_SYNC, ["sync", scene.documents]) is None and time.monotonic() < scene.until:
            time.sleep(0.1)
        else:
            if time.monotonic() < scene.until:
                scene.acknowledged = revision


def ask(scene: Scene) -> None:
    least = scene.acknowledged
    done = scene.run(_ASK, ["ask", _QUESTION, "--json"])
    if done is not None:
        claims = json.loads(done.stdout)["claims"]
        scene.judge(_ASK, " ".join(claim["text"] for claim in claims), least)


def search(scene: Scene) -> None:
    least = scene.acknowledged
    done = scene.run(_SEARCH, ["search", "litres de gazole du dépôt de Cholet", "--json"])
    if done is not None:
        passages = json.loads(done.stdout)["passages"]
        scene.judge(_SEARCH, " ".join(row["text"] for row in passages), least)


def ask_at_the_screen(scene: Scene) -> None:
    """Ask in one long-lived full screen; its conversation in the database tells what it answered."""
    actor = scene.actors[_SCREEN]
    own = {"COPILOT_EMBEDDING__MODEL": "hash", "XDG_CONFIG_HOME": str(scene.folder / "config")}
    with Screen(scene.workspace, own) as screen:
        screen.wait_for("documents are ready")
        while time.monotonic() < scene.until:
            least = scene.acknowledged
            before = len(turns(scene))
            started = time.monotonic()
            screen.keys(f"{_QUESTION}\r")
            while len(found := turns(scene)) == before or found[-1][0] == "asking":
                screen.drain(0.1)
                if time.monotonic() - started > _ANSWER_SECONDS:
                    raise TimeoutError(f"no answer at the screen: {screen.told[-2_000:]!r}")
            state, record, message = found[-1]
            if state == "answered":
                actor.done += 1
                actor.seconds.append(time.monotonic() - started)
                claims = json.loads(record)["claims"]
                scene.judge(_SCREEN, " ".join(claim["text"] for claim in claims), least)
            elif any(words in str(message) for words in _SENT_AWAY):
                actor.sent_away += 1
            else:
                actor.errors.append(f"{state}: {message}")


def turns(scene: Scene) -> list[tuple[str, str, str | None]]:
    database = scene.workspace / ".copilot" / "truth.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as db:
        return db.execute("SELECT state, record, message FROM turns ORDER BY turn_id").fetchall()


def look(scene: Scene) -> Table:
    """Return what the workspace looks like when all have gone."""
    table = Table("Afterwards", ("look", "result"))
    with closing(sqlite3.connect(scene.workspace / ".copilot" / "truth.db")) as db:
        table.rows.append(("SQLite's integrity_check", db.execute("PRAGMA integrity_check").fetchone()[0]))
    for words in (["audit", "verify"], ["doctor"], ["sync"], ["ask", _QUESTION]):
        done = copilot([*words, "--workspace", scene.workspace], settings=_SETTINGS, codes=_ANY_CODE)
        table.rows.append((f"exit code of `copilot {' '.join(words)}`", done.returncode))
    table.rows.append(("changes that a sync acknowledged", scene.acknowledged - _BASE))
    return table


def table_of(scene: Scene) -> Table:
    table = Table(
        "Processes",
        ("process", "finished", "of these waited", "sent away", "errors", "stale answers", "median s", "longest s"),
    )
    for name, actor in scene.actors.items():
        for problem in (*actor.errors, *actor.stale):
            print(f"{name}: {problem}", flush=True)
        seconds = actor.seconds or [0.0]
        table.rows.append(
            (
                name,
                actor.done,
                actor.waits,
                actor.sent_away,
                len(actor.errors),
                len(actor.stale),
                round(statistics.median(seconds), 2),
                round(max(seconds), 2),
            )
        )
    return table


if __name__ == "__main__":
    main()
