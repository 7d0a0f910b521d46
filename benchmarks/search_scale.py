"""What search costs as a store grows: build time, latency, cold start, memory and disk, and who should search vectors.

Run as ``python -m benchmarks.search_scale``. The stores are kept in the cache; every build is done anew in a process
of its own. Vectors are MiniLM's for 10,000 passages, composed ones above (see `benchmarks.scale_store`).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks.processes import bytes_under, copilot, in_fresh_process, median_seconds
from benchmarks.report import CACHE, DATA, RESULTS, Report, Table
from benchmarks.scale_store import (
    EMBEDDER,
    fill,
    mix,
    open_store,
    read_corpora,
    sentence_vectors,
    store_composed,
)
from copilot.app.embed import embed_missing
from copilot.evaluation.metrics import percentile
from copilot.indexing.vectors import CHROMA_FROM
from copilot.records import SearchFilter

_REAL_VECTORS_UP_TO = 10_000
_DEPTH = 100
_LIMIT = 10
T = TypeVar("T")
_COLD_TIMES = 5


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds of one kind of search, question by question."""

    name: str
    taken: list[float]

    def row(self, size: int) -> tuple[object, ...]:
        return (size, self.name, len(self.taken), *(round(percentile(self.taken, p), 1) for p in (0.5, 0.95)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with piaf/ and cranfield/")
    parser.add_argument("--work", type=Path, default=CACHE / "scale", help="where the stores are kept")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    given = parser.parse_args()
    build = Table(
        "Building the derived indexes from the truth",
        ("passages", "vectors", "lexical s", "exact copy s", "Chroma s", "peak MiB"),
    )
    warm = Table("Warm search", ("passages", "search", "questions", "p50 ms", "p95 ms"))
    laps = Table("Where the fused search spends its time (median ms)", ("passages", "vectors from", "part", "ms"))
    cold = Table(
        "One-shot: `copilot search` as a process, and who searches the vectors in it",
        ("passages", "measure", "runs", "median ms", "peak MiB"),
    )
    disk = Table("Disk, bytes a passage", ("passages", "database", "lexical index", "exact copy", "Chroma", "all"))
    agreement = Table("Chroma beside the exact scan", ("passages", "depth", "share of the exact hits found"))
    for size in given.sizes:
        folder = given.work / f"{size}"
        in_fresh_process(ensure_store, folder, given.data, size, given.work)
        kind = "MiniLM" if size <= _REAL_VECTORS_UP_TO else "composed"
        built, peak = in_fresh_process(build_indexes, folder)
        build.rows.append((size, kind, *(round(seconds, 1) for seconds in built), round(peak)))
        measured, peak = in_fresh_process(measure_warm, folder, given.data)
        warm.rows += [found.row(size) for found in measured.searches]
        laps.rows += [(size, served, part, round(ms, 1)) for served, part, ms in measured.laps]
        agreement.rows += [(size, depth, round(share, 4)) for depth, share in measured.agreement]
        cold.rows += measure_cold(folder, size)
        cold.rows.append((size, "the warm process above", 1, "", round(peak)))
        disk.rows.append((size, *disk_of(folder, size)))
    tables = [build, warm, laps, agreement, cold, disk]
    Report("search_scale", "Search at scale", tables, NOTES).write(given.out)


NOTES = f"""
- Passages: 3 to 6 sentences mixed from neighbouring documents of PIAF (French) and Cranfield (English), all distinct.
  Questions: 100 of each set.
- Vectors: MiniLM's own up to 10,000 passages; above, **composed, not the model's**: the unit mean of the MiniLM vectors
  of the passage's sentences, with a little noise (384 dimensions).
- lexical, Chroma, exact scan: the index alone, 100 hits. fused: the program's Retriever, 10 passages, the embedding of
  the question included. The filter leaves one passage in ten.
- The program asks Chroma from {CHROMA_FROM:,} passages up; a filtered search always scans exactly.
- first vector search: a new process that imports, opens and asks one question, the model left out.
"""


# --- the store --------------------------------------------------------------------------------------------------------


def ensure_store(folder: Path, data: Path, size: int, cache: Path) -> None:
    """Write the store of `size` passages with its vectors, unless a former run did."""
    done = folder / "filled"
    if done.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    corpora, _ = read_corpora(data)
    passages = list(mix(corpora, size))
    with open_store(folder) as session:
        fill(session, corpora, passages)
        if size <= _REAL_VECTORS_UP_TO:
            for _ in embed_missing(session.truth, session.embedder, EMBEDDER):
                pass
        else:
            vectors = sentence_vectors(corpora, session.embedder, cache)
            store_composed(session, session.embedder, passages, vectors)
    done.touch()


def build_indexes(folder: Path) -> tuple[float, float, float]:
    """Build each derived index anew; return the seconds of the lexical one, of the exact copy and of Chroma."""
    with open_store(folder) as session:
        shutil.rmtree(session.workspace.index, ignore_errors=True)
        session.workspace.index.mkdir(mode=0o700)
        vectors = session.vectors_of(session.embedder)
        return (
            _seconds(lambda: session.lexical.refresh(session.truth)),
            _seconds(vectors.exact.write_copy),
            _seconds(vectors.chroma.refresh),
        )


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


# --- warm -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Warm:
    """What one process measured over all questions."""

    searches: list[Latencies]
    laps: list[tuple[str, str, float]]
    agreement: list[tuple[int, float]]


def measure_warm(folder: Path, data: Path) -> Warm:
    """Time every kind of search over the questions, each after a first pass that warms it."""
    _, questions = read_corpora(data)
    with open_store(folder) as session:
        embedder = session.embedder
        vectors = session.vectors_of(embedder)
        asked = [embedder.embed_query(question) for question in questions]
        one_in_ten = SearchFilter(collections=("c3",))
        exact = [[key for key, _ in vectors.exact.search(vector, _DEPTH)] for vector in asked]
        chroma = [[key for key, _ in vectors.chroma.search(vector, _DEPTH) or []] for vector in asked]
        pairs = list(zip(exact, chroma, strict=True))
        agreement = [
            (depth, statistics.mean(len({*true[:depth]} & {*found[:depth]}) / depth for true, found in pairs))
            for depth in (10, _DEPTH)
        ]
        searches = [
            Latencies("lexical", _times(lambda text: session.lexical.search(text, _DEPTH), questions)),
            Latencies("Chroma", _times(lambda vector: vectors.chroma.search(vector, _DEPTH), asked)),
            Latencies("exact scan", _times(lambda vector: vectors.exact.search(vector, _DEPTH), asked)),
            Latencies("embedding of the question", _times(embedder.embed_query, questions)),
        ]
        laps: list[tuple[str, str, float]] = []
        for served, chosen in (("chroma", SearchFilter()), ("exact", SearchFilter()), ("exact", one_in_ten)):
            vectors._chroma_from = 0 if served == "chroma" else 10**9
            name = f"fused, vectors from {served}{', filter' if not chosen.is_empty() else ''}"
            twice = [session.retriever.search(text, limit=_LIMIT, chosen=chosen) for text in questions * 2]
            found = twice[len(questions) :]
            assert {result.served_by for result in found} == {served}
            searches.append(Latencies(name, [sum(result.timings_ms.values()) for result in found]))
            label = served if chosen.is_empty() else f"{served}, filter"
            laps += [
                (label, part, statistics.median(result.timings_ms[part] for result in found))
                for part in found[0].timings_ms
            ]
    return Warm(searches, laps, agreement)


def _times(search: Callable[[T], object], questions: list[T]) -> list[float]:
    for question in questions[:20]:
        search(question)
    return [_seconds(partial(search, question)) * 1000 for question in questions]


# --- cold -------------------------------------------------------------------------------------------------------------


def measure_cold(folder: Path, size: int) -> list[tuple[object, ...]]:
    """Time the program as a process, and a new process's first vector search by each way."""
    settings = {"COPILOT_EMBEDDING__MODEL": EMBEDDER}
    question: list[str | Path] = ["search", "Quel est le budget du ministère ?", "--workspace", folder]
    taken = median_seconds(lambda: copilot(question, settings=settings), _COLD_TIMES)
    rows: list[tuple[object, ...]] = [(size, "copilot search", _COLD_TIMES, round(taken * 1000), "")]
    for served in ("exact", "chroma"):
        runs = [in_fresh_process(first_vector_search, folder, served) for _ in range(_COLD_TIMES + 1)][1:]
        median = statistics.median(seconds for seconds, _ in runs) * 1000
        peak = statistics.median(peak for _, peak in runs)
        rows.append((size, f"first vector search, {served}", _COLD_TIMES, round(median), round(peak)))
    return rows


def first_vector_search(folder: Path, served: str) -> float:
    """Return the seconds from importing the vector index to its first hits."""
    import numpy as np

    with open_store(folder) as session:
        query = np.ones(384, dtype=np.float32) / np.sqrt(np.float32(384))
        embedder_id = session.embedder_id
        started = time.perf_counter()
        from copilot.indexing.vectors import VectorSearch

        vectors = VectorSearch(
            session.truth, embedder_id, session.workspace.vector_index, chroma_from=0 if served == "chroma" else 10**9
        )
        vectors.search(query, _DEPTH)
        assert vectors.mode == served
        vectors.close()
        return time.perf_counter() - started


def disk_of(folder: Path, size: int) -> tuple[int, ...]:
    """Return bytes a passage of the database, the lexical index, the exact copy, Chroma, and all of them."""
    with open_store(folder) as session:
        workspace = session.workspace
        index = workspace.vector_index
        parts = [
            sum(bytes_under(path) for path in workspace.state.glob("truth.db*")),
            bytes_under(workspace.lexical_index),
            bytes_under(index / "vectors.f32") + bytes_under(index / "hashes.bin"),
            bytes_under(index / "chroma"),
        ]
    return tuple(round(part / size) for part in (*parts, sum(parts)))


if __name__ == "__main__":
    main()
