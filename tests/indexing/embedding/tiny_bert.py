"""Writes a tiny BERT embedding model as GGUF: random weights, a real architecture, some hundred kilobytes."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

HIDDEN, LAYERS, HEADS, FEED_FORWARD, WINDOW = 32, 2, 2, 64, 64


def write_tiny_bert(path: Path, *, seed: int = 7) -> None:
    """Write the model to `path`; its vocabulary holds single letters and a few words."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    # llama.cpp writes the start of a word as U+2581 and leaves the rest bare.
    pieces += [f"\u2581{letter}" for letter in letters] + list(letters) + ["\u2581pont", "\u2581gazole", "\u2581eau"]
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name("tiny-bert")
    writer.add_context_length(WINDOW)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    writer.add_token_types([3 if piece.startswith("[") else 1 for piece in pieces])
    writer.add_token_type_count(2)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_sep_token_id(3)
    writer.add_eos_token_id(3)
    writer.add_mask_token_id(4)
    random = np.random.default_rng(seed)

    def tensor(name: str, *shape: int) -> None:
        value = random.normal(0, 0.3, shape) if not name.endswith(("norm.weight", "bias")) else np.full(shape, 1.0)
        writer.add_tensor(name, (value * (0 if name.endswith("bias") else 1)).astype(np.float32))

    tensor("token_embd.weight", len(pieces), HIDDEN)
    tensor("position_embd.weight", WINDOW, HIDDEN)
    tensor("token_types.weight", 2, HIDDEN)
    tensor("token_embd_norm.weight", HIDDEN)
    tensor("token_embd_norm.bias", HIDDEN)
    for layer in range(LAYERS):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{part}.weight", HIDDEN, HIDDEN)
            tensor(f"blk.{layer}.{part}.bias", HIDDEN)
        tensor(f"blk.{layer}.ffn_up.weight", FEED_FORWARD, HIDDEN)
        tensor(f"blk.{layer}.ffn_up.bias", FEED_FORWARD)
        tensor(f"blk.{layer}.ffn_down.weight", HIDDEN, FEED_FORWARD)
        tensor(f"blk.{layer}.ffn_down.bias", HIDDEN)
        for norm in ("attn_output_norm", "layer_output_norm"):
            tensor(f"blk.{layer}.{norm}.weight", HIDDEN)
            tensor(f"blk.{layer}.{norm}.bias", HIDDEN)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
