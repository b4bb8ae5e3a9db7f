"""A real PostgreSQL for the CRM: empty databases, and the ways it can go away and come back."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg

from edge import clock
from edge.processes import Identity
from mainstay.installation import Cluster
from mainstay.programs import Program
from tests.databases import Ground, connect, program_of, serves
from tests.running import listens, running
from tests.waiting import until

NOTHING_TO_LOSE = ("-c", "fsync=off")  # many databases are made here, and no power fails


class Postgres:
    def __init__(self, cluster: Cluster, home: Path) -> None:
        self.cluster, self._home, self._up = cluster, home, ExitStack()
        program, self.port = program_of(cluster)
        self._program: Program = replace(program, argv=(*program.argv, *NOTHING_TO_LOSE))
        self._identity: Identity | None = None
        self._empty: list[str] = []

    @classmethod
    @contextmanager
    def up(cls, root: Path) -> Iterator["Postgres"]:
        ground = Ground(root / "home", root / "place")
        ground.home.mkdir()
        made = cls(ground.cluster(), ground.home)
        try:
            made.start()
            yield made
        finally:
            made._up.close()

    def start(self) -> None:
        self._identity = self._up.enter_context(running(self._program, self._home))
        until(lambda: serves(self.cluster, self.port), seconds=30)

    def stop(self) -> None:
        self._up.close()
        until(lambda: not listens(self.port), seconds=10)

    def kill(self) -> None:
        """As nothing announces it; what it started ends by itself, soon."""
        assert self._identity is not None
        os.kill(self._identity.pid, signal.SIGKILL)

    def begin_timeline(self) -> None:
        """Start it as one that was restored: it replays all it has, and goes on on a timeline of its own."""
        signal_file, settings = self.cluster.data / "recovery.signal", self.cluster.data / "postgresql.auto.conf"
        signal_file.touch()
        settings.write_text("restore_command = 'false'\n")
        if self.cluster.owner is not None:
            os.chown(signal_file, self.cluster.owner.uid, self.cluster.owner.gid)
        self.start()

    @property
    def is_up(self) -> bool:
        return serves(self.cluster, self.port)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It still accepts connections, as the kernel does that, and answers nothing."""
        assert self._identity is not None
        postmaster = psutil.Process(self._identity.pid)
        stopped = [postmaster, *postmaster.children(recursive=True)]
        for each in stopped:
            _signal(each, signal.SIGSTOP)
        try:
            yield
        finally:
            for each in reversed(stopped):
                _signal(each, signal.SIGCONT)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty one; it is emptied and given out again, since making one writes a lot."""
        address = self._empty.pop() if self._empty else self._new()
        yield address
        rows(address, "drop schema public cascade")
        rows(address, "create schema public")
        self._empty.append(address)

    def _new(self) -> str:
        name = f"crm_{clock.new_nonce()}"
        with connect(self.cluster, self.port) as database:
            database.execute(f"create database {name}".encode())
        return f"postgresql://{self.cluster.user}:{self.cluster.password}@127.0.0.1:{self.port}/{name}"


def rows(address: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address, autocommit=True) as database:
        cursor = database.execute(question.encode())
        return cursor.fetchall() if cursor.description else []


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)
