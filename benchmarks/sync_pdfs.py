"""How fast real PDFs are read, and how fast their passages are embedded.

Run as ``python -m benchmarks.sync_pdfs FOLDER``, where each subfolder of FOLDER holds the PDFs of one source and is
named after it (``bash-doc_5.2.15-2``). README.md says how to gather Debian's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.processes import copilot
from benchmarks.report import RESULTS, Report, Table
from copilot.app.embed import embedding_text
from copilot.indexing.embedding import EmbedderSpec, load_embedder
from copilot.store.truth import Truth

_RUNS = 3
_PASSAGES = 1_000
# As many as `copilot sync` embeds at once.
_BATCH = 256
NOTES = """
- `copilot sync --no-embed --json` as a process, into a new workspace each time; pages and seconds are of its own
  report, medians of {runs} runs. Seconds count the start of the walled parser processes, not that of the program.
- Embedding: the first {passages} passages, in the batches of `copilot sync`, model loaded beforehand, all cores.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of folders of PDFs")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--runs", type=int, default=_RUNS)
    parser.add_argument("--passages", type=int, default=_PASSAGES)
    parser.add_argument("--embedders", nargs="+", default=["e5", "minilm"])
    given = parser.parse_args()
    sources = sorted(path for path in given.folder.iterdir() if path.is_dir())
    if not sources:
        raise SystemExit(f"{given.folder} holds no folder of PDFs.")
    columns = ("source", "files", "failed", "pages", "passages", "workers", "median s", "pages/s")
    tables = [Table("Reading PDFs", columns)]
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder:
        work = Path(folder)
        for source in sources:
            tables[0].rows.append(read(source, work, source.name, 1, given.runs))
        for workers in (1, 2):
            tables[0].rows.append(read(given.folder, work, "all of them", workers, given.runs))
        embedding = Table("Embedding passages", ("embedder", "passages", "median characters", "passages/s"))
        for name in given.embedders:
            embedding.rows.append(embed(last_workspace(work), name, given.passages))
    tables.append(embedding)
    Report(
        "sync_pdfs", "Reading and embedding PDFs", tables, NOTES.format(runs=given.runs, passages=given.passages)
    ).write(given.out)


def read(source: Path, work: Path, name: str, workers: int, runs: int) -> tuple[object, ...]:
    """Return the row of one source, read `runs` times with so many parser processes."""
    reports = []
    for _ in range(runs):
        workspace = work / f"{len(list(work.iterdir())):03d}"
        copilot(["init", workspace])
        settings = {"COPILOT_DOCUMENTS__WORKERS": str(workers)}
        done = copilot(["sync", source, "--no-embed", "--json", "--workspace", workspace], settings=settings)
        reports.append(json.loads(done.stdout))
    found = reports[0]
    seconds = statistics.median(report["seconds"] for report in reports)
    pages = found["pages_read"]
    files = found["new"]
    return (
        name,
        files,
        len(found["failed"]),
        pages,
        found["passages"],
        workers,
        round(seconds, 1),
        round(pages / seconds, 1),
    )


def last_workspace(work: Path) -> Path:
    """Return the workspace that was made last: the one of all sources."""
    return max(work.iterdir())


def embed(workspace: Path, name: str, count: int) -> tuple[object, ...]:
    """Return the row of one embedder over the first passages of the workspace."""
    with Truth(workspace / ".copilot" / "truth.db") as truth:
        chunks = list(truth.iter_chunks(truth.live_chunk_ids()[:count].tolist()))
    texts = [embedding_text(chunk.context, chunk.text) for chunk in chunks]
    embedder = load_embedder(EmbedderSpec(name))
    embedder.embed_passages(texts[:8])
    started = time.perf_counter()
    for first in range(0, len(texts), _BATCH):
        embedder.embed_passages(texts[first : first + _BATCH])
    seconds = time.perf_counter() - started
    embedder.close()
    length = round(statistics.median(len(text) for text in texts))
    return (name, len(texts), length, round(len(texts) / seconds, 1))


if __name__ == "__main__":
    main()
