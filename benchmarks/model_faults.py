"""Ways to hurt the model's process, and what the user is told each time.

Run as ``python -m benchmarks.model_faults``. After each fault that leaves a usable file the next question is asked.
"""

from __future__ import annotations

import argparse
import os
import signal
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.report import RESULTS, Report, Table
from copilot.app.models import registry
from copilot.errors import CopilotError
from copilot.inference.gguf_file import read_gguf
from copilot.inference.llama.model import LlamaModel, LlamaSetup
from copilot.inference.synthetic import write_random
from copilot.ports import Cancellation
from copilot.records import Completed, EndReason, Message, ModelRequest, Role, Sampling, Structure, Token
from copilot.sandbox.landlock import landlock_version
from copilot.sandbox.namespaces import has_namespaces
from tests.models import SPM, vocabulary_of

ASK = ModelRequest((Message(Role.USER, "Bonjour"),), None, Sampling(temperature=1.0), 40)


def _run(model: LlamaModel, request: ModelRequest = ASK, cancel: Cancellation | None = None) -> Completed:
    *_, end = model.generate(request, cancel)
    assert isinstance(end, Completed)
    return end


def _signal(number: int) -> Callable[[LlamaModel], object]:
    def hurt(model: LlamaModel) -> object:
        events = model.generate(replace(ASK, max_tokens=1_500))
        next(event for event in events if isinstance(event, Token))
        assert model.pid is not None
        os.kill(model.pid, number)
        return list(events)

    return hurt


def _cancel(model: LlamaModel) -> object:
    cancel = Cancellation()
    events = model.generate(replace(ASK, max_tokens=1_500), cancel)
    next(event for event in events if isinstance(event, Token))
    cancel.cancel()
    return list(events)


def _hang(model: LlamaModel) -> object:
    cancel = Cancellation()
    events = model.generate(replace(ASK, max_tokens=1_500), cancel)
    next(event for event in events if isinstance(event, Token))
    assert model.pid is not None
    os.kill(model.pid, signal.SIGSTOP)
    cancel.cancel()
    return list(events)


def _long(model: LlamaModel) -> object:
    return _run(model, replace(ASK, messages=(Message(Role.USER, "mot " * 9_000),)))


def _endless(model: LlamaModel) -> object:
    end = _run(model, replace(ASK, max_tokens=200))
    return f"stopped by its limit after {end.generated_tokens} tokens" if end.reason is EndReason.LENGTH else "ended"


def _grammar(text: str) -> Callable[[LlamaModel], object]:
    return lambda model: _run(model, replace(ASK, structure=Structure(text, {})))


def faults(folder: Path) -> Iterator[tuple[str, Callable[[LlamaModel], object], LlamaSetup, bool]]:
    """Yield name, what is done, the model it is done to, and whether the next question must succeed."""
    good = write_random(folder / "good.gguf", vocabulary_of(SPM))
    data = good.read_bytes()
    info = read_gguf(good)
    setup = LlamaSetup(info, "tiny", "", 2_048, 1)
    for name in ("SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM", "SIGBUS", "SIGFPE"):
        yield f"{name} while writing", _signal(getattr(signal, name)), setup, True
    yield "a prompt longer than the context", _long, setup, True
    yield "a model that never stops", _endless, setup, True
    yield "cancelled while writing", _cancel, setup, True
    yield "it hangs, and the user cancels", _hang, setup, True
    yield "a grammar with a syntax error", _grammar('root ::= "a'), setup, True
    yield "a grammar without a root", _grammar('a ::= "b"'), setup, True
    yield "a grammar that recurs on the left", _grammar('root ::= root "a" | "b"'), setup, True
    yield "a context larger than the memory", _run, replace(setup, context=2**24, memory_bytes=2**30), False
    yield "a LoRA adapter that is not there", _run, replace(setup, loras=(("absent.gguf", 1.0),)), False
    yield "a LoRA adapter that is a model", _run, replace(setup, loras=((str(good), 1.0),)), False
    damaged = {
        "cut in half": data[: len(data) // 2],
        "without its last byte": data[:-1],
        "random bytes": os.urandom(100_000),
        "a tensor count of 2^63": data[:8] + struct.pack("<Q", 2**63) + data[16:],
        "NaN in the last 4 MB of weights": data[: len(data) - 4_000_000] + b"\xff\x7f" * 2_000_000,
    }
    for name, content in damaged.items():
        path = folder / f"{name.replace(' ', '_')}.gguf"
        path.write_bytes(content)
        yield f"a file: {name}", _run, replace(setup, info=replace(info, files=(path,))), False
    gone = folder / "gone.gguf"
    gone.write_bytes(data)
    gone_setup = replace(setup, info=replace(info, files=(gone,)))
    gone.unlink()
    yield "a file that was deleted", _run, gone_setup, False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    table = Table("What the user sees", ("what was done", "what was told", "the next question"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, hurt, setup, usable in faults(folder):
            model = LlamaModel(setup)
            try:
                told = hurt(model)
                words = (
                    told if isinstance(told, str) else f"nothing: it answered {str(getattr(told, 'text', told))[:30]!r}"
                )
            except CopilotError as error:
                words = str(error).replace(str(folder), "FOLDER")
            after = "not asked: it cannot be loaded"
            if usable:
                try:
                    after = f"answered ({_run(model).generated_tokens} tokens)"
                except CopilotError as error:
                    after = f"FAILED: {error}"
            model.close()
            table.rows.append((what, words, after))
        table.rows.append(("a changed file", *_changed(folder)))
    Report("model_faults", "Ways to hurt the model's process", [table], notes()).write(given.out)


def _changed(folder: Path) -> tuple[str, str]:
    """Add a model, change a byte of its file, load it."""
    os.environ["XDG_DATA_HOME"] = str(folder / "data")
    path = write_random(folder / "changed.gguf", vocabulary_of(SPM), seed=3)
    entry = registry().add(path, None)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    try:
        registry().check(entry)
    except CopilotError as error:
        return str(error).replace(str(folder), "FOLDER"), "refused, exit 5"
    return "LOADED", ""


def notes() -> str:
    """Return what a reader must know, with the walls behind which the model's process ran."""
    walls = f"seccomp, Landlock {landlock_version()}, bubblewrap {'works' if has_namespaces() else 'is not there'}"
    return f"""
- The program itself was alive after each; a model whose process ended was started anew by the next question.
- Grammars reach llama.cpp only from our own builder, which refuses these before; here the worker is given them raw.
- Walls around the model's process here: {walls}.
"""


if __name__ == "__main__":
    main()
