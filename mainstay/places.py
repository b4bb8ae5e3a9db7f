"""Where the things of a system are in one environment: on which host, in which folder, on which port."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from mainstay.colors import COLORS
from mainstay.descriptor.environment import Environment, Host, Proxy
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.service import Color, HttpService, Service, WorkerService
from mainstay.descriptor.system import System
from mainstay.errors import Refused
from mainstay.runtime import Name, Part

ELSEWHERE = "/var/lib/mainstay"  # what {home} means on a host that is not this machine


@dataclass(frozen=True)
class Web:
    """A service with two colors, on one host."""

    host: str
    name: str
    service: HttpService
    ports: dict[Color, int]

    def address(self, color: Color) -> str:
        """Where that color answers on its host, whoever sees it or not."""
        return f"http://127.0.0.1:{self.ports[color]}"


@dataclass(frozen=True)
class Worker:
    """A service of which one color runs, on one host."""

    host: str
    name: str
    service: WorkerService


@dataclass(frozen=True)
class Places:
    system: System
    name: str  # of the environment
    home: str  # of this machine

    @property
    def environment(self) -> Environment:
        return self.system.at(self.name)

    @property
    def proxy(self) -> Proxy:
        if self.environment.proxy is None:
            raise Refused(
                f"{self.system.name} {self.name} has no proxy, so there is nothing that could show one color or the"
                " other. Write `proxy:` into that environment."
            )
        return self.environment.proxy

    @cached_property
    def webs(self) -> tuple[Web, ...]:
        return tuple(
            Web(host, name, service, self._ports(name))
            for host, name, service in self._services()
            if isinstance(service, HttpService)
        )

    @cached_property
    def workers(self) -> tuple[Worker, ...]:
        return tuple(
            Worker(host, name, service)
            for host, name, service in self._services()
            if isinstance(service, WorkerService)
        )

    @property
    def web_hosts(self) -> tuple[str, ...]:
        """Those with a proxy that shows a color."""
        return tuple(dict.fromkeys(web.host for web in self.webs))

    def flags(self, host: str) -> str:
        return self._filled(host, self._host(host).flags_directory)

    def releases(self, host: str) -> str:
        return self._filled(host, self._host(host).releases_directory)

    def release(self, host: str, id: str) -> str:
        """The folder a release is unpacked into."""
        return f"{self.releases(host)}/{id}"

    def parts(self, host: str, color: Color, release: str) -> tuple[Part, ...]:
        """Every program that this host runs of this color."""
        return tuple(
            self.part(where, service, color, release)
            for where, service, described in self._services()
            if where == host and color in _colors(described)
        )

    def part(self, host: str, service: str, color: Color, release: str) -> Part:
        described, ports = self.system.services[service], self.system.ports(self.name, service)
        return Part(
            name=Name(self.system.name, self.name, service, color),
            release=release,
            folder=self.release(host, release),
            gate=f"{self._filled(host, self._host(host).state_directory)}/{self.system.name}/{self.name}",
            port=None if ports is None else ports.blue if color == "blue" else ports.green,
            instances=described.instances,
            drain_seconds=described.drain_seconds,
        )

    def home_on(self, host: str) -> str:
        """What {home} means there."""
        return self.home if self._host(host).address == "local" else ELSEWHERE

    def heartbeat(self, worker: Worker, color: Color) -> str | None:
        file = worker.service.heartbeat.file
        return None if file is None else self._filled(worker.host, file, color=color, service=worker.name)

    def access_log(self, host: str) -> str:
        return self._filled(host, self.proxy.access_log)

    def files(self, host: str, name: str) -> str:
        """A folder the system writes to."""
        return self._filled(host, self.system.files[name].path)

    @property
    def file_hosts(self) -> tuple[str, ...]:
        return tuple(self.environment.hosts)

    @property
    def database(self) -> str | None:
        """The reference under which its address lies."""
        found = self.system.database
        if found is None:
            return None
        return self.filled(found.address)

    def filled(self, text: str) -> str:
        """What no host has of its own: an address of what all of them use, or a reference to it."""
        return filled(text, home=self.home, system=self.system.name, environment=self.name)

    @property
    def log(self) -> str | None:
        """The reference of an address whose user may receive the database's log; None: nobody receives it."""
        found = self.system.database
        if found is None or found.stream is None:
            return None
        address = found.stream.address or found.address
        return filled(address, home=self.home, system=self.system.name, environment=self.name)

    @property
    def replication_slot(self) -> str | None:
        """The name under which its server keeps for us what we have not received yet. It takes no dash in one."""
        found = self.system.database
        if found is None or found.stream is None:
            return None
        words = {"system": self.system.name, "environment": self.name}
        return filled(found.stream.replication_slot, **{each: word.replace("-", "_") for each, word in words.items()})

    def _services(self) -> Iterator[tuple[str, str, Service]]:
        for host, described in self.environment.hosts.items():
            for name, service in self.system.services.items():
                if not described.runs or name in described.runs:
                    yield host, name, service

    def _ports(self, service: str) -> dict[Color, int]:
        ports = self.system.ports(self.name, service)
        assert ports is not None  # it is an HttpService
        return {"blue": ports.blue, "green": ports.green or ports.blue}

    def _host(self, name: str) -> Host:
        return self.environment.hosts[name]

    def _filled(self, host: str, text: str, **words: str) -> str:
        return filled(text, home=self.home_on(host), system=self.system.name, environment=self.name, **words)


def _colors(service: Service) -> tuple[Color, ...]:
    """Those it can have: a service that is stopped first has only blue."""
    if isinstance(service, HttpService) and service.strategy != "blue_green":
        return ("blue",)
    return COLORS
