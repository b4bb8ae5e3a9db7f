"""A cluster that is made anew for proof: started, replayed, asked, and thrown away.

Only a PostgreSQL of the same major can do that, and it must know what the cluster uses. The one that comes with
Mainstay knows no ICU and no extension but its own; where that matters nothing is proven either way: ``Inconclusive``.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from edge import clock, companions, private, processes
from edge.backups.bases.layout import BringLog, lay_out_cluster, make_folder
from edge.backups.dumps.scratch import END_SECONDS, end_at_once, scratch_folder
from edge.backups.opening import BadSet, Opened
from edge.backups.pg_servers import Programs, find_programs
from edge.identities import Identity, alive
from edge.postgres import as_owner, postgres_programs
from edge.streams import TONGUE
from mainstay.backups.bases.replays import Replay
from mainstay.backups.bases.settings import SETTINGS, Recovery, quoted, recovery_of
from mainstay.backups.pg_versions import major
from mainstay.errors import CommandFailed, MainstayError
from mainstay.installation import Owner

REPLAY_SECONDS = 4 * 3600.0
CHECK_SECONDS = 2 * 3600.0
PAUSE_SECONDS = 0.05
TELLS_HOW_IT_SORTS = 15  # of PostgreSQL
RESTS_TRIGGERS = 17  # the same: those on events can be told to rest
DAMAGED = 2  # how pg_amcheck ends when it found something; with 1 it could not look
SOCKETS = "s"  # short: so are paths of sockets
_TONGUE = ("env", "LC_ALL=C", "TZ=UTC")  # and no -i: it keeps the mark of the change that it is for
_SETTINGS = {
    "listen_addresses": "",
    **{"fsync": "off", "synchronous_commit": "off", "autovacuum": "off", "hot_standby": "off"},
    **{"lc_messages": "C", "log_timezone": "UTC", "max_wal_size": "4GB", "max_wal_senders": "0"},
    # The log may hold so many, and nobody is asked before they are known to be too few.
    **{"max_prepared_transactions": "1000", "max_locks_per_transaction": "1024"},
}
# Timeouts and the like of the original's roles and databases, which would end a check in the middle.
_TOLD: LiteralString = "delete from pg_db_role_setting"
_UNTOLD = "-cdefault_transaction_read_only=off -cstatement_timeout=0"
# One whose removal was broken off lets nobody in.
_DATABASES: LiteralString = "select datname from pg_database where datallowconn and datconnlimit <> -2 order by 1"
_TABLES: LiteralString = """
    select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""
_SORTS_OTHERWISE: LiteralString = """
    select count(*) from pg_database
    where datcollversion is distinct from pg_database_collation_actual_version(oid) and datallowconn
"""
_LACKING = re.compile(
    r"ICU is not supported|could not access file|could not load library|could not find function|not supported by this "
    r"build|resource manager with ID \d+ not registered|database locale is incompatible|unrecognized configuration",
)
_BROKEN = re.compile(
    r"recovery ended before configured recovery target|could not locate (a valid|required) checkpoint|WAL ends before"
    r"|invalid (primary )?checkpoint|PANIC|invalid page|incorrect (resource manager|prev-link)|requested timeline"
    r"|requested recovery stop point is before consistent|could not find .* in the WAL|incorrect checksum",
)

_OF_HERE = re.compile(r"No space left|out of memory|(canceling|terminating) |server closed the connection")
_STATES_OF_HERE = ("53", "57")  # SQLSTATE: no room, no memory; somebody ended it


class Inconclusive(MainstayError):
    """Nothing was proven either way: why, as a clause."""


@dataclass(frozen=True)
class Replayed:
    """What was found in a cluster that was made anew."""

    databases: int
    tables: int
    notes: tuple[str, ...]


def replayed(opened: Opened, replay: Replay, bring_log: BringLog, *, place: Path = postgres_programs.PLACE) -> Replayed:
    """Made anew in a place of its own, started, replayed to its end, asked, checked, and removed."""
    with scratch_folder(opened.home, place) as (folder, _, owner):
        programs = find_programs("postgres", replay.base.server, place=place)
        notes = lay_out_cluster(opened, replay, folder / "data", bring_log, owner)
        return examined(folder, programs, recovery_of(replay), owner, notes)


def examined(
    folder: Path, programs: Programs, recovery: Recovery, owner: Owner | None, notes: tuple[str, ...] = ()
) -> Replayed:
    """What lies in ``data`` of that folder: started, replayed, asked and checked. ``owner``: who runs it; else us."""
    with _running(folder, programs, recovery, owner) as address:
        _ask(address(options=_UNTOLD), _TOLD, answers=False)
        databases = [name for (name,) in _ask(address(), _DATABASES)]
        tables = sum(int(str(_ask(address(str(name)), _TABLES)[0][0])) for name in databases)
        checked = _check_indexes(programs, folder, recovery, address())
        return Replayed(len(databases), tables, (*notes, *checked))


@contextmanager
def _running(folder: Path, programs: Programs, recovery: Recovery, owner: Owner | None) -> Iterator[Callable[..., str]]:
    """The address of one of its databases, when it has come to the end of the replay."""
    data, log, sockets = folder / "data", folder / "log", make_folder(folder / SOCKETS, owner)
    config, hba = _configured(folder, recovery, data)
    argv = [*as_owner(owner), *_TONGUE, str(programs.folder / "postgres"), "-D", str(data)]
    words = [f"-cconfig_file={config}", f"-chba_file={hba}", f"-cident_file={hba}.none"]

    def address(database: str = "postgres", options: str = "") -> str:
        return make_conninfo(host=str(sockets), user=recovery.superuser, dbname=database, options=options)

    with companions.companion([*argv, *words], log=log, grace_seconds=END_SECONDS) as server:
        try:
            _await_end(server, log, recovery, address())
            yield address
        finally:
            end_at_once(server)


