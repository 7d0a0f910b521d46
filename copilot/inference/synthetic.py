"""Small Mistral-architecture models made on the spot: random weights, or a script that the weights spell out.

For tests, benchmarks and rehearsals: they pass the whole true path (file, tokenizer, prompt, grammar, sampling).

A scripted model is a chain written into the weights. Each piece of its replies is one token of its own, put in a place
that the vocabulary keeps for control tokens to come; its embedding is one axis, attention and feed-forward are zero,
and the output matrix gives the next piece's token on that axis. After ``[/INST]`` the first pieces of all replies are
equally likely, so that the grammar of the moment (plan, blank, answer) decides which reply is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
_LOUD = 40.0
_PIECE_CHARACTERS = 24
_LOW_SCORE = -1e6


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens by id with their llama.cpp types; `scores` for SentencePiece, `merges` for byte pairs.

    `spare` are ids of control tokens that no format uses: a scripted model puts its pieces there.
    """

    tokens: tuple[str, ...]
    types: tuple[int, ...]
    scores: tuple[float, ...] = ()
    merges: tuple[str, ...] = ()
    spare: tuple[int, ...] = ()
    bos: int = 1
    eos: int = 2

    @property
    def tekken(self) -> bool:
        return bool(self.merges)

    def id_of(self, token: str) -> int:
        return self.tokens.index(token)


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model; the default is the smallest that exercises grouped-query attention."""

    embedding: int = 64
    layers: int = 2
    heads: int = 4
    kv_heads: int = 2
    feed_forward: int = 128
    context: int = 2_048


# Of the size of a small current model: 1.1 billion parameters with a vocabulary of 32,768.
ONE_BILLION = Shape(embedding=2_048, layers=20, heads=16, kv_heads=4, feed_forward=5_632, context=4_096)


def write_random(
    path: Path, vocabulary: Vocabulary, shape: Shape = Shape(), *, seed: int = 0, quantised: bool = False
) -> Path:
    """Write a model with random weights: f16, or Q8_0 in `quantised` ones (rows must be multiples of 32)."""
    dice = np.random.default_rng(seed)

    def weights(rows: int, columns: int) -> NDArray[np.float32]:
        # One block of noise, repeated: the time is in writing, not in drawing a billion numbers.
        block = dice.standard_normal((min(rows, 256), columns), dtype=np.float32) / np.sqrt(columns)
        return np.tile(block, (-(-rows // len(block)), 1))[:rows]

    _write(path, vocabulary, shape, weights, weights, quantised=quantised)
    return path


def write_scripted(path: Path, vocabulary: Vocabulary, replies: Sequence[str], *, context: int = 8_192) -> Path:
    """Write a model that answers with one of `replies`, whichever the grammar lets begin, and then ends.

    Raises:
        ValueError: the vocabulary has too few spare places for the replies.
    """
    taken = set(vocabulary.tokens)
    pieces: list[list[str]] = []
    for whole in replies:
        pieces.append(_cut(whole, taken, vocabulary))
        taken.update(pieces[-1])
    wanted = sum(map(len, pieces))
    if wanted > len(vocabulary.spare):
        raise ValueError(f"{wanted} pieces, {len(vocabulary.spare)} places")
    places = iter(vocabulary.spare)
    tokens, types, scores = list(vocabulary.tokens), list(vocabulary.types), list(vocabulary.scores)
    chains: list[list[int]] = []
    for reply in pieces:
        chain = []
        for piece in reply:
            place = next(places)
            tokens[place] = piece
            types[place] = _NORMAL
            if scores:
                scores[place] = _LOW_SCORE
            chain.append(place)
        chains.append(chain)
    scripted = Vocabulary(
        tuple(tokens), tuple(types), tuple(scores), vocabulary.merges, (), vocabulary.bos, vocabulary.eos
    )
    axes = 32 * -(-(wanted + 1) // 32)
    embedding = np.zeros((len(tokens), axes), dtype=np.float32)
    output = np.zeros((len(tokens), axes), dtype=np.float32)
    begin = scripted.id_of("[/INST]")
    embedding[begin, 0] = 1.0
    axis = 1
    for chain in chains:
        if chain:
            output[chain[0], 0] = _LOUD
        for token, following in zip(chain, [*chain[1:], scripted.eos], strict=True):
            embedding[token, axis] = 1.0
            output[following, axis] = _LOUD
            axis += 1

    def zeros(rows: int, columns: int) -> NDArray[np.float32]:
        return np.zeros((rows, columns), dtype=np.float32)

    def table(rows: int, columns: int) -> NDArray[np.float32]:  # noqa: ARG001
        return embedding if table.calls.pop() == "embedding" else output  # type: ignore[attr-defined]

    table.calls = ["output", "embedding"]  # type: ignore[attr-defined]
    shape = Shape(embedding=axes, layers=1, heads=1, kv_heads=1, feed_forward=32, context=context)
    _write(path, scripted, shape, zeros, table, quantised=False)
    return path


def _cut(reply: str, taken: set[str], vocabulary: Vocabulary) -> list[str]:
    """Cut a reply into tokens that the vocabulary does not have yet: llama.cpp aborts at two of the same text.

    Raises:
        ValueError: it cannot be cut so.
    """
    if not reply:
        return []
    for length in (*range(_PIECE_CHARACTERS, 0, -1), *range(_PIECE_CHARACTERS + 1, len(reply) + 1)):
        text = reply[:length]
        piece = _byte_letters(text) if vocabulary.tekken else text.replace(" ", "▁")
        if piece in taken:
            continue
        try:
            rest = _cut(reply[length:], taken | {piece}, vocabulary)
        except ValueError:
            continue
        return [piece, *rest]
    raise ValueError(f"every piece of {reply!r} is a token already")


def _write(path: Path, vocabulary: Vocabulary, shape: Shape, weights: Any, tables: Any, *, quantised: bool) -> None:
    from gguf import GGMLQuantizationType, GGUFWriter
    from gguf.quants import quantize

    writer = GGUFWriter(path, "llama")
    writer.add_name("synthetic")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.embedding)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    head = shape.embedding // shape.heads
    writer.add_rope_dimension_count(head)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(vocabulary.tokens))
    writer.add_tokenizer_model("gpt2" if vocabulary.tekken else "llama")
    if vocabulary.tekken:
        writer.add_tokenizer_pre("tekken")
        writer.add_token_merges(list(vocabulary.merges))
    else:
        writer.add_token_scores(list(vocabulary.scores))
        writer.add_add_space_prefix(True)
    writer.add_token_list(list(vocabulary.tokens))
    writer.add_token_types(list(vocabulary.types))
    writer.add_bos_token_id(vocabulary.bos)
    writer.add_eos_token_id(vocabulary.eos)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)

    def add(name: str, data: NDArray[np.float32]) -> None:
        if data.ndim == 1:
            writer.add_tensor(name, data)
        elif quantised:
            kind = GGMLQuantizationType.Q8_0
            writer.add_tensor(name, quantize(data, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, data.astype(np.float16))

    size, narrow = shape.embedding, head * shape.kv_heads
    ones = np.ones(size, dtype=np.float32)
    add("token_embd.weight", tables(len(vocabulary.tokens), size))
    for layer in range(shape.layers):
        at = f"blk.{layer}"
        add(f"{at}.attn_norm.weight", ones)
        add(f"{at}.attn_q.weight", weights(size, size))
        add(f"{at}.attn_k.weight", weights(narrow, size))
        add(f"{at}.attn_v.weight", weights(narrow, size))
        add(f"{at}.attn_output.weight", weights(size, size))
        add(f"{at}.ffn_norm.weight", ones)
        add(f"{at}.ffn_gate.weight", weights(shape.feed_forward, size))
        add(f"{at}.ffn_up.weight", weights(shape.feed_forward, size))
        add(f"{at}.ffn_down.weight", weights(size, shape.feed_forward))
    add("output_norm.weight", ones)
    add("output.weight", tables(len(vocabulary.tokens), size))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


# --- vocabularies -----------------------------------------------------------------------------------------------------


def spm_vocabulary(pieces: Sequence[tuple[str, float, str]]) -> Vocabulary:
    """Return a SentencePiece vocabulary from (piece, score, kind); kinds are normal, unknown, control and byte."""
    kinds = {"normal": _NORMAL, "unknown": _UNKNOWN, "control": _CONTROL, "byte": _BYTE}
    spare = tuple(index for index, (piece, _, _) in enumerate(pieces) if piece.startswith("[control_"))
    return Vocabulary(
        tuple(piece for piece, _, _ in pieces),
        tuple(kinds[kind] for _, _, kind in pieces),
        tuple(score for _, score, _ in pieces),
        spare=spare,
    )


def tekken_vocabulary(control: Sequence[str], ranked: Sequence[bytes], places: int = 1_000) -> Vocabulary:
    """Return a Tekken vocabulary: `places` control tokens, of which `control` have names, then tokens by rank.

    Merges are what the ranks imply: each token of several bytes is the last merge of its own encoding (as tiktoken
    computes it), in the order of the ranks.
    """
    names = [*control, *(f"<SPECIAL_{index}>" for index in range(len(control), places))]
    ranks = {token: rank for rank, token in enumerate(ranked)}
    merges = []
    for token in ranked:
        if len(token) > 1:
            halves = _halves(token, ranks)
            if len(halves) == 2:
                merges.append(" ".join(_letters(half) for half in halves))
    return Vocabulary(
        (*names, *(_letters(token) for token in ranked)),
        (*(_CONTROL for _ in names), *(_NORMAL for _ in ranked)),
        merges=tuple(merges),
        spare=tuple(range(len(control), places)),
    )


def _halves(token: bytes, ranks: dict[bytes, int]) -> list[bytes]:
    """Merge the bytes of a token by the ranks below its own; what is left are the two parts of its merge."""
    parts = [bytes([byte]) for byte in token]
    limit = ranks[token]
    while len(parts) > 2:
        pairs = [(ranks.get(parts[at] + parts[at + 1], limit), at) for at in range(len(parts) - 1)]
        rank, at = min(pairs)
        if rank >= limit:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def _byte_letters(text: str) -> str:
    return _letters(text.encode())


def _letters(data: bytes) -> str:
    return "".join(_BYTE_LETTERS[byte] for byte in data)


def _gpt2_letters() -> list[str]:
    """Return the letter that stands for each byte in a byte-pair vocabulary (the table of GPT-2)."""
    plain = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    letters, spare = [], 256
    for byte in range(256):
        if byte in plain:
            letters.append(chr(byte))
        else:
            letters.append(chr(spare))
            spare += 1
    return letters


_BYTE_LETTERS = _gpt2_letters()
