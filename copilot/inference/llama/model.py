"""A local model as the rest of the program uses it: its process starts when first needed, and anew after a fault."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from copilot.errors import CancelledError, ModelError
from copilot.i18n import t
from copilot.inference.gguf_file import GgufInfo
from copilot.inference.llama.process import DeadWorkerError, ModelProcess
from copilot.ports import Cancellation
from copilot.records import Completed, EndReason, ModelEvent, ModelRequest, PromptProgress, Token
from copilot.sandbox.confinement import Confinement

# How often a request to stop is looked for.
_TICK = 0.02
# How long a process that was told to stop may take, should it be writing a state; then it is ended.
_PATIENCE = 3.0
_START_SECONDS = 600.0
# How many tokens of a prompt are read at once.
BATCH = 128


@dataclass(frozen=True, slots=True)
class LlamaSetup:
    """How a model is to be run. `format` is a name such as ``v7`` or empty.

    `memory_bytes` bounds what its process may have beside the mapped file, 0 does not; `states` is a folder for what
    was read, `states_key` the user's secret by which one of theirs is known.
    """

    info: GgufInfo
    name: str
    model_hash: str
    context: int
    threads: int
    kv_type: str = "f16"
    flash_attention: bool = False
    format: str = ""
    loras: tuple[tuple[str, float], ...] = ()
    batch: int = BATCH
    memory_bytes: int = 0
    states: Path | None = None
    states_bytes: int = 0
    states_key: bytes = b""


class LlamaModel:
    """A GGUF file through llama.cpp; implements `copilot.ports.LanguageModel`, for one thread at a time."""

    def __init__(self, setup: LlamaSetup) -> None:
        self._setup = setup
        self._process: ModelProcess | None = None
        self._described: dict[str, Any] = {}

    @property
    def name(self) -> str:
        return self._setup.name

    @property
    def model_hash(self) -> str:
        return self._setup.model_hash

    @property
    def template_hash(self) -> str:
        self._started()
        return str(self._described["template_hash"])

    @property
    def runtime(self) -> str:
        return f"llama-cpp-python {version('llama-cpp-python')}, {self._setup.kv_type}"

    @property
    def format(self) -> str:
        """The name of the prompt format that is in use."""
        self._started()
        return str(self._described["format"])

    @property
    def context_tokens(self) -> int:
        self._started()
        return int(self._described["context"])

    @property
    def pid(self) -> int | None:
        """The process that holds the model now, if any."""
        return None if self._process is None else self._process.pid

    def count_tokens(self, text: str) -> int:
        return int(self._ask({"kind": "count", "text": text}, "counted")["tokens"])

    def generate(self, request: ModelRequest, cancel: Cancellation | None = None) -> Iterator[ModelEvent]:
        """Yield progress, tokens and, last, `Completed`; see `copilot.ports.LanguageModel`.

        Closing the iterator stops the generation and leaves the process ready.
        """
        process = self._started(cancel)
        told = {
            "kind": "generate",
            "messages": [asdict(message) for message in request.messages],
            "gbnf": None if request.structure is None else request.structure.gbnf,
            "closing_tokens": 0 if request.structure is None else request.structure.closing_tokens,
            "sampling": asdict(request.sampling),
            "max_tokens": request.max_tokens,
        }
        over = False
        try:
            self._send(process, told)
            while not over:
                frame = self._next(process, cancel)
                over = frame["kind"] not in ("progress", "token")
                yield self._event(frame)
        finally:
            if not over and process is self._process:
                self._drain(process)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    # --- talking to the process ---------------------------------------------------------------------------------------

    def _event(self, frame: dict[str, Any]) -> ModelEvent:
        match frame["kind"]:
            case "progress":
                return PromptProgress(frame["done"], frame["total"], frame["reused"], frame["seconds_left"])
            case "token":
                return Token(frame["text"])
            case "done":
                told = {key: value for key, value in frame.items() if key not in ("kind", "reason")}
                return Completed(reason=EndReason(frame["reason"]), **told)
            case "cancelled":
                raise CancelledError(t("ask.cancelled"))
            case "error":
                raise self._error(frame["reason"], frame["detail"])
        raise self._fault(DeadWorkerError("protocol", frame["kind"]))

    def _ask(self, request: dict[str, Any], wanted: str) -> dict[str, Any]:
        process = self._started()
        self._send(process, request)
        frame = self._next(process, None)
        if frame["kind"] != wanted:
            raise self._fault(DeadWorkerError("protocol", frame["kind"]))
        return frame

    def _send(self, process: ModelProcess, told: dict[str, Any]) -> None:
        try:
            process.send(told)
        except DeadWorkerError as dead:
            raise self._fault(dead) from None

    def _next(self, process: ModelProcess, cancel: Cancellation | None) -> dict[str, Any]:
        patience = None
        try:
            while True:
                if cancel is not None and cancel.is_asked:
                    process.stop()
                    patience = patience or time.monotonic() + _PATIENCE
                    if time.monotonic() > patience:
                        # It hangs, or the machine swaps: the user comes first.
                        self.close()
                        raise CancelledError(t("ask.cancelled"))
                frame = process.receive(_TICK)
                if frame is not None:
                    return frame
        except DeadWorkerError as dead:
            raise self._fault(dead) from None

    def _drain(self, process: ModelProcess) -> None:
        """Stop what is going on and read what is left of it, so that the next answer is the next question's."""
        process.stop()
        patience = time.monotonic() + _PATIENCE
        with suppress(DeadWorkerError):
            while time.monotonic() < patience:
                frame = process.receive(_TICK)
                if frame is not None and frame["kind"] not in ("progress", "token"):
                    return
        self.close()

    def _started(self, cancel: Cancellation | None = None) -> ModelProcess:
        if self._process is not None:
            if self._process.is_alive():
                return self._process
            self.close()
        setup = self._setup
        process = self._process = ModelProcess(_walls_of(setup))
        native = {
            "files": [str(file) for file in setup.info.files],
            "context": setup.context,
            "threads": setup.threads,
            "batch": setup.batch,
            "kv_type": setup.kv_type,
            "flash_attention": setup.flash_attention,
            "loras": [list(lora) for lora in setup.loras],
        }
        first = {
            "kind": "load",
            "native": native,
            "format": setup.format,
            "tekken": setup.info.tekken,
            "states": None if setup.states is None else str(setup.states),
            "states_bytes": setup.states_bytes,
            "memory_bytes": setup.memory_bytes,
            "states_key": setup.states_key.hex(),
            "model_hash": setup.model_hash,
            "stop_fd": process.stop_fd,
            "parent": process.parent,
        }
        self._send(process, first)
        try:
            waited = 0.0
            while (frame := process.receive(_TICK)) is None:
                waited += _TICK
                if cancel is not None and cancel.is_asked:
                    self.close()
                    raise CancelledError(t("ask.cancelled"))
                if waited > _START_SECONDS:
                    raise DeadWorkerError("crashed", f"> {_START_SECONDS:g} s")
        except DeadWorkerError as dead:
            raise self._fault(dead) from None
        if frame["kind"] != "ready":
            self.close()
            raise self._error(str(frame.get("reason")), str(frame.get("detail")))
        self._described = frame
        return process

    def _fault(self, dead: DeadWorkerError) -> ModelError:
        self.close()
        message = t(f"model.worker_{dead.cause}", name=self.name, detail=dead.detail)
        return ModelError(message, t(f"model.worker_{dead.cause}_next"))

    def _error(self, reason: str, detail: str) -> ModelError:
        known = reason if reason in _REASONS else "decode"
        path = self._setup.info.files[0]
        message = t(f"model.native_{known}", name=self.name, path=path, detail=detail)
        return ModelError(message, t(f"model.native_{known}_next"))


_REASONS = ("load", "context", "lora", "grammar", "decode", "dead_end", "too_long", "unwalled")


def _walls_of(setup: LlamaSetup) -> Confinement:
    """Return what a model's process may see: the files of its model, and the folder of its states, made here."""
    if setup.states is not None:
        setup.states.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = (*map(str, setup.info.files), *(str(path) for path, _ in setup.loras))
    return Confinement(files, "" if setup.states is None else str(setup.states))
