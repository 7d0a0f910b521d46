"""The built-in embedders as set-up wrote them, and what happens when their files are not whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from copilot.errors import EmbedderError
from copilot.indexing.embedding import (
    EmbedderSpec,
    embedder_id_of,
    load_embedder,
    load_token_counter,
    window_of,
)
from copilot.indexing.embedding.apart_embedder import ApartEmbedder
from copilot.indexing.embedding.built_in import (
    BUILT_IN,
    DESCRIPTION_FILE,
    MODEL_FILE,
    TOKENIZER_FILE,
    built_in_folder,
    read_description,
)
from copilot.indexing.embedding.onnx_embedder import OnnxEmbedder

TEXTS = ("Le dépôt de carburant est à Angers.", "The bridge was closed for repairs.", "42", "")


@pytest.fixture(scope="module", params=BUILT_IN)
def embedder(request: pytest.FixtureRequest) -> OnnxEmbedder:
    made = load_embedder(EmbedderSpec(request.param, threads=2))
    assert isinstance(made, OnnxEmbedder)
    return made


def test_vectors_are_unit_whatever_the_batch(embedder: OnnxEmbedder) -> None:
    together = embedder.embed_passages(TEXTS)
    assert together.shape == (len(TEXTS), embedder.dimension)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    alone = np.stack([embedder.embed_passages([text])[0] for text in TEXTS])
    # Activations are quantised by the whole batch's range, so a vector shifts with its company, by no more than int8
    # may move it from float32. The empty text, last, has no meaning to keep.
    assert (together * alone).sum(axis=1)[:-1].min() > 0.98
    assert embedder.embed_passages([]).shape == (0, embedder.dimension)


def test_the_answer_is_nearer_than_another_passage(embedder: OnnxEmbedder) -> None:
    query = embedder.embed_query("Why could nobody drive across the river?")
    fuel, bridge = embedder.embed_passages(["The fuel is stored in Angers.", TEXTS[1]])
    assert query @ bridge > query @ fuel


def test_e5_reads_french_and_english_alike() -> None:
    e5 = load_embedder(EmbedderSpec("e5", threads=2))
    query = e5.embed_query("Où se trouve le carburant ?")
    fuel, bridge = e5.embed_passages(["The fuel is stored in Angers.", "The bridge was closed for repairs."])
    assert query @ fuel > query @ bridge


def test_input_beyond_the_window_is_cut(embedder: OnnxEmbedder) -> None:
    words = "pont " * embedder.window_tokens
    longer = words + "carburant " * 100
    first, second = embedder.embed_passages([words]), embedder.embed_passages([longer])
    np.testing.assert_array_equal(first, second)


def test_odd_text_has_a_vector(embedder: OnnxEmbedder) -> None:
    odd = ["\ud800 lone", "\x00\x1b[31m", "<s></s>[CLS]", "🚚" * 700, "\u202e"]
    vectors = embedder.embed_passages(odd)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_marker_written_in_a_document_is_never_a_control_token() -> None:
    tokenizer = Tokenizer.from_file(str(built_in_folder("e5") / TOKENIZER_FILE))
    framed = tokenizer.encode("dépôt").ids
    begin, end = framed[0], framed[-1]
    for marker in ("<s>", "</s>", "<pad>", "<mask>"):
        ids = tokenizer.encode(f"un {marker} deux{marker}", add_special_tokens=False).ids
        assert begin not in ids
        assert end not in ids
        assert marker not in tokenizer.encode(f"un {marker} deux", add_special_tokens=False).tokens


def test_the_counter_counts_as_the_embedder_does(embedder: OnnxEmbedder) -> None:
    spec = EmbedderSpec(embedder.description.name)
    count = load_token_counter(spec)
    for text in TEXTS:
        assert count(text) == embedder.count_tokens(text)
    assert count("") == 0
    assert embedder_id_of(spec) == embedder.embedder_id
    assert window_of(spec) == embedder.window_tokens


def test_a_closed_embedder_says_so() -> None:
    minilm = load_embedder(EmbedderSpec("minilm", threads=1))
    minilm.close()
    with pytest.raises(EmbedderError):
        minilm.embed_query("pont")


def test_an_unknown_name_is_told_the_names() -> None:
    with pytest.raises(EmbedderError) as caught:
        load_embedder(EmbedderSpec("bert"))
    assert "minilm" in caught.value.next_step


# --- files that are not whole -----------------------------------------------------------------------------------------


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "minilm"
    shutil.copytree(built_in_folder("minilm"), folder)
    return folder


def test_a_model_apart_gives_the_same_vectors() -> None:
    texts = ["Le pont porte 26 tonnes.", "\ud800 The bridge", ""]
    near, apart = load_embedder(EmbedderSpec("e5")), load_embedder(EmbedderSpec("e5", apart=True))
    for name in ("embedder_id", "dimension", "window_tokens"):
        assert getattr(apart, name) == getattr(near, name)
    assert np.array_equal(apart.embed_passages(texts), near.embed_passages(texts))
    assert np.array_equal(apart.embed_query(texts[0]), near.embed_query(texts[0]))
    assert apart.embed_passages([]).shape == (0, near.dimension)
    assert apart.count_tokens(texts[0]) == near.count_tokens(texts[0])
    apart.close()
    near.close()


def test_a_model_apart_starts_beside_a_screen_that_took_the_error_stream() -> None:
    code = (
        "import io, sys\n"
        "class Taken(io.StringIO):\n"
        "    def fileno(self): return -1\n"
        "sys.stderr = Taken()\n"
        "from copilot.indexing.embedding import EmbedderSpec, load_embedder\n"
        "embedder = load_embedder(EmbedderSpec('minilm', apart=True))\n"
        "print(embedder.embed_query('eau').shape)\n"
        "embedder.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "(384,)\n", done.stderr


def test_a_model_apart_that_is_damaged_says_what_it_says_here(copied: Path) -> None:
    file = copied / TOKENIZER_FILE
    file.write_bytes(b"?" * file.stat().st_size)
    with pytest.raises(EmbedderError) as here:
        OnnxEmbedder(copied)
    with pytest.raises(EmbedderError) as there:
        ApartEmbedder(copied)
    assert (there.value.message, there.value.next_step) == (here.value.message, here.value.next_step)


def test_a_missing_folder_names_the_set_up(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError) as caught:
        OnnxEmbedder(tmp_path / "nothing")
    assert "make setup" in caught.value.next_step


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE])
def test_a_file_cut_short_is_damaged(copied: Path, name: str) -> None:
    path = copied / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(EmbedderError):
        read_description(copied)


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE])
def test_a_file_of_other_content_is_damaged(copied: Path, name: str) -> None:
    path = copied / name
    path.write_bytes(b"\xff" * path.stat().st_size)
    with pytest.raises(EmbedderError):
        OnnxEmbedder(copied)


def test_one_changed_byte_is_found_before_it_is_loaded(
    copied: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    OnnxEmbedder(copied, threads=1).close()
    path = copied / MODEL_FILE
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(EmbedderError) as caught:
        OnnxEmbedder(copied, threads=1)
    assert MODEL_FILE in caught.value.message


def test_an_untouched_file_is_hashed_once(copied: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    OnnxEmbedder(copied, threads=1).close()
    monkeypatch.setattr("copilot.indexing.embedding.checked.sha256_of", lambda _: pytest.fail("hashed again"))
    OnnxEmbedder(copied, threads=1).close()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": 1}'])
def test_a_description_that_is_none_is_damaged(copied: Path, content: str) -> None:
    (copied / DESCRIPTION_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(EmbedderError):
        read_description(copied)


def test_the_id_changes_with_the_prefixes(copied: Path) -> None:
    before = read_description(copied).embedder_id
    values = json.loads((copied / DESCRIPTION_FILE).read_text(encoding="utf-8"))
    values["query_prefix"] = "query: "
    (copied / DESCRIPTION_FILE).write_text(json.dumps(values), encoding="utf-8")
    assert read_description(copied).embedder_id != before


def test_the_package_loads_no_model_library() -> None:
    heavy = ("onnx", "onnxruntime", "tokenizers", "llama_cpp", "numpy")
    code = f"import sys, copilot.indexing.embedding; print([n for n in {heavy!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