def _configured(folder: Path, recovery: Recovery, data: Path) -> tuple[Path, Path]:
    """Nothing of what its own settings say holds here: neither its memory, nor its libraries, nor its archive."""
    config, hba = folder / "postgresql.conf", folder / "pg_hba.conf"
    words = {**_SETTINGS, "unix_socket_directories": str(folder / SOCKETS)}
    if major(recovery.server) >= RESTS_TRIGGERS:
        words["event_triggers"] = "off"
    text = "".join(f"{name} = {quoted(word)}\n" for name, word in words.items()) + recovery.settings
    for file, content in ((config, text), (hba, "local all all trust\n"), (hba.with_name(f"{hba.name}.none"), "")):
        private.write(file, content, durable=False, mode=0o644)
    (data / SETTINGS).write_text("")
    return config, hba


def _await_end(server: Identity, log: Path, recovery: Recovery, address: str) -> None:
    """It lets nobody in before."""
    until = clock.monotonic() + REPLAY_SECONDS
    while True:
        try:
            psycopg.connect(address, connect_timeout=5).close()
            break
        except psycopg.OperationalError as reason:
            if not alive(server):
                raise _verdict(recovery, log.read_text(errors="replace")) from None
            if clock.monotonic() > until:
                raise CommandFailed(
                    f"The log of {recovery.id} was replayed for {REPLAY_SECONDS:g} s without coming to its end, so"
                    f" nothing was proven: {_last(log)}"
                ) from None
            if _LACKING.search(str(reason)) or ("FATAL" in str(reason) and "does not exist" in str(reason)):
                raise Inconclusive(" ".join(str(reason).split())) from None
            clock.sleep(PAUSE_SECONDS)
    if recovery.point and f'recovery stopping at restore point "{recovery.point}"' not in log.read_text(
        errors="replace"
    ):
        raise BadSet(f'The point "{recovery.point}" was not found in the log of {recovery.id}. Restore another set.')


def _verdict(recovery: Recovery, said: str) -> MainstayError:
    """Of a server that did not start: is it the set, this machine's PostgreSQL, or neither?"""
    lines = [line for line in said.splitlines() if re.search(r"FATAL|PANIC|ERROR", line)] or ["it said nothing"]
    reason = lines[-1].partition("]")[2].strip() or lines[-1]
    if _LACKING.search(said):
        return Inconclusive(f"PostgreSQL here lacks what it uses: {reason}")
    if _BROKEN.search(said) and "No space left" not in said:
        return BadSet(
            f"The database of {recovery.id} cannot be replayed {recovery.said}: {reason}. Restore another set."
        )
    return CommandFailed(
        f"A scratch server for {recovery.id} did not start, so nothing was proven: {reason}. Has this machine room and"
        " memory? Then prove it again."
    )


def _check_indexes(programs: Programs, folder: Path, recovery: Recovery, address: str) -> tuple[str, ...]:
    """Each table against each of its indexes. One that is sorted by other rules than this machine's is no fault."""
    if not programs.has("pg_amcheck"):
        return ("indexes were not checked: pg_amcheck is not here",)
    if major(recovery.server) >= TELLS_HOW_IT_SORTS and (found := _ask(address, _SORTS_OTHERWISE)[0][0]):
        return (f"indexes were not checked: this machine sorts otherwise than {found} of its databases",)
    argv = [str(programs.folder / "pg_amcheck"), "--all", "--install-missing", "--heapallindexed"]
    told = processes.run(
        [*argv, f"--host={folder / SOCKETS}", f"--username={recovery.superuser}", "--no-password"],
        deadline_seconds=CHECK_SECONDS,
        environment=TONGUE,
    )
    if told.exit == 0:
        return ("every index agrees with its table",)
    said = " ".join(told.text.split())[:400].rstrip(".")
    if told.exit != DAMAGED or _LACKING.search(told.text) or "could not open extension control file" in told.text:
        return (f"indexes were not checked: {said}",)
    if _OF_HERE.search(told.text):
        raise _stopped(said)
    raise BadSet(f"The database of {recovery.id} is damaged, pg_amcheck says: {said}. Restore another set.")


def _ask(address: str, question: LiteralString, *, answers: bool = True) -> list[tuple[object, ...]]:
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            found = connection.execute(sql.SQL(question))
            return found.fetchall() if answers else []
    except psycopg.Error as reason:
        said = " ".join(str(reason).split())
        if _LACKING.search(said):
            raise Inconclusive(f"PostgreSQL here lacks what it uses: {said}") from None
        if reason.sqlstate is None or reason.sqlstate.startswith(_STATES_OF_HERE):
            raise _stopped(said) from None
        raise BadSet(f"The database that was made anew does not answer: {said}. Restore another set.") from None


def _stopped(said: str) -> CommandFailed:
    return CommandFailed(
        f"A scratch server stopped answering, so nothing was proven: {said.rstrip('.')}. Has this machine room and"
        " memory? Then prove it again."
    )


def _last(log: Path) -> str:
    return "; ".join(log.read_text(errors="replace").splitlines()[-3:])
