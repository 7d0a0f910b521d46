"""Where the built-in embedders lie on disk, and what the file beside each model says of it."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from copilot.errors import EmbedderError
from copilot.i18n import t

BUILT_IN = ("e5", "minilm")
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
DESCRIPTION_FILE = "embedder.json"


@dataclass(frozen=True, slots=True)
class Description:
    """What ``embedder.json`` holds: how to use the model beside it, and where it came from.

    `window` counts tokens with special ones and prefix. `model_bytes` lets a cut-short file be told without hashing.
    """

    name: str
    dimension: int
    window: int
    query_prefix: str
    passage_prefix: str
    pooling: str
    padding_id: int
    source: str
    source_version: str
    source_sha256: str
    licence: str
    recipe: int
    model_sha256: str
    model_bytes: int
    tokenizer_sha256: str
    tokenizer_bytes: int

    @property
    def embedder_id(self) -> str:
        """Name and hash of all that shapes a vector."""
        shaping = (self.model_sha256, self.tokenizer_sha256, self.query_prefix, self.passage_prefix, self.window)
        return f"{self.name}-{hashlib.sha256(json.dumps(shaping).encode()).hexdigest()[:16]}"


def embedders_root() -> Path:
    """Return the folder that `make setup` writes the built-in embedders to: inside the Python environment."""
    return Path(sys.prefix) / "share" / "analyst-copilot" / "embedders"


def built_in_folder(name: str) -> Path:
    """Return the folder of a built-in embedder; raise EmbedderError for any other name."""
    if name not in BUILT_IN:
        names = ", ".join((*BUILT_IN, "gguf", "hash"))
        raise EmbedderError(t("embedding.unknown", name=name), t("embedding.unknown_next", names=names))
    return embedders_root() / name


def read_description(folder: Path) -> Description:
    """Read ``embedder.json``; raise EmbedderError if it or a file that it names is missing or cut short."""
    try:
        values = json.loads((folder / DESCRIPTION_FILE).read_text(encoding="utf-8"))
        description = Description(**{field.name: values[field.name] for field in fields(Description)})
        sizes = (description.model_bytes, description.tokenizer_bytes)
        whole = sizes == tuple((folder / name).stat().st_size for name in (MODEL_FILE, TOKENIZER_FILE))
    except FileNotFoundError as cause:
        raise EmbedderError(t("embedding.missing", folder=folder), t("embedding.setup_next")) from cause
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise EmbedderError(t("embedding.damaged", folder=folder), t("embedding.setup_next")) from cause
    if not whole:
        raise EmbedderError(t("embedding.damaged", folder=folder), t("embedding.setup_next"))
    return description


def write_description(description: Description, folder: Path) -> None:
    text = json.dumps(asdict(description), indent=1, ensure_ascii=False) + "\n"
    (folder / DESCRIPTION_FILE).write_text(text, encoding="utf-8")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal, reading it in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
