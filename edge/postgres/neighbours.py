"""The door to whether a database lies on this very machine, and whose its server is."""

import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from edge.postgres.addresses import read_address


@dataclass(frozen=True)
class Neighbour:
    """A server on this machine. ``user``: as whom it runs; None: that cannot be seen by us."""

    user: str | None


def neighbour(reference: str) -> Neighbour | None:
    """None: it lies elsewhere. Nobody connects to it."""
    for host, port in read_address(reference).places:
        if host.startswith(("/", "@")):
            return Neighbour(_owner(Path(host, f".s.PGSQL.{port}")))
        if _is_here(host):
            return Neighbour(_listener(int(port)))
    return None


def _is_here(host: str) -> bool:
    ours = {each.address.partition("%")[0] for found in psutil.net_if_addrs().values() for each in found}
    try:
        named = {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
    except OSError:
        return False  # who cannot be found is nobody here
    return any(each in ours or each.startswith("127.") for each in named)


def _owner(socket_file: Path) -> str | None:
    try:
        return socket_file.owner()
    except (OSError, KeyError):
        return None


def _listener(port: int) -> str | None:
    try:
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid:
                return psutil.Process(each.pid).username()
    except psutil.Error:
        return None
    return None
