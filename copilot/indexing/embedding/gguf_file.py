"""What the GGUF file of an embedding model says of itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copilot.errors import EmbedderError
from copilot.gguf_header import NoGgufError, read_header
from copilot.i18n import t
from copilot.i18n.causes import cause_of, with_words

_MOST_WINDOW = 8_192


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """Architecture, window in tokens and dimension of an embedding model."""

    architecture: str
    window: int
    dimension: int


@cache
def read_gguf(path: Path) -> GgufFacts:
    """Read the header; raise EmbedderError where the file is missing, or is no GGUF model."""
    try:
        header = read_header(path)
        architecture = header.text("general.architecture")
        window = header.number(f"{architecture}.context_length")
        dimension = header.number(f"{architecture}.embedding_length")
        if window < 8 or dimension < 1:
            raise ValueError("its window or dimension is too small")
    except OSError as cause:
        reason = cause_of(cause)
        raise EmbedderError(
            t("embedding.gguf_missing", file=path, reason=reason), t("embedding.gguf_missing_next")
        ) from cause
    except ValueError as cause:
        told = t("embedding.no_gguf" if isinstance(cause, NoGgufError) else "embedding.bad_header")
        reason = with_words(told, str(cause))
        raise EmbedderError(t("embedding.gguf_bad", file=path, reason=reason), t("embedding.gguf_bad_next")) from cause
    return GgufFacts(architecture, min(window, _MOST_WINDOW), dimension)


def gguf_embedder_id(path: Path, sha256: str, query_prefix: str, passage_prefix: str) -> str:
    """Return the embedder's id, of the file's hash and of the prefixes, for both shape the vectors."""
    shaping = f"{sha256}\0{query_prefix}\0{passage_prefix}\0{read_gguf(path).window}"
    return f"gguf-{hashlib.sha256(shaping.encode()).hexdigest()[:16]}"
