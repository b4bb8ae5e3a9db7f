"""What each statement of a migration means for a release that still runs and knows nothing of it.

Only what is listed here is known; everything else is untellable. Names are compared as they are written.
"""

from collections.abc import Callable, Iterator, Mapping

from mainstay.migrations.creations import judge_creation, tables_made
from mainstay.migrations.sql import Statement
from mainstay.migrations.sql_reading import MODIFIES, Finding, Reader, calls, modifies, says
from mainstay.migrations.sql_settings import judge_setting
from mainstay.migrations.table_changes import judge_table_changes

__all__ = ["judge_statement", "tables_made"]

BOOKS = {  # where migration tools note what they did; nobody else reads them
    *("alembic_version", "schema_migrations", "ar_internal_metadata", "django_migrations", "_prisma_migrations"),
    *("flyway_schema_history", "knex_migrations", "knex_migrations_lock", "SequelizeMeta", "goose_db_version"),
    *("databasechangelog", "databasechangeloglock", "typeorm_migrations", "__drizzle_migrations", "migrations"),
}
TRANSACTION = {
    *("work", "transaction", "isolation", "level", "read", "committed", "uncommitted", "repeatable", "serializable"),
    *("write", "only", "and", "no", "chain", "not", "deferrable", ","),
}
LOST_WITH_IT = {"table", "schema", "sequence", "type", "domain", "owned", "database", "extension", "foreign"}

Made = frozenset[str]  # tables that this very run created before: nobody uses them yet
Rule = Callable[[Reader, Made], Iterator[Finding]]


def judge_statement(statement: Statement, made: Made) -> tuple[Finding, ...]:
    """One finding for each thing it does."""
    if statement.unclear:
        return (Finding("untellable", f"holds {statement.unclear}"),)
    reader = Reader(statement.words)
    rule = RULES.get(reader.word(), _unknown)
    return tuple(rule(reader, made))


def _unknown(_reader: Reader, _made: Made) -> Iterator[Finding]:
    yield Finding("untellable", "is a statement whose effect cannot be told by reading it")


def _alter(reader: Reader, made: Made) -> Iterator[Finding]:
    if reader.take("table"):
        yield from judge_table_changes(reader, made)
    elif reader.take("type"):
        yield _alter_type(reader)
    elif reader.take("sequence"):
        yield _alter_sequence(reader)
    elif reader.take("default privileges"):
        yield from _revoked() if "revoke" in reader.rest else _given()
    elif says(reader.rest, "rename") or says(reader.rest, "set schema"):
        yield Finding("contract", "takes a name away that the old release may use")
    else:
        yield Finding("untellable", "alters something in a way that cannot be told by reading it")


def _alter_type(reader: Reader) -> Finding:
    reader.name()
    if reader.take("add value"):
        note = "the old release may read a value that it does not know, and no way back takes that value away"
        return Finding("expand", "adds a value that the old release does not write", warning=note)
    if reader.next in ("rename", "drop", "alter") or reader.take("set schema"):
        return Finding("contract", "changes a type that the old release may use", loses=reader.next == "drop")
    return Finding("untellable", "alters a type in a way that cannot be told by reading it")


def _alter_sequence(reader: Reader) -> Finding:
    reader.take("if exists")
    reader.name()
    if reader.take("owned by"):
        return Finding("expand", "says to whom a sequence belongs")
    if reader.take("rename", "set schema"):
        return Finding("contract", "takes a name away that the old release may use")
    return Finding("untellable", "changes which numbers the old release is given")


def _drop(reader: Reader, _made: Made) -> Iterator[Finding]:
    loses = reader.next in LOST_WITH_IT or "cascade" in reader.rest
    yield Finding("contract", "takes away what the old release may still use", loses=loses)


def _insert(reader: Reader, made: Made) -> Iterator[Finding]:
    reader.take("into")
    yield from _rows(reader, made, "adds rows to")


def _update(reader: Reader, made: Made) -> Iterator[Finding]:
    reader.take("from")  # of DELETE
    reader.take("only")
    yield from _rows(reader, made, "changes rows of")


def _rows(reader: Reader, made: Made, does: str) -> Iterator[Finding]:
    table = reader.name()
    ours = table in made
    book = table.rpartition(".")[2].strip('"') in BOOKS
    if modifies(reader.rest) or not (ours or book):
        yield Finding("data", f"{does} {table}, which the old release works with")
    elif called := calls(reader.rest):
        yield Finding("untellable", f"calls {called}(), which may do anything")
    else:
        yield Finding("expand", f"{does} {table}, {'which was made just now' if ours else 'the notes of the tool'}")


def _merge(_reader: Reader, _made: Made) -> Iterator[Finding]:
    yield Finding("data", "changes rows that the old release works with")


def _with(reader: Reader, made: Made) -> Iterator[Finding]:
    yield from _merge(reader, made) if MODIFIES & set(reader.rest) else _ask(reader, made)


def _ask(reader: Reader, _made: Made) -> Iterator[Finding]:
    if "into" in reader.rest:
        yield Finding("untellable", "makes a table by the way. Write CREATE TABLE … AS")
    elif called := calls(reader.rest):
        yield Finding("untellable", f"calls {called}(), which may do anything")
    else:
        yield Finding("expand", "only asks")


def _transaction(reader: Reader, _made: Made) -> Iterator[Finding]:
    if set(reader.rest) <= TRANSACTION:
        yield Finding("expand", "only groups the statements around it")
    else:
        yield Finding("untellable", "is a part of something that is cut by its semicolons")


def _given() -> Iterator[Finding]:
    yield Finding("expand", "gives a right more")


def _revoked() -> Iterator[Finding]:
    yield Finding("contract", "takes a right away that the old release may need")


def _truncate(_reader: Reader, _made: Made) -> Iterator[Finding]:
    yield Finding("contract", "empties a table that the old release works with", loses=True)


def _always(kind: Finding) -> Rule:
    return lambda _reader, _made: iter((kind,))


_UNREAD = "runs what is not here to be read"
RULES: Mapping[str, Rule] = {
    "create": judge_creation,
    "alter": _alter,
    "drop": _drop,
    "insert": _insert,
    "update": _update,
    "delete": _update,
    "merge": _merge,
    "truncate": _truncate,
    "with": _with,
    "select": _ask,
    "set": judge_setting,
    "reset": judge_setting,
    "grant": lambda _reader, _made: _given(),
    "revoke": lambda _reader, _made: _revoked(),
    **dict.fromkeys(("begin", "start", "commit", "end"), _transaction),
    "comment": _always(Finding("expand", "only says something about the schema")),
    "analyze": _always(Finding("expand", "only counts")),
    "rollback": _always(Finding("untellable", "takes back some of what stands before it")),
    "do": _always(Finding("untellable", "is a block of program, which may do anything")),
    "call": _always(Finding("untellable", "calls a procedure, which may do anything")),
    "execute": _always(Finding("untellable", _UNREAD)),
    "copy": _always(Finding("untellable", "moves what is not here to be read")),
    "lock": _always(Finding("untellable", "locks users out for as long as the rest takes")),
    "vacuum": _always(Finding("untellable", "may lock users out for as long as it takes")),
}
