"""A migration before it runs: what kind it is, said and read, and whether it may go beside a running release.

Blue-green takes only what the old release can live with.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mainstay.descriptor.kept import Database, MigrationKind
from mainstay.descriptor.service import HttpService, Strategy
from mainstay.descriptor.system import System
from mainstay.migrations.sql import Comment, Statement, hidden_line, read_comments, read_statements
from mainstay.migrations.sql_reading import Finding, Kind
from mainstay.migrations.statement_kinds import judge_statement, tables_made

Price = Literal["", "data", "contract"]  # what a migration may cost the old color; empty: nothing
RANKS: dict[Kind, int] = {"expand": 0, "data": 1, "contract": 2, "untellable": 3}
SHOWN_CHARACTERS = 120
_HEADER = re.compile(r"(migration|kind):\s*(\S+)\s*")
_NOT_SQL = "cannot be written as sql"  # what Django prints in place of a program

TWICE = "deploy first a release that works with and without it, and this migration with the release after that"
CURES: dict[Kind, str] = {
    "data": "Let the new release change the rows by and by. Or accept the price with accept=data: the way back leaves "
    "the rows as they are then",
    "contract": f"Split it: {TWICE}. Or accept the price with accept=contract: the old release may fail from the "
    "migration to the switch, and the way back needs more than the old code",
    "untellable": "Write it in plain statements that can be read. Or, if you know what it does, accept the price with "
    "accept=contract: it is then taken for the worst it may be",
}


@dataclass(frozen=True)
class Found:
    """One thing that a statement does, and where it stands."""

    where: str
    statement: str
    finding: Finding

    def __str__(self) -> str:
        return f"{self.where}: {self.statement!r} {self.finding.reason}"


@dataclass(frozen=True)
class Migration:
    """What is said of one migration, and what was found in it."""

    declared: MigrationKind
    found: tuple[Found, ...]
    name: str = ""

    @property
    def read(self) -> Kind:
        return _worst(each.finding.kind for each in self.found)


@dataclass(frozen=True)
class Judged:
    """Whether what is pending may run, and what it then was; no kind: nothing is pending."""

    kind: MigrationKind | None
    goes: bool
    sentence: str
    reasons: tuple[str, ...] = ()
    loses: bool = False  # something is gone afterwards that only a backup has


@dataclass(frozen=True)
class Pending:
    """What a release's own tool says before its migration, and what became of that."""

    judged: Judged
    head: str = ""  # where the database is; empty: nobody can say
    sql: str | None = None  # what is still to run; None: it cannot be printed


def told(pending: Pending) -> dict[str, str]:
    """For the journal: what the record of the release will say of its migration."""
    return {"migration": pending.judged.kind or "", "loses": "yes" if pending.judged.loses else ""}


@dataclass(frozen=True)
class Moved:
    """A migration that ran to its end."""

    before: str
    after: str
    seconds: float
    tries: int  # more than one: users came first


def read_migrations(sql: str | None, declared: MigrationKind) -> tuple[Migration, ...]:
    """What is still to run, as its tool prints it: cut at ``-- migration: NAME``; none if nothing is pending.

    ``declared`` is what a migration is that has no header ``-- kind: …`` of its own. None: it cannot be printed.
    """
    if sql is None:
        says = Finding("untellable", "is not there to be read: the descriptor has no database.migration.sql")
        return (Migration(declared, (Found("the migration", "what it runs", says),)),)
    comments, statements = read_comments(sql), read_statements(sql)
    starts = [each for each in comments if _header(each, "migration")]
    made: frozenset[str] = frozenset()
    found: list[tuple[int, Found]] = [*_unprinted(sql, comments, starts)]
    for statement in statements:
        where = _where(starts, statement.line)
        found += ((statement.line, Found(where, _shown(statement), each)) for each in judge_statement(statement, made))
        made |= tables_made(statement)
    parts = [Comment(0, ""), *starts]
    migrations = (_migration(part, parts, comments, found, declared) for part in parts)
    return tuple(each for each in migrations if each.name or each.found)


def judge_migration(
    migrations: Iterable[Migration], strategy: Strategy, accepted: MigrationKind | None = None
) -> Judged:
    """May it run? With two colors only what is expand as it says *and* as it reads; a person may accept the price."""
    pending = tuple(migrations)
    if not pending:
        return Judged(None, True, "No migration is pending.")
    kind = _worst(max(each.declared, each.read, key=RANKS.__getitem__) for each in pending)
    reasons = tuple(_reasons(pending))
    taken: MigrationKind = "contract" if kind == "untellable" else kind
    loses = any(each.finding.loses for part in pending for each in part.found) or kind == "untellable"
    alone = strategy == "recreate" and kind != "untellable"  # no old release is there to be broken
    goes = kind == "expand" or alone or RANKS[accepted or "expand"] >= RANKS[taken]
    return Judged(taken, goes, _sentence(pending, kind, strategy, goes=goes), reasons, loses)


