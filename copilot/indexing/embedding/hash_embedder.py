"""A deterministic double of an embedder: hashed words and character trigrams, no model.

It ranks texts that share words or parts of words above those that do not, which is enough to test what stands around an
embedder; it knows nothing of meaning.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from copilot.indexing.embedding.token_counters import count_words
from copilot.ports import Vectors

EMBEDDER_ID = "hash-1"
WINDOW_TOKENS = 100_000
_DIMENSION = 256
_WORD = re.compile(r"\w+")
_WORD_WEIGHT = 1.0
_PART_WEIGHT = 0.3


class HashEmbedder:
    """The port `Embedder` without a model; vectors depend on the text alone, on any machine."""

    embedder_id = EMBEDDER_ID
    dimension = _DIMENSION
    window_tokens = WINDOW_TOKENS

    def count_tokens(self, text: str) -> int:
        return count_words(text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, _DIMENSION), np.float32)
        return np.stack([_vector(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        return _vector(text)

    def close(self) -> None:
        """Nothing is held."""


def _vector(text: str) -> Vectors:
    """Return the signed feature hashing of the text's words and trigrams (Weinberger et al. 2009), length 1."""
    vector = np.zeros(_DIMENSION, np.float32)
    for feature, weight in _features(text):
        number = int.from_bytes(hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=8).digest())
        vector[number % _DIMENSION] += weight if number >> 63 else -weight
    norm = float(np.linalg.norm(vector))
    if norm == 0.0:
        vector[0] = norm = 1.0
    unit: Vectors = (vector / np.float32(norm)).astype(np.float32)
    return unit


def _features(text: str) -> Iterator[tuple[str, float]]:
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    for word in _WORD.findall(plain):
        yield word, _WORD_WEIGHT
        padded = f"^{word}$"
        for first in range(len(padded) - 2):
            yield padded[first : first + 3], _PART_WEIGHT
