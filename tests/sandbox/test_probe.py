"""The probe finds an open way where there is one, and none under the seal."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from copilot.app import offline
from copilot.app.offline import try_every_process
from copilot.errors import CopilotError
from copilot.i18n import set_language
from copilot.sandbox.bystander import bystander
from copilot.sandbox.landlock import NETWORK_SINCE, landlock_version
from copilot.sandbox.probe import Attempt, decode_attempt, try_everything, try_in_child, try_sockets, what_to_try
from copilot.settings import Settings

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the seal is Linux's seccomp")


# What any Linux opens to whoever asks, through Python and by the bare call.
_OPEN_TO_ANYBODY = ("1/stream", "2/stream", "2/stream/6", "2/dgram", "2/dgram/17", "16/raw", "16/raw/15")
_OPEN_TO_ROOT = ("2/raw/1", "2/raw/6", "2/raw/255")
_ON_THIS_MACHINE = ("connect 2", "send while connecting to 2", "listen at 2")
_TO_SOCKETS = ("python", "connect", "send while", "listen", "native", "x32", "io_uring")
_OF_ANOTHER = ("trace it", "take one of its files", "read its memory by a call", "write its memory by a call")


@linux_only
def test_an_unsealed_process_is_found_out() -> None:
    attempt = try_sockets()
    sockets = [*_OPEN_TO_ANYBODY, *(_OPEN_TO_ROOT if os.geteuid() == 0 else ())]
    ways = {f"{way} {one}" for way in ("python", "native") for one in sockets}
    assert ways | {"native 1/stream+", *_ON_THIS_MACHINE} <= set(attempt.opened)


@linux_only
def test_a_sealed_child_gets_nothing() -> None:
    with bystander() as process:
        attempt = try_in_child(process)
        assert (attempt.walls, attempt.opened) == (("seccomp",), ())
        assert attempt.tried == try_sockets(process).tried > 1_000


@linux_only
def test_files_and_processes_in_reach_are_found_out(tmp_path: Path) -> None:
    """Each way must succeed where no wall stands, or its refusal would say nothing."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    with bystander() as process:
        attempt = try_everything(what_to_try([str(secret)], [str(tmp_path)], process))
        # It lives on, and nobody's hand is on it.
        assert "TracerPid:\t0" in Path(f"/proc/{process}/status").read_text()
    others = {way for way in attempt.opened if not way.startswith(_TO_SOCKETS)}
    # Images of the memory may be forbidden to the tests already.
    others.discard("leave an image of the memory")
    assert others >= set(_OF_ANOTHER)
    assert len(others) == attempt.ways["files"] - 1 + attempt.ways["processes"] == 12
    assert secret.read_text() == "x"


@linux_only
def test_every_process_is_tried(tmp_path: Path) -> None:
    found = {one.process: one for one in try_every_process(Settings(), (tmp_path,))}
    assert not found["main"].holds, "the tests themselves are not sealed"
    others = {name: one.problem or one.attempt for name, one in found.items() if name != "main"}
    assert list(others) == ["child", "embedder", "parser", "plugin", "model"]
    assert all(found[name].holds for name in others), others
    for name, one in found.items():
        assert one.attempt is not None
        # An image of the memory; two files, three folders, each in two ways. Four ways to the sockets of another
        # process, and four more to what else it has.
        expected = (11, 8) if name in ("parser", "plugin", "model") else (1, 4)
        assert (one.attempt.ways["files"], one.attempt.ways["processes"]) == expected, name


@linux_only
def test_what_failed_is_told_in_the_users_language() -> None:
    kinds = {
        subprocess.CalledProcessError(1, ["program"]): "code 1",
        TimeoutError(): "à temps",
        subprocess.TimeoutExpired(["program"], 3): "à temps",
        EOFError(): "lisible",
        ValueError("not a report of the probe"): "lisible",
        OSError(errno.ENOSPC, "No space left on device"): "plein",
        CopilotError("un mur"): "un mur",
    }
    set_language("fr")
    try:
        for error, expected in kinds.items():
            problem = offline._tried("child", partial(_raise, error)).problem
            assert expected in problem, problem
            assert not {"Command", "returned", "report", "device", "Error"} & set(problem.split()), problem
    finally:
        set_language("en")


def _raise(error: Exception) -> Attempt:
    raise error


@linux_only
@pytest.mark.parametrize("by_name", [False, True])
def test_an_enclave_opens_what_is_wanted_and_no_more(by_name: bool) -> None:
    host = "site.example" if by_name else "192.0.2.1"
    program = (
        "import json, sys\n"
        "from copilot.sandbox.landlock import restrict_network\n"
        "from copilot.sandbox.probe import try_sockets\n"
        "from copilot.sandbox.seal import seal_but_for_a_server\n"
        "restrict_network([8080])\n"
        f"seal_but_for_a_server(by_name={by_name})\n"
        "print(json.dumps(try_sockets().opened))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60, check=True)
    opened = set(json.loads(done.stdout)) - {"leave an image of the memory"}
    if landlock_version() < NETWORK_SINCE:
        opened -= {"connect 2", "connect 10"}
    assert opened == offline._wanted_by_enclave(f"http://{host}:8080/v1")


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
        # As a shell may be set that is used to debug.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2),
    )
    told = json.loads(done.stdout)
    assert (done.returncode, told["holds"]) == (0, True)
    assert {"main", "child", "embedder", "parser", "plugin", "model"} == {row["process"] for row in told["processes"]}
    assert all(row["tried"] > 1_000 and row["opened"] == [] for row in told["processes"])