def strategy_of(site: System) -> Strategy:
    """Whether an old release works on while the schema moves: only if every service is stopped first, none does."""
    strategies = {service.strategy for service in site.services.values() if isinstance(service, HttpService)}
    return "recreate" if strategies == {"recreate"} else "blue_green"


def not_yet(database: Database) -> str | None:
    """Why this version cannot move such a schema."""
    if database.tenants is None or database.migration is None:
        return None
    return (
        f"The descriptor says that every tenant has a {database.tenants.each} of its own, and this version of Mainstay "
        "moves one schema only: it would leave the tenants behind. Nothing was changed. Take database.tenants out if "
        "database.migration.argv moves all of them, or take database.migration out and move them yourself."
    )


def _header(comment: Comment, key: str) -> str | None:
    found = _HEADER.fullmatch(comment.text)
    return found[2] if found and found[1] == key else None


def _unprinted(sql: str, comments: tuple[Comment, ...], starts: list[Comment]) -> Iterator[tuple[int, Found]]:
    """What is run and does not stand in the text."""
    if line := hidden_line(sql):
        says = "is hidden: it looks like a secret, and a migration must hold none. Three stars alone look so too"
        yield line, Found(_where(starts, line), "***", Finding("untellable", says))
    for comment in comments:
        if _NOT_SQL in comment.text.lower():
            says = "stands for a program, which may do anything"
            yield comment.line, Found(_where(starts, comment.line), comment.text, Finding("untellable", says))
        written = _header(comment, "kind")
        if written and written not in ("expand", "contract", "data"):
            says = "is no kind of migration. Write expand, contract or data"
            yield comment.line, Found(_where(starts, comment.line), written, Finding("untellable", says))


def _migration(
    part: Comment,
    parts: list[Comment],
    comments: tuple[Comment, ...],
    found: list[tuple[int, Found]],
    says: MigrationKind,
) -> Migration:
    end = next((each.line for each in parts if each.line > part.line), float("inf"))
    inside = [each for each in comments if part.line <= each.line < end]
    kinds = [kind for each in inside for kind in RANKS if kind == _header(each, "kind") and kind != "untellable"]
    declared = max(kinds, key=RANKS.__getitem__) if kinds else says
    return Migration(
        declared, tuple(each for line, each in found if part.line <= line < end), _header(part, "migration") or ""
    )


def _where(starts: list[Comment], line: int) -> str:
    before = [each for each in starts if each.line < line]
    return f"{_header(before[-1], 'migration')} line {line - before[-1].line}" if before else f"line {line}"


def _shown(statement: Statement) -> str:
    text = " ".join(statement.text.split())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _worst(kinds: Iterable[Kind]) -> Kind:
    return max(kinds, key=RANKS.__getitem__, default="expand")


def _reasons(pending: tuple[Migration, ...]) -> Iterator[str]:
    """Why it is what it is, then what users would feel of it."""
    for each in (each for part in pending for each in part.found):
        if each.finding.kind != "expand":
            yield f"{each} ({each.finding.kind})"
    for each in (each for part in pending for each in part.found):
        if each.finding.warning:
            yield f"{each.where}: {each.statement!r}: {each.finding.warning}"


def _sentence(pending: tuple[Migration, ...], kind: Kind, strategy: Strategy, *, goes: bool) -> str:
    first = next((each for part in pending for each in part.found if each.finding.kind == kind), None)
    liar = next((part for part in pending if RANKS[part.read] > RANKS[part.declared]), None)
    if kind == "expand":
        return "The migration is expand: the old release can live with every statement of it."
    what = (
        f"Its kind cannot be told: {first}"
        if kind == "untellable"
        else f"It is {kind}" + (f": {first}" if first else "")
    )
    if liar and kind != "untellable":
        what += f", though it is declared {liar.declared}"
    if goes:
        why = "nothing runs beside it" if strategy == "recreate" else "a person accepts the price"
        return f"{what}. It goes, because {why}."
    beside = "" if kind == "untellable" else " The old release goes on working beside it, so only expand may go."
    return f"The migration was not begun, and nothing was changed. {what}.{beside} {CURES[kind]}."
