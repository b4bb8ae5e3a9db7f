"""The door to the programs of an installation: they are started here and outlive whoever started them.

A program is found again by its pid file, and by a mark in its environment that all its descendants
inherit. The mark is there from its first instruction, so a start whose starter was killed before it
could write the pid file is still found, and ended before the next one.
"""

import os
import signal
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psutil

from edge import logs, machine, marks, private, processes
from edge.clock import new_nonce
from edge.processes import Identity
from edge.readiness import Readiness
from mainstay.programs import Program, Seen
from mainstay.records import UnreadableRecord, decode, encode

OF_A_RUN = (marks.RUN, marks.CHANGE)  # a worker's runs inherit its mark, but have ends of their own


@dataclass(frozen=True)
class SeenProgram:
    """A program as it was met: what it is, what it left."""

    seen: Seen
    identity: Identity | None = None
    leftovers: tuple[Identity, ...] = ()


def look(home: Path, programs: Iterable[Program], readiness: Readiness) -> dict[str, SeenProgram]:
    """All programs at once: a slow answer of one makes nobody else wait."""
    listed = tuple(programs)
    living = {program.name: identity for program in listed if (identity := living_identity(home, program.name))}
    found = left(home) if len(living) < len(listed) else {}
    with ThreadPoolExecutor(max_workers=max(len(listed), 1)) as threads:
        sights = threads.map(lambda program: _sight(program, living.get(program.name), found, readiness), listed)
    return {program.name: sight for program, sight in zip(listed, sights, strict=True)}


def start(home: Path, program: Program) -> Identity:
    """Its words go to a file, its identity to another; call it only when nothing of it is left."""
    private.folder(_pid_file(home, program.name).parent)  # before the start: what fails here starts nothing
    log = log_of(home, program.name)
    logs.trim(log)
    identity = processes.start(
        program.argv,
        log=log,
        cwd=Path("/"),  # a folder that is never removed, and that every user may enter
        environment={**dict(program.environment), marks.PROGRAM: mark(home, program.name)},
    )
    private.write(_pid_file(home, program.name), encode(identity, nonce=new_nonce()).decode())
    return identity


def ask_to_end(program: Program, sight: SeenProgram) -> None:
    """The program itself in its own way; what it left behind is simply asked."""
    if sight.identity:
        _send(sight.identity, signal.Signals[f"SIG{program.stop_signal}"])
    for left in sight.leftovers:
        _send(left, signal.SIGTERM)


def end_now(sight: SeenProgram) -> None:
    for process in filter(None, (sight.identity, *sight.leftovers)):
        _send(process, signal.SIGKILL)


def living_identity(home: Path, name: str) -> Identity | None:
    """Who runs under this name, if he lives; a file that nobody can read names nobody."""
    try:
        identity = decode(Identity, _pid_file(home, name).read_bytes())
    except (FileNotFoundError, UnreadableRecord):
        return None
    return identity if processes.alive(identity) else None


def living(home: Path) -> tuple[str, ...]:
    """Everything of this installation that runs or left something running, by name, whether a keeper runs or not."""
    written = (file.stem for file in (home / "programs").glob("*.json") if not file.name.startswith("."))
    return tuple(sorted({*(name for name in written if living_identity(home, name)), *left(home)}))


def left(home: Path) -> dict[str, list[Identity]]:
    """All that carries a mark of this installation and is no run, by program."""
    ours = mark(home, "")
    found: dict[str, list[Identity]] = {}
    for identity, environment in marks.carriers(marks.PROGRAM):
        if environment[marks.PROGRAM].startswith(ours) and not any(word in environment for word in OF_A_RUN):
            found.setdefault(environment[marks.PROGRAM].removeprefix(ours), []).append(identity)
    return found


def mark(home: Path, name: str) -> str:
    """What all processes of this program of this installation carry, and no others."""
    here = f"{machine.process_space()} {home.resolve()}"  # a container may have a home at the same path
    return f"{sha256(here.encode()).hexdigest()[:12]}/{name}"


def log_of(home: Path, name: str) -> Path:
    return home / "logs" / f"{name}.log"


def _sight(
    program: Program, identity: Identity | None, left: dict[str, list[Identity]], readiness: Readiness
) -> SeenProgram:
    if identity is None:
        leftovers = tuple(left.get(program.name, ()))
        return SeenProgram(Seen(alive=False, ready=False, leftovers=len(leftovers)), None, leftovers)
    if _stopped(identity):  # the kernel goes on taking its connections, so a port would prove nothing
        return SeenProgram(Seen(alive=True, ready=False, why="its process is stopped", stopped=True), identity)
    why = readiness.ask(program.ready) if program.ready else ""
    return SeenProgram(Seen(alive=True, ready=not why, why=why), identity)


def _stopped(identity: Identity) -> bool:
    try:
        return psutil.Process(identity.pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return False


def _send(identity: Identity, asked: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if processes.alive(identity):
            os.kill(identity.pid, asked)


def _pid_file(home: Path, name: str) -> Path:
    return home / "programs" / f"{name}.json"
