"""The child process of a model: sealed from the network, it reads requests and answers them until its pipe closes.

A shared byte tells it to stop: llama.cpp asks for it between the operations of a decode, we between tokens.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import mmap
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from copilot.inference.formats import PromptEncoder, detect_format
from copilot.inference.formats.detection import MistralFormat, format_named
from copilot.inference.llama.frames import read_frame, write_frame
from copilot.inference.llama.native import VERSION, DecodeAbortedError, NativeError, NativeModel, NativeSetup
from copilot.inference.llama.states import KeptState, StateFiles, common_prefix
from copilot.records import Message, MessageCall, Role, Sampling
from copilot.sandbox.confinement import Confinement, confine_as_far_as_offered
from copilot.sandbox.limits import limit_model
from copilot.sandbox.seal import SealState, seal_network

# A state on disk is worth loading, and writing, from so many tokens on.
_WORTH_LOADING, _WORTH_SAVING = 64, 256
# A token read alone, or among less than eight, differs in the last bits from one read in a batch (measured over f16 and
# Q4_0 to Q8_0), and so may what is said after it. Whatever is kept of an earlier reading is cut to whole groups.
_GROUP = 16


def main() -> None:
    """Serve the requests on standard input; the first one says what to load."""
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    seal = seal_network()
    first = read_frame(requests)
    if first is None:
        return
    stands = _put_up_walls(first, seal)
    if first["kind"] == "probe":
        from copilot.sandbox.probe import encode_attempt, try_everything

        write_frame(answers, {"kind": "probed", "attempt": encode_attempt(try_everything(first["told"])).decode()})
        return
    if not stands:
        write_frame(answers, {"kind": "error", "reason": "unwalled", "detail": seal.value})
        return
    with mmap.mmap(first["stop_fd"], 1) as stop:
        parent = first["parent"]

        def should_stop() -> bool:
            # A parent that died asks for nothing any more.
            return stop[0] != 0 or os.getppid() != parent

        try:
            worker = ModelWorker(first, should_stop)
        except NativeError as error:
            write_frame(answers, {"kind": "error", "reason": error.reason, "detail": error.detail})
            return
        write_frame(answers, {"kind": "ready", "seal": seal.value, **worker.describe()})
        while (request := read_frame(requests)) is not None:
            worker.serve(request, answers)


def _put_up_walls(first: dict[str, Any], seal: SealState) -> bool:
    """Leave to this process the files of its model and the folder of its states; what it writes is its owner's.

    Returns whether each wall stands that this system offers.
    """
    os.umask(0o077)
    limit_model(first["states_bytes"], first["memory_bytes"])
    if first["states"]:
        Path(first["states"]).mkdir(mode=0o700, parents=True, exist_ok=True)
    native = first["native"]
    files = (*native["files"], *(path for path, _ in native["loras"]))
    return confine_as_far_as_offered(Confinement(files, first["states"] or ""), seal)


class ModelWorker:
    """A loaded model and what it answers."""

    def __init__(self, setup: dict[str, Any], should_stop: Any) -> None:
        native = setup["native"]
        loras = tuple((path, float(scale)) for path, scale in native.pop("loras"))
        self._should_stop = should_stop
        files = tuple(native.pop("files"))
        self.model = NativeModel(NativeSetup(files=files, loras=loras, **native), should_stop)
        self._control = self.model.control_tokens()
        named = format_named(setup["format"]) if setup["format"] else None
        self._format: MistralFormat = named or detect_format(self._control, tekken=setup["tekken"])
        self._encoder = PromptEncoder(self, self._format)
        self._states = _states_of(setup)
        # How many of the tokens that the context holds were read as a prompt; those after them it drew itself.
        self._prompt_held = 0

    # The vocabulary as the encoder wants it.
    def encode(self, text: str) -> list[int]:
        return self.model.encode(text)

    def control(self, name: str) -> int:
        return self._control[name]

    def describe(self) -> dict[str, Any]:
        return {
            "context": self.model.context_tokens,
            "format": self._format.name,
            "template_hash": self._format.template_hash,
        }

    def serve(self, request: dict[str, Any], answers: BinaryIO) -> None:
        try:
            if request["kind"] == "count":
                write_frame(answers, {"kind": "counted", "tokens": len(self.encode(request["text"]))})
            else:
                self._generate(request, answers)
        except DecodeAbortedError:
            write_frame(answers, {"kind": "cancelled"})
        except NativeError as error:
            write_frame(answers, {"kind": "error", "reason": error.reason, "detail": error.detail})

    # --- generation ---------------------------------------------------------------------------------------------------

    def _generate(self, request: dict[str, Any], answers: BinaryIO) -> None:
        ids = self._encoder.encode([_message(told) for told in request["messages"]])
        room = self.model.context_tokens - len(ids)
        if room < 1:
            raise NativeError("too_long", f"{len(ids)}/{self.model.context_tokens}")
        # The grammar is tried before the prompt is read, which may take a minute.
        drawer = self.model.drawer(Sampling(**request["sampling"]), request["gbnf"])
        try:
            started = time.perf_counter()
            reused = self.read_prompt(ids, answers)
            read = time.perf_counter()
            most = min(request["max_tokens"], room)
            text, count, reason = self._write(drawer, most, most - request["closing_tokens"], answers)
            written = time.perf_counter()
        finally:
            drawer.close()
        if len(ids) - reused >= _WORTH_SAVING:
            self._save(ids)
        write_frame(
            answers,
            {
                "kind": "done",
                "text": text,
                "reason": reason,
                "prompt_tokens": len(ids),
                "reused_tokens": reused,
                "generated_tokens": count,
                "prompt_seconds": read - started,
                "generation_seconds": written - read,
            },
        )

    def read_prompt(self, ids: list[int], answers: BinaryIO) -> int:
        """Read what of the prompt the context, or a state on disk, does not hold; return how much was reused."""
        shared = resumable(common_prefix(self.model.held[: self._prompt_held], ids), len(ids), self.model.batch)
        kept = self._states.longest(ids) if self._states is not None else None
        if kept is not None and self._states is not None:
            more = resumable(kept.shared, len(ids), self.model.batch)
            if more - shared >= _WORTH_LOADING:
                if self._states.is_whole(kept) and self.model.load_state(str(kept.file), kept.tokens):
                    self._note_use(kept)
                    shared = more
                else:
                    self._states.forget(kept.file)
                    shared = min(shared, len(self.model.held))
        reused = done = self._prompt_held = self.model.keep(shared)
        started = time.perf_counter()
        while done < len(ids):
            passed = time.perf_counter() - started
            rate = (done - reused) / passed if done > reused and passed > 0 else None
            write_frame(
                answers,
                {
                    "kind": "progress",
                    "done": done,
                    "total": len(ids),
                    "reused": reused,
                    "seconds_left": (len(ids) - done) / rate if rate else None,
                },
            )
            if self._should_stop():
                raise DecodeAbortedError
            # Batches end at the same tokens wherever the reading began.
            self.model.read(ids[done : (done // self.model.batch + 1) * self.model.batch])
            done = self._prompt_held = len(self.model.held)
        write_frame(
            answers, {"kind": "progress", "done": done, "total": len(ids), "reused": reused, "seconds_left": 0.0}
        )
        return reused

    def _note_use(self, kept: KeptState) -> None:
        with suppress(OSError):
            if self._states is not None:
                self._states.use(kept)

    def _save(self, ids: list[int]) -> None:
        if self._states is None:
            return
        self.model.keep(len(ids))
        try:
            part = self._states.place(ids, self.model.state_bytes())
            if part is not None and self.model.save_state(str(part)):
                self._states.finish(part, ids)
            elif part is not None:
                self._states.forget(part)
        except OSError:
            # A full or read-only disk costs the next process some seconds, and this answer nothing.
            return

    def _write(self, drawer: Any, most: int, close_from: int, answers: BinaryIO) -> tuple[str, int, str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = ""
        for count in range(most):
            if self._should_stop():
                raise DecodeAbortedError
            token = drawer.draw(closing=close_from < most and count >= close_from)
            if self.model.ends(token):
                return text + decoder.decode(b"", final=True), count, "stop"
            new = decoder.decode(self.model.piece(token))
            if new:
                text += new
                write_frame(answers, {"kind": "token", "text": new})
            if count + 1 < most:
                self.model.read([token])
        return text + decoder.decode(b"", final=True), most, "length"


def resumable(shared: int, total: int, batch: int) -> int:
    """Return how many of `shared` tokens may be kept so that the rest of `total` is read as if all were read anew."""
    count = min(shared, total - 1) // _GROUP * _GROUP
    # Within the last batch enough must be left not to be read alone.
    if count > (total - 1) // batch * batch and total - count < _GROUP:
        count -= _GROUP
    return max(0, count)


def _states_of(setup: dict[str, Any]) -> StateFiles | None:
    if not setup["states"]:
        return None
    native = setup["native"]
    loaded = [
        VERSION,
        setup["model_hash"],
        *(native[name] for name in ("context", "kv_type", "flash_attention", "batch")),
    ]
    owner = hashlib.sha256(json.dumps(loaded).encode()).hexdigest()[:16]
    return StateFiles(Path(setup["states"]), owner, setup["states_bytes"], bytes.fromhex(setup["states_key"]))


def _message(told: dict[str, Any]) -> Message:
    calls = tuple(MessageCall(**call) for call in told.pop("calls"))
    return Message(Role(told.pop("role")), calls=calls, **told)


if __name__ == "__main__":
    main()
