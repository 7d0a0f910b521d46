"""A disk that is full at each write: nothing acknowledged is lost, the user is told, and space heals all (Linux).

Run as ``python -m benchmarks.full_disk``. A small tmpfs, mounted in a name space of its own, holds the workspace. It is
filled but for so many bytes, a command runs, the space is given back, and the same command runs again; then with more
bytes left, until the command gets through.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from tests.app.commands import Outcome, a_disk, run_for

_KIB = 1024
# What a command may write, and by how much more room each try has.
_ROOM = {
    "sync": (800, 8),
    "ask": (160, 4),
    "forget": (160, 4),
    "quarantine": (160, 4),
    "reindex": (240, 8),
    "backup": (800, 16),
    "audit export": (64, 4),
}
_A_PROCESS = 8
# However busy the machine is.
_MOST_SECONDS = 1_800
_FIRST = 5
_QUESTION = "Combien de litres de gazole détient le dépôt numéro 3 ?"
_TRUTH = "38 000"


@dataclass(slots=True)
class Tally:
    """What the tries of one command showed; everything from `unclear` on must be 0."""

    tries: int = 0
    refused: int = 0
    unclear: int = 0
    logs_broken: int = 0
    lost: int = 0
    not_healed: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--every", type=int, default=1, help="try only each so many of the sizes")
    given = parser.parse_args()
    table = Table("Full disks", COLUMNS)
    whole = Tally()
    for name, (largest, step) in _ROOM.items():
        tally = Tally()
        sizes = [kib * _KIB for kib in range(0, largest + 1, step * given.every)]
        for first in range(0, len(sizes), _A_PROCESS):
            with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
                try_sizes(name, Path(folder), sizes[first : first + _A_PROCESS], tally)
            print(f"{name}: {tally.tries} of {len(sizes)}", flush=True)
        print(name, tally, flush=True)
        table.rows.append((name, f"0 to {largest}", *_values(tally)))
        for one in Tally.__slots__:
            setattr(whole, one, getattr(whole, one) + getattr(tally, one))
    table.rows.append(("all", "", *_values(whole)))
    Report("full_disk", "A full disk", [table], NOTES).write(given.out)


COLUMNS = (
    "command",
    "free KiB",
    "tries",
    "refused for want of space",
    "ended without a clear word",
    "logs broken",
    "acknowledged things lost",
    "not healed by space alone",
)
NOTES = """
- Free: what the disk had left when the command began, in steps of 4 to 16 KiB. Refused: the command ended with an exit
  code that is not 0, and its message names the want of space. Without a clear word: any other failure, a traceback or a
  message that calls something damaged.
- After each try: with the disk still full, `copilot audit verify`; with space again, `copilot audit verify`, `copilot
  doctor`, the same command once more, a question whose answer was there before, and every document that was
  acknowledged. No other step is taken between.
"""


def _values(tally: Tally) -> tuple[int, ...]:
    return tuple(getattr(tally, one) for one in Tally.__slots__)


def try_sizes(name: str, folder: Path, sizes: list[int], tally: Tally) -> None:
    """Run one command with each of the sizes free, one after the other in one workspace."""
    disk, docs = folder / "disk", folder / "docs"
    for one in (disk, docs):
        one.mkdir()
    small = a_disk(disk, "24m")
    if small is None:
        raise SystemExit("this system lets no user mount a file system")
    for number in range(_FIRST):
        (docs / f"{number}.txt").write_text(f"Le dépôt numéro {number} détient {number}8 000 litres de gazole.\n")
    # To be forgotten and taken out of service, one a try.
    for number in range(len(sizes)):
        (docs / f"spare{number}.txt").write_text(f"Le convoi {number} roule vers la gare {number}.\n" * 20)
    root = disk / "ws"
    lines: list[list[object]] = [["init", root], ["sync", docs, "-w", root], ["ask", _QUESTION, "-w", root]]
    for number, size in enumerate(sizes):
        lines += lines_of(name, number, size, folder, root)
    told = run_for(_MOST_SECONDS, lines, folder, small, {})
    assert [one.code for one in told[:3]] == [0, 0, 0], told[:3]
    each = (len(told) - 3) // len(sizes)
    for number, size in enumerate(sizes):
        judge(name, size, told[3 + number * each : 3 + (number + 1) * each], tally, len(sizes))


def lines_of(name: str, number: int, size: int, folder: Path, root: Path) -> Iterator[list[object]]:
    """Yield the lines of one try; those that begin with "!" are the shell's."""
    disk = folder / "disk"
    docs, exports = folder / "docs", disk / "exports"
    new = folder / f"new{number}"
    spare = docs / f"spare{number}.txt"
    command: dict[str, list[object]] = {
        "sync": ["sync", new],
        "ask": ["ask", f"Combien de litres de gazole détient le dépôt numéro {number % _FIRST} ?"],
        "forget": ["forget", spare],
        "quarantine": ["quarantine", spare],
        "reindex": ["reindex"],
        "backup": ["backup", exports / f"{number}.zip"],
        "audit export": ["audit", "export", exports / str(number)],
    }
    line = [*command[name], "-w", root]
    room = f"$(df --output=avail -B1 {disk} | tail -1)"
    new.mkdir()
    for one in range(4):
        (new / f"{one}.txt").write_text(f"Compte rendu {number} {one}. " + f"Le convoi {one} roule. " * 300)
    yield ["!", f"mkdir -p {exports}; head -c $(({room} - {size})) /dev/zero > {disk}/ballast || true"]
    yield line
    yield ["audit", "verify", "-w", root]
    yield ["!", f"rm {disk}/ballast"]
    yield ["audit", "verify", "-w", root]
    yield ["doctor", "--json", "-w", root]
    yield line
    yield ["ask", _QUESTION, "-w", root]
    yield ["answers", "--json", "-w", root]
    yield ["docs", "--json", "-w", root]
    yield ["!", f"rm -rf {exports}"]


def judge(name: str, size: int, told: list[Outcome], tally: Tally, spares: int) -> None:
    """Compare what one try said with what it must say."""
    tried, full, space, doctor, again, asked, answers, docs = told
    problems = tally.unclear, tally.logs_broken, tally.lost, tally.not_healed
    tally.tries += 1
    words = tried.err + tried.out
    wants_space = tried.code != 0 and "free space" in words
    tally.refused += wants_space
    tally.unclear += not (tried.code == 0 or wants_space) or bool(re.search("fault of the program|damaged", words))
    tally.logs_broken += (full.code != 0) + (space.code != 0)
    # A command that had got through may find nothing left to do, such as a document that is forgotten already.
    tally.not_healed += doctor.code != 0 or (again.code != 0 and tried.code != 0) or asked.code != 0
    tally.lost += _TRUTH not in asked.out or answers.code != 0 or _QUESTION not in answers.out
    paths = [row["path"] for row in json.loads(docs.out)["documents"]]
    tally.lost += sum(not any(path.endswith(f"docs/{number}.txt") for path in paths) for number in range(_FIRST))
    if name in ("sync", "ask", "reindex", "backup", "audit export"):
        tally.lost += sum("spare" in path for path in paths) != spares
    if problems != (tally.unclear, tally.logs_broken, tally.lost, tally.not_healed):
        print(f"{name} with {size} bytes free: {told}", flush=True)


if __name__ == "__main__":
    main()
