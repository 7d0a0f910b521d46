"""Trying the seal from inside: a child seals itself, then asks for a socket of every family there is."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

from copilot.sandbox.seal import SealState, seal_network

_SECONDS = 30


def sealed_child_reaches_network() -> bool | None:
    """Return whether a sealed child got a socket of any family; None where the seal could not be loaded."""
    child = subprocess.run(
        [sys.executable, "-m", "copilot.sandbox.probe"], capture_output=True, timeout=_SECONDS, check=False
    )
    try:
        told = json.loads(child.stdout)
    except ValueError:
        return None
    return None if told["state"] != SealState.SEALED else bool(told["opened"])


def _families_opened() -> list[str]:
    opened: list[str] = []
    for family in socket.AddressFamily:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            try:
                socket.socket(family, kind).close()
            except OSError:
                continue
            opened.append(f"{family.name}/{kind.name}")
    return opened


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"state": seal_network(), "opened": _families_opened()}))
