"""Trying every process of ours for a way out of this machine: what `copilot doctor --offline` prints."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from copilot.errors import CopilotError, ParseError
from copilot.sandbox.pool import WalledPool
from copilot.sandbox.probe import Attempt, decode_attempt, encode_attempt, try_in_child, try_sockets

_PARSER_MEMORY = 512 * 2**20
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ProcessAttempt:
    """What one kind of process tried; `attempt` is None where it could not be asked, and `problem` says why."""

    process: str
    attempt: Attempt | None
    problem: str = ""

    @property
    def holds(self) -> bool:
        return self.attempt is not None and self.attempt.holds


def try_every_process(model: Callable[[], Attempt] | None = None) -> Iterator[ProcessAttempt]:
    """Let each kind of process try every way to a socket: this one, a child, a parser, a plugin, and the `model`'s."""
    attempts = _ATTEMPTS if model is None else {**_ATTEMPTS, "model": model}
    for process, attempt in attempts.items():
        try:
            yield ProcessAttempt(process, attempt())
        except (CopilotError, OSError, ValueError, subprocess.SubprocessError) as error:
            yield ProcessAttempt(process, None, str(error))


def _in_parser() -> Attempt:
    pool: WalledPool[str, Attempt] = WalledPool(
        try_sockets,
        encode=encode_attempt,
        decode=decode_attempt,
        workers=1,
        memory_bytes=_PARSER_MEMORY,
        seconds=_SECONDS,
    )
    with pool:
        [(_, outcome)] = list(pool.map(["probe"]))
    if isinstance(outcome, ParseError):
        raise outcome
    return outcome


def probe_as_plugin(_: str) -> bytes:
    """What the plugin's process runs in place of a tool; imported there by name."""
    return encode_attempt(try_sockets())


def _in_plugin() -> Attempt:
    from copilot.sandbox.confinement import Confinement
    from copilot.sandbox.single import End, ending_of, run_confined

    with tempfile.TemporaryDirectory(prefix="copilot-") as folder:
        job = run_confined(
            probe_as_plugin,
            "probe",
            confinement=Confinement((), folder),
            memory_bytes=_PARSER_MEMORY,
            seconds=_SECONDS,
            largest_answer=2**20,
        )
        ending = ending_of(job)
    if ending.end is not End.DONE:
        raise CopilotError(f"{ending.end}: {ending.detail}")
    return decode_attempt(ending.payload)


_ATTEMPTS: dict[str, Callable[[], Attempt]] = {
    "main": try_sockets,
    "child": try_in_child,
    "parser": _in_parser,
    "plugin": _in_plugin,
}
