"""What a process that stays alone can no longer do round Landlock: by trying each call, before and after."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="seccomp is Linux's")

TRY = """
import ctypes, errno, fcntl, json, os, sys, tempfile
from copilot.sandbox.alone import stay_alone
folder, column, seals = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "sealed"
libc = ctypes.CDLL(None, use_errno=True)
file = os.path.join(folder, "file")
opened = os.open(file, os.O_RDONLY)
watch = libc.inotify_init1(0)
if seals:
    assert stay_alone(with_programs=sys.argv[4] == "programs")
def call(numbers, *given):
    given = [one.encode() if isinstance(one, str) else ctypes.c_long(one) for one in given]
    done = libc.syscall(ctypes.c_long(numbers[column]), *given)
    return "through" if done >= 0 else errno.errorcode[ctypes.get_errno()]
def fcntl_(*given):
    try:
        fcntl.fcntl(opened, *given)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "through"
print(json.dumps({
    "watch a folder": call((254, 27), watch, folder, 0x100),
    "list attributes": call((194, 11), file, 0, 0),
    "read an attribute": call((191, 8), file, "user.none", 0, 0),
    "remove a queue of messages": call((241, 181), "none"),
    "semaphores": call((66, 191), 1 << 30, 0, 0),
    "messages": call((71, 187), 1 << 30, 0, 0),
    "news to another": fcntl_(8, os.getppid()),
    "news by a signal": fcntl_(10, 9),
    "news of a folder": fcntl_(1026, 0),
    "its own flags": fcntl_(fcntl.F_GETFD),
}))
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no filter for this processor")
@pytest.mark.parametrize("programs", ["alone", "programs"])
def test_what_is_looked_at_or_told_without_opening_is_refused(tmp_path: Path, programs: str) -> None:
    (tmp_path / "file").write_text("x")
    column = "0" if platform.machine() == "x86_64" else "1"

    def run(sealed: str) -> dict[str, str]:
        command = [sys.executable, "-c", TRY, str(tmp_path), column, sealed, programs]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        found: dict[str, str] = json.loads(done.stdout)
        return found

    before, after = run("open"), run("sealed")
    assert "EPERM" not in before.values(), before
    assert after.pop("its own flags") == "through"
    assert set(after.values()) == {"EPERM"}, after
