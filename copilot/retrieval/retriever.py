"""The search itself: both halves asked, their scores completed and fused, the result folded into passages."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from copilot.language.words import guess_language
from copilot.ports import Embedder, LexicalIndex, VectorIndex, Vectors
from copilot.records import Passage, Scores, SearchFilter
from copilot.retrieval.folding import fold_passages, prefer_current
from copilot.retrieval.fusion import convex
from copilot.store.truth import Truth

# How many hits each half gives to the fusion; deeper changes nothing measurable and costs time.
_DEPTH = 100
# Copies fold away, so that so many times the passages asked for are looked at, and never fewer than `_FURTHER`: a text
# made to be found first must not keep what contradicts it from being seen.
_FOLDED, _FURTHER = 3, 36
EVERYTHING = SearchFilter()
_TRIES = 3
# Dense feedback: the query moves this far towards the mean of the best fused hits (Rocchio), which helps where the
# question's words and the document's differ.
_FEEDBACK_HITS = 3
_FEEDBACK_WEIGHT = 0.4


@dataclass(frozen=True, slots=True)
class DenseWeights:
    """The share of the dense half in the fusion, by the query's language; `benchmarks/retrieval.py` measures them."""

    french: float
    english: float

    def of(self, language: str) -> float:
        return self.english if language == "en" else self.french


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Ranked passages with what was searched. `mode`: ``fused``, ``lexical`` or ``dense``; `served_by`: who scanned.

    `further` are those that came after them: not to be read for an answer, but to be looked at for what speaks against
    it.
    """

    passages: list[Passage]
    language: str
    searched: int | None
    mode: str
    served_by: str
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    further: list[Passage] = field(default_factory=list)


class Retriever:
    """Searches one workspace. Without an embedder, or for passages not yet embedded, the lexical half stands alone."""

    def __init__(
        self,
        truth: Truth,
        lexical: LexicalIndex,
        vectors: VectorIndex | None,
        embedder: Embedder | None,
        weights: DenseWeights,
        freshen: Callable[[], object] = lambda: None,
    ) -> None:
        self._freshen = freshen
        self._truth = truth
        self._lexical = lexical
        self._vectors = vectors
        self._embedder = embedder
        self._weights = weights

    def search(
        self,
        query: str,
        *,
        limit: int,
        chosen: SearchFilter = EVERYTHING,
        mode: str = "fused",
        dense_weight: float | None = None,
        fold: bool = True,
    ) -> SearchResult:
        """Return at most `limit` passages for `query`, best first.

        `mode` may ask for one half alone; `fold` False leaves copies in, which rank measures need. Where a hit is gone
        from the truth at the end, another process has put something in its place: the search is done again.
        """
        for _ in range(_TRIES):
            result, is_whole = self._search(query, limit, chosen, mode, dense_weight, fold=fold)
            if is_whole:
                break
            self._freshen()
        return result

    def _search(
        self, query: str, limit: int, chosen: SearchFilter, mode: str, dense_weight: float | None, *, fold: bool
    ) -> tuple[SearchResult, bool]:
        """Return what one search finds, and whether all that the indexes named is still there."""
        language = guess_language(query)
        clock = _Clock()
        allowed = None if chosen.is_empty() else self._truth.chunk_ids_matching(chosen)
        clock.lap("filter")
        lexical: dict[int, float] = {}
        if mode != "dense":
            lexical = dict(self._lexical.search(query, _DEPTH, allowed))
            clock.lap("lexical")
        hits = set(lexical)
        dense: dict[int, float] = {}
        if mode != "lexical" and self._embedder is not None and self._vectors is not None:
            vector = self._embedder.embed_query(query)
            clock.lap("embed")
            dense = self._dense_hits(vector, allowed)
            clock.lap("dense")
            hits |= dense.keys()
            weight = self._weights.of(language) if dense_weight is None else dense_weight
            scores = self._fuse(query, vector, lexical, dense, weight, mode)
        else:
            scores = convex({}, lexical, 0.0, least_cosine=0.0)
            mode = "lexical"
        clock.lap("fuse")
        passages = self._passages(scores, lexical, dense, max(_FOLDED * limit, _FURTHER) if fold else limit)
        if fold:
            passages = prefer_current(fold_passages(passages))
        clock.lap("fold")
        served_by = getattr(self._vectors, "mode", "") if dense else ""
        searched = None if allowed is None else len(allowed)
        is_whole = len(self._truth.hashes_of_chunks(hits)) == len(hits)
        read, further = passages[:limit], passages[limit:]
        return SearchResult(read, language, searched, mode, served_by, clock.laps, further), is_whole

    def _dense_hits(self, vector: Vectors, allowed: set[int] | None) -> dict[int, float]:
        assert self._vectors is not None
        hashes = None
        if allowed is not None:
            hashes = set(self._truth.hashes_of_chunks(allowed).values())
        found = dict(self._vectors.search(vector, _DEPTH, hashes))
        chunks = self._truth.chunk_ids_of_hashes(found)
        return {
            chunk_id: found[key]
            for key, chunk_ids in chunks.items()
            for chunk_id in chunk_ids
            if allowed is None or chunk_id in allowed
        }

    def _fuse(
        self, query: str, vector: Vectors, lexical: dict[int, float], dense: dict[int, float], weight: float, mode: str
    ) -> dict[int, float]:
        """Complete each half's scores for the other's hits, fuse, and fuse once more with the query moved."""
        if mode == "dense":
            return dict(dense)
        least = min(dense.values(), default=0.0)
        ranked_dense = set(dense)
        only_dense = dense.keys() - lexical.keys()
        lexical.update(self._lexical.search(query, len(only_dense), only_dense) if only_dense else [])
        hashes = self._truth.hashes_of_chunks(lexical.keys() | dense.keys())
        # Another process may have taken away what an index still had.
        candidates = hashes.keys()
        for half in (lexical, dense):
            for chunk_id in half.keys() - candidates:
                del half[chunk_id]
        vectors = self._vectors_of(set(hashes.values()))
        for chunk_id in candidates - dense.keys():
            if (found := vectors.get(hashes[chunk_id])) is not None:
                dense[chunk_id] = float(found @ vector)
        fused = convex(dense, lexical, weight, least_cosine=least)
        best = sorted(fused, key=lambda chunk_id: (-fused[chunk_id], chunk_id))[:_FEEDBACK_HITS]
        near = [vectors[hashes[chunk_id]] for chunk_id in best if hashes[chunk_id] in vectors]
        if not near or weight == 0:
            return fused
        moved = vector + _FEEDBACK_WEIGHT * np.mean(near, axis=0)
        moved /= np.linalg.norm(moved)
        again = {
            chunk_id: float(vectors[hashes[chunk_id]] @ moved) for chunk_id in candidates if hashes[chunk_id] in vectors
        }
        least = min((again[chunk_id] for chunk_id in ranked_dense if chunk_id in again), default=0.0)
        return convex(again, lexical, weight, least_cosine=least)

    def _vectors_of(self, hashes: set[bytes]) -> dict[bytes, Vectors]:
        assert self._embedder is not None
        found: dict[bytes, Vectors] = {}
        for keys, matrix in self._truth.iter_vectors(self._embedder.embedder_id, sorted(hashes)):
            found.update(zip(keys, matrix, strict=True))
        return found

    def _passages(
        self, scores: dict[int, float], lexical: dict[int, float], dense: dict[int, float], most: int
    ) -> list[Passage]:
        ranked = sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
        return [
            replace(
                passage,
                scores=Scores(
                    round(scores[passage.chunk_id], 6), dense.get(passage.chunk_id), lexical.get(passage.chunk_id)
                ),
            )
            for passage in self._truth.passages(ranked[:most])
        ]


class _Clock:
    """Milliseconds since the last lap, by name."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 2)
        self._last = now
