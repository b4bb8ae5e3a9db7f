"""A schema is moved: under a lock in the database, through the host's gate, giving way to users, proven afterwards."""

import itertools
import math
import re
from collections.abc import Mapping

from edge import clock
from edge.changes import Change
from edge.migrator import Migrator
from edge.postgres.advisory import CHECK, Alone, advisory
from mainstay.descriptor.kept import MigrationKind
from mainstay.descriptor.service import Strategy
from mainstay.errors import ActFailed, CommandFailed, HostBusy, MainstayError, Refused, Superseded
from mainstay.gate import act, mark
from mainstay.migrations import Moved, Pending, judge_migration, read_migrations
from mainstay.migrations.sql import read_statements

LOCK_PATIENCE_SECONDS = 30.0  # for another migrator
USERS_FIRST_SECONDS = 90.0  # for users that keep a table locked
PAUSES_SECONDS = (1.0, 2.0, 3.0, 5.0)  # users that queued up behind a try get through before the next; then the last
SAID_CHARACTERS = 800
KEPT_CHARACTERS = 200  # of a head in the journal; some tools print a page
# The server speaks its own language, and not every tool prints the code; the last is what PostgreSQL says in Russian.
NO_LOCK = re.compile(r"\b55P03\b|lock timeout|LockNotAvailable|lock_not_available|тайм-аута блокировки", re.IGNORECASE)


def look(migrator: Migrator, strategy: Strategy, accepted: MigrationKind | None) -> Pending:
    """What is pending, and whether it may run. Changes nothing."""
    sql = migrator.pending()
    judged = judge_migration(read_migrations(sql, migrator.migration.kind), strategy, accepted)
    head = "" if judged.kind is None else migrator.head()  # asked only for what moves: its tool takes a while to start
    return Pending(judged, head, sql)


def move(
    change: Change,
    migrator: Migrator,
    address: str,
    pending: Pending,
    *,
    users_first_seconds: float = USERS_FIRST_SECONDS,
) -> Moved:
    """The schema is where the release needs it, or an error says where it is; what was judged is what is run."""
    if not pending.judged.goes:
        raise Refused(pending.judged.sentence)
    if pending.judged.kind is None:
        return Moved(pending.head, pending.head, 0.0, 0)
    begun, key = clock.monotonic(), f"migration of {change.site.name} {change.environment}"
    with advisory(address, key, patience_seconds=LOCK_PATIENCE_SECONDS) as alone:
        alone.end_leftovers()
        if _statements(migrator.pending()) != _statements(pending.sql):
            raise Refused(
                "What is pending in the database is not what was judged any more: somebody moved it meanwhile. Nothing "
                "was begun. Start again."
            )
        tries = _tried(change, migrator, alone, pending.head, clock.monotonic() + users_first_seconds)
        after = _proven(migrator)
    _journal(change, migrator, pending.head, after)
    return Moved(pending.head, after, clock.monotonic() - begun, tries)


def _tried(change: Change, migrator: Migrator, alone: Alone, before: str, until: float) -> int:
    """How many tries it took. Each gives way to users after its lock timeout; together they are bounded."""
    options = (f"-c {CHECK}=1000",) if alone.notices_dead_clients() else ()
    words = migrator.moving(alone.name, *options)
    for tries in itertools.count(1):
        try:
            _act(change, migrator, alone, words, before)
            break
        except CommandFailed as reason:
            said = reason.said if isinstance(reason, ActFailed) else ""
            locked = NO_LOCK.search(said) is not None
            if not locked or clock.monotonic() > until:
                way = f"In its way after {tries} tries: {alone.in_the_way()}. " if locked else ""
                raise _failure(
                    change, migrator, before, f"{way}It ended with: {_last_lines(said) or reason}"
                ) from reason
        clock.sleep(PAUSES_SECONDS[min(tries, len(PAUSES_SECONDS)) - 1])
    return tries


def _act(change: Change, migrator: Migrator, alone: Alone, words: list[str], before: str) -> None:
    deadline = math.ceil(migrator.migration.deadline_seconds)
    try:
        change.act(migrator.host.name, act(words), step="migration", before=_head(before), seconds=deadline)
    except (Superseded, HostBusy):
        raise  # the gate let nobody in
    except BaseException:
        alone.end_leftovers()  # its client is dead, and the server may not know that yet
        raise


def _proven(migrator: Migrator) -> str:
    """Where the database is now; a tool that ended well and left something to do did not end well."""
    left = migrator.pending()
    if left is not None and read_migrations(left, "expand"):
        raise CommandFailed(
            "The migration ended without an error, and the release's tool still prints SQL to run: "
            f"{left[:400]!r}. Do database.migration.argv and sql speak of the same database?"
        )
    return migrator.head()


def _failure(change: Change, migrator: Migrator, before: str, why: str) -> CommandFailed:
    try:
        after = migrator.head()
    except MainstayError as reason:  # the database may be what failed
        return CommandFailed(f"The migration failed, and where the database is nobody can say ({reason}). {why}")
    if after == before:
        where = f"The database is where it was: {after}." if after else "Whether a part of it stayed, nobody can say."
        return CommandFailed(f"The migration failed. {where} {why}")
    _journal(change, migrator, before, after)
    return CommandFailed(f"The migration failed half-way: the database went from {before} to {after}, and stays. {why}")


def _journal(change: Change, migrator: Migrator, before: str, after: str) -> None:
    """Whoever settles this change, on this machine or another, knows where the database is."""
    change.act(migrator.host.name, mark("migrated"), step="migrated", before=_head(before), after=_head(after))


def _statements(sql: str | None) -> tuple[tuple[str, ...], ...] | None:
    """What counts of it: some tools print the time of day into a comment."""
    return None if sql is None else tuple(statement.words for statement in read_statements(sql))


def _last_lines(said: str) -> str:
    """Whole ones: the error stands at the end, whatever trace comes before it."""
    text = said.strip()
    if len(text) <= SAID_CHARACTERS:
        return text
    last = text[-SAID_CHARACTERS:]
    return f"… {last.partition(chr(10))[2] or last}"


def _head(head: str) -> Mapping[str, str]:
    return {"database": head[-KEPT_CHARACTERS:]}
