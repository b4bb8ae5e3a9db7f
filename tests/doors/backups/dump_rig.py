"""Real PostgreSQL servers of two majors to dump from and restore into, and dumps kept in memory."""

import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from edge import clock, ports, private, processes
from edge.backups.dumps.restores import restoring
from edge.backups.dumps.taking import TABLES, Dumped, dumping
from edge.backups.sealing import Readable
from edge.companions import companion
from edge.postgres import as_owner, postgres_programs
from edge.secrets import resolve
from mainstay.backups.dumps.archive import Contents, PassingDump, Table
from mainstay.backups.dumps.selection import Part
from mainstay.backups.pg_versions import Tools
from mainstay.errors import MainstayError
from tests.waiting import until

DEBIAN = Path("/usr/lib/postgresql/15/bin")
needs_debian = pytest.mark.skipif(not DEBIAN.exists(), reason="no PostgreSQL 15 here: apt-get install postgresql-15")

ODD = 'Имя «с ""кавычкой""\', ; \\ и\nстрокой'  # as it stands between quotes
MANY_ROWS = "create table big as select i, repeat(md5(i::text), 30) as words from generate_series(1, 30000) i"
CRM = (
    "create schema office; create schema office_two",
    "create table office.people (id serial primary key, name text not null unique)",
    "create table office.deals (id bigint generated always as identity primary key,"
    " person int references office.people, sum numeric, note text)",
    "insert into office.people (name) select 'person ' || i from generate_series(1, 500) i",
    "insert into office.deals (person, sum, note) select i, i * 1.5, e'tab\\tand\\nbreak'"
    " from generate_series(1, 400) i",
    "create index on office.deals (sum)",
    "create table office_two.deals (id int, person int references office.people)",
    "insert into office_two.deals select i, i from generate_series(1, 7) i",
    "create view office.rich as select * from office.deals where sum > 100",
)
DEALS, PEOPLE, OTHERS = Table("office", "deals"), Table("office", "people"), Table("office_two", "deals")


class Database:
    def __init__(self, server: "Server", name: str) -> None:
        self.server, self.name = server, name
        self.address = make_conninfo(server.address, dbname=name)
        self.reference = server.reference_to(self.address)

    def do(self, *statements: str) -> "Database":
        with psycopg.connect(self.address, autocommit=True) as connection:
            for each in statements:
                connection.execute(each.encode())
        return self

    def ask(self, question: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.address, autocommit=True) as connection:
            return connection.execute(question.encode()).fetchall()

    def named(self, user: str, password: str) -> str:
        """A reference to it for somebody else."""
        return self.server.reference_to(make_conninfo(self.address, user=user, password=password))

    @property
    def tables(self) -> list[str]:
        found = self.ask(
            "select schemaname || '.' || tablename from pg_tables where schemaname !~ '^pg_|^information_'"
        )
        return sorted(str(name) for (name,) in found)

    @property
    def is_marked(self) -> bool:
        return bool(self.ask("select from pg_namespace where nspname = 'mainstay_restore_unfinished'"))


