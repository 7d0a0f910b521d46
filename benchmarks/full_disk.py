"""A disk that is full at each write: nothing acknowledged is lost, the user is told, and space heals all (Linux).

Run as ``python -m benchmarks.full_disk``. A small tmpfs, mounted in a name space of its own, holds the workspace and
what the program keeps for its user. It is filled but for so many bytes, a command runs, the space is given back, and
the same command runs again; then with more bytes left, until the command gets through.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from tests.app.commands import Outcome, a_disk, run_for
from tests.indexing.embedding.tiny_bert import write_tiny_bert

_KIB = 1024
_A_PROCESS = 8
# However busy the machine is.
_MOST_SECONDS = 1_800
_FIRST = 5
_QUESTION = "Combien de litres de gazole détient le dépôt numéro 3 ?"
_TRUTH = "38 000"
_WANTS_SPACE = re.compile("free space|disk is full")
_WRONG_WORD = re.compile("fault of the program|Traceback|damaged")


@dataclass(frozen=True, slots=True)
class Trial:
    """A command to be tried; `largest` is what it may write, `step` by how much more room each try has, both in KiB.

    `keeps_spares` says that it takes no document out of service.
    """

    largest: int
    step: int
    encrypted: bool = False
    keeps_spares: bool = True


TRIALS = {
    "init": Trial(800, 16),
    "sync": Trial(800, 8),
    "sync, encrypted": Trial(800, 32, encrypted=True),
    "ask": Trial(160, 4),
    "ask, encrypted": Trial(160, 8, encrypted=True),
    "tool with a standing approval": Trial(160, 8),
    "export": Trial(160, 4),
    "forget": Trial(160, 4, keeps_spares=False),
    "quarantine": Trial(160, 4, keeps_spares=False),
    "reindex": Trial(240, 8),
    "backup": Trial(800, 16),
    "restore": Trial(800, 16),
    "rekey": Trial(64, 4, encrypted=True),
    "audit export": Trial(64, 4),
    "plugin trust": Trial(64, 4),
    "model add": Trial(64, 4),
}
COLUMNS = (
    "command",
    "free KiB",
    "tries",
    "refused for want of space",
    "ended without a clear word",
    "logs broken",
    "acknowledged things lost",
    "parts left behind",
    "not healed by space alone",
)
NOTES = """
- Free: what the disk had left when the command began, in steps of 4 to 32 KiB. Refused: the command ended with an exit
  code that is not 0, and its message names the want of space; of an export, which is asked for in `copilot --linear`,
  its message alone. Without a clear word: any other failure, a traceback or a message that calls something damaged.
- After each try: with the disk still full, `copilot audit verify`, and a look for files half written in the place that
  the command was to write to, or under a name of their own beside; with space again, `copilot audit verify` (the user's
  log too, of plugins and models), `copilot doctor`, the same command once more, a question whose answer was there
  before, and every document that was acknowledged. No other step is taken between.
- Acknowledged besides: each plugin that was trusted and each model that was added before, the standing approval, the
  passphrase, and what a file holds that the command wrote: a workspace made or restored opens, a backup reads back.
- Encrypted: the truth is SQLCipher, indexes are in memory. `rekey` wraps the key anew by the same passphrase.
"""


@dataclass(slots=True)
class Tally:
    """What the tries of one command showed; everything from `unclear` on must be 0."""

    tries: int = 0
    refused: int = 0
    unclear: int = 0
    logs_broken: int = 0
    lost: int = 0
    left: int = 0
    not_healed: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--every", type=int, default=1, help="try only each so many of the sizes")
    parser.add_argument("--only", nargs="*", choices=TRIALS, default=list(TRIALS), help="try only these commands")
    given = parser.parse_args()
    table = Table("Full disks", COLUMNS)
    whole = Tally()
    for name in given.only:
        trial, tally = TRIALS[name], Tally()
        sizes = [kib * _KIB for kib in range(0, trial.largest + 1, trial.step * given.every)]
        for first in range(0, len(sizes), _A_PROCESS):
            with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
                try_sizes(name, Path(folder), sizes[first : first + _A_PROCESS], tally)
            print(f"{name}: {tally.tries} of {len(sizes)}", flush=True)
        print(name, tally, flush=True)
        table.rows.append((name, f"0 to {trial.largest}", *_values(tally)))
        for one in Tally.__slots__:
            setattr(whole, one, getattr(whole, one) + getattr(tally, one))
    table.rows.append(("all", "", *_values(whole)))
    Report("full_disk", "A full disk", [table], NOTES).write(given.out)


def _values(tally: Tally) -> tuple[int, ...]:
    return tuple(getattr(tally, one) for one in Tally.__slots__)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the tries of one process lie."""

    folder: Path
    name: str
    sizes: list[int] = field(default_factory=list)

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    @property
    def root(self) -> Path:
        return self.disk / "ws"

    @property
    def exports(self) -> Path:
        return self.disk / "exports"

    @property
    def settings(self) -> dict[str, str]:
        """Have what is the user's on the small disk as well, and passphrases where no terminal is."""
        passphrase = self.folder / "passphrase"
        return {
            "XDG_DATA_HOME": str(self.disk / "data"),
            "XDG_CACHE_HOME": str(self.disk / "cache"),
            "COPILOT_WORKSPACE": str(self.root),
            "COPILOT_PASSPHRASE_FILE": str(passphrase),
            "COPILOT_NEW_PASSPHRASE_FILE": str(passphrase),
        }


