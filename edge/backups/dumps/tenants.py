"""The door to the databases of tenants: which there are, and their moments, held side by side."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import LiteralString

import psycopg
from psycopg import sql

from edge.backups.dumps.taking import NAME, Moment, moment
from edge.backups.opening import BadSet
from edge.postgres.addresses import read_address
from mainstay.backups.dumps.tenants import Room, UnreadableTenants, read_names
from mainstay.errors import BadInput, CommandFailed, DatabaseLost, MainstayError, Refused

PATIENCE: LiteralString = "select set_config('statement_timeout', '60s', false)"
_BEGIN: LiteralString = "begin isolation level repeatable read read only"
_ROOM: LiteralString = """
    select current_setting('max_connections')::int,
           current_setting('superuser_reserved_connections')::int
               + coalesce(current_setting('reserved_connections', true)::int, 0),
           (select count(*) from pg_stat_activity where usename is not null),
           (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
           (select count(*) from pg_stat_activity where usename = current_user)
"""


class NoTenant(MainstayError):
    """One that was listed cannot be had: why, as a sentence."""


def list_tenants(address: str, query: str, snapshot: str | None = None) -> tuple[str, ...]:
    """By the query of the descriptor, which may only read. ``snapshot``: of a moment that is held."""
    with read_address(address).connect(NAME) as connection:
        try:
            connection.execute(PATIENCE)
            connection.execute(_BEGIN)
            if snapshot is not None:
                connection.execute(sql.SQL("set transaction snapshot {}").format(snapshot))
            with connection.cursor("tenants") as cursor:  # behind a cursor stands one query that answers rows
                cursor.execute(query.strip().rstrip(";").encode())
                return read_names(cursor, connection.info.dbname)
        except UnreadableTenants as reason:
            raise _bad_query(str(reason)) from reason
        except psycopg.Error as reason:
            if connection.closed:
                raise DatabaseLost(
                    f"The database in {address} ended while it was asked for its tenants: {_told(reason)}. Start again."
                ) from reason
            raise _bad_query(_told(reason)) from reason


def look_at_room(address: str) -> Room:
    """For moments: how many connections its server has left."""
    with read_address(address).connect(NAME) as connection:
        found = connection.execute(_ROOM).fetchone()
    assert found is not None
    return Room(*found)


@contextmanager
def moments(address: str, names: Sequence[str]) -> Iterator[Mapping[str, Moment | NoTenant]]:
    """All as close together as can be, until this is left; or why one could not be had."""
    with ExitStack() as held:
        found = dict[str, Moment | NoTenant]()
        for name in names:
            try:
                found[name] = _moment_of(held, address, name)
            except (DatabaseLost, NoTenant) as reason:
                found[name] = NoTenant(str(reason))
        yield found


@contextmanager
def of_tenant(name: str) -> Iterator[None]:
    """What goes wrong with it is told with its name."""
    try:
        yield
    except (BadSet, CommandFailed, Refused) as reason:
        raise type(reason)(f"The tenant {name!r}: {reason}") from reason


def _moment_of(held: ExitStack, address: str, name: str) -> Moment:
    found = held.enter_context(moment(address, name))
    if found.database != name:
        raise NoTenant(
            f"Its server calls that database {found.database!r}, and cuts what is longer. Let the query of"
            " database.tenants answer the names as pg_database has them."
        )
    return found


def _bad_query(why: str) -> BadInput:
    return BadInput(
        f"Nothing was backed up: database.tenants.query, which lists the tenants, is not what it should be: {why}. Mend"
        " it in the descriptor."
    )


def _told(reason: psycopg.Error) -> str:
    return " ".join(str(reason).split())[:300].rstrip(".")
