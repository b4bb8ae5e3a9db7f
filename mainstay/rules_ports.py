"""No two that listen on one machine may have one port: services, colors, environments, systems."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mainstay.written import Found, Written


@dataclass(frozen=True)
class Listener:
    """Somebody who wants a port, and the place where that is written."""

    system: str
    environment: str
    service: str
    machine: str
    port: Written

    @property
    def name(self) -> str:
        return f"{self.system} {self.environment} {self.service}"


def port_rules(system: Written) -> Iterator[Found]:
    yield from (late.port.wrong(say_clash(first, late)) for first, late in clashes(listeners(system)))


def clashes(wanted: Iterable[Listener]) -> Iterator[tuple[Listener, Listener]]:
    """Who was first at a port, and who comes too late. The two colors of one service are not judged here."""
    first_there: dict[tuple[str, float], Listener] = {}
    for one in wanted:
        first = first_there.setdefault((one.machine, one.port.number or 0), one)
        if first.name != one.name:
            yield first, one


def say_clash(first: Listener, late: Listener) -> str:
    mend = "Write a free one."
    if first.system == late.system and first.port.path == late.port.path:
        mend = f"Write other ports as environments.{late.environment}.ports.{late.service}."
    return f"is wanted by {first.name} and {late.name} on one machine. {mend}"


def listeners(system: Written) -> Iterator[Listener]:
    name = system["name"].text or "system"
    for environment, place in system["environments"].items():
        for service, running in system["services"].items():
            ports = place["ports"][service] if service in place["ports"] else running["ports"]
            for machine in _machines(place["hosts"], service):
                for _, port in ports.items():
                    if port.number is not None:
                        yield Listener(name, environment, service, machine, port)


def _machines(hosts: Written, service: str) -> list[str]:
    """The machines that run it; the same machine is called the same, whoever logs in."""
    running = [[word.text for word in host["runs"].each()] for _, host in hosts.items()]
    addresses = [host["address"].text or "" for _, host in hosts.items()]
    found = zip(addresses, running, strict=True)
    return sorted({address.rpartition("@")[2] for address, runs in found if address and (not runs or service in runs)})
