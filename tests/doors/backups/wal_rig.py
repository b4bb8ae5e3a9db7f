"""A database whose log is received for real: a server, a store, the resident that carries it from one to the other."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from edge import clock, private
from edge.backups.keyring import Keyring, keyring
from edge.backups.log import state as wal_state
from edge.backups.log.store import fetch, reach
from edge.backups.opening import Opened
from edge.companions import companion
from edge.ports import free_ports
from edge.postgres import as_owner
from edge.settings import Settings, read_settings
from edge.store import open_backups
from edge.store.port import Store
from mainstay.backups.log.places import position
from mainstay.backups.log.streaming import StreamState
from mainstay.installation import Cluster
from mainstay.programs import Program
from tests.doors.crm_database import Postgres, rows
from tests.running import running
from tests.waiting import until

SYSTEM, ENVIRONMENT = "shop", "production"
RECEIVER = "receiver"
DESCRIPTOR = """\
name: shop
source: {{repository: https://example.com/shop.git, branches: {{main: production}}}}
services: {{web: {{start: [run], ports: {{blue: 8101, green: 8102}}, health: /health}}}}
database:
  address: file://{address}
  stream: {{address: file://{log}, replication_slot: "{slot}", most_held_megabytes: {most}}}
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

    def __post_init__(self) -> None:
        (self.home / "systems").mkdir(parents=True)
        keyring(self.home).new_recovery_key()
        private.write(self.home / "address", self.address)
        private.write(self.home / "log", self.address.replace(f"//{self.postgres.cluster.user}:", f"//{RECEIVER}:"))
        self.describe()
        self.let_receive()

    def let_receive(self) -> None:
        """A user who may do this, and nothing else."""
        there = f"do $$ begin create role {RECEIVER}; exception when duplicate_object then null; end $$"
        self.do(there, f"alter role {RECEIVER} login replication password '{self.postgres.cluster.password}'")

    def describe(self) -> None:
        places = {"address": self.home / "address", "log": self.home / "log"}
        text = DESCRIPTOR.format(**places, slot=self.slot, most=self.most)
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

    def log_file(self) -> str:
        return (self.home / f"{self.program.name}.log").read_text()

    def receiver(self, resident: int) -> int:
        """The number of the pg_receivewal that this resident has, when it has one."""
        found: list[int] = []

        def there() -> bool:
            found[:] = [each.pid for each in psutil.Process(resident).children() if each.name() == "pg_receivewal"]
            return bool(found)

        until(there, seconds=30)
        return found[0]

    def base(self, folder: Path) -> int:
        """A plain copy of the whole server; where its log begins."""
        tool = self.postgres.cluster.programs / "pg_basebackup"
        argv = [str(tool), f"--dbname={self.address}", "-D", str(folder), "-X", "none", "-c", "fast"]
        subprocess.run(argv, check=True, capture_output=True)
        found = re.search(r"START WAL LOCATION: ([0-9A-F/]+)", (folder / "backup_label").read_text())
        assert found is not None
        return position(found[1])

    def recovered(self, base: Path, since: int, question: str) -> list[tuple[object, ...]]:
        """What a server answers that was made of a base and of the log in the store, by PostgreSQL's own recovery."""
        wal = base.parent / "fetched"
        wal.mkdir()
        opened = Opened(self.store, self.ring.proving_key(), self.home)
        state = self.state
        where = (SYSTEM, ENVIRONMENT, state.cluster, state.timeline)
        fetch(opened, self.ring.writer_public, *where, since, self.reached(since), wal)
        restore = f"cp {wal}/%f %p"
        (base / "recovery.signal").touch()
        (base / "postgresql.auto.conf").write_text(f"restore_command = '{restore}'\n")
        return answered(self.postgres.cluster, base, question)


@contextmanager
def harbour_at(postgres: Postgres, root: Path, bucket: str = "", endpoint: str | None = None) -> Iterator[Harbour]:
    """With a table to write to; afterwards nothing of it is left at its server."""
    made = Harbour(postgres, root / "home", bucket or str(root / "store"), endpoint)
    made.do("create table if not exists t (a int, b text)")
    yield made
    made.do("select pg_drop_replication_slot(slot_name) from pg_replication_slots", "drop table t")


def write(harbour: Harbour) -> int:
    """20,000 rows, in segments that are closed; where they end."""
    harbour.do("insert into t select g, repeat(md5(random()::text), 20) from generate_series(1, 20000) g")
    written_to = harbour.flushed()
    harbour.do("select pg_switch_wal()")
    return written_to


def begin(harbour: Harbour) -> int:
    """It is received; from where on."""
    until(lambda: harbour.state.received_until is not None, seconds=60)
    return harbour.flushed()


def answered(cluster: Cluster, data: Path, question: str) -> list[tuple[object, ...]]:
    """By a server on these data, as soon as it has recovered."""
    if cluster.owner is not None:
        for path in [*data.parent.rglob("*"), data.parent]:
            os.chown(path, cluster.owner.uid, cluster.owner.gid)
    data.chmod(0o700)
    port = free_ports(1)[0]
    argv = [*as_owner(cluster.owner), str(cluster.programs / "postgres"), "-D", str(data), f"-cport={port}"]
    words = ["-clisten_addresses=127.0.0.1", "-cunix_socket_directories=", "-cfsync=off", "-carchive_mode=off"]
    address = f"postgresql://{cluster.user}:{cluster.password}@127.0.0.1:{port}/postgres"
    with companion([*argv, *words], log=data.parent / "log", grace_seconds=10):
        until(lambda: _is_writable(address), seconds=60)
        return rows(address, question)


def _is_writable(address: str) -> bool:
    try:
        return rows(address, "select pg_is_in_recovery()") == [(False,)]
    except psycopg.Error:
        return False


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
