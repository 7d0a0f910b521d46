"""Speed of a local model: our loop beside llama.cpp's own, time to the first token, and how soon it stops when asked.

Run as ``python -m benchmarks.model_speed``. The model has the shape of one of 1.1 billion parameters, random weights in
Q8_0, and is written on the spot (1.2 GB in the temporary folder).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.native_loop import NativeLoop
from benchmarks.report import RESULTS, Report, Table
from copilot.app.models import default_threads
from copilot.errors import CancelledError
from copilot.grammar import grammar, json_array, json_string
from copilot.inference.gguf_file import read_gguf
from copilot.inference.llama.model import LlamaModel, LlamaSetup
from copilot.inference.synthetic import ONE_BILLION, write_random
from copilot.ports import Cancellation
from copilot.records import Completed, Message, ModelRequest, PromptProgress, Role, Structure, Token
from tests.models import SPM, vocabulary_of

_TOKENS = 64
_CONTEXT = 2_048
_BATCH = 128
_PROMPT_WORDS = 120
_LONG = Structure(grammar(json_array(json_string(200, 150), 4, 8)), {}, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    threads = default_threads()
    with tempfile.TemporaryDirectory() as folder:
        path = write_random(Path(folder) / "1b.gguf", vocabulary_of(SPM), ONE_BILLION, quantised=True)
        tables = [
            _speed(path, threads, given.rounds),
            _first_token(path, threads, Path(folder) / "states"),
            _cancelling(path, threads, given.rounds * 4),
        ]
        notes = f"- {path.stat().st_size / 2**30:.2f} GiB, {threads} thread(s), context 2048; {NOTES}"
    Report("model_speed", "Speed of a local model", tables, notes).write(given.out)


def _model(path: Path, threads: int, states: Path | None = None) -> LlamaModel:
    setup = LlamaSetup(read_gguf(path), "1b", "", _CONTEXT, threads, states=states, states_bytes=2**31)
    return LlamaModel(setup)


def _prompt(seed: int) -> str:
    return " ".join(f"mot{seed}x{number % 97}" for number in range(_PROMPT_WORDS))


def _end(model: LlamaModel, request: ModelRequest) -> Completed:
    *_, end = model.generate(request)
    assert isinstance(end, Completed)
    return end


def _speed(path: Path, threads: int, rounds: int) -> Table:
    """Interleave the ways, so that a noisy minute falls on all of them: greedy draws, same threads, batch and context.

    Free text ends at its maximum, and the C loop goes on where random weights wish to end.
    """
    free = ModelRequest((Message(Role.USER, "Bonjour"),), max_tokens=_TOKENS)
    ours = _model(path, threads)
    wrapper = _wrapper(path, threads)
    with NativeLoop(path, (threads, _CONTEXT, _BATCH), "Bonjour", _LONG.gbnf) as native:
        ways: dict[str, tuple[str, Callable[[], float]]] = {
            "llama.cpp in C": ("free", lambda: native.rate("free", _TOKENS)),
            "llama.cpp's Python wrapper": ("free", lambda: _wrapper_rate(wrapper)),
            "ours": ("free", lambda: _our_rate(ours, free)),
            "llama.cpp in C, within a grammar": ("bound", lambda: native.rate("bound", _TOKENS)),
            "ours, within a grammar": ("bound", lambda: _our_rate(ours, replace(free, structure=_LONG))),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _, measured in ways.values():
            measured()  # what the first question loads is not speed of writing
        for _ in range(rounds):
            for name, (_, measured) in ways.items():
                rates[name].append(measured())
    ours.close()
    wrapper.close()
    medians = {name: statistics.median(found) for name, found in rates.items()}
    base = {"free": medians["llama.cpp in C"], "bound": medians["llama.cpp in C, within a grammar"]}
    columns = ("way", "rounds", "median", "lowest", "highest", "share of C's free loop", "share of C's same loop")
    table = Table("Writing, tokens a second", columns)
    for name, (kind, _) in ways.items():
        found = (medians[name], min(rates[name]), max(rates[name]))
        shares = (medians[name] / base["free"], medians[name] / base[kind])
        table.rows.append((name, rounds, *(round(rate, 2) for rate in found), *(round(share, 3) for share in shares)))
    return table


def _wrapper(path: Path, threads: int) -> Any:
    import llama_cpp

    sizes: Any = {"n_ctx": _CONTEXT, "n_threads": threads, "n_threads_batch": threads, "n_batch": _BATCH}
    return llama_cpp.Llama(str(path), verbose=False, **sizes)


def _wrapper_rate(wrapper: Any) -> float:
    wrapper.reset()
    started = 0.0
    for produced, _token in enumerate(wrapper.generate(wrapper.tokenize(b"Bonjour"), temp=0.0, reset=True)):
        if produced == 0:
            started = time.perf_counter()
        if produced == _TOKENS - 1:
            break
    return (_TOKENS - 1) / (time.perf_counter() - started)


def _our_rate(model: LlamaModel, request: ModelRequest) -> float:
    end = _end(model, request)
    return (end.generated_tokens - 1) / end.generation_seconds


def _first_token(path: Path, threads: int, states: Path) -> Table:
    table = Table("Time to the first token", ("state", "prompt tokens", "reused", "seconds"))
    request = ModelRequest((Message(Role.USER, _prompt(0)),), max_tokens=2)
    changed = ModelRequest((Message(Role.USER, f"{_prompt(0)} Et ensuite ?"),), max_tokens=2)

    def row(name: str, model: LlamaModel, asked: ModelRequest) -> None:
        started = time.perf_counter()
        first = 0.0
        end: Completed | None = None
        for event in model.generate(asked):
            if not first and isinstance(event, Token | Completed):
                first = time.perf_counter() - started
            if isinstance(event, Completed):
                end = event
        assert end is not None
        table.rows.append((name, end.prompt_tokens, end.reused_tokens, round(first, 2)))

    model = _model(path, threads, states)
    row("cold, model loaded with it", model, request)
    row("the same again", model, request)
    row("the same sources, another question", model, changed)
    model.close()
    model = _model(path, threads, states)
    row("a new process, state from disk, model loaded with it", model, request)
    model.close()
    return table


def _cancelling(path: Path, threads: int, rounds: int) -> Table:
    table = Table("Milliseconds from the wish to stop until it stopped", ("phase", "times", "median", "worst"))
    model = _model(path, threads)
    _end(model, ModelRequest((Message(Role.USER, "x"),), max_tokens=1))
    for phase in ("prompt", "writing"):
        taken = []
        for number in range(rounds):
            cancel = Cancellation()
            asked: list[float] = []

            def stop(cancel: Cancellation = cancel, asked: list[float] = asked) -> None:
                asked.append(time.perf_counter())
                cancel.cancel()

            text = _prompt(number + 1) if phase == "prompt" else "x"
            # Random weights may end at once: a grammar that asks for much keeps them writing.
            request = ModelRequest((Message(Role.USER, text),), _LONG if phase == "writing" else None, max_tokens=400)
            timer: threading.Timer | None = None
            try:
                for event in model.generate(request, cancel):
                    wanted = isinstance(event, PromptProgress if phase == "prompt" else Token)
                    if timer is None and wanted:
                        timer = threading.Timer(0.05 + 0.01 * (number % 10), stop)
                        timer.start()
            except CancelledError:
                taken.append((time.perf_counter() - asked[0]) * 1000)
            if timer is not None:
                timer.join()
        middle, worst = (statistics.median(taken), max(taken)) if taken else (0.0, 0.0)
        table.rows.append((phase, len(taken), round(middle, 1), round(worst, 1)))
    model.close()
    return table


NOTES = """rates are medians of interleaved rounds in one run.
- The loop in C is `benchmarks/native_loop.c`, compiled against the same llama.cpp; ours writes from its own process.
- Tokens after the first, and for ours the time to draw the first too.
- A grammar of free text: what is drawn is mostly allowed, and asked about alone."""

if __name__ == "__main__":
    main()
