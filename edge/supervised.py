"""python supervised.py ROOT VERB ...: what is done to programs under supervisord, and seen of them; on every host.

    up NAME RELEASE CONFIGURATION GATE PATIENCE_SECONDS
    down NAME
    see SYSTEM.ENVIRONMENT
    boot

ROOT is supervisord's own folder. ``up`` replaces whatever runs under that name, unless just this release does.
Told so after any death it comes to the same end. Standard library only, so that any Python of a host can
run it; whatever changes something is run by the host's gate, except ``boot``, which takes the gates' locks itself.
"""

import fcntl
import http.client
import json
import os
import re
import signal
import socket
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED = 0, 10, 20, 30, 40, 100  # supervisord's own numbers
UNSTOPPED = (STARTING, RUNNING, STOPPING)  # there is a process
COMES_BACK = (STARTING, RUNNING, BACKOFF, EXITED)  # there is one, or will be again
ALREADY_STARTED, LEAVING = 60, 6
DOES_NOT_ANSWER = (ConnectionError, TimeoutError, http.client.HTTPException)
AWAY_SECONDS = 12.0  # for so long it is waited for: whoever keeps it up starts it again
LOOK_SECONDS = 4.0  # whoever only looks can look again
KILLED_SECONDS = 5.0  # for so long a killed process may take to be gone
PAUSE_SECONDS = 0.05
ONE_START = "."  # as its start script adds each time
TRY_AGAIN = 75  # as sysexits.h calls it: it may pass by itself


class Trouble(Exception):
    """What happened, what it means, what to do."""


class Away(Trouble):
    """It may pass by itself."""


@dataclass(frozen=True)
class Process:
    name: str  # of the program
    process: str  # its name with a number behind it
    state: int
    pid: int
    why: str


class _Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect("socket")  # by its name here: a path may be too long for a socket
        except FileNotFoundError as reason:
            raise ConnectionRefusedError(str(reason)) from None


def ask(method: str, *words: Any) -> Any:
    connection = _Connection("localhost", timeout=5)
    try:
        connection.request("POST", "/RPC2", xmlrpc.client.dumps(words, f"supervisor.{method}"))
        (answer,), _ = xmlrpc.client.loads(connection.getresponse().read())
        return answer
    except xmlrpc.client.Fault as reason:
        if reason.faultCode == LEAVING:  # as good as gone
            raise ConnectionRefusedError(reason.faultString) from None
        raise
    finally:
        connection.close()


def processes(name: str = "") -> list[Process]:
    """Those of one program, or all."""
    found = [
        Process(each["group"], each["name"], each["state"], each["pid"], _why(each))
        for each in ask("getAllProcessInfo")
    ]
    return [each for each in found if name in ("", each.name)]


def up(name: str, release: str, configuration: str, gate: str, patience_seconds: str) -> str:
    keep(Path("gates", name.rsplit(".", 2)[0]), gate)
    keep(Path("conf.d", f"{name}.conf"), _of_the_release(configuration))
    ask("reloadConfig")
    there = processes(name)
    alive = [each for each in there if each.state in UNSTOPPED]
    if alive and all(_runs(each, release) for each in alive):
        for each in alive:  # what ended in an earlier life is not held against this one
            Path("starts", each.process).write_text(ONE_START)
        return f"{name} runs {release} already{', in part: the rest starts' if _start(name) else ''}"
    if there:
        _ask_to_stop(name)
        if not _until_stopped(name, float(patience_seconds)):
            _kill(name)
        ask("removeProcessGroup", name)
    ask("addProcessGroup", name)
    _start(name)
    return f"{name} starts with {release}"


def down(name: str) -> str:
    """supervisord ends what has not drained by then."""
    if not processes(name):
        return f"{name} is not there"
    _ask_to_stop(name)
    return f"{name} was asked to stop"


def see(whose: str) -> str:
    return "\n".join(json.dumps(_seen(each)) for each in processes() if each.name.startswith(f"{whose}."))


def boot() -> str:
    """After supervisord started: the live color of each environment, and no other. A gate that acts is waited for."""
    waiting, started = set(Path("gates").iterdir()), []
    while waiting:
        for place in sorted(waiting):
            with _gate_of(place) as gate:
                if gate is not None:
                    started += [name for name in _live(place.name, gate) if _start(name)]
                    waiting.remove(place)
        time.sleep(PAUSE_SECONDS if waiting else 0)
    return f"started: {', '.join(started) or 'nothing'}"


def keep(place: Path, text: str) -> None:
    """Whole and on the disk."""
    if place.is_file() and place.read_text() == text:
        return
    aside = place.with_name(f".{place.name}.new")
    with aside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _of_the_release(configuration: str) -> str:
    try:
        return Path(configuration).read_text()
    except FileNotFoundError:
        raise Trouble(f"{configuration} is not there: the release must be placed on this host first.") from None


