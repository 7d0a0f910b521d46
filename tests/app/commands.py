"""Running command lines as the program's entry point does, many in one process that is not the test's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 110.0
# Lines whose first word is "!" are run by the shell, for what a user does beside the program; what those with "?" print
# is told. The second word of those with "<" is typed at the terminal that the rest is run at.
_PROGRAM = """
import contextlib, io, json, os, subprocess, sys
from copilot.cli.main import run
from copilot.i18n import set_language
set_language("en")
os.umask(0o077)
class Terminal(io.StringIO):
    def isatty(self):
        return True
told = []
for line in json.loads(sys.stdin.read()):
    if line[0] == "!":
        subprocess.run(line[1], shell=True, check=True)
        continue
    if line[0] == "?":
        done = subprocess.run(line[1], shell=True, capture_output=True, text=True)
        told.append((done.returncode, done.stdout, done.stderr))
        continue
    at_terminal = line[0] == "<"
    out, err = io.StringIO(), (Terminal if at_terminal else io.StringIO)()
    sys.stdin = Terminal(line[1]) if at_terminal else io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = int(run(line[2:] if at_terminal else line))
    told.append((code, out.getvalue(), err.getvalue()))
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def environment(folder: Path, **more: str) -> dict[str, str]:
    """No settings of whoever runs the tests; the embedder that needs no model."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")}
    ours = {"COPILOT_EMBEDDING__MODEL": "hash", "COPILOT_DOCUMENTS__WORKERS": "1", "HOME": str(folder / "home")}
    return {**kept, **ours, **more}


def run_lines(*lines: Sequence[object], folder: Path, within: Sequence[str] = (), **more: str) -> list[Outcome]:
    """Run command lines and return what came of each; `within` is a program that starts Python, such as unshare."""
    return run_for(_SECONDS, lines, folder, within, more)


def run_for(
    seconds: float, lines: Sequence[Sequence[object]], folder: Path, within: Sequence[str], more: Mapping[str, str]
) -> list[Outcome]:
    """Run command lines that may take so long, all together."""
    done = subprocess.run(
        [*within, sys.executable, "-c", _PROGRAM],
        input=json.dumps([[str(word) for word in line] for line in lines]),
        env=environment(folder, **more),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Outcome(*told) for told in json.loads(done.stdout.splitlines()[-1])]


def a_disk(folder: Path, size: str) -> list[str] | None:
    """A command that runs another with a small file system of its own at `folder`; None where there can be none."""
    unshare = shutil.which("unshare")
    mount = f'mount -t tmpfs -o size={size} tmpfs "{folder}"'
    if unshare is None or subprocess.run([unshare, "-Urm", "sh", "-c", mount], capture_output=True).returncode:
        return None
    return [unshare, "-Urm", "sh", "-c", f'{mount} && exec "$0" "$@"']
