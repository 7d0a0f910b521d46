"""Writes a BERT encoder with mean pooling and L2 normalisation as an ONNX graph, from arrays alone (no torch).

The forward pass is that of the BERT paper (post-layer-norm, erf GELU); the pooling is that of sentence-transformers:
the mean of the last hidden states under the attention mask, scaled to length 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]
_OPSET = 20  # the first one with Gelu; LayerNormalization came with 17
_IR_VERSION = 9


@dataclass(frozen=True, slots=True)
class Linear:
    """``x @ weight + bias``: weight (inputs, outputs), bias (outputs,)."""

    weight: Array
    bias: Array


@dataclass(frozen=True, slots=True)
class Norm:
    """Scale and shift of a layer normalisation, both (hidden,)."""

    scale: Array
    shift: Array


@dataclass(frozen=True, slots=True)
class BertLayer:
    """One transformer layer; `query_key_value` is the three projections side by side, (hidden, 3 * hidden)."""

    query_key_value: Linear
    attention_output: Linear
    attention_norm: Norm
    feed_forward_in: Linear
    feed_forward_out: Linear
    output_norm: Norm


@dataclass(frozen=True, slots=True)
class BertWeights:
    """All that a BERT encoder is made of; `word` is (vocabulary, hidden), `position` (window, hidden)."""

    word: Array
    position: Array
    token_type: Array
    embedding_norm: Norm
    layers: tuple[BertLayer, ...]
    heads: int
    epsilon: float


@dataclass(slots=True)
class _Graph:
    """Collects nodes and initialisers, and names what they yield."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, value: Array) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node; return the name of its output, or a list of names when there are several."""
        names = [f"n{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x: str, layer: Linear) -> str:
        product: str = self.op("MatMul", x, self.constant(layer.weight))
        return str(self.op("Add", product, self.constant(layer.bias)))

    def norm(self, x: str, layer: Norm, epsilon: float) -> str:
        scale, shift = self.constant(layer.scale), self.constant(layer.shift)
        return str(self.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=epsilon))


def write_graph(weights: BertWeights, *, int8_words: bool) -> onnx.ModelProto:
    """Return the graph ``input_ids, attention_mask (batch, tokens) int64 -> vectors (batch, hidden) float32``.

    `int8_words` stores the word table as one int8 row and one scale a word: it is most of a multilingual model, and
    dynamic quantisation reaches only products.
    """
    graph = _Graph()
    hidden = weights.word.shape[1]
    x = _embed(graph, weights, int8_words=int8_words)
    mask = graph.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    away = graph.op("Mul", graph.op("Sub", graph.number(1.0), mask), graph.number(-10_000.0))
    bias = graph.op("Unsqueeze", away, graph.integers(1, 2))
    for layer in weights.layers:
        attended = graph.linear(_attend(graph, x, layer.query_key_value, bias, weights.heads), layer.attention_output)
        x = graph.norm(graph.op("Add", x, attended), layer.attention_norm, weights.epsilon)
        inner = graph.op("Gelu", graph.linear(x, layer.feed_forward_in))
        x = graph.norm(
            graph.op("Add", x, graph.linear(inner, layer.feed_forward_out)), layer.output_norm, weights.epsilon
        )
    vectors = _pool(graph, x, mask)
    graph.nodes.append(helper.make_node("Identity", [vectors], ["vectors"]))
    shape = ["batch", "tokens"]
    body = helper.make_graph(
        graph.nodes,
        "embedder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", hidden])],
        graph.constants,
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="analyst-copilot")
    model.ir_version = _IR_VERSION
    return model


def int8_rows(table: Array, rows_at_once: int = 8192) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantise each row to int8 by its largest magnitude; return the rows and their scales, (n, 1)."""
    rows = np.empty(table.shape, np.int8)
    scales = np.empty((len(table), 1), np.float32)
    for first in range(0, len(table), rows_at_once):
        part = np.asarray(table[first : first + rows_at_once], np.float32)
        scale = np.maximum(np.abs(part).max(axis=1, keepdims=True) / 127.0, 1e-12)
        rows[first : first + rows_at_once] = np.rint(part / scale)
        scales[first : first + rows_at_once] = scale
    return rows, scales


def _embed(graph: _Graph, weights: BertWeights, *, int8_words: bool) -> str:
    if int8_words:
        rows, scales = int8_rows(weights.word)
        picked = graph.op("Cast", graph.op("Gather", graph.constant(rows), "input_ids"), to=TensorProto.FLOAT)
        words = graph.op("Mul", picked, graph.op("Gather", graph.constant(scales), "input_ids"))
    else:
        words = graph.op("Gather", graph.constant(weights.word), "input_ids")
    # Every token is of the first type, so that its vector can be added to the positions beforehand.
    places = graph.constant(weights.position + weights.token_type[0])
    length = graph.op("Shape", "input_ids", start=1, end=2)
    first = graph.op("Slice", places, graph.integers(0), length, graph.integers(0))
    return graph.norm(graph.op("Add", words, first), weights.embedding_norm, weights.epsilon)


def _attend(graph: _Graph, x: str, projection: Linear, bias: str, heads: int) -> str:
    """Scaled dot-product attention over (batch, heads, tokens, hidden / heads)."""
    hidden = projection.weight.shape[0]
    width = hidden // heads
    parts: Sequence[str] = graph.op(
        "Split", graph.linear(x, projection), graph.integers(hidden, hidden, hidden), outputs=3, axis=2
    )
    split_heads = graph.integers(0, 0, heads, width)
    query, value = (
        graph.op("Transpose", graph.op("Reshape", part, split_heads), perm=[0, 2, 1, 3]) for part in parts[::2]
    )
    key = graph.op("Transpose", graph.op("Reshape", parts[1], split_heads), perm=[0, 2, 3, 1])
    scores = graph.op("Mul", graph.op("MatMul", query, key), graph.number(width**-0.5))
    shares = graph.op("Softmax", graph.op("Add", scores, bias), axis=-1)
    mixed = graph.op("Transpose", graph.op("MatMul", shares, value), perm=[0, 2, 1, 3])
    return str(graph.op("Reshape", mixed, graph.integers(0, 0, hidden)))


def _pool(graph: _Graph, x: str, mask: str) -> str:
    spread = graph.op("Unsqueeze", mask, graph.integers(2))
    total = graph.op("ReduceSum", graph.op("Mul", x, spread), graph.integers(1), keepdims=0)
    count = graph.op("ReduceSum", mask, graph.integers(1), keepdims=1)
    mean = graph.op("Div", total, count)
    return str(graph.op("LpNormalization", mean, axis=-1, p=2))
