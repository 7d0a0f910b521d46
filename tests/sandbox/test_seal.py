"""What a sealed process can still call, by trying: in a child each, for a seal stays."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from copilot.sandbox.landlock import NETWORK_SINCE, landlock_version
from copilot.sandbox.server_address import server_address

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the seal is Linux's seccomp")
# Each try ends in what the kernel said.
TRY = """
import json, os, socket, sys
from copilot.sandbox.landlock import restrict_network
from copilot.sandbox.seal import is_filtered, is_sealed, seal_but_for_a_server
port, other, by_name, with_landlock = json.loads(sys.argv[1])
if with_landlock:
    assert restrict_network([port])
state = seal_but_for_a_server(by_name=by_name)
def told(act):
    try:
        act()
    except PermissionError:
        return "refused"
    except OSError as error:
        return os.strerror(error.errno)
    return "through"
def call(to):
    with socket.create_connection(("127.0.0.1", to), timeout=5) as line:
        line.sendall(b"x")
def call_while_sending():
    with socket.socket() as line:
        line.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", other))
def call_in_a_message():
    with socket.socket() as line:
        line.sendmsg([b"x"], [], socket.MSG_FASTOPEN, ("127.0.0.1", other))
def listen():
    with socket.socket() as line:
        line.listen()
make = lambda *what: lambda: socket.socket(*what).close()
found = {
    "state": state, "sealed": is_sealed(), "filtered": is_filtered(),
    "server": told(lambda: call(port)), "other": told(lambda: call(other)),
    "udp": told(make(socket.AF_INET, socket.SOCK_DGRAM)), "udp 6": told(make(socket.AF_INET6, socket.SOCK_DGRAM)),
    "local": told(make(socket.AF_UNIX, socket.SOCK_STREAM)), "raw": told(make(socket.AF_INET, socket.SOCK_RAW)),
    "ping": told(make(socket.AF_INET, socket.SOCK_DGRAM, 1)), "netlink": told(make(16, 3)), "packet": told(make(17, 3)),
    "mptcp": told(make(socket.AF_INET, socket.SOCK_STREAM, 262)), "sctp": told(make(socket.AF_INET, 1, 132)),
    "sending": told(call_while_sending), "message": told(call_in_a_message), "listening": told(listen),
    "binding": told(lambda: socket.create_server(("127.0.0.1", 0)).close()), "pair": told(socket.socketpair),
}
from copilot.sandbox.seal import seal_network
found["child"] = seal_network()
found["then"] = told(make(socket.AF_INET, socket.SOCK_STREAM))
print(json.dumps(found))
"""
_NEVER = ("local", "raw", "ping", "netlink", "packet", "mptcp", "sctp", "sending", "message", "listening", "binding")


@LINUX
@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize("with_landlock", [False, True])
def test_an_enclave_calls_its_server_and_nothing_else(by_name: bool, with_landlock: bool) -> None:
    if with_landlock and landlock_version() < NETWORK_SINCE:
        pytest.skip("this kernel's Landlock knows no network")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = [server.getsockname()[1] for server in (one, other)]
        done = subprocess.run(
            [sys.executable, "-c", TRY, json.dumps([*ports, by_name, with_landlock])],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    told = json.loads(done.stdout)
    assert (told["state"], told["sealed"], told["filtered"]) == ("sealed", False, True)
    assert (told["server"], told["pair"]) == ("through", "through")
    assert {name: told[name] for name in _NEVER} == dict.fromkeys(_NEVER, "refused")
    assert {told["udp"], told["udp 6"]} == {"through" if by_name else "refused"}
    # Without Landlock the port is anybody's choice, which `copilot doctor` says.
    assert told["other"] == ("refused" if with_landlock else "through")
    # What is started from there seals itself as ever.
    assert (told["child"], told["then"]) == ("sealed", "refused")


# What a pair of sockets can reach beside itself, after a seal of this kind.
PAIRS = """
import json, os, socket, sys
from copilot.sandbox.seal import seal_but_for_a_server, seal_network
path, seal = sys.argv[1:]
if seal == "whole":
    assert seal_network() == "sealed"
elif seal:
    assert seal_but_for_a_server(by_name=seal == "by name") == "sealed"
def told(kind, act):
    try:
        first, second = socket.socketpair(socket.AF_UNIX, kind)
    except PermissionError:
        return "no pair"
    try:
        act(first)
    except OSError:
        return "refused"
    return "through"
def connect(one):
    one.connect(path)
    one.send(b"out")
found = {}
for name in ("SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET"):
    for act in (connect, lambda one: one.sendto(b"out", path), lambda one: one.sendmsg([b"out"], [], 0, path)):
        found.setdefault(name, []).append(told(getattr(socket, name), act))
print(json.dumps(found))
"""


@LINUX
@pytest.mark.parametrize("seal", ["", "whole", "by name", "by number"])
def test_a_pair_of_sockets_reaches_nobody_else(tmp_path: Path, seal: str) -> None:
    path = str(tmp_path / "outside")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as outside:
        outside.bind(path)
        outside.setblocking(False)
        command = [sys.executable, "-c", PAIRS, path, seal]
        told = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
        heard = []
        while True:
            try:
                heard.append(outside.recv(10))
            except BlockingIOError:
                break
    if not seal:
        # So that the noughts below mean something.
        assert (told["SOCK_DGRAM"], len(heard)) == (["through"] * 3, 3)
        return
    assert heard == []
    assert told == {
        "SOCK_STREAM": ["refused"] * 3,
        "SOCK_DGRAM": ["no pair"] * 3,
        "SOCK_SEQPACKET": ["no pair"] * 3,
    }


@pytest.mark.parametrize(
    ("url", "ports", "by_name"),
    [
        ("http://127.0.0.1:8080/v1", (8080,), False),
        ("https://[::1]/v1", (443,), False),
        ("http://models.site/v1", (80,), True),
        ("ftp://models.site/v1", (), True),
        ("http://models.site:notaport/", (), False),
        ("", (), True),
    ],
)
def test_what_the_walls_must_know_of_a_server(url: str, ports: tuple[int, ...], by_name: bool) -> None:
    found = server_address(url)
    assert (found.ports, found.by_name) == (ports, by_name)
