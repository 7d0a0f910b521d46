"""The demonstration is a process like any other: sealed before it reads anything, its files its owner's alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.sandbox.landlock import NETWORK_SINCE, landlock_version

_PROGRAM = """
import json, os
from copilot.cli import demo
from copilot.sandbox.landlock import is_restricted
from copilot.sandbox.seal import is_sealed
def run(arguments):
    mask = os.umask(0)
    os.umask(mask)
    print(json.dumps([arguments[0], is_sealed(), is_restricted(), mask]))
    return 3
demo.run = run
demo.main()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the walls are Linux's")
def test_the_demo_runs_sealed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM, str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COPILOT_ENCLAVE__URL": ""},
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == ["sync", True, landlock_version() >= NETWORK_SINCE, 0o077], done.stderr
