"""Killing the program 1,000 times: what was acknowledged must stay, and the next command must work at once (Linux).

Run as ``python -m benchmarks.kills``. Each round starts a command of the program in a workspace of small files, kills
its process group with SIGKILL at a random moment, and looks at what is left; every tenth round lets a command finish.
Ctrl+C, or SIGTERM, ends each phase with its present round, and what was found is written.
"""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import tempfile
import traceback
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from benchmarks.kills.looking import WORDS, Tally
from benchmarks.kills.phases import PHASES, run_phase
from benchmarks.report import RESULTS, Report, Table

# Of each thousand.
_SHARES = {
    "sync": 320,
    "sync, encrypted": 80,
    "delete": 200,
    "re-embed": 200,
    "ask": 160,
    "ask, encrypted": 40,
}

NOTES = """
- Each phase has a workspace of its own with {files} files (Markdown, text, CSV, HTML, JSON, e-mail with an attachment,
  ZIP). *sync*: half of the files changed, two new, two gone. *delete*: `forget` of three documents, or a sync after
  files were removed. *re-embed*: `reindex`, or a sync with the other embedder of `hash` and `minilm`; its files are
  longer and their passages shorter, so that the vectors are written in batches. *ask*: three questions to
  `copilot --linear`, which keeps the conversation. *Encrypted*: the same in a workspace of `init --encrypt`, whose
  database is SQLCipher's and whose indexes are in memory, so that none can be left half built.
- SIGKILL to the process group at a random moment (seed {seed}). Half of the moments lie anywhere between the start and
  what a whole command of that kind takes. The others lie where it writes: while the command runs, the files of the
  database and of the indexes are looked at every few milliseconds; of the changes that a whole command shows one is
  drawn, and the kill comes up to 50 ms after it.
- With a part of the work written: the database changed by the command that was killed (its numbers of documents,
  versions, vectors, answers and turns, or what it says of itself), or an index half built: files of the index of words
  or of the vectors changed, and it does not answer for the present passages.
- After each kill: SQLite's integrity_check; every document, answer and turn that was in the database after the kill
  before, and every answer whose number was printed since, must be there unaltered; the log must verify (`copilot audit
  verify`) and have no fewer entries; `copilot search` must find a document that is there, and none that was deleted; no
  process may be left. No file of an encrypted workspace may hold a word of a document as it was written.
- Every tenth round a command is let finish: it must succeed without any other step, and leave the documents exactly as
  the files are, each with its vector.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=2, help="phases that run at the same time")
    given = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder,
        ProcessPoolExecutor(given.at_once, mp_context=spawn) as pool,
    ):
        stop = Path(folder) / "stop"
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.touch())
        kills = {name: max(1, given.kills * _SHARES[name] // 1_000) for name in PHASES}
        runs = {
            name: pool.submit(run_phase, name, Path(folder), kills[name], given.files, given.seed) for name in PHASES
        }
        found = {name: result for name, run in runs.items() if (result := _result_of(name, run))}
    whole = Tally()
    for tally, _ in found.values():
        whole.add(tally)
    table = Table("Kills", ("measure", *found, "all"))
    for one, words in WORDS.items():
        table.rows.append((words, *(getattr(tally, one) for tally, _ in found.values()), getattr(whole, one)))
    longest = [f"{seconds:.2f}" for _, seconds in found.values()]
    table.rows.append(("longest whole command, s", *longest, ""))
    notes = NOTES.format(files=given.files, seed=given.seed)
    if whole.kills < sum(kills.values()):
        notes += f"- Ended early: {whole.kills} of {sum(kills.values())} kills.\n"
    if died := [name for name in PHASES if name not in found]:
        notes += f"- Phases that the benchmark itself could not bring to an end: {'; '.join(died)}.\n"
    Report("kills", "Killing the program", [table], notes).write(given.out)


def _result_of(name: str, run: Future[tuple[Tally, float]]) -> tuple[Tally, float] | None:
    try:
        return run.result()
    except (Exception, SystemExit):  # noqa: BLE001 - the other phases are worth having
        print(f"{name} could not go on:\n{traceback.format_exc()}", flush=True)
        return None


if __name__ == "__main__":
    main()
