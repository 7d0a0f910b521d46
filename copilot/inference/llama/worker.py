"""The child process of a model: sealed from the network, it reads requests and answers them until its pipe closes.

Frames are an 8-byte length and JSON. A shared byte tells it to stop: llama.cpp asks for it between the operations of a
decode, we between tokens.
"""

from __future__ import annotations

import codecs
import json
import mmap
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from copilot.inference.formats import PromptEncoder, detect_format
from copilot.inference.formats.detection import MistralFormat, format_named
from copilot.inference.llama.native import DecodeAbortedError, NativeError, NativeModel, NativeSetup
from copilot.inference.llama.states import StateFiles, common_prefix, used
from copilot.inference.llama.wire import LENGTH
from copilot.records import Message, MessageCall, Role, Sampling
from copilot.sandbox.seal import seal_network

# A state on disk is worth loading, and writing, from so many tokens on.
_WORTH_LOADING, _WORTH_SAVING = 64, 256
# llama.cpp reads one token with other kernels than several: the last bits of what it makes of it differ. A prompt is
# never read one token at a time, and what was (the replies) is read again, so that an answer comes out the same
# whatever was asked before it.
_LEAST_READ = 2


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


class ModelWorker:
    """A loaded model and what it answers."""

    def __init__(self, setup: dict[str, Any], should_stop: Any) -> None:
        native = setup["native"]
        loras = tuple((path, float(scale)) for path, scale in native.pop("loras"))
        self._should_stop = should_stop
        files = tuple(native.pop("files"))
        self._model = NativeModel(NativeSetup(files=files, loras=loras, **native), should_stop)
        self._control = self._model.control_tokens()
        named = format_named(setup["format"]) if setup["format"] else None
        self._format: MistralFormat = named or detect_format(self._control, tekken=setup["tekken"])
        self._encoder = PromptEncoder(self, self._format)
        self._states = StateFiles(Path(setup["states"]), setup["states_bytes"]) if setup["states"] else None
        self._steady = 0

    # The vocabulary as the encoder wants it.
    def encode(self, text: str) -> list[int]:
        return self._model.encode(text)

    def control(self, name: str) -> int:
        return self._control[name]

    def describe(self) -> dict[str, Any]:
        return {
            "context": self._model.context_tokens,
            "format": self._format.name,
            "template_hash": self._format.template_hash,
        }

    def serve(self, request: dict[str, Any], answers: BinaryIO) -> None:
        try:
            if request["kind"] == "count":
                write_frame(answers, {"kind": "counted", "tokens": len(self.encode(request["text"]))})
            elif request["kind"] == "probe":
                from copilot.sandbox.probe import encode_attempt, try_sockets

                write_frame(answers, {"kind": "probed", "attempt": json.loads(encode_attempt(try_sockets()))})
            else:
                self._generate(request, answers)
        except DecodeAbortedError:
            write_frame(answers, {"kind": "cancelled"})
        except NativeError as error:
            write_frame(answers, {"kind": "error", "reason": error.reason, "detail": error.detail})

    # --- generation ---------------------------------------------------------------------------------------------------

    def _generate(self, request: dict[str, Any], answers: BinaryIO) -> None:
        ids = self._encoder.encode([_message(told) for told in request["messages"]])
        room = self._model.context_tokens - len(ids)
        if room < 1:
            raise NativeError("too_long", f"{len(ids)}/{self._model.context_tokens}")
        # The grammar is tried before the prompt is read, which may take a minute.
        drawer = self._model.drawer(Sampling(**request["sampling"]), request["gbnf"])
        try:
            started = time.perf_counter()
            reused = self._read_prompt(ids, answers)
            read = time.perf_counter()
            most = min(request["max_tokens"], room)
            text, count, reason = self._write(drawer, most, most - request["closing_tokens"], answers)
        finally:
            drawer.close()
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
                "generation_seconds": time.perf_counter() - read,
            },
        )

    def _read_prompt(self, ids: list[int], answers: BinaryIO) -> int:
        """Read what of the prompt the context, or a state on disk, does not hold; return how much was reused."""
        # The end is always read anew: its logits are what the first draw needs.
        reusable = ids[:-_LEAST_READ]
        shared = min(common_prefix(self._model.held, reusable), self._steady)
        if self._states is not None:
            kept = self._states.longest(reusable)
            if kept is not None and kept[2] - shared >= _WORTH_LOADING:
                file, tokens, more = kept
                if self._model.load_state(str(file), tokens):
                    used(file)
                    shared = more
                else:
                    self._states.forget(file)
                    shared = 0
        reused = done = self._steady = self._model.keep(shared)
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
            # The last batch is never one token alone.
            step = self._model.batch - (len(ids) - done == self._model.batch + 1)
            self._model.read(ids[done : done + step])
            done = self._steady = len(self._model.held)
        write_frame(
            answers, {"kind": "progress", "done": done, "total": len(ids), "reused": reused, "seconds_left": 0.0}
        )
        if len(ids) - reused >= _WORTH_SAVING:
            self._save(ids)
        return reused

    def _save(self, ids: list[int]) -> None:
        if self._states is None:
            return
        try:
            place = self._states.place(ids)
            if place is not None and self._model.save_state(str(place)):
                self._states.finish(place, ids)
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
            if self._model.ends(token):
                return text + decoder.decode(b"", final=True), count, "stop"
            new = decoder.decode(self._model.piece(token))
            if new:
                text += new
                write_frame(answers, {"kind": "token", "text": new})
            if count + 1 < most:
                self._model.read([token])
        return text + decoder.decode(b"", final=True), most, "length"


def _message(told: dict[str, Any]) -> Message:
    calls = tuple(MessageCall(**call) for call in told.pop("calls"))
    return Message(Role(told.pop("role")), calls=calls, **told)


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """Return the next frame; None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    told: dict[str, Any] = json.loads(stream.read(LENGTH.unpack(head)[0]))
    return told


def write_frame(stream: BinaryIO, told: dict[str, Any]) -> None:
    data = json.dumps(told).encode()
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


if __name__ == "__main__":
    main()
