"""A real PostgreSQL, a release with a migration tool on a host, and users who read and write meanwhile."""

import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from edge import clock, migrations
from edge.changes import Change
from edge.hosts import BEGIN, LocalHost
from edge.migrator import Migrator, migrator
from edge.openings import Wish, take_turn
from edge.settings import Settings, read_settings
from edge.store import open_store
from edge.systems import read_system
from mainstay.descriptor.kept import MigrationKind
from mainstay.migrations import Moved, Pending, strategy_of
from mainstay.releases import Release
from mainstay.turn import Urgency
from tests.databases import Ground, folder, program_of, serves
from tests.running import running
from tests.waiting import until

ENVIRONMENT = "production"
RELEASE = Release("0123456789abcdef" * 2 + "01234567", "a" * 64, "b" * 64)
COLUMN = "-- kind: expand\nalter table customers add column phone text;\n"
SLOW = f"{COLUMN}select pg_sleep(60);\n"
BEGIN_SCRIPT = """#!/bin/sh
. "$1" && cd "$2" && shift 3 && exec "$@"
"""
DESCRIPTOR = """
name: shop
source: {{repository: https://example.com/shop.git, branches: {{main: production}}}}
services:
  web:
    start: [node, web.js]
    ports: {{blue: 8101, green: 8102}}
    health: /health
database:
  address: "file://{{home}}/address"
  migration:
    argv: [{python}, migration_tool.py, move]
    head: [{python}, migration_tool.py, head]
    sql: [{python}, migration_tool.py, print]
    lock_timeout_seconds: {lock_timeout_seconds}
    deadline_seconds: {deadline_seconds}
environments:
  production:
    hosts: {{main: {{address: local, releases_directory: "{{home}}/releases/shop/production"}}}}
    proxy: {{kind: caddy, address: "http://127.0.0.1:8100"}}
"""


@dataclass(frozen=True)
class HostWithBegin(LocalHost):
    """Whatever stands in edge/begin.sh, these claims are about what is begun."""

    def shipped(self, name: str) -> str:
        if name != BEGIN:
            return super().shipped(name)
        script = self.state / "begin.sh"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(BEGIN_SCRIPT)
        return str(script)


@dataclass(frozen=True)
class Server:
    port: int
    user: str
    password: str

    def address(self, name: str) -> str:
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{name}"

    def new_database(self) -> str:
        name = f"shop_{clock.new_nonce()}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}"'.encode())
        return self.address(name)


@contextmanager
def served() -> Iterator[Server]:
    with folder() as root:
        ground = Ground(root / "home", root / "place")
        cluster = ground.cluster()
        program, port = program_of(cluster)
        with running(program, ground.home):
            until(lambda: serves(cluster, port), seconds=30)
            yield Server(port, cluster.user, cluster.password)


@dataclass(frozen=True)
class Shop:
    """One database with a customers table, and the release that is about to go live."""

    settings: Settings
    address: str

    def write(self, name: str, sql: str) -> None:
        (self.app / "migrations" / f"{name}.sql").write_text(sql)

    @property
    def app(self) -> Path:
        return self.settings.home / "releases/shop/production" / RELEASE.id / "app"

    @property
    def reference(self) -> str:
        return f"file://{self.settings.home}/address"

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self.address, autocommit=True)

    def ask(self, question: str) -> list[tuple[object, ...]]:
        with self.connect() as connection:
            return connection.execute(question.encode()).fetchall()

    def at_work(self) -> list[tuple[object, ...]]:
        """The sessions in which a migration works just now."""
        return self.ask("select pid from pg_stat_activity where application_name like 'mainstay migration %'")

    def columns(self) -> set[object]:
        told = self.ask("select column_name from information_schema.columns where table_name = 'customers'")
        return {row[0] for row in told}

    @contextmanager
    def change(self) -> Iterator[Change]:
        site = read_system(self.settings, "shop")
        host = HostWithBegin(self.settings.home / "gate", "main")
        wish = Wish("deploy", None, "a test", Urgency.ROUTINE, 5)
        change = take_turn(open_store(self.settings), site, ENVIRONMENT, {"main": host}, wish)
        change.begin(before={}, after={}, note="")
        try:
            yield change
        finally:
            change.close("RolledBack")
            change.hand_over()

    def tool(self, change: Change) -> Migrator:
        found = migrator(self.settings, change.site, ENVIRONMENT, change.hosts["main"], RELEASE.id)
        assert found is not None
        return found

    def look(self, change: Change, accepted: MigrationKind | None = None) -> Pending:
        return migrations.look(self.tool(change), strategy_of(change.site), accepted)

    def move(self, change: Change, accepted: MigrationKind | None = None) -> Moved:
        return migrations.move(change, self.tool(change), self.reference, self.look(change, accepted))


def reopened(home: Path, address: str) -> Shop:
    """The same shop, for another process."""
    return Shop(read_settings({"MAINSTAY_HOME": str(home)}), address)


def lay_out_shop(home: Path, server: Server, *, lock_timeout: float = 1, deadline: float = 60) -> Shop:
    settings = read_settings({"MAINSTAY_HOME": str(home)})
    settings.systems.mkdir(parents=True)
    words = DESCRIPTOR.format(python=sys.executable, lock_timeout_seconds=lock_timeout, deadline_seconds=deadline)
    (settings.systems / "shop.yaml").write_text(words.replace("{home}", str(settings.home)))
    shop = Shop(settings, server.new_database())
    (shop.app / "migrations").mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("migration_tool.py"), shop.app)
    (shop.app.parent / "environment").write_text(f"export DATABASE_URL='{shop.address}'\n")
    secret = settings.home / "address"
    secret.write_text(shop.address)
    secret.chmod(0o600)
    with shop.connect() as connection:
        connection.execute("create table customers (id serial primary key, name text not null)")
        connection.execute("insert into customers (name) select 'n' || n from generate_series(1, 100) n")
    return shop


@dataclass
class Users:
    """What those felt who read and wrote all the time."""

    longest_seconds: float = 0.0
    served: int = 0
    failures: list[str] = field(default_factory=list)


@contextmanager
def users(shop: Shop, *, readers: int = 3) -> Iterator[Users]:
    felt, ended = Users(), threading.Event()
    threads = [threading.Thread(target=_use, args=(shop, felt, ended)) for _ in range(readers)]
    for thread in threads:
        thread.start()
    try:
        yield felt
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _use(shop: Shop, felt: Users, ended: threading.Event) -> None:
    with shop.connect() as connection:
        while not ended.wait(0.02):
            begun = time.monotonic()
            try:
                connection.execute("insert into customers (name) values ('new')")
                connection.execute("select count(*) from customers")
                felt.served += 1
            except psycopg.Error as reason:
                felt.failures.append(str(reason))
            felt.longest_seconds = max(felt.longest_seconds, time.monotonic() - begun)
