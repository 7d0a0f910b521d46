"""What every benchmark writes: a Markdown table for people and JSON for programs, with the machine, date and command.

No figure reaches a result but through here, so that none is typed by hand.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from copilot.store.schema import MIGRATIONS

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
# A store of another schema cannot be read: each schema has a cache of its own.
CACHE = ROOT / ".cache" / "bench" / hashlib.sha256("".join(MIGRATIONS).encode()).hexdigest()[:12]
DATA = ROOT.parent / "shared" / "data" / "retrieval"


@dataclass(slots=True)
class Table:
    """Rows of one table; numbers are written as they are given, so that the caller rounds them."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]] = field(default_factory=list)

    def markdown(self) -> str:
        numeric = [all(isinstance(row[i], int | float) for row in self.rows) for i in range(len(self.columns))]
        lines = [f"## {self.title}", "", _line(self.columns), _line("--:" if right else "---" for right in numeric)]
        lines += [_line(row) for row in self.rows]
        return "\n".join(lines) + "\n"

    def as_json(self) -> dict[str, Any]:
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows}


@dataclass(frozen=True, slots=True)
class Report:
    """One result: `notes`, a Markdown list, say what a reader must know to trust or repeat the tables."""

    name: str
    title: str
    tables: Sequence[Table]
    notes: str = ""

    def write(self, folder: Path = RESULTS) -> None:
        """Write ``NAME.md`` and ``NAME.json`` into `folder` and print the former."""
        folder.mkdir(parents=True, exist_ok=True)
        today = datetime.now(UTC).date().isoformat()
        text = self.markdown(machine(), today, command(self.name, sys.argv[1:]))
        (folder / f"{self.name}.md").write_text(text, encoding="utf-8")
        content = {
            "schema_version": "1",
            "benchmark": self.name,
            "date": today,
            "machine": machine(),
            "command": command(self.name, sys.argv[1:]),
            "notes": self.notes,
            "tables": [table.as_json() for table in self.tables],
        }
        written = json.dumps(content, ensure_ascii=False, indent=1)
        (folder / f"{self.name}.json").write_text(written + "\n", encoding="utf-8")
        print(text)

    def markdown(self, described: Mapping[str, object], today: str, ran: str) -> str:
        """Return the whole result as Markdown."""
        words = (
            f"{described['cores']} cores ({described['architecture']}), {described['memory_gib']} GiB of memory,"
            f" {described['system']}, Python {described['python']}"
        )
        busy = f"Load of the last five minutes, this benchmark included: {described['load']}."
        head = [f"# {self.title}", "", f"Machine: {words}. Date: {today}. {busy}", "", f"    {ran}", ""]
        return "\n".join([*head, f"{self.notes.strip()}\n", *(table.markdown() for table in self.tables)])


def machine() -> dict[str, object]:
    """Return the machine in words, and how busy it was; nothing that names it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": len(os.sched_getaffinity(0)),
        "architecture": platform.machine(),
        "memory_gib": round(memory),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[1], 1),
    }


def command(name: str, arguments: Sequence[str]) -> str:
    """Return the command that makes this result; a path in it becomes FOLDER, for it is this machine's own."""
    shown = ["FOLDER" if os.sep in text or Path(text).exists() else text for text in arguments]
    return " ".join(["python -m", f"benchmarks.{name}", *shown])


def _line(cells: Any) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
