"""How long a command takes from nothing: the time a user waits before the program does any work.

Run as ``python -m benchmarks.startup``. Each command is a new process; its files are in the system's cache.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.processes import COPILOT, copilot, environment, median_seconds
from benchmarks.report import RESULTS, Report, Table

# Libraries that a command which needs no document must not load.
HEAVY = (
    "chromadb",
    "docx",
    "llama_cpp",
    "lxml",
    "numpy",
    "onnxruntime",
    "PIL",
    "pptx",
    "py3langid",
    "pydantic",
    "pypdfium2",
    "python_calamine",
    "rensa",
    "tantivy",
    "textual",
    "tokenizers",
)
_LIST_MODULES = """
import sys
from copilot.cli.main import run
run(["--help"])
print(*sorted({name.partition(".")[0] for name in sys.modules}), sep="\\n", file=sys.stderr)
"""
_NOTES = {
    "note.md": "# Dépôt nord\n\nLe dépôt nord tient 42 000 litres de carburant.\n",
    "report.txt": "The northern depot holds 42,000 litres of fuel. The convoy leaves at 0630.\n",
    "table.csv": "site;stock\nnord;42000\nsud;12000\n",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        workspace = make_workspace(Path(folder))
        commands = (
            ["--help"],
            ["--version"],
            ["tool", "list"],
            ["count", "depot", "--workspace", str(workspace)],
            ["search", "depot", "--workspace", str(workspace)],
        )
        table = Table("Cold process", ("command", "runs", "median ms"))
        bare = median_seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), given.times)
        table.rows.append(("python -c pass, for comparison", given.times, round(bare * 1000)))
        for arguments in commands:
            taken = median_seconds(partial(copilot, arguments), given.times)
            table.rows.append((f"copilot {' '.join(arguments[:2])}", given.times, round(taken * 1000)))
    heavy = loaded_by_help()
    modules = Table("Heavy modules loaded by copilot --help", ("modules",), [(", ".join(heavy) or "none",)])
    Report("startup", "Start-up", [table, modules], NOTES).write(given.out)


NOTES = "- count and search run in a workspace of three small documents with the default embedding model."


def make_workspace(folder: Path) -> Path:
    """Return a workspace that holds a few small documents."""
    documents = folder / "documents"
    documents.mkdir()
    for name, text in _NOTES.items():
        (documents / name).write_text(text, encoding="utf-8")
    workspace = folder / "workspace"
    copilot(["init", workspace])
    copilot(["sync", documents, "--workspace", workspace])
    return workspace


def loaded_by_help() -> list[str]:
    """Return the heavy libraries that `copilot --help` has loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", _LIST_MODULES], capture_output=True, text=True, check=True, env=environment()
    )
    return [name for name in done.stderr.split() if name in HEAVY]


if __name__ == "__main__":
    if not COPILOT.exists():
        raise SystemExit(f"{COPILOT.name} is not installed beside this Python; run `make setup`.")
    main()
