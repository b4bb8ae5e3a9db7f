"""Releases that move the schema, as many as are wanted, and what happens in their database."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from practice.releases import git
from tests.drills.deploy_rig import PLACE, VERSIONS, repository
from tests.whole import Whole

EARLIER = 4  # migrations of the release they are built on
MOVES = "alter table deals add column"  # as each of them begins
_numbers = itertools.count(1)


def with_a_migration(whole: Whole) -> str:
    """The tag of a new release that adds a column to what the newest of its kind has."""
    return with_sql(whole, f"-- kind: expand\n\n{MOVES} drill_{os.getpid()}_{next(_numbers)} text;\n")


def with_sql(whole: Whole, sql: str, *, series: str = "drill") -> str:
    """The tag of a new release with this migration behind all others of its series."""
    place = ["--git-dir", str(repository(whole))]
    known = git([*place, "tag", "--list", f"{series}-*", "--sort=-creatordate"]).split()
    name = f"{series}-{len(known) + 1:03}"
    said = f"Make room for {name}\n".encode()
    words = (
        f"commit refs/tags/{name}\ncommitter Drill <drill@example.com> {1_800_000_000 + len(known)} +0000\n".encode(),
        b"data %d\n%s" % (len(said), said),
        f"from refs/tags/{known[0] if known else VERSIONS[0]}^0\n".encode(),
        f"M 100644 inline crm/migrations/{len(known) + EARLIER + 1:04}_{series}.sql\n".encode(),
        b"data %d\n%s\n" % (len(sql.encode()), sql.encode()),
    )
    git([*place, "fast-import", "--quiet"], stdin=b"".join(words))
    return name


@contextmanager
def open_transaction(whole: Whole) -> Iterator[None]:
    """A user's, who has read the table that the migration changes."""
    with psycopg.connect(address(whole)) as database:
        database.execute("select count(*) from deals")
        yield


def migrates(whole: Whole) -> bool:
    """A session that moves the schema is there still."""
    sql = "select count(*) from pg_stat_activity where query ilike %s and pid <> pg_backend_pid()"
    with psycopg.connect(address(whole), autocommit=True) as database:
        found = database.execute(sql, [f"%{MOVES}%"]).fetchone()
    return found is None or found[0] > 0


def address(whole: Whole) -> str:
    return (whole.home / "practice" / PLACE / "database").read_text().strip()
