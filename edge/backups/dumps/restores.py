"""The door to a fresh database a dump is restored into: afterwards it is whole, or nobody takes it for that.

A schema of a telling name stands there from before the first byte until everything was checked. And pg_restore, which
works in one transaction, is given the last bytes only when whoever feeds it has said that all was good.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from edge.backups.dumps.pg_restore import NAME, Work, piped
from edge.backups.dumps.taking import TABLES, server_version
from edge.backups.pg_tools import find_tools
from edge.postgres.addresses import Address, read_address
from edge.scratch import scratch
from mainstay.backups.dumps.archive import Contents, DamagedDump, Entry, PassingDump, Table
from mainstay.backups.dumps.selection import Part, Selection, select
from mainstay.backups.pg_versions import Tools, choose_for_restore, major
from mainstay.errors import CommandFailed, DatabaseLost, Refused

UNFINISHED = "mainstay_restore_unfinished"  # whoever lists schemas sees it, and no application needs it
GRANTS = ("ACL", "DEFAULT ACL")

_MARK: LiteralString = "create schema mainstay_restore_unfinished"
_UNMARK: LiteralString = "drop schema mainstay_restore_unfinished"
_HELD: LiteralString = """
    select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                      and d.deptype = 'e')
    order by 1 limit 3
"""
_ICU: LiteralString = "select exists (select from pg_collation where collprovider = 'i' and collname ~ '-x-icu$')"


@dataclass(frozen=True)
class Restored:
    tool: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...]  # what was in the dump and is not there


@dataclass(frozen=True)
class _Asked:
    folder: Path
    part: Part | None
    tools: Sequence[Tools] | None


class Restoring:
    """Bytes of a dump on their way into a database. Nobody may believe what is there before ``finish`` returned."""

    def __init__(self, held: ExitStack, target: Address, asked: _Asked) -> None:
        self._held, self._target, self._asked = held, target, asked
        self._passing = PassingDump()
        self._waiting = b""  # until it is known what it is a dump of; then the last that was written
        self._begun: _Begun | None = None

    @property
    def has_begun(self) -> bool:
        return self._begun is not None

    def write(self, data: bytes) -> None:
        try:
            self._passing.feed(data)
        except DamagedDump as reason:
            raise _damaged(reason) from reason
        if self._begun is not None:
            self._begun.work.write(self._waiting)
            self._waiting = bytes(data)
            return
        self._waiting += data
        if self._passing.contents is not None:
            self._begun = _begin(self._held, self._passing.contents, self._target, self._asked)

    def finish(self) -> Restored:
        """Everything that was to be there is. Call it when what was written is known to be what it should be."""
        try:
            self._passing.close()
        except DamagedDump as reason:
            raise _damaged(reason) from reason
        assert self._begun is not None  # its contents have passed
        self._begun.work.write(self._waiting)
        self._begun.work.finish()
        with _answering(self._target) as connection:
            tables = tuple(Table(schema, name) for schema, name, _ in connection.execute(TABLES).fetchall())
            _refuse_if_fewer(tables, self._begun.wanted)
            connection.execute(_UNMARK)
        return Restored(self._begun.tool, tables, self._begun.notes)


@contextmanager
def restoring(
    address: str,
    folder: Path,
    *,
    part: Part | None = None,
    tools: Sequence[Tools] | None = None,
) -> Iterator[Restoring]:
    """Into an empty database; all of it belongs to the user of that address, a reference.

    ``folder``: of ours, for what must lie somewhere meanwhile.
    """
    target = read_address(address)
    _mark(target)
    with ExitStack() as held:
        restoring = Restoring(held, target, _Asked(folder, part, tools))
        try:
            yield restoring
        except BaseException:
            if not restoring.has_begun:
                with suppress(DatabaseLost), _answering(target) as connection:  # why we are here says more
                    connection.execute(_UNMARK)
            raise


@dataclass(frozen=True)
class _Begun:
    work: Work
    tool: str
    wanted: tuple[Entry, ...]
    notes: tuple[str, ...]


def _begin(held: ExitStack, contents: Contents, target: Address, asked: _Asked) -> _Begun:
    with _answering(target) as connection:
        server, encrypted = server_version(connection), bool(connection.pgconn.ssl_in_use)
        _refuse_strangers(contents, server, has_icu=_first(connection, _ICU) is True)
    found = find_tools() if asked.tools is None else asked.tools
    tools = choose_for_restore(found, contents.tool, contents.packed, server, tls=encrypted)
    argv = [str(Path(tools.folder, "pg_restore")), "--exit-on-error", "--no-owner", "--no-subscriptions"]
    argv += ["--no-password", "--no-privileges"]
    chosen = select(contents, asked.part) if asked.part else None
    wanted = contents.entries
    if chosen is not None:
        wanted = tuple(each for each in wanted if each.id in chosen.ids)
        argv.append(f"--use-list={_list(held, asked.folder, chosen)}")
    work = held.enter_context(piped(argv, target))
    return _Begun(work, tools.version, wanted, tuple(_left_out(contents, wanted, chosen)))


@contextmanager
def _answering(target: Address) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with target.connect(NAME) as connection:
        try:
            yield connection
        except psycopg.Error as reason:
            raise DatabaseLost(
                f"The database in {target.reference} did not answer what is in it: {reason}. Do not use what was "
                "restored there; make it anew, then start again."
            ) from reason


def _list(held: ExitStack, folder: Path, chosen: Selection) -> Path:
    """As pg_restore reads it: numbers, one a line."""
    place = held.enter_context(scratch(folder, "part")) / "list"
    place.write_text("".join(f"{id};\n" for id in chosen.ids))
    return place


def _mark(target: Address) -> None:
    """From here on it looks like what it is; and whoever comes second is told."""
    with target.connect(NAME) as connection:
        try:
            connection.execute(_MARK)
        except psycopg.errors.DuplicateSchema:
            raise Refused(
                f"A restore into the database in {target.reference} goes on, or was broken off: the schema {UNFINISHED}"
                " is there. Nothing was done. If none goes on, drop that database and make it anew."
            ) from None
        except psycopg.Error as reason:
            raise Refused(
                f"Nothing can be restored into the database in {target.reference}: {reason}. Nothing was done. Let its "
                "user create there: GRANT CREATE ON DATABASE."
            ) from None
        if there := connection.execute(_HELD).fetchall():
            connection.execute(_UNMARK)
            raise Refused(
                f"The database in {target.reference} is not empty ({', '.join(name for (name,) in there)}), and nothing"
                " is ever restored over anything. Nothing was done. Make an empty database and name that."
            )


def _refuse_strangers(contents: Contents, server: str, *, has_icu: bool) -> None:
    if major(contents.server) > major(server):
        raise Refused(
            f"The dump is of PostgreSQL {contents.server}, and this server is {server}: an older one may not know what "
            f"is in it, so nothing was restored. Take a server of {major(contents.server)} or newer."
        )
    if contents.needs_icu and not has_icu:
        raise Refused(
            f"What is in {contents.database} sorts by rules of ICU, and this server was built without it (as the one "
            "that comes with Mainstay), so nothing was restored. Take one with ICU: Debian's, or the postgres image."
        )


def _refuse_if_fewer(there: Sequence[Table], wanted: Sequence[Entry]) -> None:
    expected = sum(each.kind == "TABLE" for each in wanted)
    if len(there) != expected:
        raise CommandFailed(
            f"pg_restore ended well, but {len(there)} tables are there and {expected} were to be. Do not use that "
            f"database, drop it: its mark, the schema {UNFINISHED}, was left."
        )


def _left_out(contents: Contents, wanted: Sequence[Entry], chosen: Selection | None) -> Iterator[str]:
    if rights := sum(each.kind in GRANTS for each in wanted):
        yield f"{rights} grants of rights were left out: all belongs to the user who restored it"
    if not_followed := chosen.left_out if chosen else ():
        yield f"references to tables that did not come along were left out: {', '.join(not_followed)}"
    if chosen and any(each.kind == "BLOBS" for each in contents.entries):
        yield "large objects were left out: no schema holds them"
    if subscriptions := sum(each.kind == "SUBSCRIPTION" for each in wanted):
        yield f"{subscriptions} subscriptions were left out: a copy must not take what is meant for the original"


def _damaged(reason: DamagedDump) -> CommandFailed:
    return CommandFailed(f"The dump is not whole: {reason}. Do not use what was restored; take another set.")


def _first(connection: psycopg.Connection[tuple[Any, ...]], question: LiteralString) -> object:
    row = connection.execute(question).fetchone()
    return row[0] if row else None
