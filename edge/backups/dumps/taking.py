"""The door to logical copies of a database, as pg_dump writes them: read as they come, without a temporary file."""

import re
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from edge import streams
from edge.backups.pg_tools import find_tools
from edge.postgres.addresses import read_address
from edge.streams import TONGUE, Stream
from mainstay.backups.dumps.archive import Contents, DamagedDump, PassingDump
from mainstay.backups.pg_versions import Tools, choose_for_dump, too_new_to_restore
from mainstay.errors import CommandFailed, DatabaseLost

NAME = "mainstay backup"
CHUNK_BYTES = 1 << 20
LOCKED_SECONDS = 120  # a migration may hold a table for a while
SILENT_SECONDS = 900.0  # before the first rows the server may have much to look up; afterwards it never pauses

# Neither would be right for who holds a moment while files are read. Not every server knows each of them.
PATIENCE: LiteralString = """
    select set_config(name, '0', false) from pg_settings
    where name in ('idle_in_transaction_session_timeout', 'transaction_timeout', 'statement_timeout')
"""
MOMENT: LiteralString = """
    select pg_export_snapshot(),
           (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end)::text,
           current_database()::text
"""
TABLES: LiteralString = """
    select n.nspname, c.relname, c.relkind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                      and d.deptype = 'e')
    order by 1, 2
"""
# Their names alone: some hold secrets there, and notes are not sealed.
TOLD: LiteralString = """
    select distinct split_part(told, '=', 1) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase,
        unnest(s.setconfig) told
    where d.datname = current_database() order by 1
"""


@dataclass(frozen=True)
class Dumped:
    server: str
    tool: str
    contents: Contents
    notes: tuple[str, ...] = ()

    @property
    def database(self) -> str:
        return self.contents.database

    @property
    def tables(self) -> int:
        return len(self.contents.tables)


@dataclass(frozen=True)
class Moment:
    """What was committed before it is in it, and nothing that was committed later."""

    snapshot: str  # the word by which others see the same
    lsn: str  # in the WAL: all that is in it stands before
    database: str  # as its server calls it


@contextmanager
def moment(address: str, database: str = "") -> Iterator[Moment]:
    """It can be dumped, by as many as like, until this is left. Nothing is written, and nobody is kept waiting.
    ``database``: another one than the address names.
    """
    target = read_address(address, database)
    connection = target.connect(NAME)
    try:
        yield _held(connection, target.reference)
    finally:
        connection.close()


class Dumping:
    """A dump as it comes. ``finish`` says whether it may be kept."""

    def __init__(self, stream: Stream, tools: Tools, server: str, database: str, told: Sequence[str] = ()) -> None:
        """``told``: the settings that its owners gave the database itself."""
        self._stream, self._tools, self._server, self._database = stream, tools, server, database
        self._told = told
        self._passing = PassingDump()

    @property
    def packed(self) -> bool:
        """pg_dump packs it already: packing it again saves nothing."""
        return self._tools.zstd

    def read(self, size: int = -1) -> bytes:
        if not comes(self._stream):
            raise CommandFailed(
                f"The dump of {self._database} stood still for {SILENT_SECONDS:g} s and was given up, nothing of it was"
                " kept. Does its server answer? Look at pg_stat_activity there."
            )
        data = self._stream.read(CHUNK_BYTES if size < 0 else size)
        try:
            self._passing.feed(data)
        except DamagedDump as reason:
            raise self._broken(f"{reason}.") from reason
        return data

    def finish(self) -> Dumped:
        """All of it came: pg_dump says so, and its own table of contents."""
        ended = self._stream.ended()
        if ended != 0:
            raise self._broken(why(ended, self._stream.said(), "pg_dump"))
        try:
            self._passing.close()
        except DamagedDump as reason:
            raise self._broken(f"pg_dump ended well, but {reason}.") from reason
        contents = self._passing.contents
        assert contents is not None
        late = too_new_to_restore(self._tools.version, self._server)
        notes = (_advice(late, self._server) if late else "", _settings(self._told) if self._told else "")
        return Dumped(self._server, self._tools.version, contents, tuple(filter(None, notes)))

    def _broken(self, reason: str) -> CommandFailed:
        return CommandFailed(f"The dump of {self._database} broke off, and nothing of it may be kept: {reason}")


