"""The one door to local processes. Takes words, never a line of shell."""

import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from edge import marks
from edge.identities import Identity, alive, identify, myself
from edge.interruptions import heard_after
from edge.secrets.redaction import redact, refuse_in_argv
from edge.settings import read_settings
from mainstay.errors import CommandFailed

__all__ = ["Identity", "alive", "identify", "myself"]  # whoever deals with processes finds these here too

OF_A_PERSON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR")

_marks: ContextVar[Mapping[str, str] | None] = ContextVar("marks", default=None)
_started: "list[subprocess.Popen[bytes]]" = []  # our own children that stay; they are collected by ``reap``


@dataclass(frozen=True)
class Output:
    exit: int
    text: str


@contextmanager
def marking(change: str) -> Iterator[None]:
    """Whatever runs inside carries the name of the change, and ours."""
    token = _marks.set({marks.CHANGE: change, marks.CHANGE_BY: marks.signature(read_settings().home)})
    try:
        yield
    finally:
        _marks.reset(token)


def run(
    argv: Sequence[str],
    *,
    deadline_seconds: float,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    bare: bool = False,
    leaves_nothing: bool = False,
) -> Output:
    """Run to the end or to the deadline; nothing it started outlives it, or us. Its words carry no secret.

    ``bare``: it is given what every person's shell has, and nothing of ours: no setting, no secret, no mark.
    ``leaves_nothing``: what it left running in its group when it ended is ended too.
    """
    refuse_in_argv(argv)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as words:  # files: a pipe ties our death to its own
        words.write(stdin or b"")
        words.seek(0)
        child: list[subprocess.Popen[bytes]] = []
        try:
            with heard_after():  # a signal that raises before we know our child would leave it acting on, unseen
                child.append(tied(argv, cwd, _environment(environment, bare=bare), words, out))
            exit = _ended(child[0], deadline_seconds)
        except subprocess.TimeoutExpired:
            _kill_groups(child)
            raise CommandFailed(
                f"{argv[0]} did not end within {deadline_seconds:g} s and was ended: {_tail(out)}"
            ) from None
        except BaseException:
            _kill_groups(child)
            raise
        if leaves_nothing:
            _kill_groups(child)
        out.seek(0)
        return Output(exit, redact(out.read().decode(errors="replace")))


def check(output: Output, what: str) -> str:
    """The text of a command that succeeded; its last lines, as an error, if it did not."""
    if output.exit != 0:
        raise CommandFailed(f"{what} failed (exit {output.exit}): {output.text.strip()[-800:]}")
    return output.text


def start(
    argv: Sequence[str], *, log: Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Identity:
    """Start what is to outlive us and our change: a session of its own, a file for its words, nobody's mark."""
    refuse_in_argv(argv)
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as out:
        child = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env={name: word for name, word in _environment(environment).items() if name not in marks.OF_A_CHANGE},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(child)
    return identify(child.pid) or Identity(child.pid, "gone")


def follow(argv: Sequence[str], *, log: Path, stop_when: Callable[[], bool]) -> int:
    """Start what may outlive us and wait for its exit; a SIGTERM is passed on only when ``stop_when`` agrees."""
    identity = start(argv, log=log)
    child = _started.pop()

    def asked_to_stop(_signal: int, _frame: object) -> None:
        if stop_when():
            os.killpg(identity.pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, asked_to_stop)
    return child.wait()


def ask_to_end(identity: Identity) -> None:
    """SIGTERM, to that process alone."""
    with suppress(ProcessLookupError):
        if alive(identity):
            os.kill(identity.pid, signal.SIGTERM)


def kill(identity: Identity) -> None:
    """As a power failure would: without a word."""
    with suppress(ProcessLookupError):
        if alive(identity):
            os.kill(identity.pid, signal.SIGKILL)


def end(identity: Identity, *, grace_seconds: float) -> None:
    """Ask, wait, then end it with its whole group."""
    for asked in (signal.SIGTERM, signal.SIGKILL):
        if not alive(identity):
            return
        with suppress(ProcessLookupError):  # it ends meanwhile
            try:
                os.killpg(identity.pid, asked)
            except (ProcessLookupError, PermissionError):
                os.kill(identity.pid, asked)
        try:
            psutil.Process(identity.pid).wait(grace_seconds)
        except psutil.TimeoutExpired:
            continue
        except psutil.Error:
            return


def reap() -> None:
    """Collect the dead among what we started, so that none of them stays as a zombie."""
    _started[:] = [child for child in _started if child.poll() is None]


def become_bare(*kept: str) -> None:
    """From here on this process, and whatever it starts, has what every person's shell has, and of ours these words."""
    words = _environment({name: os.environ[name] for name in kept if name in os.environ}, bare=True)
    os.environ.clear()
    os.environ.update(words)


def tied(
    argv: Sequence[str],
    cwd: Path | None,
    environment: Mapping[str, str],
    words: IO[bytes] | int,
    out: IO[bytes] | int,
    complaints: IO[bytes] | int = subprocess.STDOUT,
) -> "subprocess.Popen[bytes]":
    """Start what dies with us, as the leader of a group of its own; call it where no signal can raise."""
    return subprocess.Popen(
        [*_die_with_us(), *argv],
        cwd=cwd,
        env=environment,
        stdin=words,
        stdout=out,
        stderr=complaints,
        bufsize=0,  # of a pipe to it: what is written goes at once
        start_new_session=True,
    )


def bare_but_marked() -> dict[str, str]:
    """The environment of what is given nothing of ours, and yet is found and ended when its change is gone."""
    return {**_environment(None, bare=True), **(_marks.get() or {})}


def marked(environment: Mapping[str, str] | None) -> dict[str, str]:
    """Our own environment with these words, and with the mark of the change it is for."""
    return _environment(environment)


def _die_with_us() -> tuple[str, ...]:
    """On Linux the kernel ends our child with us; elsewhere keeper's sweep by mark does, later."""
    setpriv = shutil.which("setpriv")  # not preexec_fn: unsafe beside threads
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()


def _environment(more: Mapping[str, str] | None, *, bare: bool = False) -> dict[str, str]:
    if bare:
        kept = {name: word for name, word in os.environ.items() if name in OF_A_PERSON or name.startswith("LC_")}
        return {**kept, **(more or {})}
    return {**os.environ, **(_marks.get() or {}), **(more or {})}


def _ended(child: "subprocess.Popen[bytes]", deadline_seconds: float) -> int:
    """Its exit, at once when it ends: ``wait`` with a deadline only looks now and then, up to 50 ms apart."""
    if hasattr(os, "pidfd_open"):
        handle = os.pidfd_open(child.pid)
        try:
            waiting = select.poll()
            waiting.register(handle)
            waiting.poll(deadline_seconds * 1000)
        finally:
            os.close(handle)
        deadline_seconds = 0
    return child.wait(deadline_seconds)


def _kill_groups(children: "Sequence[subprocess.Popen[bytes]]") -> None:
    for child in children:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _tail(out: IO[bytes]) -> str:
    out.seek(0)
    return redact(out.read().decode(errors="replace")).strip()[-400:]
