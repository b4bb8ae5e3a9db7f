"""The door to the rows of one table: counted, compared, and brought from one database into another."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from edge.postgres.addresses import read_address
from mainstay.errors import DatabaseLost

NAME = "mainstay rows"


def fingerprint(address: str, table: str) -> tuple[int, str]:
    """How many rows there are, and a word that is the same wherever the same rows are. ``address`` is a reference."""
    asked = SQL("select count(*), coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') from {} t")
    with _asking(address) as connection:
        found = connection.execute(asked.format(Identifier(table))).fetchone()
    assert found is not None
    return int(found[0]), str(found[1])


def delete_all(address: str, table: str) -> None:
    with _asking(address) as connection:
        connection.execute(SQL("delete from {}").format(Identifier(table)))


def bring(source: str, target: str, table: str) -> None:
    """All of them or none. Both are references."""
    name = Identifier(table)
    with (
        _asking(source) as there,
        _asking(target) as here,
        here.transaction(),
        there.cursor().copy(SQL("copy {} to stdout (format binary)").format(name)) as out,
        here.cursor().copy(SQL("copy {} from stdin (format binary)").format(name)) as into,
    ):
        for data in out:
            into.write(data)


@contextmanager
def _asking(address: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with read_address(address).connect(NAME) as connection:
        try:
            yield connection
        except psycopg.Error as reason:
            raise DatabaseLost(f"The database in {address} did not do what it was asked: {reason}") from reason
