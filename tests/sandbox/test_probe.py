"""The probe finds an open way where there is one, and none under the seal."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from copilot.app.offline import try_every_process
from copilot.sandbox.probe import decode_attempt, try_in_child, try_sockets

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the seal is Linux's seccomp")


@linux_only
def test_an_unsealed_process_is_found_out() -> None:
    attempt = try_sockets()
    assert not attempt.holds
    assert {"python 1/stream", "native 1", "native 1+"} <= set(attempt.opened)


@linux_only
def test_a_sealed_child_gets_nothing() -> None:
    attempt = try_in_child()
    assert (attempt.seal, attempt.opened) == ("sealed", ())
    assert attempt.tried == try_sockets().tried > 400


@linux_only
def test_every_process_is_tried() -> None:
    found = {one.process: one for one in try_every_process()}
    assert not found["main"].holds, "the tests themselves are not sealed"
    others = {name: one.problem or one.holds for name, one in found.items() if name != "main"}
    assert set(others.values()) == {True}, others


@pytest.mark.parametrize("said", [b"", b"[]", b"{}", b'{"seal": "", "tried": null, "opened": []}', b'"x"'])
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
    assert {"main", "child", "parser", "plugin"} <= {row["process"] for row in told["processes"]}
    assert all(row["tried"] > 400 and row["opened"] == [] for row in told["processes"])
