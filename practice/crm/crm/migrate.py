"""Moves the schema to what this release needs: each file whole or not at all, one mover at a time, safe to repeat.

How long it may wait for a lock is the caller's to say, in PGOPTIONS; libpq reads that.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from crm.schema import Migration, applied, head, pending
from crm.settings import database_address

ONE_MOVER = 7_290_411  # the key of the advisory lock
TABLE = """
create table if not exists schema_migrations (
    name text primary key,
    applied_at timestamptz not null default now()
)
"""

Database = psycopg.Connection[Any]


def main() -> None:
    words = argparse.ArgumentParser(prog="crm.migrate", description=__doc__)
    looks = words.add_mutually_exclusive_group()
    looks.add_argument("--head", action="store_true", help="print the newest migration this database has had")
    looks.add_argument("--print", action="store_true", help="print the SQL that is still to run, and run nothing")
    said = words.parse_args()
    try:
        with psycopg.connect(database_address(), autocommit=True, connect_timeout=5) as database:
            if said.head:
                tell(head(applied(database)))
            elif said.print:
                tell("\n".join(map(shown, pending(applied(database)))))
            else:
                move(database)
    except psycopg.OperationalError as reason:
        raise SystemExit(f"The database does not answer, so nothing was looked at or moved: {reason}") from reason


def move(database: Database) -> None:
    with alone(database):
        database.execute(TABLE)
        for migration in pending(applied(database)):
            run(database, migration)
            tell(f"{migration.name}: done")
        tell(f"The schema is at {head(applied(database))}.")


def run(database: Database, migration: Migration) -> None:
    try:
        with database.transaction():
            database.execute(migration.sql.encode())
            database.execute("insert into schema_migrations (name) values (%s)", [migration.name])
    except psycopg.Error as reason:
        raise SystemExit(
            f"{migration.name} failed and left nothing behind; what ran before it stays. "
            f"SQLSTATE {reason.sqlstate}: {reason}"
        ) from reason


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Who comes second waits for the first, however short a wait for other locks may be. Ends with the session."""
    with database.transaction():
        database.execute("set local lock_timeout = 0")
        database.execute("select pg_advisory_lock(%s)", [ONE_MOVER])
    yield


def shown(migration: Migration) -> str:
    return f"-- migration: {migration.name}\n{migration.sql}"


def tell(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
