"""Running the installed program as its users do, and measuring in a fresh process what this one would blur."""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# Beside this interpreter: the program that is installed in the same environment.
COPILOT = Path(sys.executable).parent / "copilot"


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which no setting of this user or workspace changes a figure."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")}
    # A program that is installed has its bytecode; one that compiles itself at each start measures the compiler.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "COPILOT_LANG": "en", "LC_ALL": "C.UTF-8", **(settings or {})}


def copilot(
    arguments: Sequence[str | Path],
    *,
    settings: Mapping[str, str] | None = None,
    codes: tuple[int, ...] = (0,),
    seconds: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one command of the program to its end; an exit code that is not expected ends the benchmark.

    One that takes more than so many seconds is killed, and subprocess.TimeoutExpired raised.
    """
    done = subprocess.run(
        [str(COPILOT), *map(str, arguments)],
        env=environment(settings),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
    )
    if done.returncode not in codes:
        raise SystemExit(f"copilot {arguments[0]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done


def median_seconds(run: Callable[[], object], times: int) -> float:
    """Return the median wall time of `run`, after one run that warms the file cache."""
    run()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def in_fresh_process(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> tuple[T, float]:
    """Return what `function` returns in a new interpreter, and that process's peak resident memory in MiB."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_with_peak, partial(function, *args, **kwargs)).result()


def _with_peak(function: Callable[[], T]) -> tuple[T, float]:
    result = function()
    return result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bytes_under(path: Path) -> int:
    """Return the size of a file, or of all files under a folder."""
    files = [path] if path.is_file() else [found for found in path.rglob("*") if found.is_file()]
    return sum(found.stat().st_size for found in files)
