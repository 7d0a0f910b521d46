"""A kernel that puts up no walls: it is said in red, in the exit code, and what demands walls does not run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# A kernel that knows neither call: the numbers of seccomp and of making a Landlock ruleset are refused.
KERNEL = """
import ctypes
class Call:
    def __init__(self, real, refuses):
        self.__dict__.update(real=real, refuses=refuses)
    def __setattr__(self, name, value):
        setattr(self.real, name, value)
    def __call__(self, number, *rest):
        return -1 if self.refuses(getattr(number, "value", number)) else self.real(number, *rest)
class Kernel(ctypes.CDLL):
    def __getattr__(self, name):
        found = super().__getattr__(name)
        self.__dict__.pop(name, None)
        if name == "syscall":
            return Call(found, lambda number: number in NUMBERS)
        if name == "prctl":
            return Call(found, lambda option: option == 22 and 317 in NUMBERS)
        return found
ctypes.CDLL = Kernel
"""
# The walled processes get no variables of ours: they are told with their first words.
PROGRAM = """
import sys
from pathlib import Path
from copilot.sandbox import interpreter, namespaces
namespaces._programs = lambda: None
kernel = Path(sys.argv[1]).read_text().replace("{", "{{").replace("}", "}}")
interpreter._BOOT = interpreter._BOOT.replace("from ", "exec(%r); from " % kernel, 1)
"""
COMMAND = """
from copilot.cli.main import main
main(sys.argv[2:])
"""
# What the full screen does with a folder: its sync has an interpreter of its own.
SYNC_APART = """
from copilot.app.session import Session
from copilot.app.sync_apart import sync_apart
from copilot.cli.main import prepare
from copilot.ports import Cancellation
from copilot.workspace import create_workspace
from tests.makers import SETTINGS
prepare()
workspace, _ = create_workspace(Path(sys.argv[-1]))
with Session(workspace, SETTINGS) as session:
    session.trail.begin()
    list(sync_apart(session, [workspace.root], cancel=Cancellation()))
"""
SECCOMP, LANDLOCK = {317, 277}, {444}
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the walls are Linux's")


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(here: Path, tmp_path: Path) -> Run:
    """Run the program, and the processes that it starts, on a kernel that refuses the numbers."""
    file = tmp_path / "kernel" / "sitecustomize.py"
    file.parent.mkdir()

    def run(numbers: set[int], *arguments: str, does: str = COMMAND) -> subprocess.CompletedProcess[str]:
        file.write_text(f"NUMBERS = {numbers!r}\n{KERNEL}")
        return subprocess.run(
            [sys.executable, "-c", PROGRAM + does, str(file), "--lang", "en", *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(file.parent), *sys.path])},
        )

    return run


@LINUX
def test_without_seccomp_every_command_says_so_and_doctor_fails(run: Run) -> None:
    done = run(SECCOMP, "docs")
    assert (done.returncode, done.stderr.count("NOT SEALED")) == (0, 1)
    told = json.loads(run(SECCOMP, "doctor", "--json").stdout)
    found = {one["check"]: one for one in told["findings"]}
    assert (found["seal"]["verdict"], found["walls"]["verdict"]) == ("bad", "bad")
    assert "seccomp" not in found["walls"]["detail"]
    done = run(SECCOMP, "doctor", "--offline", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["holds"]) == (1, False)
    walls = {row["process"]: row["walls"] for row in told["processes"]}
    assert walls["parser"] == walls["model"] == ["landlock"]
    opened = {row["process"]: row["opened"] for row in told["processes"]}
    assert "python 1/stream" in opened["main"]


@LINUX
def test_without_landlock_it_is_said_too(run: Run) -> None:
    done = run(LANDLOCK, "docs")
    assert (done.returncode, "no Landlock" in done.stderr, "NOT SEALED" in done.stderr) == (0, True, False)
    done = run(LANDLOCK, "doctor")
    assert done.returncode == 1
    told = json.loads(run(LANDLOCK, "doctor", "--offline", "--json").stdout)
    assert {row["process"]: row["walls"] for row in told["processes"]}["plugin"] == ["seccomp"]


@LINUX
@pytest.mark.parametrize("missing", [SECCOMP, LANDLOCK, SECCOMP | LANDLOCK])
def test_a_plugin_that_is_not_ours_is_not_even_loaded(run: Run, missing: set[int], tmp_path: Path) -> None:
    assert run({-1}, "plugin", "new", "evil").returncode == 0
    [file] = Path(os.environ["XDG_DATA_HOME"]).rglob("evil.py")
    ran = tmp_path / "ran"
    file.write_text(f"open({str(ran)!r}, 'w').close()\n{file.read_text()}")
    done = run(missing, "plugin", "check", "evil")
    assert done.returncode != 0
    assert "walls" in done.stdout + done.stderr
    assert not ran.exists()


@LINUX
@pytest.mark.parametrize(
    ("refused", "missing"),
    [(SECCOMP, ["seccomp"]), (LANDLOCK, ["landlock"]), (SECCOMP | LANDLOCK, ["seccomp", "landlock"])],
)
def test_a_sync_of_the_full_screen_records_no_wall_that_is_not_there(
    run: Run, refused: set[int], missing: list[str], tmp_path: Path
) -> None:
    root = tmp_path / "ws"
    root.mkdir()
    (root / "note.txt").write_text("Le pont d'Orval porte 26 tonnes.\n", encoding="utf-8")
    done = run(refused, str(root), does=SYNC_APART)
    assert done.returncode == 0, done.stderr
    told = json.loads(run(refused, "audit", "show", "-w", str(root), "--json").stdout)
    walls = [entry["data"]["missing"] for entry in told["entries"] if entry["kind"] == "walls"]
    assert walls == [missing]
    assert told["entries"][-1]["kind"] == "sync"
    assert run(refused, "audit", "verify", "-w", str(root)).returncode == 0
