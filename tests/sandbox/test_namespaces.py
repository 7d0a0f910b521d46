"""The third wall: an empty network, no other process, and no path but what was granted; without it the two others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import pytest

from copilot.sandbox import namespaces
from copilot.sandbox.confinement import Confinement
from copilot.sandbox.namespaces import behind_namespaces, descendants, has_namespaces
from copilot.sandbox.single import End, Ending, ending_of, run_confined

needs_bubblewrap = pytest.mark.skipif(not has_namespaces(), reason="bubblewrap is not there or not allowed")
MEMORY = 512 * 2**20


@pytest.fixture(autouse=True)
def jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def run(job: list[str], folder: Path, *, seconds: float = 30) -> Ending:
    # By the name by which the worker will import it.
    walled_jobs = import_module("walled_jobs")
    beside = str(Path(__file__).parent)
    return ending_of(
        run_confined(
            walled_jobs.look,
            job,
            confinement=Confinement((beside,), str(folder)),
            memory_bytes=MEMORY,
            seconds=seconds,
            largest_answer=2**20,
        )
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "own"
    made.mkdir()
    return made


@needs_bubblewrap
def test_what_a_process_finds_behind_it(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    told = json.loads(run(["surroundings", str(secret)], folder).payload)
    # Landlock alone would say that the path is there; name spaces do not.
    assert (told["exists"], told["wrote"], told["parent"]) == (False, True, 1)
    assert not set(told["spaces"]) & set(own_spaces())
    assert (folder / "kept.txt").read_text() == "x", "its folder is the real one"


@needs_bubblewrap
def test_what_lies_in_memory_is_shown_too(folder: Path) -> None:
    """An encrypted workspace keeps its temporary files, those of tools among them, where no disk is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as shown:
        walls = Confinement((shown,), str(folder))
        command = behind_namespaces([sys.executable, "-I", "-S", "-c", f"import os; os.stat({shown!r})"], walls)
        assert command is not None
        assert subprocess.run(command, check=False).returncode == 0


@needs_bubblewrap
@pytest.mark.parametrize(("job", "end", "detail"), [("abort", End.CRASHED, "SIGABRT"), ("loop", End.TIME, "")])
def test_how_it_died_is_told(job: str, end: End, detail: str, folder: Path) -> None:
    ending = run([job], folder, seconds=1)
    assert (ending.end, ending.detail) == (end, detail)


@needs_bubblewrap
def test_nothing_is_left_when_the_program_is_killed(folder: Path) -> None:
    code = (
        f"import sys; sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[2])]!r}\n"
        "import walled_jobs\n"
        "from copilot.sandbox.confinement import Confinement\n"
        "from copilot.sandbox.single import ending_of, run_confined\n"
        f"walls = Confinement(({str(Path(__file__).parent)!r},), {str(folder)!r})\n"
        "ending_of(run_confined(walled_jobs.look, ['loop'], confinement=walls, memory_bytes=2**29, seconds=60,\n"
        "                       largest_answer=100))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as program:
        deadline = time.monotonic() + 30
        # unshare becomes bubblewrap, which starts a first process, which starts Python.
        while len(under := descendants(program.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        program.send_signal(signal.SIGKILL)
        program.wait()
    assert len(under) >= 3
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in under) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_running(pid) for pid in under)


def test_where_it_cannot_be_put_up_the_other_walls_stand(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespaces, "_programs", lambda: None)
    assert behind_namespaces([sys.executable], Confinement((), str(folder))) is None
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    ending = run(["surroundings", str(secret)], folder)
    assert (ending.end, ending.walled) == (End.DONE, True)
    told = json.loads(ending.payload)
    assert (told["parent"], told["spaces"]) == (os.getpid(), own_spaces())


def test_a_bubblewrap_that_fails_is_not_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some distributions forbid users name spaces of their own: bubblewrap is there and ends with an error."""
    monkeypatch.setattr(namespaces, "_programs", lambda: ("/bin/false", "/bin/false"))
    assert not has_namespaces()
    assert behind_namespaces([sys.executable], Confinement((), str(folder))) is None


def own_spaces() -> list[str]:
    return [os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "pid", "ipc", "mnt")]  # noqa: PTH115


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
