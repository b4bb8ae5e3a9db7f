"""The door to what this machine is called and by what it is known."""

import os
import pwd
import socket
import uuid
from hashlib import sha256
from pathlib import Path

import psutil


def name() -> str:
    return socket.gethostname()


def user() -> str:
    """The name of the user this process acts as; its number where it has no name (a container)."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"user {os.geteuid()}"


def free_megabytes() -> int:
    """Of memory, without taking any from those who run."""
    return int(psutil.virtual_memory().available // 2**20)


def process_space() -> str:
    """In which a process number means something: containers of one machine count for themselves."""
    try:
        return Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return ""  # no such thing here: all of the machine is one


def here() -> str:
    """Where a process number means something: this machine, or one container of it."""
    return f"{machine_id()} {process_space()}".strip()


def machine_id() -> str:
    """The same on every boot of this machine, different on every other; says nothing else about it."""
    try:
        seed = Path("/etc/machine-id").read_text().strip() or f"{uuid.getnode():x}"
    except OSError:
        seed = f"{uuid.getnode():x}"
    return sha256(f"mainstay {seed}".encode()).hexdigest()[:16]
