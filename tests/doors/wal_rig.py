"""A database whose log is received for real: a server, a store, the resident that carries it from one to the other."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from edge import clock, private
from edge.backups import wal_state
from edge.backups.keyring import Keyring, keyring
from edge.backups.wal_store import reach
from edge.settings import Settings, read_settings
from edge.store import open_backups
from edge.store.port import Store
from mainstay.backups.streaming import StreamState
from mainstay.backups.wal import position
from mainstay.programs import Program
from tests.doors.crm_database import Postgres, rows
from tests.running import running

SYSTEM, ENVIRONMENT = "shop", "production"
DESCRIPTOR = """\
name: shop
source: {{repository: https://example.com/shop.git, branches: {{main: production}}}}
services: {{web: {{start: [run], ports: {{blue: 8101, green: 8102}}, health: /health}}}}
database:
  address: file://{address}
  stream: {{replication_slot: "{slot}", most_held_megabytes: {most}}}
environments:
  production:
    hosts: {{main: {{address: local}}}}
    proxy: {{kind: caddy, address: "http://127.0.0.1:8100"}}
    backups: {{full: nightly}}
"""


@dataclass
class Harbour:
    """A home with keys and a descriptor, beside a server."""

    postgres: Postgres
    home: Path
    store_address: str
    endpoint: str | None = None
    most: int = 4096
    slot: str = field(default_factory=lambda: f"mainstay_{clock.new_nonce()}")
    up: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        (self.home / "systems").mkdir(parents=True)
        keyring(self.home).new_recovery_key()
        private.write(self.home / "address", self.address)
        self.describe()

    def describe(self) -> None:
        text = DESCRIPTOR.format(address=self.home / "address", slot=self.slot, most=self.most)
        (self.home / "systems" / "shop.yaml").write_text(text)

    @property
    def address(self) -> str:
        cluster = self.postgres.cluster
        return f"postgresql://{cluster.user}:{cluster.password}@127.0.0.1:{self.postgres.port}/postgres"

    @property
    def words(self) -> dict[str, str]:
        words = {"MAINSTAY_HOME": str(self.home), "MAINSTAY_BACKUPS": self.store_address}
        return words | ({"MAINSTAY_BACKUPS_ENDPOINT": self.endpoint} if self.endpoint else {})

    @property
    def settings(self) -> Settings:
        return read_settings(self.words)

    @property
    def store(self) -> Store:
        return open_backups(self.settings)

    @property
    def ring(self) -> Keyring:
        return keyring(self.home)

    @property
    def state(self) -> StreamState:
        return wal_state.recall(self.home, SYSTEM, ENVIRONMENT) or StreamState(clock.now())

    @property
    def program(self) -> Program:
        argv = (sys.executable, "-m", "residents.wal", SYSTEM, ENVIRONMENT)
        return Program("wal-shop-production", argv, environment=tuple(self.words.items()))

    @contextmanager
    def streaming(self) -> Iterator[int]:
        """Received and shipped by a process of its own; its number."""
        with running(self.program, self.home) as identity:
            yield identity.pid

    def flushed(self) -> int:
        ((lsn,),) = rows(self.address, "select pg_current_wal_flush_lsn()::text")
        return position(str(lsn))

    def do(self, *statements: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())

    def reached(self, since: int) -> int:
        state = self.state
        if not state.cluster:
            return since
        where = (SYSTEM, ENVIRONMENT, state.cluster, state.timeline)
        return reach(self.store, self.ring.writer_public, *where, since)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