def try_sizes(name: str, folder: Path, sizes: list[int], tally: Tally) -> None:
    """Run one command with each of the sizes free, one after the other in one workspace."""
    ground = Ground(folder, name, sizes)
    for one in (ground.disk, ground.docs):
        one.mkdir()
    small = a_disk(ground.disk, "24m")
    if small is None:
        raise SystemExit("this system lets no user mount a file system")
    _write_documents(ground)
    before = list(_lines_before(ground))
    tries = [list(lines_of(ground, number)) for number in range(len(sizes))]
    all_lines = [line for lines in (before, *tries) for line in lines]
    told = iter(run_for(_MOST_SECONDS, all_lines, folder, small, ground.settings))
    for line in _told(before):
        outcome = next(told)
        assert outcome.code == 0, (line, outcome)
    for number, lines in enumerate(tries):
        judge(ground, number, [next(told) for _ in _told(lines)], tally)


def _told(lines: list[list[object]]) -> list[list[object]]:
    return [line for line in lines if line[0] != "!"]


def _write_documents(ground: Ground) -> None:
    (ground.folder / "passphrase").write_text("un long secret\n")
    write_tiny_bert(ground.folder / "tiny.gguf")
    for number in range(_FIRST):
        text = f"Le dépôt numéro {number} détient {number}8 000 litres de gazole.\n"
        (ground.docs / f"{number}.txt").write_text(text)
    guichet = "Le temps de service au guichet est de 10 heures par véhicule.\n"
    (ground.docs / "guichet.txt").write_text(guichet)
    # To be forgotten and taken out of service, one a try.
    for number in range(len(ground.sizes)):
        (ground.docs / f"spare{number}.txt").write_text(f"Le convoi {number} roule vers la gare {number}.\n" * 20)
        new = ground.folder / f"new{number}"
        new.mkdir()
        for one in range(4):
            (new / f"{one}.txt").write_text(f"Compte rendu {number} {one}. " + f"Le convoi {one} roule. " * 300)


_TOOL = (
    *("tool", "run", "simulate.queue", "arrival_rate=0,2 par heure", "servers=3", "--customers", "1000"),
    *("--from-documents", "service_time=temps de service au guichet", "--json"),
)


def _lines_before(ground: Ground) -> Iterator[list[object]]:
    """Yield what makes the workspace, and what the command under trial needs."""
    here = ["-w", ground.root]
    yield ["init", ground.root, *(["--encrypt"] if TRIALS[ground.name].encrypted else [])]
    yield ["sync", ground.docs, *here]
    yield ["ask", _QUESTION, *here]
    if ground.name == "tool with a standing approval":
        yield ["<", "a\n", *_TOOL, *here]
    elif ground.name == "export":
        yield ["<", f"{_QUESTION}\n/quit\n", "--linear"]
    elif ground.name == "restore":
        yield ["backup", ground.folder / "backup.zip", *here]
    elif ground.name == "plugin trust":
        for number in range(len(ground.sizes)):
            yield ["plugin", "new", f"convoy{number}"]


def lines_of(ground: Ground, number: int) -> Iterator[list[object]]:
    """Yield the lines of one try."""
    disk, exports = ground.disk, ground.exports
    here = ["-w", ground.root]
    line = _command_of(ground, number)
    room = f"$(df --output=avail -B1 {disk} | tail -1)"
    yield ["!", f"mkdir -p {exports}; head -c $(({room} - {ground.sizes[number]})) /dev/zero > {disk}/ballast || true"]
    yield line
    yield ["audit", "verify", *here]
    yield ["?", f"find {exports} -mindepth 1 -type f; find {disk} -name '*.new*' -o -name '*.old'"]
    yield ["!", f"rm {disk}/ballast"]
    yield ["audit", "verify", *here]
    yield ["audit", "verify", "--user"]
    yield ["doctor", "--json", *here]
    yield line
    yield ["ask", _QUESTION, *here]
    yield ["answers", "--json", *here]
    yield ["docs", "--json", *here]
    yield from _proof_of(ground, number)
    yield ["!", f"rm -rf {exports}"]


