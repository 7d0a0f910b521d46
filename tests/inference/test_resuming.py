"""Reading on from what was read before: bit for bit what reading all anew gives, else no answer could be replayed.

These run llama.cpp in the test's own process, for they look at its logits.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import llama_cpp as lib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from copilot.inference.llama.native import NativeError
from copilot.inference.llama.states import StateFiles, common_prefix
from copilot.inference.llama.worker import ModelWorker, resumable
from copilot.inference.synthetic import Shape, write_random
from copilot.records import Sampling
from tests.models import SPM, vocabulary_of

BATCH, CONTEXT = 128, 1_024
SOURCES = [1, *(100 + number * 7_919 % 30_000 for number in range(700))]


@pytest.fixture(scope="module", params=["f16", "Q8_0", "Q4_K"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape = Shape(embedding=256, layers=2, heads=4, kv_heads=2, feed_forward=512, context=CONTEXT)
    made = tmp_path_factory.mktemp("model") / "m.gguf"
    write_random(made, vocabulary_of(SPM), shape, quantised=request.param == "Q8_0")
    if request.param != "Q4_K":
        return made
    quantised, wish = made.with_name("q.gguf"), lib.llama_model_quantize_default_params()
    wish.ftype, wish.nthread = lib.LLAMA_FTYPE_MOSTLY_Q4_K_M, 1
    assert lib.llama_model_quantize(str(made).encode(), str(quantised).encode(), ctypes.byref(wish)) == 0
    return quantised


def worker_of(path: Path, states: Path | None = None, kv_type: str = "f16") -> ModelWorker:
    native: dict[str, Any] = {
        "files": [str(path)],
        "context": CONTEXT,
        "threads": 1,
        "batch": BATCH,
        "kv_type": kv_type,
        "flash_attention": kv_type != "f16",
        "loras": [],
    }
    setup = {
        "native": native,
        "format": "",
        "tekken": False,
        "model_hash": "h",
        "states": None if states is None else str(states),
        "states_bytes": 2**30,
        "states_key": b"key".hex(),
    }
    return ModelWorker(setup, lambda: False)


def read(worker: ModelWorker, ids: Sequence[int]) -> NDArray[np.float32]:
    worker.read_prompt(list(ids), io.BytesIO())
    logits: NDArray[np.float32] = worker.model.logits()["logit"].copy()
    return logits


def say(worker: ModelWorker, count: int) -> None:
    """Draw tokens as an answer does: each is read alone."""
    drawer = worker.model.drawer(Sampling(temperature=1.0), None)
    for _ in range(count):
        worker.model.read([drawer.draw()])
    drawer.close()


@pytest.mark.parametrize("kv_type", ["f16", "q8_0"])
def test_logits_do_not_tell_what_was_read_before(path: Path, kv_type: str) -> None:
    fresh, used = worker_of(path, kv_type=kv_type), worker_of(path, kv_type=kv_type)
    # An answer stands in the way of the next question, a prompt ends within a batch, or one token behind one.
    for shared, length, said in [
        (0, 300, 40),
        (300, 520, 3),
        (519, 520, 0),
        (385, 385, 20),
        (200, 257, 9),
        (258, 700, 0),
    ]:
        ids = [*SOURCES[:shared], *(9_000 + number + shared for number in range(length - shared))]
        held = common_prefix(used.model.held, ids)
        expected = read(fresh, ids)
        fresh.model.keep(0)
        assert np.array_equal(read(used, ids), expected), (shared, length, held)
        say(used, said)
        read(used, SOURCES[: max(shared, 300)])


def test_an_answer_that_is_part_of_the_next_prompt_is_read_in_company(path: Path) -> None:
    fresh, used = worker_of(path), worker_of(path)
    read(used, SOURCES[:200])
    say(used, 150)
    conversation = [*used.model.held, 5, 6, 7]
    assert np.array_equal(read(used, conversation), read(fresh, conversation))


@pytest.mark.parametrize("length", [301, 384, 385, 417])
def test_a_state_from_disk_goes_on_alike(path: Path, tmp_path: Path, length: int) -> None:
    first = worker_of(path, tmp_path)
    read(first, SOURCES[:length])
    say(first, 5)
    first._save(SOURCES[:length])
    for ids in (SOURCES[:length], [*SOURCES[:length], *range(900, 1_000)]):
        second = worker_of(path, tmp_path)
        told = io.BytesIO()
        assert second.read_prompt(ids, told) == resumable(length, len(ids), BATCH) >= 256
        fresh = read(worker_of(path), ids)
        assert np.array_equal(second.model.logits()["logit"], fresh)


@given(st.integers(0, 2_000), st.integers(1, 2_000), st.sampled_from([32, 64, 128, 512]))
def test_what_is_kept_leaves_enough_to_read(shared: int, total: int, batch: int) -> None:
    kept = resumable(shared, total, batch)
    assert 0 <= kept <= min(shared, total - 1)
    assert kept % 16 == 0
    last = (total - 1) // batch * batch
    assert kept <= last or total - kept >= 16
    assert min(shared, total - 1) - kept < 32


def states_in(folder: Path, limit: int = 10_000, owner: str = "o", key: bytes = b"k") -> StateFiles:
    return StateFiles(folder, owner, limit, key)


def write_state(states: StateFiles, ids: list[int], size: int = 1_000) -> None:
    part = states.place(ids, size)
    assert part is not None
    part.write_bytes(bytes(size))
    states.finish(part, ids)


def test_only_an_own_and_whole_state_is_loaded(tmp_path: Path) -> None:
    states = states_in(tmp_path)
    write_state(states, [1, 2, 3])
    kept = states.longest([1, 2, 9])
    assert kept is not None
    assert (kept.tokens, kept.shared) == ([1, 2, 3], 2)
    assert states.is_whole(kept)
    assert not states_in(tmp_path, key=b"another user's").is_whole(kept)
    assert states_in(tmp_path, owner="p").longest([1, 2, 3]) is None
    for suffix, place in ((".state", 500), (".tokens", 0), (".tokens", -1)):
        data = bytearray(kept.file.with_suffix(suffix).read_bytes())
        data[place] ^= 1
        whole = kept.file.with_suffix(suffix).read_bytes()
        kept.file.with_suffix(suffix).write_bytes(data)
        changed = states.longest([1, 2, 3])
        assert changed is not None
        assert not states.is_whole(changed), suffix
        kept.file.with_suffix(suffix).write_bytes(whole)
    kept.file.unlink()
    assert not states.is_whole(kept)


def test_the_least_used_of_all_models_go_first(tmp_path: Path) -> None:
    one, other = states_in(tmp_path, 3_000), states_in(tmp_path, 3_000, "other")
    write_state(one, [1])
    write_state(one, [2])
    write_state(other, [1])
    first = one.longest([1])
    assert first is not None
    one.use(first)
    write_state(other, [3])
    assert one.longest([1]) is not None
    assert one.longest([2]) is None
    assert other.longest([1]) is not None
    assert sum(file.stat().st_size for file in tmp_path.glob("*.state")) <= 3_000


def test_what_was_not_finished_is_written_again(tmp_path: Path) -> None:
    states = states_in(tmp_path)
    part = states.place([1], 1_000)
    assert part is not None
    part.write_bytes(b"half")
    assert states.longest([1]) is None
    write_state(states, [1])
    write_state(states, [2])
    assert {file.suffix for file in tmp_path.iterdir()} == {".state", ".tokens"}


def test_no_state_beyond_the_limit_or_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert states_in(tmp_path, 999).place([1], 1_000) is None
    monkeypatch.setattr("copilot.inference.llama.states._LEFT_FREE", 2**62)
    assert states_in(tmp_path).place([1], 1_000) is None


def test_nan_is_told(tmp_path: Path) -> None:
    path = write_random(tmp_path / "nan.gguf", vocabulary_of(SPM), seed=5)
    data = bytearray(path.read_bytes())
    # The last tensor written is part of every token's way.
    data[-2_000_000:] = b"\xff\x7f" * 1_000_000
    path.write_bytes(data)
    worker = worker_of(path)
    read(worker, SOURCES[:5])
    drawer = worker.model.drawer(Sampling(), None)
    with pytest.raises(NativeError, match="NaN"):
        drawer.draw()
    drawer.close()
