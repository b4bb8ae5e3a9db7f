"""The door to supervisord as a program of this installation: laid out in the home, and kept up by the keeper."""

import sys
from glob import has_magic
from pathlib import Path

from edge import logs, private
from edge.hosts import SUPERVISED
from edge.settings import Settings
from edge.systems import read_readable
from mainstay import supervisor
from mainstay.descriptor.system import System
from mainstay.errors import BadInput
from mainstay.programs import Program

PROGRAM = "supervisor"
LONGEST_SOCKET = 97  # of 103 or 107 characters; it is made aside, with a process number behind its name
EXIT_SECONDS = 10.0
LEFTOVERS_SECONDS = 3.0  # they answer no more soon after they were asked to end, and the next start waits for them
_HERE = Path(__file__).parent


def programs(settings: Settings) -> tuple[Program, ...]:
    """What runs the services of this host; none: no descriptor wants it here, and nothing was ever brought up."""
    drains = [seconds for system in read_readable(settings)[0] for seconds in _drains(system)]
    root = settings.home / supervisor.RUNTIME
    if not drains and not any(root.glob("conf.d/*.conf")):  # a typo in a descriptor ends nothing that runs
        return ()
    _lay_out(root)
    supervisord = Program(
        PROGRAM,
        (sys.executable, "-m", "edge.supervisord", str(root), supervisor.MAIN),
        ready=f"unix://{root / supervisor.SOCKET}",
        hung_after_seconds=30,
        stop_seconds=max(drains, default=30.0) + EXIT_SECONDS,
        leftovers_seconds=LEFTOVERS_SECONDS,
    )
    return (supervisord,)


def trim_logs(settings: Settings) -> None:
    """Those that services write themselves; what supervisord writes it keeps small."""
    for log in (settings.home / supervisor.RUNTIME).glob("logs/*.log"):
        logs.trim(log)


def _drains(system: System) -> list[float]:
    local = any(host.address == "local" for place in system.environments.values() for host in place.hosts.values())
    return [each.drain_seconds for each in system.services.values() if local and each.runtime == supervisor.RUNTIME]


def _lay_out(root: Path) -> None:
    """Done again at every start of a keeper: what runs reads it only when it starts."""
    if len(str(root / supervisor.SOCKET)) > LONGEST_SOCKET or has_magic(str(root)):
        raise BadInput(
            f"MAINSTAY_HOME: supervisord cannot work in {root}: it must have at most "
            f"{LONGEST_SOCKET - len(supervisor.SOCKET) - 1} characters, and none of * ? [. Choose another home."
        )
    for folder in (root, *(root / name for name in supervisor.FOLDERS)):
        private.folder(folder)
    private.write(root / SUPERVISED, (_HERE / SUPERVISED).read_text())
    private.write(root / supervisor.MAIN, supervisor.main_configuration(sys.executable, SUPERVISED))