@dataclass(frozen=True)
class Server:
    address: str  # of its user who may do everything
    folder: Path

    def empty(self, *statements: str, name: str = "") -> Database:
        name = name or f"of_test_{clock.new_nonce()}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        return Database(self, name).do(*statements)

    def reference_to(self, address: str) -> str:
        place = self.folder / clock.new_nonce()
        private.write(place, address, durable=False)
        return f"file://{place}"

    def stop_at_once(self) -> None:
        """As "immediate" does: no session is asked."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            row = connection.execute("show data_directory").fetchone()
        assert row is not None
        os.kill(int(Path(str(row[0]), "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)


@contextmanager
def debian_server(root: Path, folder: Path, *, tls: bool = False) -> Iterator[Server]:
    """Of the system's packages, and never their own cluster. ``root`` is reachable for every user."""
    owner = postgres_programs.owner() if os.geteuid() == 0 else None
    data, log = root / "data", folder / "log"
    data.mkdir(mode=0o700)
    if owner:
        os.chown(data, owner.uid, owner.gid)
    begin = [*as_owner(owner), "env", "LC_ALL=C"]
    told = processes.run(
        [*begin, str(DEBIAN / "initdb"), "-D", str(data), "-U", "boss", "--auth=trust", "--no-sync", "-E", "UTF8"],
        deadline_seconds=120,
        cwd=Path("/"),
    )
    processes.check(told, "initdb")
    words = [f"-cunix_socket_directories={data}", "-clisten_addresses=", "-cfsync=off"]
    address = f"host={data} user=boss dbname=postgres"
    if tls:
        port = _speak_only_tls(data, owner.uid if owner else -1)
        words = [f"-cunix_socket_directories={data}", f"-cport={port}", "-clisten_addresses=127.0.0.1", "-cssl=on"]
        address = f"host=127.0.0.1 port={port} user=boss dbname=postgres"
    with companion([*begin, str(DEBIAN / "postgres"), "-D", str(data), *words], log=log, grace_seconds=5):
        until(lambda: _answers(address), seconds=30)
        made = Server(address, folder)
        try:
            yield made
        finally:
            made.stop_at_once()


def scratch_server(reference: str, folder: Path) -> Server:
    return Server(resolve(reference).reveal(), folder)


def dumped(
    reference: str, *, snapshot: str | None = None, tools: Sequence[Tools] | None = None
) -> tuple[bytes, Dumped]:
    came = bytearray()
    with dumping(reference, snapshot=snapshot, tools=tools) as dump:
        while data := dump.read(1 << 16):
            came += data
        return bytes(came), dump.finish()


@dataclass(frozen=True)
class Back:
    """What a restore said of itself, and the rows that are there."""

    tool: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    rows: dict[Table, int]


def restored(dump: bytes, target: Database, folder: Path, *, part: Part | None = None) -> Back:
    with restoring(target.reference, folder, part=part) as restore:
        for at in range(0, len(dump), 50_000):
            restore.write(dump[at : at + 50_000])
        made = restore.finish()
    return Back(made.tool, made.tables, made.notes, rows_of(target.address))


def rows_of(address: str) -> dict[Table, int]:
    """Of what is divided into parts: of each part."""
    with psycopg.connect(address, autocommit=True) as connection:
        found = [Table(schema, name) for schema, name, kind in connection.execute(TABLES).fetchall() if kind == "r"]
        return {table: _count(connection, table) for table in found}


def _count(connection: psycopg.Connection[tuple[object, ...]], table: Table) -> int:
    name = sql.Identifier(table.schema, table.name)
    row = connection.execute(sql.SQL("select count(*) from only {}").format(name)).fetchone()
    assert row is not None
    return int(str(row[0]))


def check_whole(source: Readable) -> Contents:
    """All of it passes, and all of it is there; or ``DamagedDump``."""
    passing = PassingDump()
    while data := source.read(1 << 20):
        passing.feed(data)
    passing.close()
    assert passing.contents is not None
    return passing.contents


class Bytes:
    def __init__(self, data: bytes, at_once: int = 1 << 20) -> None:
        self._data, self._at, self._at_once = data, 0, at_once

    def read(self, size: int, /) -> bytes:
        self._at += min(size, self._at_once)
        return self._data[self._at - min(size, self._at_once) : self._at]


def sentence(reason: pytest.ExceptionInfo[MainstayError]) -> str:
    """One, for a person: it ends like one, and is not a page."""
    said = str(reason.value)
    assert "\n" not in said and re.search(r"([.?]|: apt-get install [a-z0-9-]+)$", said) and len(said) < 600, said
    return said


def _speak_only_tls(data: Path, uid: int) -> int:
    key, certificate = data / "server.key", data / "server.crt"
    openssl = shutil.which("openssl") or "openssl"
    argv = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    told = processes.run([*argv, "-keyout", str(key), "-out", str(certificate)], deadline_seconds=60)
    processes.check(told, "making a certificate")
    key.chmod(0o600)
    (data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 trust\n")
    for each in (key, certificate):
        os.chown(each, uid, -1)
    return ports.free_ports(1)[0]


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True
