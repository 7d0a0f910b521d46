"""The list of models: a file is taken by its hash, and a changed one is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copilot.app.models import available_memory, fit_of
from copilot.errors import ModelError
from copilot.i18n import set_language
from copilot.inference.gguf_file import read_gguf
from copilot.inference.llama.model import BATCH
from copilot.inference.registry import ModelRegistry
from copilot.settings import Settings


@pytest.fixture
def model(tmp_path: Path, spm_model: str) -> Path:
    set_language("en")
    path = tmp_path / "tiny.gguf"
    path.write_bytes(Path(spm_model).read_bytes())
    return path


def test_add_use_remove(tmp_path: Path, model: Path) -> None:
    models = ModelRegistry(tmp_path / "data" / "models.json")
    told: list[tuple[int, int]] = []
    entry = models.add(model, None, lambda done, total: told.append((done, total)))
    assert (entry.name, told[-1]) == ("tiny", (model.stat().st_size,) * 2)
    other = models.add(model, "other")
    assert models.entries()[1] == "tiny", "the first is taken into use"
    models.use("other")
    models.calibrated("other", 3, 9.5)
    assert (models.find("other").threads, models.entries()[1]) == (3, "other")
    assert other.model_hash == entry.model_hash
    models.remove("other")
    assert models.entries() == ([entry], None)
    with pytest.raises(ModelError, match="tiny"):
        models.find("other")
    assert (tmp_path / "data" / "models.json").stat().st_mode & 0o077 == 0


def test_a_changed_file_is_refused(tmp_path: Path, model: Path) -> None:
    models = ModelRegistry(tmp_path / "models.json")
    entry = models.add(model, None)
    models.check(entry)
    data = bytearray(model.read_bytes())
    data[-1] ^= 1
    model.write_bytes(data)
    with pytest.raises(ModelError, match="not the one"):
        models.check(entry)
    # Its old times do not hide it.
    os.utime(model, ns=(entry.files[0].mtime_ns,) * 2)
    with pytest.raises(ModelError, match="not the one"):
        models.check(entry)
    with pytest.raises(ModelError, match="not the one"):
        models.verify(entry)
    model.write_bytes(data + b"x")
    with pytest.raises(ModelError, match="not the one"):
        models.check(entry)
    model.unlink()
    with pytest.raises(ModelError, match="gone"):
        models.check(entry)


def test_a_touched_file_is_hashed_and_taken(tmp_path: Path, model: Path) -> None:
    models = ModelRegistry(tmp_path / "models.json")
    entry = models.add(model, None)
    os.utime(model, ns=(1, 1))
    told: list[int] = []
    models.check(entry, lambda done, _: told.append(done))
    assert told, "it was hashed"
    told.clear()
    models.check(models.find("tiny"), lambda done, _: told.append(done))
    assert not told, "and once is enough"


def test_a_name_is_one_model(tmp_path: Path, model: Path, tekken_model: Path) -> None:
    models = ModelRegistry(tmp_path / "models.json")
    models.add(model, "m")
    with pytest.raises(ModelError, match="already"):
        models.add(tekken_model, "m")


def test_a_damaged_list_is_named(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_text("[1]")
    with pytest.raises(ModelError, match=r"models\.json"):
        ModelRegistry(path).entries()


def test_context_and_kv_type_follow_the_memory(spm_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    info = read_gguf(Path(spm_model))
    overhead = 350 * 2**20 + info.size
    scores = 4 * BATCH * info.heads * info.context
    full = round(info.kv_bytes_per_token() * info.context)

    def fitted(free: int, **model: object) -> tuple[int, str, bool]:
        monkeypatch.setattr("copilot.app.models.available_memory", lambda: free)
        fit = fit_of(info, Settings.model_validate({"model": model}))
        return fit.context, fit.kv_type, fit.fits

    assert fitted(overhead + full + scores) == (info.context, "f16", True)
    assert fitted(overhead + full * 6 // 10) == (info.context, "q8_0", True)
    assert fitted(overhead + full * 3 // 10) == (info.context, "q4_0", True)
    assert fitted(overhead + full * 2 // 10) == (info.context // 2, "q4_0", True)
    assert fitted(1)[2] is False
    assert fitted(overhead + full // 2, kv_type="f16", context=info.context) == (info.context, "f16", False)


def test_available_memory_is_told_on_linux() -> None:
    if Path("/proc/meminfo").exists():
        assert (available_memory() or 0) > 2**20
