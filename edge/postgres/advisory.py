"""The door to a system's own PostgreSQL while its schema moves: one migrator at a time, and none left from before.

The lock belongs to a session, so it ends with us however we end. What a killed migration began is another
session: it is known by the name that every migration of this key is started under.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, LiteralString

import psycopg

from edge import clock
from edge.postgres.addresses import read_address
from mainstay.errors import CommandFailed, DatabaseBusy, DatabaseLost

PAUSE_SECONDS = 0.5
END_SECONDS = 10.0  # a session that was told to end has ended by then
CHECK = "client_connection_check_interval"  # since PostgreSQL 14, where the system can tell
NOTICED_DEAD = "set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3"

IN_THE_WAY: LiteralString = """
    select format('process %s (%s, %s, since %s s)', pid, coalesce(nullif(application_name, ''), 'without a name'),
                  coalesce(state, 'of another user'), round(extract(epoch from now() - xact_start)))
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start < now() - interval '1 second'
    order by xact_start limit 3
"""
LEFT: LiteralString = """
    select pid from pg_stat_activity
    where application_name = %s and datname = current_database() and pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Alone:
    """The lock is ours as long as this is in use."""

    name: str  # of the sessions in which a migration of this key works
    _connection: psycopg.Connection[tuple[Any, ...]]

    def end_leftovers(self) -> int:
        """No session of an earlier migration works on; says how many did. It may take until a rollback is through."""
        ended = len(self._ask("select pg_terminate_backend(pid) from (" + LEFT + ") as left_behind", self.name))
        until = clock.monotonic() + END_SECONDS
        while self._ask(LEFT, self.name):
            if clock.monotonic() > until:
                raise CommandFailed(
                    f"A migration that was ended is still at work in the database after {END_SECONDS:.0f} s. Nothing "
                    f"more was begun. Look at pg_stat_activity where application_name = '{self.name}'."
                )
            clock.sleep(0.05)
        return ended

    def in_the_way(self) -> str:
        """Whose transactions are open longest, so that a person knows whom to ask."""
        return "; ".join(row[0] for row in self._ask(IN_THE_WAY)) or "nobody any more"

    def notices_dead_clients(self) -> bool:
        """Whether this server can be told to end the statement of a client that is gone."""
        return bool(self._ask("select 1 from pg_settings where name = %s", CHECK)) and self._can_set()

    def _can_set(self) -> bool:
        try:
            self._connection.execute(f"set {CHECK} = 1000")
        except psycopg.Error:
            return False
        return True

    def _ask(self, question: LiteralString, *words: str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(question, words or None).fetchall()
        except psycopg.Error as reason:
            raise DatabaseLost(f"The database did not answer while its schema was to be moved: {reason}") from reason


@contextmanager
def advisory(address: str, key: str, *, patience_seconds: float) -> Iterator[Alone]:
    """Nobody else who asks for this key moves the schema meanwhile. ``address`` is a reference, resolved here."""
    connection = _connected(address)
    try:
        _lock(connection, key, patience_seconds)
        yield Alone(f"mainstay migration {sha256(key.encode()).hexdigest()[:12]}", connection)
    finally:
        connection.close()


def _connected(address: str) -> psycopg.Connection[tuple[Any, ...]]:
    connection = read_address(address).connect("mainstay")
    try:
        connection.execute(NOTICED_DEAD)
    except psycopg.Error as reason:
        connection.close()
        raise DatabaseLost(f"The database in {address} went away at once: {reason}. Nothing was begun there.") from None
    return connection


def _lock(connection: psycopg.Connection[tuple[Any, ...]], key: str, patience_seconds: float) -> None:
    number = int.from_bytes(sha256(key.encode()).digest()[:8], signed=True)
    until = clock.monotonic() + patience_seconds
    try:
        while not _first(connection, "select pg_try_advisory_lock(%s)", number):
            if clock.monotonic() > until:
                raise DatabaseBusy(
                    f"Somebody else has been moving the schema for more than {patience_seconds:g} s: {key} is locked "
                    "in the database. Nothing was begun. Wait for it to end, then start again."
                )
            clock.sleep(PAUSE_SECONDS)
    except psycopg.Error as reason:
        raise DatabaseLost(f"The database went away before its schema was moved: {reason}") from reason


def _first(connection: psycopg.Connection[tuple[Any, ...]], question: LiteralString, word: int) -> object:
    row = connection.execute(question, (word,)).fetchone()
    return row[0] if row else None
