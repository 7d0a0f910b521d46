"""The second wall around the network: TCP to the ports that are named, or to none."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from copilot.sandbox.landlock import NETWORK_SINCE, landlock_version

TRY = """
import json, socket, sys
from copilot.sandbox.landlock import restrict_network
assert restrict_network(json.loads(sys.argv[1]))
told = []
for port in json.loads(sys.argv[2]):
    with socket.socket() as client:
        client.settimeout(5)
        try:
            client.connect(("127.0.0.1", port))
            told.append("through")
        except PermissionError:
            told.append("refused")
with socket.socket() as server:
    try:
        server.bind(("127.0.0.1", 0))
        told.append("through")
    except PermissionError:
        told.append("refused")
print(json.dumps(told))
"""


@pytest.mark.skipif(landlock_version() < NETWORK_SINCE, reason="this kernel's Landlock knows no network")
@pytest.mark.parametrize("named", [True, False])
def test_tcp_goes_to_the_port_that_is_named_and_to_no_other(named: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [server.getsockname()[1] for server in (one, other)]
        allowed = ports[:1] if named else []
        told = subprocess.run(
            [sys.executable, "-c", TRY, str(allowed), str(ports)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert told.stdout.split() == ['["through",' if named else '["refused",', '"refused",', '"refused"]']
