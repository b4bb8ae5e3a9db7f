"""What a runtime keeps running: one program of one color on one host, and how it is seen there."""

from dataclasses import dataclass
from typing import Literal

from mainstay import keys
from mainstay.descriptor.environment import Host
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.service import Color, HttpService, Service
from mainstay.descriptor.system import System

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
    instance: int
    state: State  # failing: it ended by itself, and waits to be started again
    pid: int | None = None
    up_seconds: float | None = None
    release: str | None = None  # what the process was started with; None: there is none
    restarts: int = 0  # since it was brought up: so often it had ended by itself
    why: str = ""  # it fails


def parts(site: System, environment: str, host: str, color: Color, release: str, home: str) -> tuple[Part, ...]:
    """Every program that this host runs of this color."""
    names = services(site, environment, host)
    return tuple(
        part(site, environment, host, name, color, release, home)
        for name in names
        if color in colors(site.services[name])
    )


def part(site: System, environment: str, host: str, service: str, color: Color, release: str, home: str) -> Part:
    running, described = site.services[service], site.environments[environment].hosts[host]
    return Part(
        name=Name(site.name, environment, service, color),
        release=release,
        folder=folder(site, environment, host, release, home),
        gate=f"{filled(described.state_directory, home=home)}/{keys.checked(f'{site.name}/{environment}')}",
        port=port(site, environment, service, color),
        instances=running.instances,
        drain_seconds=running.drain_seconds,
    )


def folder(site: System, environment: str, host: str, release: str, home: str) -> str:
    """Where a release lies on a host."""
    place: Host = site.environments[environment].hosts[host]
    return f"{filled(place.releases_directory, home=home, system=site.name, environment=environment)}/{release}"


def services(site: System, environment: str, host: str) -> tuple[str, ...]:
    """What this host runs; none named, it runs them all."""
    chosen = site.environments[environment].hosts[host].runs
    return tuple(name for name in site.services if not chosen or name in chosen)


def colors(service: Service) -> tuple[Color, ...]:
    """Those it can have: a service that is stopped first has only blue."""
    if isinstance(service, HttpService) and service.strategy != "blue_green":
        return ("blue",)
    return ("blue", "green")


def port(site: System, environment: str, service: str, color: Color) -> int | None:
    found = site.ports(environment, service)
    if found is None:
        return None
    return found.blue if color == "blue" else found.green
