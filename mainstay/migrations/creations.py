"""What a CREATE means for a release that still runs and knows nothing of it."""

from collections.abc import Iterator

from mainstay.migrations.sql import Statement
from mainstay.migrations.sql_reading import Finding, Reader, behind, calls, modifies

TEMPORARY = ("global temporary", "global temp", "local temporary", "local temp", "temporary", "temp", "unlogged")
ALWAYS_NEW = ("type", "domain", "sequence", "extension", "statistics", "collation")


def tables_made(statement: Statement) -> frozenset[str]:
    """IF NOT EXISTS makes none: it may have been there, with users on it."""
    reader = Reader(statement.words)
    if statement.unclear or not reader.take("create"):
        return frozenset()
    reader.take(*TEMPORARY)
    if not reader.take("table", "materialized view") or reader.take("if not exists"):
        return frozenset()
    return frozenset({reader.name()})


def judge_creation(reader: Reader, made: frozenset[str]) -> Iterator[Finding]:
    replaced = reader.take("or replace")
    reader.take(*TEMPORARY)
    if reader.take("table"):
        yield _table(reader)
    elif reader.take("unique index"):
        yield _index(reader, made, unique=True)
    elif reader.take("index"):
        yield _index(reader, made, unique=False)
    elif reader.take("function", "procedure"):
        yield _routine(reader, replaced=replaced)
    elif reader.take("view", "recursive view", "materialized view"):
        yield _view(reader, replaced=replaced)
    elif reader.take("trigger"):
        yield _trigger(reader, made)
    elif reader.take("schema"):
        yield _schema(reader)
    elif not replaced and reader.next in ALWAYS_NEW:
        yield Finding("expand", "adds what the old release does not know")
    else:
        yield Finding("untellable", "creates something that may change what the old release does")


def _table(reader: Reader) -> Finding:
    if "inherits" in reader.rest:
        return Finding("untellable", "makes a table whose rows the old release finds in another one")
    return _filled(reader.rest)


def _filled(words: tuple[str, ...]) -> Finding:
    """Something new that may be filled by a question: does the question only ask?"""
    question = behind(words, "as") or ()
    if "execute" in question:
        return Finding("untellable", "runs a prepared statement, which is not here to be read")
    if modifies(question):
        return Finding("data", "changes rows that the old release works with")
    if called := calls(question):
        return Finding("untellable", f"calls {called}(), which may do anything")
    return Finding("expand", "adds what the old release does not know")


def _index(reader: Reader, made: frozenset[str], *, unique: bool) -> Finding:
    beside = reader.take("concurrently")
    reader.take("if not exists")
    if reader.next != "on":
        reader.name()
    if not reader.take("on only", "on"):
        return Finding("untellable", "is no index that PostgreSQL knows")
    table = reader.name()
    if table in made:
        return Finding("expand", "adds an index to a table that was made just now")
    locks = "" if beside else f"nobody can write to {table} until it is built. Write CREATE INDEX CONCURRENTLY"
    if unique:
        return Finding("contract", f"refuses rows that the old release may still write to {table}", warning=locks)
    return Finding("expand", "adds an index, which changes no answer", warning=locks)


def _routine(reader: Reader, *, replaced: bool) -> Finding:
    if replaced:
        return Finding("untellable", "may replace what the old release calls. If it is new, leave OR REPLACE out")
    if "atomic" in reader.rest:
        return Finding("untellable", "has a body with semicolons of its own (BEGIN ATOMIC). Write it as $$…$$")
    return Finding("expand", "adds a function that the old release does not know")


def _view(reader: Reader, *, replaced: bool) -> Finding:
    if replaced:
        return Finding("untellable", "may replace what the old release reads. If it is new, leave OR REPLACE out")
    return _filled(reader.rest)


def _trigger(reader: Reader, made: frozenset[str]) -> Finding:
    on = behind(reader.rest, "on")
    table = Reader(on).name() if on else "a table"
    if table in made:
        return Finding("expand", "watches a table that was made just now")
    return Finding("untellable", f"does something more whenever the old release writes to {table}")


def _schema(reader: Reader) -> Finding:
    if {"create", "grant"} & set(reader.rest):
        return Finding("untellable", "makes a schema and other things at once. Write a statement for each")
    return Finding("expand", "adds a schema that the old release does not know")