def _why(said: dict[str, Any]) -> str:
    return said["spawnerr"] or (f"it ended with exit {said['exitstatus']}" if said["state"] == EXITED else "")


def _runs(process: Process, release: str) -> bool:
    return process.state in (STARTING, RUNNING) and _release(process.pid) == release


def _release(pid: int) -> str:
    """What a process was started with, as it was told by its first word."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    return next((word.partition(b"=")[2].decode() for word in words if word.startswith(b"MAINSTAY_RELEASE=")), "")


def _seen(process: Process) -> dict[str, str | int]:
    starts = Path("starts", process.process)
    return {
        "name": process.name,
        "state": process.state,
        "pid": process.pid,
        "release": _release(process.pid) if process.pid else "",
        "restarts": max(starts.stat().st_size - 1, 0) if starts.exists() else 0,
        "why": process.why,
    }


def _ask_to_stop(name: str) -> None:
    """Who has just ended by himself cannot be asked, and comes back in a moment: then he is."""
    while True:
        ask("stopProcessGroup", name, False)
        if not any(each.state in COMES_BACK for each in processes(name)):
            return
        time.sleep(PAUSE_SECONDS)


def _until_stopped(name: str, patience_seconds: float) -> bool:
    end = time.monotonic() + patience_seconds
    while any(each.state in UNSTOPPED for each in processes(name)):
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def _kill(name: str) -> None:
    """With all it started: each leads a group of its own."""
    for each in processes(name):
        if each.state in UNSTOPPED:
            with suppress(ProcessLookupError):
                os.killpg(each.pid, signal.SIGKILL)
    if not _until_stopped(name, KILLED_SECONDS):
        raise Trouble(f"{name} cannot be ended: it does not even go when it is killed. Is a disk of it away?")


def _start(name: str) -> bool:
    """Whether it had to be. What ends by itself from now on is counted from here."""
    stopped = [each for each in processes(name) if each.state not in (STARTING, RUNNING, BACKOFF, STOPPING)]
    for each in stopped:
        Path("starts", each.process).unlink(missing_ok=True)
        try:
            ask("startProcess", f"{each.name}:{each.process}", False)
        except xmlrpc.client.Fault as reason:
            if reason.faultCode != ALREADY_STARTED:  # it had just ended, and came back by itself
                raise
    return bool(stopped)


@contextmanager
def _gate_of(place: Path) -> Iterator[Path | None]:
    """With its lock in our hands, so that no act of an environment meets us; None: somebody else has it."""
    gate = Path(place.read_text())
    if not gate.is_dir():  # a person removed it, with all it knew
        yield gate
        return
    with os.fdopen(os.open(gate / "lock", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield gate


def _live(whose: str, gate: Path) -> list[str]:
    """The programs of the color that is live, of just the release it was given: one of an earlier may lie there."""
    color = _said(gate / "live")
    names = sorted(place.stem for place in Path("conf.d").glob(f"{whose}.*.{color}.conf"))
    given = _said(Path(_said(gate / "flags"), f"{color}.release"))
    return [name for name in names if given == _configured(name)] or names


def _configured(name: str) -> str:
    found = re.search(r'MAINSTAY_RELEASE="([^"]*)"', Path("conf.d", f"{name}.conf").read_text())
    return found[1] if found else ""


def _said(place: Path) -> str:
    try:
        return place.read_text().strip()
    except (FileNotFoundError, IsADirectoryError):
        return ""


def _persistently(do: Callable[[], str], away_seconds: float) -> str:
    """From its beginning, if supervisord died meanwhile or is just being started."""
    end = time.monotonic() + away_seconds
    while True:
        try:
            return do()
        except DOES_NOT_ANSWER as reason:
            if time.monotonic() > end:
                raise Away(
                    f"supervisord in {Path.cwd()} has not answered for {away_seconds:g} s ({reason}), so nothing is "
                    "known of its programs. Its keeper starts it again; see `mainstay status`, and do this again."
                ) from None
        time.sleep(PAUSE_SECONDS)


VERBS: dict[str, Callable[..., str]] = {"up": up, "down": down, "see": see, "boot": boot}


def main(root: str, verb: str, *words: str) -> int:
    os.chdir(root)
    try:
        away_seconds = LOOK_SECONDS if verb == "see" else AWAY_SECONDS
        sys.stdout.write(f"{_persistently(lambda: VERBS[verb](*words), away_seconds)}\n")
    except Trouble as reason:
        sys.stderr.write(f"{reason}\n")
        return TRY_AGAIN if isinstance(reason, Away) else 1
    except xmlrpc.client.Fault as reason:
        sys.stderr.write(f"supervisord in {root} refused: {reason.faultString}. Its log says more.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
