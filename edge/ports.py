"""The door to this machine's ports: which are free, and who sits on ours."""

import secrets
import socket
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path

import psutil

from edge.settings import read_settings
from mainstay.errors import Refused
from mainstay.installation import Installation, Ports


class Purpose(IntEnum):
    """Each chooses among ports of its own: what one has chosen and does not use yet looks free to the others."""

    PLATFORM = 0
    SITE = 1
    DATABASE = 2
    PASSING = 3  # whoever needs some for a while


def choose() -> Ports:
    return Ports(*free_ports(3, Purpose.PLATFORM))


def free_ports(count: int, purpose: Purpose = Purpose.PASSING) -> tuple[int, ...]:
    """Free now, all different; random, so that two installations not yet started hardly choose the same."""
    among = read_settings().ports[purpose :: len(Purpose)]
    with ExitStack() as held:
        return tuple(_free(held, among) for _ in range(count))


def strangers(installation: Installation) -> tuple[str, ...]:
    """Which of our ports somebody else listens on, as sentences. A port is kept for good: addresses depend on it."""
    names = {port: name for name, port in asdict(installation.ports).items()}
    if installation.cluster is None:
        names.pop(installation.ports.database)
    taken = {port for port in names if not is_free(port)}
    theirs = taken - _ours(installation) if taken else set()
    return tuple(
        f"Port {port}, this installation's {names[port]}, is taken by {listener(port)}. End that and start again; or, "
        f"to move to other ports (bookmarks and webhooks change), delete {installation.home}/platform/ports.json first."
        for port in sorted(theirs)
    )


def is_free(port: int) -> bool:
    """Nobody listens there on this machine."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a closed connection is no owner
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listener(port: int) -> str:
    """As words for a sentence."""
    for process in psutil.process_iter():
        if port in _listens(process):
            return f"process {process.pid} ({_name(process)})"
    return "another process"


def stranger_on(port: int, ours: Collection[int]) -> str:
    """Who listens there and is neither one of these processes nor descends from one, as words; empty: nobody seen."""
    try:
        listening = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    except psutil.Error:
        return ""  # not every system lets us look
    pids = {each.pid for each in listening if each.laddr and each.laddr.port == port and each.pid}
    return next((f"process {pid}" for pid in sorted(pids) if not _descends(pid, ours)), "")


def _descends(pid: int, ours: Collection[int]) -> bool:
    try:
        return pid in ours or any(each.pid in ours for each in psutil.Process(pid).parents())
    except psutil.Error:
        return True  # it ended meanwhile


def _free(held: ExitStack, among: range) -> int:
    for _ in range(1000):
        candidate, port = socket.socket(), secrets.choice(among)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            candidate.close()
            continue
        held.enter_context(candidate)
        return port
    raise Refused(f"No port from {among[0]} to {among[-1]} is free, so none was chosen. Give others in MAINSTAY_PORTS.")


def _ours(installation: Installation) -> set[int]:
    return {port for process in psutil.process_iter() if _is_ours(process, installation) for port in _listens(process)}


def _is_ours(process: psutil.Process, installation: Installation) -> bool:
    """Our home is in its environment; or it is PostgreSQL, which has none, at work on our data."""
    try:
        if process.environ().get("MAINSTAY_HOME") == str(installation.home):
            return True
        return installation.cluster is not None and Path(process.cwd()) == installation.cluster.data
    except psutil.Error:
        return False


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return "it has ended meanwhile"


def _listens(process: psutil.Process) -> set[int]:
    try:
        return {each.laddr.port for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN}
    except psutil.Error:
        return set()
