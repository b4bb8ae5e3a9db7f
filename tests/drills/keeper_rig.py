"""A home with small real programs and a real keeper, for tests that end one or the other."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from edge import keeper, marks, processes
from edge import programs as door
from edge.ports import free_ports
from edge.processes import Identity
from edge.readiness import Readiness
from mainstay.keeper import Report
from mainstay.programs import Program
from tests.drills.small_keeper import PROGRAMS

HERE = Path(__file__).parent


def answering(name: str, *needs: str, hung_after_seconds: float = 60, stop_seconds: float = 1) -> Program:
    """A program that answers 200 on a port of its own."""
    port = free_ports(1)[0]
    return Program(
        name=name,
        argv=(sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"),
        needs=needs,
        ready=f"http://127.0.0.1:{port}/",
        hung_after_seconds=hung_after_seconds,
        stop_seconds=stop_seconds,
    )


def saying(name: str, code: str, *needs: str, stop_seconds: float = 1) -> Program:
    """A program that is a few lines of Python; alive is enough."""
    return Program(name, (sys.executable, "-c", code), needs=needs, stop_seconds=stop_seconds)


@dataclass
class Rig:
    home: Path
    programs: tuple[Program, ...]
    _started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def keeper_argv(self) -> list[str]:
        words = self.home / "programs-of-the-test.json"
        words.write_bytes(PROGRAMS.dump_json(self.programs))
        return [sys.executable, str(HERE / "small_keeper.py"), str(words)]

    def environment(self) -> dict[str, str]:
        return {"MAINSTAY_HOME": str(self.home), "MAINSTAY_STORE": str(self.home / "store")}

    def start_keeper(self, *more: str) -> "subprocess.Popen[bytes]":
        return self.start([*self.keeper_argv(), *more], "keeper")

    def start(self, argv: Sequence[str], name: str) -> "subprocess.Popen[bytes]":
        with (self.home / f"{name}.out").open("ab") as out:
            child = subprocess.Popen(
                argv, env={**os.environ, **self.environment()}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self._started.append(child)
        return child

    def kill_keeper(self, child: "subprocess.Popen[bytes]") -> None:
        child.send_signal(signal.SIGKILL)
        child.wait(10)

    def carriers(self, name: str) -> list[Identity]:
        return marks.saying(marks.PROGRAM, door.mark(self.home, name))

    def copies(self) -> dict[str, int]:
        """How many processes of each program there are."""
        return dict(Counter({program.name: len(self.carriers(program.name)) for program in self.programs}))

    def running(self) -> dict[str, Identity | None]:
        return {program.name: door.living_identity(self.home, program.name) for program in self.programs}

    def running_one(self, name: str) -> Identity:
        identity = door.living_identity(self.home, name)
        assert identity is not None, f"{name} does not run"
        return identity

    def report(self) -> Report | None:
        return keeper.read_report(self.home)

    def all_ready(self) -> bool:
        """As the programs themselves say, not the keeper."""
        sights = door.look(self.home, self.programs, Readiness())
        return all(sight.seen.ready for sight in sights.values())

    def reported_ready(self) -> bool:
        report = self.report()
        return report is not None and all(report.ready(program.name) for program in self.programs)

    def end(self) -> None:
        """All that ever was started for this home, also by those who are dead; those who start others first."""
        for child in self._started:
            if child.poll() is None:
                child.kill()
            child.wait(10)
        while of_this_home := self._of_this_home():
            for identity in of_this_home:
                processes.end(identity, grace_seconds=0)

    def end_programs(self) -> None:
        for program in self.programs:
            for identity in self.carriers(program.name):
                processes.end(identity, grace_seconds=0)

    def _of_this_home(self) -> list[Identity]:
        """Keepers first, or they would start again what was ended. PostgreSQL is told nothing but its mark."""
        ours = door.mark(self.home, "")
        programs = [who for who, said in marks.carriers(marks.PROGRAM) if said[marks.PROGRAM].startswith(ours)]
        others = [
            who
            for who, environment in marks.carriers("MAINSTAY_HOME")
            if environment["MAINSTAY_HOME"] == str(self.home) and who not in programs
        ]
        return others + programs


@contextmanager
def rig(home: Path, *programs: Program) -> Iterator[Rig]:
    made = Rig(home, programs)
    try:
        yield made
    finally:
        made.end()
