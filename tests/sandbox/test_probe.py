"""The probe finds an open way where there is one, and none under the seal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.app.offline import try_every_process
from copilot.sandbox.probe import decode_attempt, try_everything, try_in_child, try_sockets, what_to_try
from copilot.settings import Settings

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the seal is Linux's seccomp")


@linux_only
def test_an_unsealed_process_is_found_out() -> None:
    attempt = try_sockets()
    assert not attempt.holds
    assert {"python 1/stream", "native 1", "native 1+"} <= set(attempt.opened)


@linux_only
def test_a_sealed_child_gets_nothing() -> None:
    attempt = try_in_child()
    assert (attempt.walls, attempt.opened) == (("seccomp",), ())
    assert attempt.tried == try_sockets().tried > 400


@linux_only
def test_files_and_processes_in_reach_are_found_out(tmp_path: Path) -> None:
    """Each way must succeed where no wall stands, or its refusal would say nothing."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    attempt = try_everything(what_to_try([str(secret)], [str(tmp_path)]))
    others = [way for way in attempt.opened if not way.startswith(("python", "connect", "native", "x32", "io_uring"))]
    assert len(others) == attempt.ways["files"] + attempt.ways["processes"] == 8
    assert secret.read_text() == "x"


@linux_only
def test_every_process_is_tried(tmp_path: Path) -> None:
    found = {one.process: one for one in try_every_process(Settings(), (tmp_path,))}
    assert not found["main"].holds, "the tests themselves are not sealed"
    others = {name: one.problem or one.attempt for name, one in found.items() if name != "main"}
    assert list(others) == ["child", "embedder", "parser", "plugin", "model"]
    assert all(found[name].holds for name in others), others
    # Two files, three folders, each in two ways; four ways to another process.
    for name in ("parser", "plugin", "model"):
        attempt = found[name].attempt
        assert attempt is not None
        assert (attempt.ways["files"], attempt.ways["processes"]) == (10, 4), name


@pytest.mark.parametrize("said", [b"", b"[]", b"{}", b'{"walls": [], "ways": null, "opened": []}', b'"x"'])
def test_what_is_no_report_is_refused(said: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode_attempt(said)


@linux_only
def test_the_command_tells_what_it_tried() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "copilot.cli.main", "doctor", "--offline", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["holds"]) == (0, True)
    assert {"main", "child", "embedder", "parser", "plugin", "model"} == {row["process"] for row in told["processes"]}
    assert all(row["tried"] > 400 and row["opened"] == [] for row in told["processes"])
