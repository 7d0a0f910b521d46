"""A process that runs command lines of the program, each in a child of its own on a terminal or at pipes.

It reads a JSON list of lines on its standard input and writes for each, when it has ended, the exit code and every byte
that came out.
Libraries are loaded once, here; the program's own modules in the child, where they see its terminal.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

_LOADED_ONCE = (
    "chromadb",
    "copilot.app.assist",
    "copilot.app.plugins",
    "copilot.app.session",
    "copilot.app.sync",
    "copilot.presentation.terminal",
    "pint",
    "rich.progress",
    "typer",
)
# How a child ends that was late or broke down.
FAULTY = (99, -9, -11, -6)
_SECONDS = 90.0
_ROWS, _COLUMNS = 50, 160


@dataclass(frozen=True)
class Line:
    """A command line; `typed` is what the person at the terminal types, or what the pipe brings."""

    words: tuple[str, ...]
    mode: str = "colour"  # or "plain", a terminal without colours, or "pipe"
    typed: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """What came of a line: all that a terminal received, or what stdout and stderr did."""

    code: int
    pieces: tuple[bytes, ...]


def run_on_pty(lines: Sequence[Line], folder: Path, environment: Mapping[str, str]) -> list[Sent]:
    """Run the lines one after the other in `folder`."""
    return list(sent_on_pty(lines, folder, environment))


def sent_on_pty(lines: Sequence[Line], folder: Path, environment: Mapping[str, str]) -> Iterator[Sent]:
    """Run the lines one after the other in `folder`, and yield what came of each as soon as it has ended."""
    with tempfile.TemporaryFile("w+") as asked, tempfile.TemporaryFile("w+") as faults:
        json.dump({"folder": str(folder), "lines": [asdict(line) for line in lines]}, asked)
        asked.seek(0)
        with subprocess.Popen(
            [sys.executable, "-m", "tests.cli.lines_on_pty"],
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=faults,
            text=True,
            env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        ) as served:
            assert served.stdout is not None
            for told in served.stdout:
                code, pieces = json.loads(told)
                yield Sent(code, tuple(map(base64.b64decode, pieces)))
        faults.seek(0)
        assert served.returncode == 0, faults.read()


def main() -> None:
    """Serve one list of lines; what came of each is a line of JSON."""
    for name in _LOADED_ONCE:
        import_module(name)
    asked = json.load(sys.stdin)
    for line in asked["lines"]:
        code, pieces = _run(line, os.fsencode(asked["folder"]))
        told = (code, [base64.b64encode(piece).decode("ascii") for piece in pieces])
        print(json.dumps(told), flush=True)


def _run(line: dict[str, Any], folder: bytes) -> tuple[int, list[bytes]]:
    if line["mode"] == "pipe":
        inputs, outputs = [os.pipe()], [os.pipe(), os.pipe()]
        theirs = [inputs[0][0], outputs[0][1], outputs[1][1]]
        write, reads = inputs[0][1], [outputs[0][0], outputs[1][0]]
    else:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        flags = termios.tcgetattr(slave)
        # What is read here is what the program sent: no echo of the keys, no carriage returns of the terminal's own.
        flags[1] &= ~termios.OPOST
        flags[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, flags)
        theirs, write, reads = [slave] * 3, master, [master]
    child = os.fork()
    if child == 0:
        _be_the_program(line, folder, theirs)
    for descriptor in set(theirs):
        os.close(descriptor)
    os.write(write, line["typed"].encode("utf-8", "surrogateescape"))
    if line["mode"] == "pipe":
        os.close(write)
    pieces = _read_all(reads, child)
    _, status = os.waitpid(child, 0)
    for descriptor in reads:
        os.close(descriptor)
    return os.waitstatus_to_exitcode(status), pieces


def _be_the_program(line: dict[str, Any], folder: bytes, streams: list[int]) -> None:
    try:
        os.setsid()
        if line["mode"] != "pipe":
            fcntl.ioctl(streams[0], termios.TIOCSCTTY, 0)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.closerange(3, 1024)
        os.chdir(folder)
        os.environ.update(line["more"])
        os.environ["TERM"] = "xterm-256color"
        if line["mode"] == "plain":
            os.environ["NO_COLOR"] = "1"
        for name, number, how in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
            setattr(sys, name, os.fdopen(number, how, encoding="utf-8", closefd=False, buffering=1))
        from copilot.cli.main import main as copilot

        copilot(line["words"])
    except SystemExit as ended:
        sys.stdout.flush()
        os._exit(int(ended.code or 0))
    except BaseException as error:  # noqa: BLE001 - a child never comes back here
        os.write(2, f"!! {type(error).__name__}: {error}".encode("utf-8", "replace"))
    os._exit(FAULTY[0])


def _read_all(reads: list[int], child: int) -> list[bytes]:
    """Read until every stream is closed; a child that takes too long is killed, which its exit code tells."""
    pieces = dict.fromkeys(reads, b"")
    open_ones = set(reads)
    until = time.monotonic() + _SECONDS
    while open_ones:
        ready, _, _ = select.select(list(open_ones), [], [], max(0.0, until - time.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            break
        for descriptor in ready:
            try:
                piece = os.read(descriptor, 65_536)
            except OSError:  # the last process on the terminal is gone
                piece = b""
            pieces[descriptor] += piece
            if not piece:
                open_ones.discard(descriptor)
    return list(pieces.values())


if __name__ == "__main__":
    main()
