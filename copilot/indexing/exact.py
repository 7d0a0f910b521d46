"""The exact scan: every live vector against the query, from a memory-mapped copy of the truth or from the truth itself.

It is what answers while Chroma is busy, broken or being rebuilt, under a narrow filter, and for stores small enough
that loading Chroma would take longer than scanning them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.errors import WorkspaceError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.ports import Vectors
from copilot.store.files import read_state, write_state
from copilot.store.truth import Truth

_HASH_BYTES = 16
# So many vectors are read from the truth one by one in less time than the whole copy is looked through.
_FEW = 2_000
_FILES = ("vectors.f32", "hashes.bin")


class ExactScan:
    """Implements `copilot.ports.VectorIndex` over the vectors of one embedder.

    `folder` holds the mapped copy, ``vectors.f32`` with ``hashes.bin`` and ``exact.json``; where that is not of the
    truth's present generation, the vectors are read from the truth.
    """

    def __init__(self, truth: Truth, embedder_id: str, folder: Path) -> None:
        self._truth = truth
        self._embedder_id = embedder_id
        self._folder = folder
        self._loaded: tuple[int, list[bytes], Vectors] | None = None

    def write_copy(self) -> None:
        """Write the mapped copy anew for the truth's present generation.

        Raises:
            WorkspaceError: it cannot be written.
        """
        generation = self._truth.vector_generation()
        if self._state(generation):
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / "exact.json").unlink(missing_ok=True)
        growing = [self._folder / f"{name}.new" for name in _FILES]
        try:
            self._write(generation, *growing)
        except OSError as error:
            # A disk that is full must not be filled with halves.
            for path in growing:
                path.unlink(missing_ok=True)
            told = t("indexing.cannot_write_vectors", path=self._folder, error=cause_of(error))
            raise WorkspaceError(told, t("indexing.cannot_write_next")) from error
        self._loaded = None

    def _write(self, generation: int, growing_vectors: Path, growing_hashes: Path) -> None:
        count = dimension = 0
        with growing_vectors.open("wb") as vectors, growing_hashes.open("wb") as hashes:
            for keys, matrix in self._truth.iter_vectors(self._embedder_id):
                vectors.write(np.ascontiguousarray(matrix, dtype=np.float32).tobytes())
                hashes.write(b"".join(keys))
                count += len(keys)
                dimension = matrix.shape[1]
        for name, path in zip(_FILES, (growing_vectors, growing_hashes), strict=True):
            path.replace(self._folder / name)
        state = {"generation": generation, "embedder": self._embedder_id, "count": count, "dimension": dimension}
        write_state(self._folder / "exact.json", state)

    def _state(self, generation: int) -> dict[str, Any]:
        """Return what the copy says of itself if it is of this generation and embedder, else nothing."""
        state = read_state(self._folder / "exact.json")
        return state if (state.get("generation"), state.get("embedder")) == (generation, self._embedder_id) else {}

    def search(self, query: Vectors, limit: int, allowed: Collection[bytes] | None = None) -> list[tuple[bytes, float]]:
        """Return (text_hash, cosine), best first."""
        keys, matrix = self._all() if allowed is None else self._among(allowed)
        if not keys:
            return []
        scores = matrix @ query
        best = np.argpartition(-scores, min(limit, len(keys)) - 1)[:limit]
        ranked = best[np.lexsort((best, -scores[best]))]
        return [(keys[i], float(scores[i])) for i in ranked]

    def _among(self, allowed: Collection[bytes]) -> tuple[list[bytes], Vectors]:
        if len(allowed) <= _FEW:
            return self._read(list(allowed))
        wanted = frozenset(allowed)
        keys, matrix = self._all()
        rows = [row for row, key in enumerate(keys) if key in wanted]
        return [keys[row] for row in rows], matrix[rows]

    def _all(self) -> tuple[list[bytes], Vectors]:
        generation = self._truth.vector_generation()
        if self._loaded is None or self._loaded[0] != generation:
            self._loaded = (generation, *(self._map(generation) or self._read(None)))
        return self._loaded[1], self._loaded[2]

    def _map(self, generation: int) -> tuple[list[bytes], Vectors] | None:
        state = self._state(generation)
        if not state:
            return None
        count, dimension = int(state["count"]), int(state["dimension"])
        try:
            joined = (self._folder / "hashes.bin").read_bytes()
            size = (self._folder / "vectors.f32").stat().st_size
            if len(joined) != count * _HASH_BYTES or size != count * dimension * 4 or not count:
                return None
            shape = (count, dimension)
            mapped: Vectors = np.memmap(self._folder / "vectors.f32", dtype=np.float32, mode="r", shape=shape)
        except OSError:
            return None
        # A writer takes the state away first: while it stands, both files were of one generation.
        if self._state(generation) != state:
            return None
        return [joined[i : i + _HASH_BYTES] for i in range(0, len(joined), _HASH_BYTES)], mapped

    def _read(self, hashes: Sequence[bytes] | None) -> tuple[list[bytes], NDArray[np.float32]]:
        keys: list[bytes] = []
        parts: list[NDArray[np.float32]] = []
        for found, matrix in self._truth.iter_vectors(self._embedder_id, hashes):
            keys.extend(found)
            parts.append(matrix)
        return keys, np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float32)
