"""The door to a pool that `mainstay down` closed: who did is written down, so that it is opened again without him."""

from pathlib import Path

from edge import clock, private, processes
from edge.prefect_server import PrefectServer
from edge.processes import Identity
from mainstay.platform import POOL
from mainstay.records import UnreadableRecord, decode, encode


def close_pool(home: Path, server: PrefectServer) -> None:
    """Runs in progress go on, and none begins. Written first: who dies in between has not left it closed for ever."""
    private.write(_file(home), encode(processes.myself(), nonce=clock.new_nonce()).decode())
    server.pause(POOL)


def open_pool(home: Path, server: PrefectServer) -> None:
    server.unpause(POOL)
    _file(home).unlink(missing_ok=True)


def left_closed(home: Path) -> bool:
    """Somebody closed it and is dead: nobody else will open it."""
    try:
        return not processes.alive(decode(Identity, _file(home).read_bytes()))
    except FileNotFoundError:
        return False
    except UnreadableRecord:
        return True


def _file(home: Path) -> Path:
    return home / "pool-closed"
