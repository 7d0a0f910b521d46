from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from copilot.errors import EmbedderError
from copilot.i18n import set_language
from copilot.indexing.embedding import EmbedderSpec, embedder_id_of, load_embedder, window_of
from copilot.indexing.embedding.built_in import sha256_of
from copilot.indexing.embedding.gguf_embedder import GgufEmbedder
from copilot.indexing.embedding.gguf_file import read_gguf
from tests.indexing.embedding.tiny_bert import HIDDEN, WINDOW, write_tiny_bert


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_tiny_bert(path)
    return path


@pytest.fixture
def embedder(model: Path) -> Iterator[GgufEmbedder]:
    made = GgufEmbedder(model, sha256_of(model), "query: ", "passage: ", threads=1)
    yield made
    made.close()


def spec_of(path: Path, prefix: str = "") -> EmbedderSpec:
    """A model that was added just now."""
    return EmbedderSpec("gguf", path, prefix, sha256=sha256_of(path))


def test_vectors_are_unit_and_depend_on_the_prefix(embedder: GgufEmbedder) -> None:
    passages = embedder.embed_passages(["gazole", "eau du pont", ""])
    assert passages.shape == (3, HIDDEN)
    assert np.allclose(np.linalg.norm(passages, axis=1), 1.0, atol=1e-5)
    query = embedder.embed_query("gazole")
    assert not np.allclose(query, passages[0])
    assert np.allclose(passages, embedder.embed_passages(["gazole", "eau du pont", ""]), atol=1e-5)


def test_a_text_longer_than_the_window_is_split(embedder: GgufEmbedder) -> None:
    long = "le pont est ouvert " * (WINDOW * 4)
    vector = embedder.embed_passages([long, "x" * 5000])
    assert np.isfinite(vector).all()
    assert np.allclose(np.linalg.norm(vector, axis=1), 1.0, atol=1e-5)


def test_a_killed_child_is_an_error_and_the_next_call_works(embedder: GgufEmbedder) -> None:
    before = embedder.embed_query("eau")
    process = embedder._child._child
    assert process is not None
    process.kill()
    process.wait()
    assert np.allclose(before, embedder.embed_query("eau"), atol=1e-5)
    pipe = embedder._child._pipe
    assert pipe is not None
    pipe.close()
    with pytest.raises(EmbedderError) as caught:
        embedder.embed_query("eau")
    assert "tiny.gguf" in caught.value.message
    assert np.allclose(before, embedder.embed_query("eau"), atol=1e-5)


def test_the_header_tells_window_and_dimension(model: Path) -> None:
    facts = read_gguf(model)
    assert (facts.architecture, facts.window, facts.dimension) == ("bert", WINDOW, HIDDEN)
    assert window_of(spec_of(model)) == WINDOW


def test_the_id_changes_with_file_and_prefixes(model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    write_tiny_bert(other, seed=8)
    plain = embedder_id_of(spec_of(model))
    assert plain == embedder_id_of(spec_of(model))
    assert len({plain, embedder_id_of(spec_of(other)), embedder_id_of(spec_of(model, "q "))}) == 3


@pytest.mark.parametrize("content", [b"", b"GGUF", b"%PDF-1.7 and so on", b"GGUF" + b"\xff" * 64])
def test_what_is_no_model_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.gguf"
    path.write_bytes(content)
    with pytest.raises(EmbedderError) as caught:
        load_embedder(spec_of(path))
    assert "wrong.gguf" in caught.value.message
    assert caught.value.next_step


def test_a_truncated_model_is_an_error_not_a_crash(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.gguf"
    path.write_bytes(model.read_bytes()[: model.stat().st_size // 2])
    with pytest.raises(EmbedderError, match=r"short\.gguf"):
        load_embedder(spec_of(path))


def test_a_file_whose_hash_was_not_taken_or_differs_is_not_loaded(model: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="never added") as caught:
        load_embedder(EmbedderSpec("gguf", model))
    assert "copilot model add" in caught.value.next_step
    path = tmp_path / "mine.gguf"
    write_tiny_bert(path)
    added = spec_of(path)
    load_embedder(added).close()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    for use in (load_embedder, embedder_id_of):
        with pytest.raises(EmbedderError, match=r"mine\.gguf is not the one that was added"):
            use(added)


@pytest.mark.parametrize(
    ("data", "french", "english"),
    [
        (b"no such thing", "il ne commence pas comme un tel fichier", "no GGUF"),
        (b"GGUF\x03\0\0\0", "son en-tête est incohérent", "cut short"),
    ],
)
def test_a_broken_header_is_told_in_the_users_language(tmp_path: Path, data: bytes, french: str, english: str) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(data)
    try:
        set_language("fr")
        with pytest.raises(EmbedderError) as told_in_french:
            read_gguf(file)
    finally:
        set_language("en")
    with pytest.raises(EmbedderError) as told:
        read_gguf(file)
    assert (french in told_in_french.value.message, english in told_in_french.value.message) == (True, False)
    assert english in told.value.message
