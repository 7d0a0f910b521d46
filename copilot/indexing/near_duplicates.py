"""Near-duplicates by MinHash (rensa): a signature a document, and groups of documents whose signatures are alike.

Broder, "On the resemblance and containment of documents" (1997): the share of equal minima estimates the Jaccard
similarity of the sets of word triples, with a standard error of about 1/sqrt(128) = 0.09 at the worst.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from copilot.language.words import tokenize

_PERMUTATIONS = 128
_BANDS = 32
_SEED = 42
_SHINGLE = 3
_FORMAT = struct.Struct(f"<{_PERMUTATIONS}I")
# A long document says enough of itself in its first words to be told from others.
_MOST_WORDS = 50_000


def signature(text: str) -> bytes:
    """Return the MinHash of a text's word triples, 512 bytes; empty for a text without words."""
    from rensa import RMinHash

    words = [word.text for word in tokenize(text)[:_MOST_WORDS]]
    if not words:
        return b""
    shingles = {" ".join(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}
    minhash = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    minhash.update(sorted(shingles))
    return _FORMAT.pack(*minhash.digest())


def similarity(one: bytes, other: bytes) -> float:
    """Return the estimated Jaccard similarity of two signatures, 0 to 1; 0 where one is empty."""
    if len(one) != _FORMAT.size or len(other) != _FORMAT.size:
        return 0.0
    pairs = zip(_FORMAT.unpack(one), _FORMAT.unpack(other), strict=True)
    return sum(bool(a == b) for a, b in pairs) / _PERMUTATIONS


def near_duplicate_groups(signatures: Mapping[int, bytes], *, threshold: float) -> list[set[int]]:
    """Return the groups of keys whose signatures are linked by pairs at least `threshold` alike.

    Candidates share one of 32 bands of 4 minima: a pair of similarity 0.9 is missed once in 10^15, one of 0.5 once
    in 8.
    """
    rows = _PERMUTATIONS // _BANDS
    width = rows * 4
    leader = {key: key for key in signatures}

    def find(key: int) -> int:
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for band in range(_BANDS):
        first_in_bucket: dict[bytes, int] = {}
        for key, value in signatures.items():
            if len(value) != _FORMAT.size:
                continue
            other = first_in_bucket.setdefault(value[band * width : (band + 1) * width], key)
            if find(other) != find(key) and similarity(signatures[other], value) >= threshold:
                leader[find(key)] = find(other)
    groups: dict[int, set[int]] = {}
    for key in signatures:
        groups.setdefault(find(key), set()).add(key)
    return [group for group in groups.values() if len(group) > 1]
