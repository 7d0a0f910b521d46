"""No process of ours leaves an image of its memory on the disk, however the user's shell is set."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
# What dies is the program itself, once it has begun as it always does.
_DIE = """
import os, signal, sys
from copilot.cli.main import prepare
if sys.argv[1] == "prepared":
    prepare()
os.kill(os.getpid(), getattr(signal, sys.argv[2]))
"""


def allow_dumps() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, _UNLIMITED)


def needs_dumps_to_the_current_folder() -> None:
    pattern = Path("/proc/sys/kernel/core_pattern")
    if not pattern.exists():
        pytest.skip("no Linux")
    if pattern.read_text().strip()[:1] in ("|", "@", "/"):
        pytest.skip(f"this kernel hands memory dumps elsewhere: {pattern.read_text().strip()}")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        pytest.skip("dumps are forbidden here already, for good")


@pytest.mark.parametrize("signal", ["SIGSEGV", "SIGABRT"])
def test_a_crash_leaves_no_dump(tmp_path: Path, signal: str) -> None:
    needs_dumps_to_the_current_folder()
    found = {}
    for name in ("bare", "prepared"):
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-P", "-c", _DIE, name, signal],
            cwd=folder,
            preexec_fn=allow_dumps,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode < 0, done.stderr
        found[name] = [file.stat().st_size > 0 for file in folder.iterdir()]
    # Without what the program does first there is one, or its absence would say nothing.
    assert found == {"bare": [True], "prepared": []}
