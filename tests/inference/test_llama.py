"""A real GGUF through the real llama.cpp: what comes out, what it costs, and what its process dies of."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.errors import CancelledError, ModelError
from copilot.grammar import grammar, json_string, literal, matches, parse_grammar, sequence
from copilot.i18n import set_language
from copilot.inference.formats import MistralFormat
from copilot.inference.gguf_file import parts_of, read_gguf
from copilot.inference.llama.model import LlamaModel, LlamaSetup
from copilot.inference.llama.worker import resumable
from copilot.inference.synthetic import write_scripted
from copilot.ports import Cancellation
from copilot.records import (
    Completed,
    EndReason,
    Message,
    ModelRequest,
    PromptProgress,
    Role,
    Sampling,
    Structure,
    Token,
)
from tests.models import SPM, TEKKEN, vocabulary_of
from tests.oracle import CONTROL_TEXTS, OracleText

JSON = Structure(grammar(sequence(literal('{"a":'), json_string(12), literal("}"))), {})


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def setup_of(path: Path | str, **more: object) -> LlamaSetup:
    chosen: dict[str, object] = {"name": "tiny", "model_hash": "h", "context": 1_024, "threads": 1, **more}
    return LlamaSetup(info=read_gguf(Path(path)), **chosen)  # type: ignore[arg-type]


@pytest.fixture
def spm(spm_model: str) -> Iterator[LlamaModel]:
    model = LlamaModel(setup_of(spm_model))
    yield model
    model.close()


def ask(text: str, *, structure: Structure | None = None, most: int = 24, **sampling: float) -> ModelRequest:
    return ModelRequest((Message(Role.USER, text),), structure, Sampling(**sampling), most)  # type: ignore[arg-type]


def last(model: LlamaModel, request: ModelRequest, cancel: Cancellation | None = None) -> Completed:
    *_, end = model.generate(request, cancel)
    assert isinstance(end, Completed)
    return end


def test_the_header_tells_the_model(spm_model: str, tekken_model: Path) -> None:
    spm, tekken = read_gguf(Path(spm_model)), read_gguf(tekken_model)
    assert (spm.architecture, spm.tokenizer, spm.vocabulary, spm.quantisation) == ("llama", "llama", 32_768, "F16")
    assert (tekken.tekken, spm.tekken) == (True, False)
    assert {"[INST]", "[/INST]", "</s>"} <= set(spm.control_tokens)
    assert spm.kv_bytes_per_token() == 2 * 2 * 2 * 16 * 2


@pytest.mark.parametrize("damage", [b"", b"GGUF", b"no model at all", b"GGUF\x03\0\0\0" + bytes(200)])
def test_what_is_no_model_is_named(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(damage)
    with pytest.raises(ModelError, match=r"x\.gguf"):
        read_gguf(path)


def test_a_truncated_model_is_named(tmp_path: Path, spm_model: str) -> None:
    data = Path(spm_model).read_bytes()
    for share in (0.05, 0.5, 0.99):
        path = tmp_path / "cut.gguf"
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(ModelError, match=r"cut\.gguf"):
            read_gguf(path)


def test_parts_of_a_split_model(tmp_path: Path) -> None:
    parts = [tmp_path / f"m-0000{number}-of-00002.gguf" for number in (1, 2)]
    parts[0].touch()
    with pytest.raises(ModelError, match="00002-of-00002"):
        parts_of(parts[0])
    parts[1].touch()
    assert parts_of(tmp_path) == parts_of(parts[0]) == tuple(parts)
    (tmp_path / "other.gguf").touch()
    with pytest.raises(ModelError, match="other"):
        parts_of(tmp_path)


@pytest.mark.parametrize("kind", [SPM, TEKKEN], ids=lambda kind: kind.name)
def test_text_is_never_a_control_token(kind: MistralFormat, spm_model: str, tekken_model: Path) -> None:
    path = spm_model if kind == SPM else str(tekken_model)
    with_control, without = " ".join(CONTROL_TEXTS), "x"
    model = LlamaModel(setup_of(path, context=4_096))
    try:
        assert model.count_tokens(with_control) > len(CONTROL_TEXTS)
        if kind == SPM:
            assert model.count_tokens(with_control) == len(OracleText(SPM).encode(with_control))
        assert model.count_tokens(without) <= 2
    finally:
        model.close()


def test_events_of_a_generation(spm: LlamaModel) -> None:
    events = list(spm.generate(ask("Quel stock ? " * 60, structure=JSON, most=120)))
    progress = [event for event in events if isinstance(event, PromptProgress)]
    assert [one.done for one in progress] == sorted(one.done for one in progress)
    assert progress[-1].done == progress[-1].total > 200
    assert progress[1].seconds_left is not None
    end = events[-1]
    assert isinstance(end, Completed)
    assert "".join(event.text for event in events if isinstance(event, Token)) == end.text
    assert matches(parse_grammar(JSON.gbnf), end.text)


def test_the_same_seed_says_the_same(spm: LlamaModel) -> None:
    def draw(seed: int) -> str:
        return last(spm, ask("Bonjour", structure=JSON, temperature=1.5, seed=seed)).text

    drawn = [draw(seed) for seed in (1, 2, 3, 4)]
    assert draw(1) == drawn[0]
    assert len(set(drawn)) > 1


def test_a_shared_beginning_is_not_read_again(spm: LlamaModel) -> None:
    sources = Message(Role.SYSTEM, "Le dépôt détient 42 000 litres. " * 20)

    def asked(question: str) -> Completed:
        return last(spm, ModelRequest((sources, Message(Role.USER, question)), max_tokens=2))

    first, second = asked("Combien de gazole ?"), asked("Combien de gazole ?")
    assert first.reused_tokens == 0
    assert second.reused_tokens == resumable(second.prompt_tokens, second.prompt_tokens, 128) > 0
    assert second.text == first.text


def test_a_reply_is_read_again(spm: LlamaModel) -> None:
    asked = Message(Role.USER, "Le dépôt détient 42 000 litres. " * 5)
    first = last(spm, ModelRequest((asked,), JSON, max_tokens=24))
    further = (asked, Message(Role.ASSISTANT, first.text), Message(Role.USER, "Et ensuite ?"))
    assert 0 < last(spm, ModelRequest(further, max_tokens=2)).reused_tokens <= first.prompt_tokens


def test_a_new_process_goes_on_from_disk(spm_model: str, tmp_path: Path) -> None:
    request = ask("Le dépôt de Cholet détient 42 000 litres. " * 30, most=4)
    states = tmp_path / "states"
    texts = []
    for expected in (False, True):
        model = LlamaModel(setup_of(spm_model, states=states, states_bytes=2**30))
        end = last(model, request)
        model.close()
        texts.append(end.text)
        assert (end.reused_tokens > 0) is expected
    assert texts[0] == texts[1]
    assert all(file.stat().st_mode & 0o077 == 0 for file in states.iterdir())
    for file in states.glob("*.state"):
        file.write_bytes(b"damaged")
    model = LlamaModel(setup_of(spm_model, states=states, states_bytes=2**30))
    assert last(model, request).text == texts[0]
    model.close()


def test_states_are_kept_under_their_limit(spm_model: str, tmp_path: Path) -> None:
    states = tmp_path / "states"
    model = LlamaModel(setup_of(spm_model, states=states, states_bytes=600_000))
    for number in range(4):
        last(model, ask(f"Question {number}. " + f"texte {number} " * 200, most=1))
    model.close()
    assert 0 < sum(file.stat().st_size for file in states.glob("*.state")) <= 600_000


@pytest.mark.parametrize("moment", ["prompt", "writing"])
def test_cancelling_leaves_the_model_usable(spm: LlamaModel, moment: str) -> None:
    last(spm, ask("x", most=1))
    pid = spm.pid
    cancel = Cancellation()
    wanted = PromptProgress if moment == "prompt" else Token
    events = spm.generate(ask("mot " * 800 if moment == "prompt" else "a", most=900, temperature=1.0), cancel)
    next(event for event in events if isinstance(event, wanted))
    cancel.cancel()
    with pytest.raises(CancelledError):
        list(events)
    assert last(spm, ask("x", most=1)).generated_tokens == 1
    assert spm.pid == pid


def test_cancelled_from_another_thread(spm: LlamaModel) -> None:
    cancel = Cancellation()
    threading.Timer(0.05, cancel.cancel).start()

    # No end of its own: whatever the machine's speed, only the cancellation can stop it before the context is full.
    def generate_for_ever() -> None:
        while True:
            last(spm, ask("mot " * 500, most=500, temperature=1.0), cancel)

    with pytest.raises(CancelledError):
        generate_for_ever()


def test_an_iterator_that_is_closed_stops(spm: LlamaModel) -> None:
    events = spm.generate(ask("a", most=900, temperature=1.0))
    next(event for event in events if isinstance(event, Token))
    events.close()  # type: ignore[attr-defined]
    assert last(spm, ask("x", most=1)).generated_tokens == 1


@pytest.mark.parametrize("moment", ["before", "during"])
def test_a_killed_process_is_told_and_replaced(spm: LlamaModel, moment: str) -> None:
    last(spm, ask("x", most=1))
    first = spm.pid
    assert first is not None
    if moment == "before":
        os.kill(first, signal.SIGKILL)
        process = spm._process
        assert process is not None
        while process.is_alive():
            time.sleep(0.01)
    else:
        events = spm.generate(ask("a", most=900, temperature=1.0))
        next(event for event in events if isinstance(event, Token))
        os.kill(first, signal.SIGKILL)
        with pytest.raises(ModelError, match="killed"):
            list(events)
    assert last(spm, ask("x", most=1)).generated_tokens == 1
    assert spm.pid != first


def test_what_cannot_be_is_told(spm: LlamaModel, spm_model: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="longer than the context"):
        last(spm, ask("mot " * 5_000))
    with pytest.raises(ModelError, match="grammar"):
        last(spm, ask("x", structure=Structure('root ::= "a', {})))
    assert last(spm, ask("x", most=3)).reason is EndReason.LENGTH
    for wrong in ({"loras": (("absent.gguf", 1.0),)}, {"context": 2**24, "memory_bytes": 2**30}):
        model = LlamaModel(setup_of(spm_model, **wrong))
        with pytest.raises(ModelError):
            last(model, ask("x"))
        model.close()
    path = tmp_path / "gone.gguf"
    path.write_bytes(Path(spm_model).read_bytes())
    model = LlamaModel(setup_of(path))
    path.unlink()
    with pytest.raises(ModelError, match=r"gone\.gguf"):
        last(model, ask("x"))


@pytest.mark.parametrize("kind", [SPM, TEKKEN], ids=lambda kind: kind.name)
def test_a_scripted_file_says_what_the_grammar_lets_begin(kind: MistralFormat, tmp_path: Path) -> None:
    replies = ['{"plan": "été « à » Cholet, 42 000 L"}', '{"claims": []}', "x" * 100]
    path = write_scripted(tmp_path / "script.gguf", vocabulary_of(kind), replies)
    model = LlamaModel(setup_of(path))
    try:
        for reply in replies:
            end = last(model, ask("Peu importe", structure=Structure(grammar(literal(reply)), {}), most=200))
            assert (end.text, end.reason) == (reply, EndReason.STOP)
        assert last(model, ask("x", most=200)).text in replies
    finally:
        model.close()
