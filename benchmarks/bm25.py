"""The textbook's BM25, written without a line of the program, as a reference that owes it nothing."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

# Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009): the usual values.
K1 = 1.2
B = 0.75
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Return the words of a text in small letters without accents; neither stemmed nor sifted."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(sign for sign in apart if not unicodedata.combining(sign)))


class TextbookBm25:
    """An inverted index of whole documents in memory."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._postings: dict[str, list[tuple[str, int]]] = {}
        self._lengths: dict[str, int] = {}
        for key, text in documents.items():
            counted = Counter(words(text))
            self._lengths[key] = counted.total()
            for word, count in counted.items():
                self._postings.setdefault(word, []).append((key, count))
        self._average = sum(self._lengths.values()) / max(1, len(self._lengths))

    def search(self, query: str, limit: int) -> list[str]:
        """Return the keys of the best documents, best first; equal scores by key."""
        scores: Counter[str] = Counter()
        for word in words(query):
            found = self._postings.get(word, [])
            idf = math.log(1 + (len(self._lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for key, count in found:
                norm = K1 * (1 - B + B * self._lengths[key] / self._average)
                scores[key] += idf * count * (K1 + 1) / (count + norm)  # type: ignore[assignment]
        return sorted(scores, key=lambda key: (-scores[key], key))[:limit]
