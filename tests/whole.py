"""A whole installation in a home of its own, started by the shipped command line and surely ended."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from edge import keeper, practice_site, processes, programs, sites, supervisor
from edge.own_server import server_of
from edge.platform import lay_out
from edge.postgres import data_of
from edge.prefect_server import PrefectServer, Run, Value
from edge.processes import Identity
from edge.settings import Settings, read_settings
from edge.store import open_store
from edge.store.port import Store
from edge.turns import read_turns
from edge.unsettled import unsettled
from mainstay.colors import PAGE
from mainstay.errors import ServerLost
from mainstay.platform import POOL
from tests.waiting import until

COMMAND = (sys.executable, "-m", "deployments.command_line")
NOTHING: Mapping[str, str] = {}
RECEIVERS = ("wal-practice-production", "wal-practice-staging")
PROGRAMS = ("database", "server", "worker", "gateway", *practice_site.PROGRAMS, supervisor.PROGRAM, *RECEIVERS)


@dataclass(frozen=True)
class Said:
    exit: int
    text: str


class Whole:
    """What a user has after `mainstay up --practice`, and what an outsider can see of it."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.environment = {"MAINSTAY_HOME": str(home), **environment}
        self.settings: Settings = read_settings(self.environment)

    def command(self, *words: str, seconds: float = 300, environment: Mapping[str, str] = NOTHING) -> Said:
        """The command line, as a person types it."""
        done = subprocess.run(
            [*COMMAND, *words],
            env={**os.environ, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
        return Said(done.returncode, done.stdout)

    def status(
        self,
        *words: str,
        holds: Callable[[Said], bool] = lambda said: said.exit == 0,
        environment: Mapping[str, str] = NOTHING,
    ) -> Said:
        """What it says as soon as this holds, or all is well: it looks once and asks briefly, so it is asked again."""
        found: list[Said] = []

        def look() -> bool:
            found[:] = [self.command("status", *words, environment=environment)]
            return holds(found[0])

        try:
            until(look, seconds=60)
        except AssertionError as vain:
            raise AssertionError(found[0].text) from vain
        return found[0]

    def up(self) -> None:
        said = self.command("up", "--practice", seconds=400)
        assert said.exit == 0, said.text

    @property
    def server(self) -> PrefectServer:
        found = server_of(self.settings, budget_seconds=5)
        assert found is not None
        return found

    @property
    def server_address(self) -> str:
        return lay_out(self.settings).ui

    def ask_prefect(self, path: str, words: object) -> Any:
        """What the server says to whoever has the login."""
        user, _, password = (self.home / "platform" / "login").read_text().partition(":")
        api = f"{lay_out(self.settings).api}{path}"
        return httpx.post(api, json=words, auth=(user, password), trust_env=False, timeout=10).json()

    @property
    def store(self) -> Store:
        return open_store(self.settings)

    def start(self, story: str, parameters: Mapping[str, Value]) -> Run:
        """A busy server is asked again: what is claimed here is not how fast it answers."""
        key, found = f"test {time.time_ns()}", list[Run]()

        def ask() -> bool:
            try:
                found.append(self.server.start(f"{story}/{POOL}", parameters, key=key))
            except ServerLost:
                return False
            return True

        until(ask, seconds=60)
        return found[-1]

    def ended(self, run: Run, *, seconds: float = 120) -> Run:
        """The run when it has ended; a server that is away is asked again."""
        found: list[Run] = []

        def look() -> bool:
            found[:] = [now] if (now := self.server.run(run.id)) and now.ended else []
            return bool(found)

        until(lambda: trying(look), seconds=seconds)
        return found[0]

    def page(self, environment: str = "production") -> sites.Answer:
        """What a user of the practice site gets."""
        return sites.look(practice_site.addresses(self.settings)[environment])

    def closed(self, environment: str = "production") -> bool:
        """Whether users see the maintenance page; without a release they see that nothing is there."""
        return self.page(environment).shows == PAGE

    def open_changes(self) -> list[str]:
        return [each.change for each in unsettled(self.store)]

    def holders(self) -> list[str]:
        return [turn.holder.change for _, _, turn in read_turns(self.store) if turn.holder]

    def program(self, name: str) -> Identity:
        found = programs.living_identity(self.home, name)
        assert found is not None, f"{name} does not run"
        return found

    def keeper(self) -> Identity:
        report = keeper.read_report(self.home)
        assert report is not None
        return Identity(report.pid, report.started)

    def answers(self) -> bool:
        """All programs run, and the server, its database, gateway and the practice site answer to an outsider."""
        report = keeper.read_report(self.home)
        alive = all(programs.living_identity(self.home, name) for name in PROGRAMS)
        return (
            report is not None
            and alive
            and all(report.ready(name) for name in PROGRAMS)
            and self.server.healthy()
            and self.page().status != 0
        )

    def end(self) -> None:
        """Nothing of it is left, on the machine or on the disk."""
        if keeper.keeps(self.home):
            self.command("down", "--at-once")
            kill(self.keeper())
        for name in PROGRAMS:
            if (found := programs.living_identity(self.home, name)) is not None:
                processes.end(found, grace_seconds=10)
        for home in (self.home, practice_site.folder(self.home)):
            shutil.rmtree(data_of(home).parent, ignore_errors=True)  # as root it lies outside the home


@contextmanager
def whole_installation(home: Path, **environment: str) -> Iterator[Whole]:
    made = Whole(home, environment)
    try:
        made.up()
        yield made
    finally:
        made.end()


def kill(identity: Identity) -> None:
    """As a power failure would: no goodbye."""
    if processes.alive(identity):
        os.kill(identity.pid, signal.SIGKILL)


def trying(look: Callable[[], bool]) -> bool:
    """False also while somebody who is asked does not answer."""
    try:
        return look()
    except Exception:  # whoever waits for it says what it waited for
        return False
