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
from pathlib import Path
from typing import Any

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

_TOKENS = 48
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
    setup = LlamaSetup(read_gguf(path), "1b", "", 2_048, threads, states=states, states_bytes=2**31)
    return LlamaModel(setup)


def _prompt(seed: int) -> str:
    return " ".join(f"mot{seed}x{number % 97}" for number in range(_PROMPT_WORDS))


def _end(model: LlamaModel, request: ModelRequest) -> Completed:
    *_, end = model.generate(request)
    assert isinstance(end, Completed)
    return end


def _speed(path: Path, threads: int, rounds: int) -> Table:
    """Interleave the ways, so that a noisy minute falls on all of them."""
    import llama_cpp

    text = Structure(grammar(json_array(json_string(200), 4, 8)), {}, 0)
    ours = _model(path, threads)
    sizes: Any = {"n_ctx": 2_048, "n_threads": threads, "n_threads_batch": threads, "n_batch": 128}
    wrapper: Any = llama_cpp.Llama(str(path), verbose=False, **sizes)
    request = ModelRequest((Message(Role.USER, "Bonjour"),), max_tokens=_TOKENS)
    bound = ModelRequest((Message(Role.USER, "Bonjour"),), text, max_tokens=_TOKENS)
    rates: dict[str, list[float]] = {"llama.cpp's wrapper": [], "ours": [], "ours, within a grammar": []}
    prompt = wrapper.tokenize(b"Bonjour")
    for _ in range(rounds):
        wrapper.reset()
        started = 0.0
        for produced, _token in enumerate(wrapper.generate(prompt, temp=0.0, reset=True)):
            if produced == 0:
                started = time.perf_counter()
            if produced == _TOKENS:
                break
        rates["llama.cpp's wrapper"].append(_TOKENS / (time.perf_counter() - started))
        for name, asked in (("ours", request), ("ours, within a grammar", bound)):
            end = _end(ours, asked)
            rates[name].append(end.generated_tokens / end.generation_seconds)
    ours.close()
    wrapper.close()
    base = statistics.median(rates["llama.cpp's wrapper"])
    table = Table("Writing, tokens a second", ("way", "rounds", "median", "share of llama.cpp's"))
    for name, found in rates.items():
        median = statistics.median(found)
        table.rows.append((name, rounds, round(median, 2), round(median / base, 3)))
    return table


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
- A grammar of free text: what is drawn is mostly allowed, and asked about alone."""

if __name__ == "__main__":
    main()
