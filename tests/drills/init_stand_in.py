"""python init_stand_in.py UNIT [DROP-IN ...]: starts what the unit says and starts it again as init would.

It knows ExecStart, Environment, EnvironmentFile, Restart, RestartSec and RestartPreventExitStatus, with
drop-ins as systemd reads them: a word given again replaces, an empty ExecStart= or Environment= forgets.
Like init with KillMode=process it ends nothing but the service itself, and starts nothing else.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ALWAYS = ("always",)


@dataclass
class Service:
    argv: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    restart: str = "no"
    restart_seconds: float = 0.1
    never_after: set[int] = field(default_factory=set)


def read(paths: Sequence[Path]) -> Service:
    service = Service()
    for path in paths:
        for name, value in _words(path):
            _apply(service, name, value)
    return service


def again(service: Service, exit: int) -> bool:
    return service.restart in ALWAYS and exit not in service.never_after


def _words(path: Path) -> Iterator[tuple[str, str]]:
    section = ""
    for line in (line.strip() for line in path.read_text().splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()


def _apply(service: Service, name: str, value: str) -> None:
    match name:
        case "ExecStart":
            service.argv = shlex.split(value)
        case "Environment" if not value:
            service.environment.clear()
        case "Environment":
            service.environment.update(_pairs(shlex.split(value)))
        case "EnvironmentFile" if Path(value.removeprefix("-")).exists():
            service.environment.update(_pairs(Path(value.removeprefix("-")).read_text().splitlines()))
        case "Restart":
            service.restart = value
        case "RestartSec":
            service.restart_seconds = float(value)
        case "RestartPreventExitStatus":
            service.never_after = {int(code) for code in value.split()}


def _pairs(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            yield name, value


def main(argv: Sequence[str]) -> int:
    service = read([Path(path) for path in argv])
    told: list[int] = []
    child: subprocess.Popen[bytes] | None = None

    def stop(number: int, _frame: object) -> None:
        told.append(number)
        if child is not None:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    while not told:
        child = subprocess.Popen(service.argv, env={**os.environ, **service.environment}, start_new_session=True)
        exit = child.wait()
        if told or not again(service, exit):
            return 0
        time.sleep(service.restart_seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
