"""The reader of the 4-bit file, on a tiny file of the same layout written here."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from copilot.indexing.embedding.e5_file import read_e5, write_tokenizer

HIDDEN, LAYERS, HEADS, INNER, WINDOW, TYPES = 32, 2, 4, 64, 16, 2
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁pont", "▁po", "n", "t", "s"]
SCORES = [0.0, 0.0, 0.0, 0.0, -4.0, -2.0, -3.0, -5.0, -5.5, -6.0]


def q4(values: np.ndarray[tuple[int, ...], np.dtype[np.int8]], scale: float) -> bytes:
    """Pack whole numbers from -8 to 7 in blocks of 32 with one scale."""
    blocks = (values.reshape(-1, 32) + 8).astype(np.uint8)
    packed = blocks[:, :16] | blocks[:, 16:] << 4
    return b"".join(np.float16(scale).tobytes() + block.tobytes() for block in packed)


class TinyFile:
    """The bytes of a file, and the arrays that were put into it."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(5)
        self.arrays: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = {}
        tensors: list[tuple[str, int, bytes, int]] = []

        def weights(name: str, rows: int, columns: int) -> None:
            whole = self._random.integers(-8, 8, (rows, columns)).astype(np.int8)
            self.arrays[name] = whole.astype(np.float32) * np.float32(0.25)
            tensors.append((name, 1, q4(whole, 0.25), whole.size))

        def plain(name: str, size: int) -> None:
            self.arrays[name] = self._random.normal(size=size).astype(np.float32)
            tensors.append((name, 0, self.arrays[name].tobytes(), size))

        weights("emb.word", len(PIECES), HIDDEN)
        for name, size in (("emb.pos", WINDOW * HIDDEN), ("emb.type", TYPES * HIDDEN)):
            plain(name, size)
        for name in ("emb.ln", *(f"l{n}.{part}" for n in range(LAYERS) for part in ("aln", "oln"))):
            plain(f"{name}.w", HIDDEN)
            plain(f"{name}.b", HIDDEN)
        shapes = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN))
        shapes |= {"fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER)}
        for number in range(LAYERS):
            for part, (rows, columns) in shapes.items():
                weights(f"l{number}.{part}.w", rows, columns)
                plain(f"l{number}.{part}.b", rows)
        self.data = self._head() + self._body(tensors)

    def _head(self) -> bytes:
        pieces = [piece.encode() for piece in PIECES]
        offsets = np.cumsum([0, *map(len, pieces)]).astype("<u4")
        replacement = struct.pack("<IBI", 0xA0, 1, 0x20)
        return b"".join(
            (
                b"E5S1",
                struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, len(PIECES), WINDOW, TYPES, 1e-12, 32),
                struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1])),
                offsets.tobytes(),
                np.array(SCORES, "<f4").tobytes(),
                b"".join(pieces),
                struct.pack("<iI", 1, len(replacement)),
                replacement,
            )
        )

    def _body(self, tensors: list[tuple[str, int, bytes, int]]) -> bytes:
        length = 4 + sum(2 + len(name) + struct.calcsize("<BIQQ") for name, *_ in tensors)
        offset = len(self._head()) + length
        directory, content = struct.pack("<i", len(tensors)), b""
        for name, kind, raw, size in tensors:
            entry = struct.pack("<BIQQ", kind, size, offset + len(content), len(raw))
            directory += struct.pack("<H", len(name)) + name.encode() + entry
            content += raw
        return directory + content


@pytest.fixture(scope="module")
def tiny() -> TinyFile:
    return TinyFile()


def test_weights_come_back_as_they_were_written(tiny: TinyFile) -> None:
    weights, _ = read_e5(tiny.data)
    assert (len(weights.layers), weights.heads, weights.position.shape) == (LAYERS, HEADS, (WINDOW, HIDDEN))
    np.testing.assert_array_equal(weights.word, tiny.arrays["emb.word"])
    np.testing.assert_array_equal(weights.position.ravel(), tiny.arrays["emb.pos"])
    layer = weights.layers[1]
    np.testing.assert_array_equal(layer.query_key_value.weight[:, HIDDEN : 2 * HIDDEN], tiny.arrays["l1.k.w"].T)
    np.testing.assert_array_equal(layer.query_key_value.bias[2 * HIDDEN :], tiny.arrays["l1.v.b"])
    np.testing.assert_array_equal(layer.feed_forward_in.weight, tiny.arrays["l1.fi.w"].T)
    np.testing.assert_array_equal(layer.feed_forward_out.weight, tiny.arrays["l1.fo.w"].T)
    np.testing.assert_array_equal(layer.output_norm.shift, tiny.arrays["l1.oln.b"])


def test_the_tokenizer_takes_the_likeliest_pieces(tiny: TinyFile, tmp_path: Path) -> None:
    _, unigram = read_e5(tiny.data)
    write_tokenizer(unigram, tmp_path / "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    found = tokenizer.encode("pont  ponts\u00a0xs")
    # "▁pont" at -2 beats "▁po" "n" "t" at -13.5; x is unknown; the no-break space parts words.
    assert found.tokens == ["<s>", "▁pont", "▁pont", "s", "▁", "x", "s", "</s>"]
    assert found.ids == [0, 5, 5, 9, 4, 3, 9, 2]


@pytest.mark.parametrize("data", [b"", b"GGUF" + b"\0" * 80])
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="E5S1"):
        read_e5(data)


def test_other_blocks_are_refused(tiny: TinyFile) -> None:
    # The size of a block is the last of the header's ten numbers.
    data = tiny.data[:40] + struct.pack("<i", 64) + tiny.data[44:]
    with pytest.raises(ValueError, match="64"):
        read_e5(data)
