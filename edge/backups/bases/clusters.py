"""The door to a database's cluster as whoever receives its log sees it: which it is, and whether it can be copied."""

from typing import Any, LiteralString

import psycopg
from psycopg import sql

from edge.postgres.addresses import Address, read_address
from mainstay.backups.bases.base import Cluster
from mainstay.errors import DatabaseLost, Refused

NAME = "mainstay backup"
ELSEWHERE: LiteralString = "select spcname from pg_tablespace where spcname not in ('pg_default', 'pg_global')"
_UNITS = {"kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_REASONS = (  # by what PostgreSQL says in English
    (
        ("permission denied to start WAL sender", "must be superuser or replication role"),
        "its user may not receive the log. Let it: ALTER ROLE … REPLICATION",
    ),
    (
        ("no pg_hba.conf entry for replication",),
        "its pg_hba.conf has no line for that. Write there: host replication THE_USER THIS_ADDRESS scram-sha-256; and"
        " reload it",
    ),
    (
        ("exceeds max_wal_senders", 'exceeds "max_wal_senders"'),
        "it lets nobody more receive the log. Set there: max_wal_senders = 10 (a restart)",
    ),
)


def observe_cluster(log: str, database: str) -> Cluster:
    """``log``: the reference of an address whose user may receive it; ``database``: that of one for questions.
    ``Refused``: why no base can be taken.
    """
    superuser = _inside(database)
    with _received(read_address(log)) as connection:
        if _shown(connection, "wal_level") == "minimal":
            raise _refused(log, "it writes too little into the log. Set there: wal_level = replica (a restart)")
        row = connection.execute("IDENTIFY_SYSTEM").fetchone()
        assert row is not None
        server = (connection.info.parameter_status("server_version") or "").partition(" ")[0]
        segment = _shown(connection, "wal_segment_size")
        segment_bytes = int(segment[:-2]) * _UNITS[segment[-2:]]
        return Cluster(_text(row[0]), int(row[1]), server, _summarizes(connection), segment_bytes, superuser)


def make_point(database: str, name: str) -> tuple[str, int]:
    """A place in the log to which one can come back: where it is, and on which timeline. The segment it is in is
    closed, so that it leaves the host at once.
    """
    try:
        with read_address(database).connect(NAME) as connection:
            made = connection.execute("select pg_create_restore_point(%s)::text", (name,)).fetchone()
            assert made is not None
            file = connection.execute("select pg_walfile_name(%s::pg_lsn)", (made[0],)).fetchone()
            assert file is not None
            connection.execute("select pg_switch_wal()")
            return made[0], int(file[0][:8], 16)
    except psycopg.errors.InsufficientPrivilege as reason:
        raise Refused(
            f"No restore point was made: the user in {database} may not: {reason.diag.message_primary}. As a superuser:"
            " GRANT EXECUTE ON FUNCTION pg_create_restore_point(text), pg_switch_wal() TO it, in that database."
        ) from None
    except psycopg.errors.ObjectNotInPrerequisiteState as reason:
        raise Refused(
            f"No restore point was made in the database in {database}: {reason.diag.message_primary}. It is a standby,"
            " or writes too little into the log (wal_level): name the primary in the descriptor."
        ) from None
    except psycopg.Error as reason:
        raise DatabaseLost(f"No restore point was made in the database in {database}: {reason}. Start again.") from None


def _inside(database: str) -> str:
    """Who may do everything there. Refused: a base is one stream, and each tablespace would be another."""
    with read_address(database).connect(NAME) as connection:
        found = [str(name) for (name,) in connection.execute(ELSEWHERE).fetchall()]
        first = connection.execute("select rolname from pg_roles where oid = 10").fetchone()
    assert first is not None
    if found:
        raise Refused(
            f"No base was taken: the cluster of the database in {database} has tablespaces ({', '.join(found)}), and"
            " this version keeps clusters without. Move what is in them to pg_default, or live with dumps: take stream:"
            " out of the descriptor."
        )
    return str(first[0])


def _received(target: Address) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        return target.connect_for_log(NAME)
    except psycopg.Error as reason:
        said = " ".join(str(reason).split())
        for signs, why in _REASONS:
            if any(sign in said for sign in signs):
                raise _refused(target.reference, why) from None
        raise DatabaseLost(
            f"The server in {target.reference} cannot be reached to receive its log: {said}. Nothing was begun there."
        ) from None


def _refused(reference: str, why: str) -> Refused:
    return Refused(f"No base was taken of the server in {reference}: {why}.")


def _shown(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> str:
    row = connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
    assert row is not None
    return _text(row[0])


def _summarizes(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    try:
        return _shown(connection, "summarize_wal") == "on"
    except psycopg.errors.UndefinedObject:  # before PostgreSQL 17
        return False


def _text(word: object) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)
