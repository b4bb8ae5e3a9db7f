"""No two that listen on one machine may have one port: services, colors, environments, systems."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mainstay.descriptor.written import Found, Written


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
    ours = list(listeners(system, system["name"].text or "this system"))
    yield from (late.port.wrong(say_clash(first, late)) for first, late in clashes(ours))
    yield from _proxies(system["environments"], {(one.machine, int(one.port.number or 0)): one for one in ours})


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


def listeners(system: Written, name: str) -> Iterator[Listener]:
    for environment, place in system["environments"].items():
        for service, running in system["services"].items():
            ports = place["ports"][service] if service in place["ports"] else running["ports"]
            for machine in _machines(place["hosts"], service):
                for _, port in ports.items():
                    if port.number is not None:
                        yield Listener(name, environment, service, machine, port)


def _proxies(environments: Written, taken: dict[tuple[str, int], Listener]) -> Iterator[Found]:
    """A proxy has a port of its own, and shows one environment only."""
    shown: dict[tuple[str, str | None, str | None], str] = {}
    for name, environment in environments.items():
        proxy = environment["proxy"]
        for machine in _machines(environment["hosts"], None):
            for place in (proxy["address"], proxy["preview_url"]):
                if one := taken.get((machine, _port(place))):
                    yield place.wrong(f"has the port of {one.service} in {one.environment}. Write the proxy's own.")
            first = shown.setdefault((machine, proxy["address"].text, proxy["public_url"].text), name)
            if first != name and "address" in proxy:
                yield proxy["address"].wrong(f"shows {first} already. Write another address, or a public_url for each.")


def _port(address: Written) -> int:
    found = re.search(r"://[^/]*:([0-9]{1,5})(/|$)", address.text or "")
    return int(found[1]) if found else 0


def _machines(hosts: Written, service: str | None) -> list[str]:
    """The machines that run it (or all of them); the same machine is called the same, whoever logs in."""
    running = [[word.text for word in host["runs"].each()] for _, host in hosts.items()]
    addresses = [host["address"].text or "" for _, host in hosts.items()]
    found = zip(addresses, running, strict=True)
    return sorted(
        {
            address.rpartition("@")[2]
            for address, runs in found
            if address and (service in runs or not runs or service is None)
        }
    )
