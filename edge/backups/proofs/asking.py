"""The door through which a restored database is asked: it is only read, and whoever asks too much gets no answer.

What a query of a descriptor does wrong says nothing against the set, so it becomes a sentence and never a ``BadSet``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg

from edge.backups.opening import LaidOut
from edge.postgres.addresses import read_address
from mainstay.backups.proofs.questions import SHOWN, Answers, Questions, broken
from mainstay.backups.proofs.references import Compared, NoReference, compare, read_references
from mainstay.errors import DatabaseLost, MainstayError

NAME = "mainstay proof"
PATIENCE_SECONDS = 300.0  # for one query; behind an index a million rows take seconds
AT_ONCE = 10_000  # rows; memory does not grow with what they are read from
_ONLY_READ: LiteralString = "set default_transaction_read_only = on"
_PATIENCE: LiteralString = "select set_config('statement_timeout', %s, false)"

Connection = psycopg.Connection[tuple[Any, ...]]


class _NoAnswer(MainstayError):
    """Why, as the end of a sentence."""


def ask(
    address: str,
    questions: Questions,
    laid_out: Mapping[str, LaidOut],
    *,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Answers:
    """``address``: of a database that was restored, a reference; ``laid_out``: by name, the folders beside it."""
    compared, unasked, doubts, held = list[Compared](), list[str](), list[str](), 0
    with read_address(address).connect(NAME) as connection:
        connection.execute(_ONLY_READ)
        connection.execute(_PATIENCE, (f"{patience_seconds * 1000:.0f}",))
        for name, query in questions.references.items():
            if name in laid_out:
                try:
                    compared.append(_compared(connection, name, query, laid_out[name]))
                except _NoAnswer as reason:
                    unasked.append(
                        f"nobody knows whether rows refer to files of {name} that are not there:"
                        f" files.{name}.references {reason}. Mend that query in the descriptor"
                    )
        for claim, query in questions.invariants.items():
            try:
                doubt = _doubt(connection, claim, query)
            except _NoAnswer as reason:
                doubt = f'nobody knows whether "{claim}" holds: its query {reason}'
            held, doubts = (held, [*doubts, doubt]) if doubt else (held + 1, doubts)
    return Answers(tuple(compared), tuple(unasked), held, tuple(doubts))


def _compared(connection: Connection, name: str, query: str, folder: LaidOut) -> Compared:
    with _asked(connection, query) as rows:
        try:
            return compare(name, read_references(rows), folder.sums, folder.others)
        except NoReference as reason:
            raise _NoAnswer(f"is not what it should be: {reason}") from reason


def _doubt(connection: Connection, claim: str, query: str) -> str:
    """Empty: it holds."""
    with _asked(connection, query) as rows:
        found = rows.fetchmany(SHOWN + 1)
    return broken(claim, found[:SHOWN], more=len(found) > SHOWN) if found else ""


@contextmanager
def _asked(connection: Connection, query: str) -> "Iterator[psycopg.ServerCursor[tuple[Any, ...]]]":
    """Behind a cursor stands one query that answers rows, and nothing else."""
    try:
        with connection.transaction(force_rollback=True), connection.cursor("asked") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(query.strip().rstrip(";").encode())
            yield cursor
    except psycopg.errors.QueryCanceled as reason:
        raise _NoAnswer("took longer than it may") from reason
    except psycopg.Error as reason:
        if connection.closed:
            raise DatabaseLost(
                f"The scratch database ended while it was asked: {' '.join(str(reason).split())}. Nothing is known of"
                " the set by that: prove it again."
            ) from reason
        raise _NoAnswer(f"failed ({' '.join(str(reason).split())[:300]})") from reason
