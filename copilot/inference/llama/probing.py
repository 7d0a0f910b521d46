"""Trying the walls of a model's process, llama.cpp loaded and its walls up, with no model in it."""

from __future__ import annotations

from copilot.errors import CopilotError
from copilot.i18n import t
from copilot.inference.llama.process import DeadWorkerError, ModelProcess
from copilot.sandbox.confinement import Confinement
from copilot.sandbox.probe import Attempt, decode_attempt

_SECONDS = 60.0


def try_model_process(told: str) -> Attempt:
    """Let such a process try what `told` names (`copilot.sandbox.probe.what_to_try`).

    Raises:
        CopilotError: it ended first.
        TimeoutError: it did not answer.
        ValueError: it gave no report.
    """
    process = ModelProcess(Confinement((), ""))
    first: dict[str, object] = {
        "kind": "probe",
        "told": told,
        "native": {"files": [], "loras": []},
        "states": None,
        "states_bytes": 0,
        "memory_bytes": 0,
        "stop_fd": process.stop_fd,
        "parent": process.parent,
    }
    try:
        process.send(first)
        answer = process.receive(_SECONDS)
    except DeadWorkerError as dead:
        raise CopilotError(t("doctor.probe.crashed", detail=dead.detail)) from dead
    finally:
        process.kill()
    if answer is None:
        raise TimeoutError
    return decode_attempt(str(answer.get("attempt", "")).encode())
