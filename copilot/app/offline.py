"""Trying every kind of process of ours for a way out of this machine: what `copilot doctor --offline` prints.

What meets text and code of others (parsers, plugins, models) is also tried for files and processes that are none of
theirs: nothing may leave through a file that something else sends, either.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from copilot.app.reading import ReadSettings, parser_walls
from copilot.app.session import embedder_spec
from copilot.errors import CopilotError, ParseError
from copilot.i18n import t
from copilot.i18n.causes import cause_of
from copilot.parsing import ParseOptions
from copilot.sandbox.bystander import bystander
from copilot.sandbox.pool import WalledPool
from copilot.sandbox.probe import (
    Attempt,
    decode_attempt,
    encode_attempt,
    try_everything,
    try_in_child,
    try_sockets,
    what_to_try,
)
from copilot.sandbox.server_address import server_address
from copilot.settings import Settings

_PARSER_MEMORY = 512 * 2**20
_SECONDS = 60.0
_ANY_WINDOW = 400
_LARGEST = 2**20


@dataclass(frozen=True, slots=True)
class ProcessAttempt:
    """What one kind of process tried; `attempt` is None where it could not be asked, and `problem` says why.

    `wanted` are the ways that an enclave leaves open, to make a socket that its server's port alone can be called with.
    """

    process: str
    attempt: Attempt | None
    problem: str = ""
    wanted: frozenset[str] = frozenset()

    @property
    def holds(self) -> bool:
        return self.attempt is not None and self.wanted.issuperset(self.attempt.opened)


def try_every_process(settings: Settings, secrets: tuple[Path, ...] = ()) -> Iterator[ProcessAttempt]:
    """Let each kind of process try every way to a socket: this one, a child, and those of embedding models, parsers,
    plugins and models.

    All of them try to borrow the sockets of a process beside. The last three also try for the files and folders among
    `secrets`, for others that most machines have, and for what else can be had of that process.
    """
    with tempfile.TemporaryDirectory(prefix="copilot-") as folder, bystander() as process:
        beside = Path(folder, "beside.txt")
        beside.write_text("beside", encoding="utf-8")
        told = _wanted(beside, secrets, process)
        main = _tried("main", partial(try_sockets, process))
        yield replace(main, wanted=_wanted_by_enclave(settings.enclave.url)) if settings.enclave.url else main
        yield _tried("child", partial(try_in_child, process))
        yield _tried("embedder", partial(_in_embedder, process))
        yield _tried("parser", partial(_in_parser, settings, told))
        yield _tried("plugin", partial(_in_plugin, told))
        yield _tried("model", partial(_in_model, told))


def _wanted(beside: Path, secrets: tuple[Path, ...], process: int) -> str:
    """Return what is worth stealing on this machine and can be had without walls."""
    files = [str(path) for path in (beside, Path("/etc/passwd"), *secrets) if path.is_file()]
    folders = [str(path) for path in (beside.parent, Path.home(), *secrets) if path.is_dir()]
    return what_to_try(files, folders, process)


def _wanted_by_enclave(url: str) -> frozenset[str]:
    families = (int(socket.AF_INET), int(socket.AF_INET6))
    # The kernel itself takes the lower half of the family alone.
    wanted = [f"native {family}/stream+" for family in families]
    kinds = [("stream", socket.IPPROTO_TCP)]
    if server_address(url).by_name:
        kinds.append(("dgram", socket.IPPROTO_UDP))
    for way in ("python", "native"):
        for family in families:
            for kind, protocol in kinds:
                wanted += [f"{way} {family}/{kind}", f"{way} {family}/{kind}/{int(protocol)}"]
    return frozenset(wanted)


def _tried(process: str, attempt: Callable[[], Attempt]) -> ProcessAttempt:
    try:
        return ProcessAttempt(process, attempt())
    except (CopilotError, OSError, EOFError, ValueError, subprocess.SubprocessError) as error:
        return ProcessAttempt(process, None, _why(error))


def _why(error: Exception) -> str:
    match error:
        case CopilotError():
            return error.message
        case subprocess.CalledProcessError():
            return t("doctor.probe.ended", code=error.returncode)
        case TimeoutError() | subprocess.TimeoutExpired():
            return t("doctor.probe.late")
        case EOFError() | ValueError():
            return t("doctor.probe.no_report")
    return cause_of(error)


def probe_as_embedder(pipe: Connection, process: int = 0) -> None:
    """What an embedding model's process runs in place of its model."""
    pipe.send_bytes(encode_attempt(try_sockets(process)))


def _in_embedder(process: int) -> Attempt:
    from copilot.indexing.embedding.child import end_child, start_child

    child, pipe = start_child(probe_as_embedder, (process,))
    try:
        if not pipe.poll(_SECONDS):
            raise TimeoutError
        return decode_attempt(pipe.recv_bytes(_LARGEST))
    finally:
        end_child(child, pipe)


def _in_parser(settings: Settings, told: str) -> Attempt:
    """Behind the walls of a parser that may use Tesseract where the settings say so."""
    read = ReadSettings(ParseOptions(ocr=settings.documents.ocr), embedder_spec(settings), _ANY_WINDOW)
    pool: WalledPool[str, Attempt] = WalledPool(
        try_everything,
        encode=encode_attempt,
        decode=decode_attempt,
        workers=1,
        memory_bytes=_PARSER_MEMORY,
        seconds=_SECONDS,
        walls=parser_walls(read),
    )
    with pool:
        [(_, outcome)] = list(pool.map([told]))
    if isinstance(outcome, ParseError):
        raise outcome
    return outcome


def probe_as_plugin(told: str) -> bytes:
    """What the plugin's process runs in place of a tool; imported there by name."""
    return encode_attempt(try_everything(told))


def _in_plugin(told: str) -> Attempt:
    from copilot.sandbox.confinement import Confinement
    from copilot.sandbox.single import End, ending_of, run_confined

    with tempfile.TemporaryDirectory(prefix="copilot-") as folder:
        job = run_confined(
            probe_as_plugin,
            told,
            confinement=Confinement((), folder),
            memory_bytes=_PARSER_MEMORY,
            seconds=_SECONDS,
            largest_answer=_LARGEST,
            demand_walls=False,
        )
        ending = ending_of(job)
    if ending.end is not End.DONE:
        raise CopilotError(t(f"doctor.probe.{ending.end}", detail=ending.detail))
    return decode_attempt(ending.payload)


def _in_model(told: str) -> Attempt:
    from copilot.inference.llama.probing import try_model_process

    return try_model_process(told)
