"""What a GGUF file says of itself, read without llama.cpp: the file is untrusted, and the header is all that is needed.

Format: ggml's ``docs/gguf.md``; little-endian, magic ``GGUF``, version, counts, then typed key-value pairs.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from copilot.errors import EmbedderError
from copilot.i18n import t

_MAGIC = b"GGUF"
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# Far above any real header: a vocabulary of a million pieces takes some tens of megabytes.
_MOST_PAIRS, _LONGEST_STRING, _LONGEST_ARRAY = 4_096, 1 << 20, 4_000_000
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
        with path.open("rb") as file:
            pairs = _pairs(file)
        architecture = pairs["general.architecture"]
        window = pairs[f"{architecture}.context_length"]
        dimension = pairs[f"{architecture}.embedding_length"]
        if not (isinstance(architecture, str) and isinstance(window, int) and isinstance(dimension, int)):
            raise ValueError("its header has values of other types")  # noqa: TRY004 - the file is at fault
        if window < 8 or dimension < 1:
            raise ValueError("its window or dimension is too small")
    except OSError as cause:
        reason = cause.strerror or cause
        raise EmbedderError(
            t("embedding.gguf_missing", file=path, reason=reason), t("embedding.gguf_missing_next")
        ) from cause
    except (ValueError, KeyError, struct.error) as cause:
        raise EmbedderError(t("embedding.gguf_bad", file=path, reason=cause), t("embedding.gguf_bad_next")) from cause
    return GgufFacts(architecture, min(window, _MOST_WINDOW), dimension)


@cache
def gguf_embedder_id(path: Path, query_prefix: str, passage_prefix: str) -> str:
    """Return the embedder's id: the hash of the file and of the prefixes, for both shape the vectors."""
    facts = read_gguf(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(f"\0{query_prefix}\0{passage_prefix}\0{facts.window}".encode())
    return f"gguf-{digest.hexdigest()[:16]}"


def _pairs(file: BinaryIO) -> dict[str, object]:
    if file.read(4) != _MAGIC:
        raise ValueError("it does not begin with GGUF")
    version, _tensors, count = _unpack(file, "IQQ")
    if not 2 <= version <= 3 or count > _MOST_PAIRS:
        raise ValueError(f"version {version} with {count} pairs")
    pairs: dict[str, object] = {}
    for _ in range(count):
        key = _string(file)
        (kind,) = _unpack(file, "I")
        pairs[key] = _value(file, kind)
    return pairs


def _value(file: BinaryIO, kind: int) -> object:
    if kind in _SCALARS:
        return _unpack(file, _SCALARS[kind])[0]
    if kind == _STRING:
        return _string(file)
    if kind == _ARRAY:
        inner, length = _unpack(file, "IQ")
        if length > _LONGEST_ARRAY or inner == _ARRAY:
            raise ValueError("an array is too long or nested")
        if inner in _SCALARS:
            file.seek(length * struct.calcsize(f"<{_SCALARS[inner]}"), 1)
        else:
            for _ in range(length):
                _string(file)
        # Vocabularies and the like: nothing here asks for them.
        return None
    raise ValueError(f"a value of unknown type {kind}")


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "Q")
    if length > _LONGEST_STRING:
        raise ValueError("a string is too long")
    return file.read(length).decode("utf-8", "replace")


def _unpack(file: BinaryIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(f"<{layout}", file.read(struct.calcsize(f"<{layout}")))
