"""What the walls must know of the one server that an enclave's main process may call."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server's TCP ports (none where its address is none), and whether a name must be looked up to reach it."""

    ports: tuple[int, ...]
    by_name: bool


def server_address(url: str) -> ServerAddress:
    """Read a server's address; that it is no address is for the settings proper to say."""
    try:
        parts = urlsplit(url)
        ports = [parts.port or _PORTS.get(parts.scheme)]
        host = parts.hostname or ""
    except ValueError:
        return ServerAddress((), by_name=False)
    return ServerAddress(tuple(port for port in ports if port), by_name=not _is_number(host))


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
