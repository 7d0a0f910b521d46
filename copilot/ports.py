"""Protocols of the parts that can be swapped: who calls them knows only what stands here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from copilot.records import DraftClaim, Passage

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns text into unit vectors. Over-long input is cut to the window, never an error.

    `embedder_id` changes whenever the vectors would (model file, prefixes, pooling), for it keys them in the truth.
    """

    @property
    def embedder_id(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def window_tokens(self) -> int: ...

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` without special ones: what chunking fits to the window."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension)."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """Return one unit vector, shape (dimension,)."""
        ...

    def close(self) -> None: ...


class VectorIndex(Protocol):
    """Nearest neighbours over the live vectors, keyed by the chunk's text hash."""

    def search(self, query: Vectors, limit: int, allowed: Collection[bytes] | None = None) -> list[tuple[bytes, float]]:
        """Return (text_hash, cosine), best first; `allowed` limits the candidates."""
        ...


class LexicalIndex(Protocol):
    """BM25 over stemmed, folded words, keyed by chunk id."""

    def search(self, query: str, limit: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """Return (chunk_id, score), best first; `allowed` limits the candidates."""
        ...


class Generator(Protocol):
    """Writes claims from numbered passages; `name` stands in the answer and `model_hash` in its record.

    Yielding nothing means: the passages do not say.
    """

    @property
    def name(self) -> str: ...
    @property
    def model_hash(self) -> str: ...

    def write_claims(self, question: str, passages: Sequence[Passage], language: str) -> Iterator[DraftClaim]:
        """Yield claims; source number n stands for ``passages[n - 1]``."""
        ...
