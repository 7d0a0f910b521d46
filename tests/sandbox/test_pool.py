"""What a walled worker can do to itself, and what it cannot do to the others or to us."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from copilot.errors import CopilotError, ParseError
from copilot.sandbox.pool import WalledPool

MEMORY = 512 * 2**20
ROOT = Path(__file__).parents[2]
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the seal is Linux's seccomp")


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return import_module("walled_jobs")


@pytest.fixture
def pool(jobs: Any) -> Iterator[WalledPool[str, str]]:
    with _pool(jobs) as made:
        yield made


def _pool(jobs: Any, *, workers: int = 2, seconds: float = 60.0, memory: int = MEMORY) -> WalledPool[str, str]:
    return WalledPool(
        jobs.act, encode=jobs.encode, decode=jobs.decode, workers=workers, memory_bytes=memory, seconds=seconds
    )


def _run(pool: WalledPool[str, str], *jobs: str) -> dict[str, str]:
    """Outcome by job: the result, or ``!`` and the reason."""
    return {job: out if isinstance(out, str) else f"!{out.reason}" for job, out in pool.map(jobs)}


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_bad_jobs_are_named_and_good_ones_answered(pool: WalledPool[str, str]) -> None:
    bad = {
        "eat:": "!memory",
        "eat_in_c:": "!memory",
        "exit:": "!crashed",
        "abort:": "!crashed",
        "crash:": "!crashed",
        "refuse:x": "!encrypted",
        "refuse:" + "x" * 70_000: "!crashed",
        "fault:": "!crashed",
    }
    good = {f"echo:{word}": word for word in ("un", "deux", "trois", "quatre", "cinq")}
    mixed = [job for pair in zip(bad, [*good, *good, *good], strict=False) for job in pair]
    assert _run(pool, *mixed, *good) == bad | good


def test_address_space_that_is_put_by_costs_no_memory(pool: WalledPool[str, str]) -> None:
    half, twice = f"put_by:{MEMORY // 2}", f"put_by:{MEMORY * 2}"
    assert _run(pool, half, twice) == {half: str(MEMORY // 2), twice: "!memory"}


def test_shared_memory_is_bounded_too(pool: WalledPool[str, str]) -> None:
    huge = f"share:{MEMORY + 4 * 2**30}"
    assert _run(pool, huge) == {huge: f"errno {errno.ENOMEM}"}


def test_a_job_that_never_ends_is_killed_and_the_next_one_answered(jobs: Any) -> None:
    with _pool(jobs, seconds=1.5) as pool:
        assert _run(pool, "echo:un", "loop:", "echo:deux") == {"echo:un": "un", "loop:": "!time", "echo:deux": "deux"}


def test_a_parse_error_keeps_its_words(pool: WalledPool[str, str]) -> None:
    [(_, error)] = list(pool.map(["refuse:rapport.pdf"]))
    assert isinstance(error, ParseError)
    assert (error.message, error.next_step) == ("refused rapport.pdf", "do something else")


def test_how_a_worker_died_is_told(pool: WalledPool[str, str]) -> None:
    told = {job: str(error) for job, error in pool.map(["abort:", "exit:", "crash:", "fault:"])}
    assert "SIGABRT" in told["abort:"]
    assert "exit code 3" in told["exit:"]
    assert "SIGSEGV" in told["crash:"]
    assert "KeyError" in told["fault:"]


def test_workers_are_kept_between_jobs_and_maps(jobs: Any) -> None:
    with _pool(jobs, workers=1) as pool:
        first = dict(pool.map(["pid:1", "pid:2"]))
        second = dict(pool.map(["pid:3"]))
    assert len({*first.values(), *second.values()}) == 1


def test_large_answers_and_printing_do_not_disturb_the_pipes(pool: WalledPool[str, str]) -> None:
    outcome = _run(pool, "big:3000000", "print:x", "echo:after", "echo:" + "y" * 3_000_000)
    assert outcome["big:3000000"] == "é" * 3_000_000
    assert outcome["print:x"] == "printed"
    assert outcome["echo:after"] == "after"
    assert outcome["echo:" + "y" * 3_000_000] == "y" * 3_000_000


def test_an_answer_that_does_not_decode_is_a_crash(pool: WalledPool[str, str]) -> None:
    assert _run(pool, "echo:not decodable", "echo:next") == {"echo:not decodable": "!crashed", "echo:next": "next"}


def test_a_worker_is_replaced_after_some_answers(jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copilot.sandbox.pool._MOST_ANSWERS", 2)
    with _pool(jobs, workers=1) as pool:
        pids = list(_run(pool, *(f"pid:{number}" for number in range(5))).values())
    assert pids[0] == pids[1]
    assert pids[2] == pids[3]
    assert len(set(pids)) == 3


@pytest.mark.parametrize(
    ("refusal", "reason"), [(ValueError("other bytes"), "crashed"), (ParseError("x", reason="changed"), "changed")]
)
def test_a_refused_answer_ends_its_worker(jobs: Any, refusal: Exception, reason: str) -> None:
    answered: dict[str, str] = {}

    def accept(job: str, answer: str) -> None:
        answered[job] = answer
        if job == "pid:b":
            raise refusal

    with _pool(jobs, workers=1) as pool:
        outcomes = dict(pool.map(["pid:a", "pid:b", "pid:c"], accept))
    assert outcomes["pid:a"] == answered["pid:a"] == answered["pid:b"] != answered["pid:c"]
    refused = outcomes["pid:b"]
    assert isinstance(refused, ParseError)
    assert refused.reason == reason


def test_an_answer_too_large_to_be_a_documents_is_not_taken(jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copilot.sandbox.pool._LARGEST_ANSWER", 1_000)
    with _pool(jobs, workers=1) as pool:
        assert _run(pool, "big:2000", "echo:next") == {"big:2000": "!memory", "echo:next": "next"}


def test_jobs_are_drawn_lazily(jobs: Any) -> None:
    drawn: list[str] = []

    def source() -> Iterator[str]:
        for number in range(100):
            drawn.append(f"echo:{number}")
            yield drawn[-1]

    with _pool(jobs) as pool:
        outcomes = pool.map(source())
        for _ in range(3):
            next(outcomes)
        assert len(drawn) <= 3 + 2 + 2
        outcomes.close()  # type: ignore[attr-defined]


@linux_only
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"])
def test_no_socket_of_any_family(jobs: Any, family: str) -> None:
    with _pool(jobs, workers=1) as pool:
        assert _run(pool, f"socket:{family}") == {f"socket:{family}": f"errno {errno.EPERM}"}
        assert pool.seal_state == "sealed"


@linux_only
def test_no_way_round_the_seal(pool: WalledPool[str, str]) -> None:
    refused = str(errno.EPERM)
    assert _run(pool, "io_uring:", "child_socket:") == {"io_uring:": f"errno {refused}", "child_socket:": refused}


def test_files_written_are_small(pool: WalledPool[str, str], tmp_path: Path) -> None:
    assert _run(pool, f"write:{tmp_path / 'big'}") == {f"write:{tmp_path / 'big'}": f"errno {errno.EFBIG}"}


@linux_only
def test_closing_the_generator_leaves_no_process(jobs: Any, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with _pool(jobs, seconds=60) as pool:
        outcomes = pool.map(["echo:1", f"grandchild:{note}"])
        assert next(outcomes)[1] == "1"
        pids = _wait_for_pids(note)
        outcomes.close()  # type: ignore[attr-defined]
        _wait_until_gone(*pids)


@linux_only
def test_a_late_worker_is_killed_with_its_children(jobs: Any, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with _pool(jobs, workers=1, seconds=1) as pool:
        assert _run(pool, f"grandchild:{note}", "echo:1")["echo:1"] == "1"
        _wait_until_gone(*_wait_for_pids(note))


@linux_only
def test_workers_die_with_a_killed_parent(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        f"import sys; sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(ROOT)!r}]\n"
        "import walled_jobs as jobs\n"
        "from copilot.sandbox.pool import WalledPool\n"
        "pool = WalledPool(jobs.act, encode=jobs.encode, decode=jobs.decode, workers=1,\n"
        f"                  memory_bytes={MEMORY}, seconds=60)\n"
        f"list(pool.map(['grandchild:{note}']))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        worker, sleeper = _wait_for_pids(note)
        parent.kill()
        parent.wait()
    try:
        _wait_until_gone(worker)
    finally:
        os.kill(sleeper, signal.SIGKILL)


def test_a_worker_that_cannot_start_is_told(jobs: Any) -> None:
    with _pool(jobs, memory=8 * 2**20) as pool, pytest.raises(CopilotError, match=r"doctor"):
        list(pool.map(["echo:1", "echo:2", "echo:3"]))


def _wait_until_gone(*pids: int) -> None:
    """A killed process takes a moment to go."""
    deadline = time.monotonic() + 5
    while any(map(_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(_alive, pids))


def _wait_for_pids(note: Path) -> list[int]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if note.exists() and len(pids := note.read_text().split()) == 2:
            return [int(pid) for pid in pids]
        time.sleep(0.02)
    raise AssertionError("the worker did not start its child")
