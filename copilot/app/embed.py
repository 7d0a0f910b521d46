"""Giving every passage its vector, in batches that are each kept at once: cut short, it goes on where it stopped.

A change of embedding model is the same work: the vectors of the new model grow beside the old ones, which serve until
the last passage has its new vector; only then does the new model take over.
"""

from __future__ import annotations

from collections.abc import Iterator

from copilot.app.events import Embedding
from copilot.ports import Embedder
from copilot.store.truth import Truth

ACTIVE_EMBEDDER = "active_embedder"
_BATCH = 256


def embed_missing(truth: Truth, embedder: Embedder, name: str) -> Iterator[Embedding]:
    """Embed each distinct live passage that this embedder has no vector for, then put the embedder in service.

    `name` is what the settings call it: what the next process must load while yet another embedder takes over.
    """
    missing = truth.chunks_without_vector(embedder.embedder_id)
    yield Embedding(0, len(missing))
    for first in range(0, len(missing), _BATCH):
        chunks = list(truth.iter_chunks(missing[first : first + _BATCH]))
        vectors = embedder.embed_passages([embedding_text(chunk.context, chunk.text) for chunk in chunks])
        truth.store_vectors(embedder.embedder_id, [chunk.text_hash for chunk in chunks], vectors)
        yield Embedding(min(first + _BATCH, len(missing)), len(missing))
    if truth.get_meta(ACTIVE_EMBEDDER) != embedder.embedder_id:
        truth.set_meta(ACTIVE_EMBEDDER, embedder.embedder_id)
        truth.set_meta(f"{ACTIVE_EMBEDDER}_name", name)
        truth.drop_vectors_except(embedder.embedder_id)


def embedding_text(context: str, text: str) -> str:
    """Return what is embedded for a passage: its headings or table header, then the passage."""
    return f"{context}\n{text}" if context else text
