"""What a runtime keeps running: one program of one color on one host, and how it is seen there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mainstay.descriptor.service import Color

BEGINS = "--- "  # a line of ours in the log of an application, at each start
TRY_AGAIN = 75  # with which an act on a runtime ends that was away; `sysexits.h` calls it a temporary failure
State = Literal["running", "starting", "stopping", "stopped", "failing"]


@dataclass(frozen=True)
class Name:
    """Whose it is. No word of it holds a dot, so no two programs are called alike."""

    system: str
    environment: str
    service: str
    color: Color

    def __str__(self) -> str:
        return f"{self.system}.{self.environment}.{self.service}.{self.color}"


def read_name(text: str) -> Name | None:
    """None: this is no program of ours."""
    match text.split("."):
        case [system, environment, service, ("blue" | "green") as color]:
            return Name(system, environment, service, color)
    return None


@dataclass(frozen=True)
class Part:
    """One program of one color of one release, on one host."""

    name: Name
    release: str  # its id
    folder: str  # where that release lies on the host
    gate: str  # what the gate of its environment remembers there: the color to start after a boot, and its lock
    port: int | None  # None: it does not listen
    instances: int
    drain_seconds: float


@dataclass(frozen=True)
class Running:
    """One process of a program, as it was seen. Programs are seen also when no descriptor names them any more."""

    name: Name
    state: State  # failing: it ended by itself, and waits to be started again
    pid: int | None = None
    release: str | None = None  # what the process was started with; None: there is none
    restarts: int = 0  # since it was brought up: so often it had ended by itself
    why: str = ""  # it fails


def of_the_last_start(lines: Sequence[str]) -> Sequence[str]:
    """Each start says the same again; one that has just begun has said nothing yet."""
    begins = [number for number, line in enumerate(lines) if line.startswith(BEGINS)]
    last = lines[begins[-1] + 1 :] if begins else lines
    return last or [line for line in lines if not line.startswith(BEGINS)]
