"""Nearest neighbours from Chroma where it is fit to answer and worth it, else by an exact scan: never down."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from copilot.indexing.chroma import ChromaFolder
from copilot.indexing.exact import ExactScan
from copilot.ports import Vectors
from copilot.store.truth import Truth

# Below this many passages an exact scan takes less time than importing and opening Chroma (about a second); measured by
# benchmarks/search_scale.py.
CHROMA_FROM = 50_000


class VectorSearch:
    """Implements `copilot.ports.VectorIndex`; `mode` tells what served the last search: ``chroma`` or ``exact``."""

    def __init__(self, truth: Truth, embedder_id: str, folder: Path, *, chroma_from: int = CHROMA_FROM) -> None:
        self._truth = truth
        self._chroma_from = chroma_from
        self.chroma = ChromaFolder(truth, embedder_id, folder)
        self.exact = ExactScan(truth, embedder_id, folder)
        self._count: tuple[int, int] | None = None
        self.mode = ""

    def refresh(self) -> bool:
        """Bring both up to the truth; False when another process holds Chroma: the exact scan then stands in for it."""
        self.exact.write_copy()
        return self.chroma.refresh()

    def search(self, query: Vectors, limit: int, allowed: Collection[bytes] | None = None) -> list[tuple[bytes, float]]:
        """Return (text_hash, cosine), best first; `allowed` limits the candidates."""
        if allowed is None and self._live_passages() >= self._chroma_from:
            found = self.chroma.search(query, limit)
            if found is not None:
                self.mode = "chroma"
                return found
        self.mode = "exact"
        return self.exact.search(query, limit, allowed)

    def _live_passages(self) -> int:
        generation = self._truth.vector_generation()
        if self._count is None or self._count[0] != generation:
            self._count = (generation, self._truth.counts()["passages"])
        return self._count[1]

    def close(self) -> None:
        self.chroma.close()
