"""A whole installation with the practice site, in a folder of its own, to be measured; nothing of it is left."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx

from deployments.demo.home import new_home, remove
from deployments.up import bring_up
from edge import clock, practice_site, release_records
from edge.own_server import server_of
from edge.prefect_server import PrefectServer, Run, Value
from edge.settings import Settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.caddy import Front, front
from mainstay.descriptor.service import Color
from mainstay.platform import POOL
from mainstay.releases import ReleaseRecord

SYSTEM, ENVIRONMENT, HOST = practice_site.NAME, "staging", "main"
DEPLOY_SECONDS = 700.0
LOOK_SECONDS = 0.5  # the server has other things to do
LOGIN = {"name": "demo", "password": "practice"}
NOTHING: Mapping[str, float] = {}


@dataclass(frozen=True)
class Practice:
    """The practice site, as its operator has it."""

    folder: Path
    settings: Settings

    @cached_property
    def front(self) -> Front:
        return front(read_system(self.settings, SYSTEM), ENVIRONMENT, HOST, home=str(self.settings.home))

    @property
    def address(self) -> str:
        return self.front.address

    def port(self, color: Color) -> int:
        return self.front.green if color == "green" else self.front.blue

    @property
    def database(self) -> str:
        """Its address, with user and password."""
        return (self.settings.home / SYSTEM / ENVIRONMENT / "database").read_text().strip()

    def cookie(self) -> str:
        """Of somebody who is logged in; both colors take it."""
        answer = httpx.post(f"{self.address}/login", data=LOGIN, trust_env=False, timeout=20)
        return f"crm={answer.cookies['crm']}"

    @property
    def server(self) -> PrefectServer:
        found = server_of(self.settings, budget_seconds=10)
        assert found is not None
        return found

    def begin(self, version: str) -> Run:
        """A deploy as a run of Prefect; also of what was switched back before."""
        asked: dict[str, Value] = {"system": SYSTEM, "environment": ENVIRONMENT, "version": version, "again": True}
        return self.server.start(f"deploy/{POOL}", asked, key=clock.new_uuid())

    def followed(self, run: Run) -> Run:
        end, server = clock.monotonic() + DEPLOY_SECONDS, self.server
        while not run.ended:
            if clock.monotonic() > end:
                raise TimeoutError(f"{run.name} has not ended within {DEPLOY_SECONDS:g} s")
            clock.sleep(LOOK_SECONDS)
            run = server.run(run.id) or run
        return run

    def live(self, version: str) -> Run:
        """Deployed to its end, and users have it."""
        run = self.followed(self.begin(version))
        if run.type != "COMPLETED":
            raise RuntimeError(f"{version} was to go live and did not: {run.state}: {run.message}")
        return run

    @property
    def newest(self) -> ReleaseRecord:
        found = release_records.records(open_store(self.settings), SYSTEM, ENVIRONMENT, home=self.settings.home)
        return found[0]


@contextmanager
def practice(watch: Mapping[str, float] = NOTHING) -> Iterator[Practice]:
    """``watch``: other rules of the watch than the manual's, in its own words."""
    with installation() as settings:
        settings.home.mkdir()
        _write_rules(practice_site.lay_out_descriptor(settings), watch)
        bring_up(settings, practice=True)
        yield Practice(settings.home.parent, settings)


@contextmanager
def installation() -> Iterator[Settings]:
    """A place for one, not brought up yet."""
    settings = new_home()
    try:
        yield settings
    finally:
        remove(settings)


def _write_rules(descriptor: Path, watch: Mapping[str, float]) -> None:
    rules = ", ".join(f"{name}: {value:g}" for name, value in watch.items())
    text, found = re.subn(r"(?m)^    watch: \{.*\}", f"    watch: {{{rules}}}", descriptor.read_text())
    assert found == 1, "the manual's rules of the practice site's staging stand elsewhere"
    descriptor.write_text(text)
