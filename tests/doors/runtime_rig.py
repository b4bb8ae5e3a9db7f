"""A host with a gate, a runtime and releases of a small application that tells what it is."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

import httpx

from edge import processes, programs, supervisor
from edge.hosts import LocalHost
from edge.ports import free_ports
from edge.processes import Identity
from edge.readiness import Readiness
from edge.runtimes import Runtime, runtime
from edge.settings import Settings, for_home
from mainstay import gate
from mainstay.descriptor.parsing import parse_system
from mainstay.descriptor.service import Color
from mainstay.descriptor.system import System
from mainstay.gate import Call, GateAnswer
from mainstay.places import Places
from mainstay.programs import Program
from mainstay.runtime import Name, Part, Running
from tests.waiting import until

BEHAVIOUR = Path(__file__).with_name("small_service.py")
SECRET = "canary-7a1f03b2"
RELEASE = "0123456789ab-00000001"
NEXT = "0123456789ab-00000002"


@dataclass(frozen=True)
class Site:
    """One environment of one system on the host."""

    rig: "Rig"
    system: System
    environment: str
    host: LocalHost

    def part(self, service: str = "web", color: Color = "blue", release: str = RELEASE) -> Part:
        return Places(self.system, self.environment, str(self.rig.home)).part("main", service, color, release)

    def place(self, release: str = RELEASE, **variables: str) -> None:
        """What the step before would have done: the application, and beside it what the runtime wants."""
        folder = Path(self.part(release=release).folder)
        (folder / "app").mkdir(parents=True)
        (folder / "app" / "service.py").write_text(BEHAVIOUR.read_text())
        files = self.runtime.files(self.system, self.environment, release, {"SECRET": SECRET, **variables})
        for name, text in files.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o700 if name.endswith(".start") else 0o600)

    @property
    def runtime(self) -> Runtime:
        return runtime(self.rig.settings, self.host, self.system.services["web"])

    def gate(self, verb: tuple[str, ...], seconds: int = 20) -> GateAnswer:
        epoch = max(self.host.gate(self._call(0, gate.SEE, 1)).epoch, 1)
        self.host.gate(self._call(epoch, gate.CLAIM, 5))
        return self.host.gate(self._call(epoch, verb, seconds))

    def up(self, service: str = "web", color: Color = "blue", release: str = RELEASE, **how: bool) -> GateAnswer:
        return self.gate(self.runtime.up(self.part(service, color, release), **how))

    def down(self, service: str = "web", color: Color = "blue") -> GateAnswer:
        return self.gate(self.runtime.down(self.name(service, color)))

    def ended(self, service: str = "web", color: Color = "blue") -> None:
        """It was asked to, and has."""
        self.down(service, color)
        until(lambda: {each.state for each in self.seen(service, color)} <= {"stopped"})

    def name(self, service: str = "web", color: Color = "blue") -> Name:
        return Name(self.system.name, self.environment, service, color)

    def seen(self, service: str = "web", color: Color = "blue") -> list[Running]:
        everything = self.runtime.seen(self.system.name, self.environment)
        return [each for each in everything if each.name == self.name(service, color)]

    def running(self, service: str = "web", color: Color = "blue") -> Running:
        """Its one process, as soon as it runs."""
        until(lambda: [each.state for each in self.seen(service, color)] == ["running"])
        return self.seen(service, color)[0]

    def answer(self, color: Color = "blue") -> Mapping[str, object] | None:
        """What the service tells of itself; None: nobody answers."""
        port = self.part("web", color).port
        try:
            told: Mapping[str, object] = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=2).json()
        except httpx.HTTPError:
            return None
        return told

    def answers(self, color: Color = "blue") -> Mapping[str, object]:
        until(lambda: self.answer(color) is not None)
        found = self.answer(color)
        assert found is not None
        return found

    def kill(self, process: Running) -> None:
        """As a fault of its own would."""
        identity = processes.identify(process.pid or 0)
        assert identity is not None
        processes.kill(identity)

    def stop_one(self, process: Running) -> None:
        """As a person would with supervisorctl."""
        argv = [str(Path(sys.executable).with_name("supervisorctl")), "-c", "supervisord.conf", "stop"]
        number = self.seen(process.name.service, process.name.color).index(process)
        words = [*argv, f"{process.name}:{process.name}.{number}"]
        processes.check(processes.run(words, deadline_seconds=20, cwd=self.rig.home / "supervisor"), "supervisorctl")

    def log(self, service: str = "web", color: Color = "blue") -> str:
        return self.host.tail(self.runtime.log(self.name(service, color)), 0).decode()

    def goes_live(self, color: Color, release: str = RELEASE) -> None:
        flags = str(self.rig.home / "flags" / self.system.name / self.environment)
        self.gate(gate.set_flag(flags, f"{color}.release", release))
        self.gate(gate.live(color))

    def _call(self, epoch: int, verb: tuple[str, ...], seconds: int) -> Call:
        return Call(self.system.name, self.environment, epoch, "c-1", verb, seconds)


class Rig:
    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings: Settings = for_home(home)
        self.host = LocalHost(home / "gate", "main")

    def site(self, system: str = "shop", environment: str = "production", **web: object) -> Site:
        """With a web service and a worker; ``web`` is said of both, over what they are otherwise."""
        blue, green = free_ports(2)
        words = ["python3", "service.py", "--port", "{port}", "--color", "{color}"]
        common = {"drain_seconds": 5, "start": words, **web}
        lines = dedent(
            f"""
            name: {system}
            source: {{repository: /srv/{system}.git, branches: {{main: {environment}}}}}
            services:
              web: {json.dumps({**common, "ports": {"blue": blue, "green": green}, "health": "/"})}
              worker: {json.dumps({**common, "start": ["python3", "service.py"], "heartbeat": {"file": "/tmp/none"}})}
            environments:
              {environment}:
                hosts: {{main: {{address: local}}}}
                proxy: {{kind: caddy, address: "http://127.0.0.1:{free_ports(1)[0]}"}}
            """
        )
        self.settings.systems.mkdir(parents=True, exist_ok=True)
        file = self.settings.systems / f"{system}.yaml"
        file.write_text(lines)
        return Site(self, parse_system(lines, str(file), called=system), environment, self.host)

    def program(self) -> Program:
        (found,) = supervisor.programs(self.settings)
        return found

    def start(self, **environment: str) -> Identity:
        """As the keeper would, but nobody looks after it."""
        return self._start(replace(self.program(), environment=tuple(environment.items())))

    def start_stock(self) -> Identity:
        """supervisor's own daemon, as other hosts have it."""
        chdir = ("env", "-C", str(self.home / "supervisor"))
        argv = (*chdir, sys.executable, "-m", "supervisor.supervisord", "-c", "supervisord.conf")
        return self._start(replace(self.program(), argv=argv))

    def _start(self, told: Program) -> Identity:
        identity = programs.start(self.home, told)
        readiness, place = Readiness(), told.ready or ""
        until(lambda: readiness.ask(place) == "")  # its socket is there an instant before it listens
        return identity

    def supervisord(self) -> Identity:
        found = programs.living_identity(self.home, supervisor.PROGRAM)
        assert found is not None
        return found

    def left(self) -> list[Identity]:
        """All that still runs of it, whoever it was started by."""
        return programs.left(self.home).get(supervisor.PROGRAM, [])

    def end(self) -> None:
        while found := self.left():
            for each in found:
                processes.kill(each)
            processes.reap()


def alive(pid: int | None) -> bool:
    identity = processes.identify(pid or 0)
    return identity is not None and processes.alive(identity)