_ENDINGS = (".docx", ".md", ".pdf", ".json")


def _command_of(ground: Ground, number: int) -> list[object]:
    exports, spare = ground.exports, ground.docs / f"spare{number}.txt"
    asked = f"Combien de litres de gazole détient le dépôt numéro {number % _FIRST} ?"
    exported = exports / f"{number}{_ENDINGS[number % len(_ENDINGS)]}"
    commands: dict[str, list[object]] = {
        "init": ["init", exports / str(number)],
        "sync": ["sync", ground.folder / f"new{number}"],
        "ask": ["ask", asked],
        # Nothing is typed: without its approval it is denied.
        "tool with a standing approval": ["<", "", *_TOOL],
        "export": ["<", f"/history\n/open 1\n/export {exported}\n/quit\n", "--linear"],
        "forget": ["forget", spare],
        "quarantine": ["quarantine", spare],
        "reindex": ["reindex"],
        "backup": ["backup", exports / f"{number}.zip"],
        "restore": ["restore", ground.folder / "backup.zip", exports / str(number)],
        "rekey": ["rekey"],
        "audit export": ["audit", "export", exports / str(number)],
        "plugin trust": ["plugin", "trust", f"convoy{number}", "--yes"],
        "model add": ["model", "add", ground.folder / "tiny.gguf", "--name", f"tiny{number}", "--embedder"],
    }
    line = commands[ground.name.removesuffix(", encrypted")]
    elsewhere = ground.name in ("init", "export", "restore", "plugin trust", "model add")
    return line if elsewhere else [*line, "-w", ground.root]


def _proof_of(ground: Ground, number: int) -> list[list[object]]:
    """Return the lines that must succeed when the command has run a second time."""
    made = ground.exports / str(number)
    proofs: dict[str, list[list[object]]] = {
        "init": [["sync", ground.folder / "new0", "-w", made], ["config", "-w", made]],
        "restore": [["ask", _QUESTION, "-w", made]],
        "export": [["?", f"test -s {made}.*"]],
        "audit export": [["?", f"test -s {made}/public.key"]],
        "backup": [["restore", f"{made}.zip", ground.exports / "again"]],
        "plugin trust": [["?", f"grep convoy{one} {ground.disk}/data/*/trust.json"] for one in range(number + 1)],
        "model add": [["?", f"grep tiny{one} {ground.disk}/data/*/models.json"] for one in range(number + 1)],
    }
    return proofs.get(ground.name, [])


def judge(ground: Ground, number: int, told: list[Outcome], tally: Tally) -> None:
    """Compare what one try said with what it must say."""
    tried, full, parts, space, user, doctor, again, asked, answers, docs, *proofs = told
    name = ground.name
    problems = _problems(tally)
    tally.tries += 1
    words = tried.err + tried.out
    done = _is_done(name, tried)
    refused = not done and _WANTS_SPACE.search(words) is not None
    tally.refused += refused
    tally.unclear += not (done or refused) or bool(_WRONG_WORD.search(words))
    tally.logs_broken += sum(one.code != 0 for one in (full, space, user))
    # A workspace that was begun is gone on with by the next `init`.
    tally.left += not done and name != "init" and parts.out.strip() != ""
    # A command that had got through may find nothing left to do, such as a document that is forgotten already.
    tally.not_healed += doctor.code != 0 or not (_is_done(name, again) or done) or asked.code != 0
    tally.lost += _TRUTH not in asked.out or answers.code != 0 or _QUESTION not in answers.out
    tally.lost += sum(one.code != 0 for one in proofs)
    paths = [row["path"] for row in json.loads(docs.out)["documents"]]
    tally.lost += sum(not any(path.endswith(f"docs/{kept}.txt") for path in paths) for kept in range(_FIRST))
    if TRIALS[name].keeps_spares:
        tally.lost += sum("spare" in path for path in paths) != len(ground.sizes)
    if _problems(tally) != problems:
        print(f"{name} with {ground.sizes[number]} bytes free: {told}", flush=True)


def _is_done(name: str, outcome: Outcome) -> bool:
    return outcome.code == 0 and (name != "export" or "Exported to" in outcome.out)


def _problems(tally: Tally) -> tuple[int, ...]:
    return tally.unclear, tally.logs_broken, tally.lost, tally.left, tally.not_healed


if __name__ == "__main__":
    main()
