"""What the walls cost: start-up, sync, questions, tools, with all of them, without bubblewrap, and with none (Linux).

Run as ``python -m benchmarks.walls``. The three run in turn, round after round, so that a busy neighbour meets all.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.processes import copilot, environment
from benchmarks.report import RESULTS, ROOT, Report, Table
from benchmarks.unwalled import LEVELS
from copilot.inference.synthetic import write_random
from copilot.sandbox.landlock import landlock_version
from copilot.sandbox.namespaces import has_namespaces
from tests.models import SPM, vocabulary_of

_FILES = 40
_FACT = "Le dépôt numéro {number} détient {number}8 000 litres de gazole. "
_QUESTION = "Combien de litres de gazole le dépôt numéro 7 détient-il ?"
_STOCK = ("tool", "run", "supply.days_of_supply", "stock=42000 L", "per_day=3800 L/day")
# 3 is the code of an answer that is refused, as one of random weights is.
_CODES = (0, 3)

Act = Callable[[str], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--rounds", type=int, default=11)
    given = parser.parse_args()
    table = Table("Seconds, and how many times those without any wall", COLUMNS)
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        for name, act in acts(Path(folder)).items():
            act(LEVELS[0])
            taken: dict[str, list[float]] = {level: [] for level in LEVELS}
            for number in range(given.rounds):
                # Each comes first in its turn.
                for level in (*LEVELS[number % 3 :], *LEVELS[: number % 3]):
                    taken[level].append(act(level))
            ratios = [
                statistics.median(one / none for one, none in zip(taken[level], taken["none"], strict=True))
                for level in LEVELS[:2]
            ]
            seconds = [round(statistics.median(taken[level]), 3) for level in LEVELS]
            table.rows.append((name, given.rounds, *seconds, *(round(ratio, 3) for ratio in ratios)))
            print(table.rows[-1], flush=True)
    walls = f"seccomp, Landlock {landlock_version()}, bubblewrap {'works' if has_namespaces() else 'is not there'}"
    Report("walls", "The cost of the walls", [table], NOTES.format(walls=walls, files=_FILES)).write(given.out)


COLUMNS = ("command", "rounds", "all walls", "two walls", "no wall", "all / none", "two / none")
NOTES = """
- Walls here: {walls}. Two walls: without bubblewrap. No wall: no seccomp and no Landlock either
  (`benchmarks/unwalled.py` replaces them; the program itself has no such switch). Processes of their own, and their
  limits, stay in all three.
- Median seconds of whole commands from nothing; the ratios are medians of each round's ratio.
- sync: {files} files of text that have all changed, embedder `hash`, one parser. ask: `e5`, without a model; and with a
  tiny random model in its process. Tools: `supply.days_of_supply`.
"""


def acts(folder: Path) -> Mapping[str, Act]:
    """Make a workspace and return, by name, what is timed at each level."""
    documents, workspace, synced = folder / "documents", folder / "workspace", folder / "synced"
    documents.mkdir()
    model = write_random(folder / "tiny.gguf", vocabulary_of(SPM))
    private = {"XDG_DATA_HOME": str(folder / "data")}
    revision = 0

    def write() -> None:
        nonlocal revision
        revision += 1
        for number in range(_FILES):
            text = _FACT.format(number=number) * 5 + f"Révision {revision}."
            (documents / f"{number}.txt").write_text(text, encoding="utf-8")

    def timed(level: str, *arguments: str | Path, settings: Mapping[str, str] | None = None) -> float:
        command = [sys.executable, "-m", "benchmarks.unwalled", level, *map(str, arguments)]
        started = time.perf_counter()
        done = subprocess.run(
            command,
            env=environment({**private, **(settings or {})}),
            cwd=ROOT,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        taken = time.perf_counter() - started
        if done.returncode not in _CODES:
            raise SystemExit(f"{command} ended with {done.returncode}: {done.stderr.decode()[-2000:]}")
        return taken

    def sync(level: str) -> float:
        write()
        hashed = {"COPILOT_EMBEDDING__MODEL": "hash", "COPILOT_DOCUMENTS__WORKERS": "1"}
        return timed(level, "sync", documents, "--workspace", synced, settings=hashed)

    write()
    for one in (workspace, synced):
        copilot(["init", one])
    copilot(["sync", documents, "--workspace", workspace])
    copilot(["model", "add", model, "--name", "tiny"], settings=private)
    ask = ("ask", _QUESTION, "--workspace", workspace)
    return {
        "copilot --help": lambda level: timed(level, "--help"),
        "copilot docs": lambda level: timed(level, "docs", "--workspace", workspace),
        f"copilot sync, {_FILES} files": sync,
        "copilot ask, no model": lambda level: timed(level, *ask, "--model", "none"),
        "copilot ask, a tiny model": lambda level: timed(level, *ask, "--model", "tiny"),
        "copilot tool run": lambda level: timed(level, *_STOCK),
    }


if __name__ == "__main__":
    main()
