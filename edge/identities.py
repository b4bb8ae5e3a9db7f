"""Which process is meant: a number alone is soon somebody else's."""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from edge import machine


@dataclass(frozen=True)
class Identity:
    """One process, and never another that later got the same number."""

    pid: int
    started: str


def myself() -> Identity:
    me = identify(os.getpid())
    assert me is not None  # we are alive while we ask
    return me


def identify(pid: int) -> Identity | None:
    """On Linux by boot and ticks since boot, which no change of the clock can bend."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return Identity(pid, f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}+{words[19]}")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    except ProcessLookupError:
        return None
    try:
        return Identity(pid, f"{psutil.Process(pid).create_time():.2f}")
    except psutil.Error:
        return None


def alive(identity: Identity) -> bool:
    """It runs (or is stopped); a zombie that only waits to be collected is dead."""
    try:
        return identify(identity.pid) == identity and psutil.Process(identity.pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def seen_from_here(here: str, pid: int, started: str) -> bool | None:
    """Whether a process lives. None: that cannot be seen from here, where its number means another one or none."""
    return alive(Identity(pid, started)) if here == machine.here() else None


def descends(identity: Identity, ancestor: Identity | None) -> bool:
    """The ancestor lives, and started it, or one of those who did."""
    if ancestor is None or not alive(ancestor):
        return False
    try:
        return any(parent.pid == ancestor.pid for parent in psutil.Process(identity.pid).parents())
    except psutil.Error:
        return False