@contextmanager
def dumping(
    address: str, database: str = "", *, snapshot: str | None = None, tools: Sequence[Tools] | None = None
) -> Iterator[Dumping]:
    """``address`` is a reference, ``database`` another one than it names. ``snapshot``: of a ``moment`` that is still
    held; else the moment it begins.
    """
    target = read_address(address, database)
    with target.connect(NAME) as connection:
        server, called = server_version(connection), connection.info.dbname
        encrypted = bool(connection.pgconn.ssl_in_use)
        told = _told(connection, address)
    chosen = choose_for_dump(find_tools() if tools is None else tools, server, tls=encrypted)
    argv = [str(Path(chosen.folder, "pg_dump")), "--format=custom", f"--compress={chosen.compression}", "--no-password"]
    at = [f"--snapshot={snapshot}"] if snapshot else []
    words = [*argv, *at, f"--lock-wait-timeout={LOCKED_SECONDS * 1000}", target.argument]
    with streams.producing(words, environment={**target.environment(NAME), **TONGUE}) as stream:
        yield Dumping(stream, chosen, server, called, told)


def server_version(connection: psycopg.Connection[tuple[Any, ...]]) -> str:
    return (connection.info.parameter_status("server_version") or "").partition(" ")[0]


def why(ended: int, said: str, tool: str) -> str:
    """The reason in one line, of what may be many, with what to do where that is known."""
    if ended < 0:
        return (
            f"{tool} was ended by {signal.Signals(-ended).name}. Where memory is short the kernel does that: see dmesg."
        )
    lines = [line.removeprefix(f"{tool}: ") for line in said.splitlines()]
    told = [
        line.removeprefix("error: ").removeprefix(_FROM_SERVER)
        for line in lines
        if line.startswith(("error: ", _FROM_SERVER))
    ]
    reason = ": ".join(part.rstrip(".") for part in (told or lines or [f"{tool} ended with {ended}"])[:2])[:400]
    return next((f"{reason}. {advice}." for sign, advice in _ADVICE if re.search(sign, reason)), f"{reason}.")


_FROM_SERVER = "detail: Error message from server: "
_ADVICE = (  # by what PostgreSQL says in English; in another language its own words must do
    ("permission denied for", "Let this user read everything: GRANT pg_read_all_data TO it (PostgreSQL 14 or newer)"),
    ("row-level security", "Its policies hide rows from this user: ALTER ROLE … BYPASSRLS"),
    ("lock timeout", f"A table was locked for {LOCKED_SECONDS} s, as by a migration: start again when that is done"),
    (
        "terminat|server closed|connection .*(lost|fail)|SSL SYSCALL|recovery mode",
        "Look at its server, then start again",
    ),
    ('role ".*" does not exist', "Make it there first: CREATE ROLE … NOLOGIN"),
    ("extension .* is not available", "Install that extension where that server runs"),
    ("could not extend|No space left", "Make room where that server keeps its data"),
)


def _held(connection: psycopg.Connection[tuple[Any, ...]], address: str) -> Moment:
    try:
        connection.execute(PATIENCE)
        connection.execute("begin isolation level repeatable read read only")
        found = connection.execute(MOMENT).fetchone()
    except psycopg.Error as reason:
        raise DatabaseLost(f"No moment of the database in {address} could be held: {reason}. Start again.") from reason
    assert found is not None
    return Moment(*found)


def _advice(late: str, server: str) -> str:
    lowest = server.partition(".")[0]
    return f"{late}; for dumps that can be, install postgresql-client-{lowest} beside Mainstay"


def _told(connection: psycopg.Connection[tuple[Any, ...]], address: str) -> list[str]:
    try:
        return [str(name) for (name,) in connection.execute(TOLD).fetchall()]
    except psycopg.Error as reason:
        raise DatabaseLost(f"The database in {address} does not answer: {reason}. Start again.") from reason


def _settings(told: Sequence[str]) -> str:
    return (
        f"no dump holds what a database itself was told (ALTER DATABASE … SET, ALTER ROLE … IN DATABASE): after a"
        f" restore set these anew: {', '.join(told)}"
    )


def comes(stream: Stream) -> bool:
    """Bytes, or the end."""
    waiting = select.poll()
    waiting.register(stream.pipe, select.POLLIN)
    return bool(waiting.poll(SILENT_SECONDS * 1000))
