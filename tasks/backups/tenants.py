"""What is done with the databases of tenants: they are taken beside the described one, laid out, restored for proof."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from edge import clock
from edge.backups.dumps.keeping import keep_dump
from edge.backups.dumps.scratch import another_database
from edge.backups.dumps.taking import Moment, moment
from edge.backups.dumps.tenants import NoTenant, list_tenants, look_at_room, moments, of_tenant
from edge.backups.opening import Opened
from edge.backups.taking import Taking
from mainstay.backups.dumps import tenants as known
from mainstay.backups.dumps.tenants import Taken, TenantDumps
from mainstay.backups.restores import Restore
from mainstay.backups.sets import Dump
from mainstay.errors import CommandFailed, DatabaseLost
from tasks.backups.bringing import Brought, bring_database
from tasks.policies import converges
from tasks.telling import tell_progress


@converges("the database, and those of its tenants")
def keep_databases(taking: Taking, address: str, query: str) -> tuple[Dump, TenantDumps]:
    """Each as it is when this begins: no moment can be of several databases, so theirs are held side by side, as many
    as the server has room for. Whoever is listed and cannot be dumped fails it: no set leaves a tenant behind.
    """
    began, kept = clock.monotonic(), list[Dump | str]()
    with moment(address) as main:
        names = list_tenants(address, query, main.snapshot)
        groups = known.in_groups(names, known.at_once(look_at_room(address)))
        with moments(address, groups[0]) as held:
            last = clock.monotonic()
            database = keep_dump(taking, address, main, "database.dump.zst.age")
            kept += _kept(taking, address, query, held, 0, len(names))
    for group in groups[1:]:
        with moments(address, group) as held:
            last = clock.monotonic()
            kept += _kept(taking, address, query, held, len(kept), len(names))
    dumps, gone = [each for each in kept if isinstance(each, Dump)], [each for each in kept if isinstance(each, str)]
    came = tuple(name for name in list_tenants(address, query) if name not in names)
    taken = Taken(last - began, len(groups), len(groups[0]), tuple(gone), came)
    return database, TenantDumps(tuple(dumps), known.notes(taken, len(dumps)))


def lay_out_tenants(restore: Restore, opened: Opened, place: Path, brought: Brought) -> Brought:
    """As dumps, each in a file of its own."""
    if not restore.tenants:
        return brought
    folder = place / known.FOLDER
    folder.mkdir()
    for number, dump in enumerate(restore.tenants):
        tell_progress(65 + 5 * number / len(restore.tenants), f"tenant {dump.database!r}")
        with of_tenant(dump.database):
            opened.write_file(dump.piece, folder / known.file_name(dump.database))
    return brought.noting(
        f"the databases of {len(restore.tenants)} tenants lie in {known.FOLDER}, for pg_restore; or one goes into an"
        " empty database with --tenant NAME --database file:///root/address"
    )


def try_tenants(restore: Restore, opened: Opened, scratch: str, brought: Brought) -> Brought:
    """Each restored beside the described one, one after the other, and removed again."""
    if not restore.tenants:
        return brought
    tables = 0
    for number, dump in enumerate(restore.tenants):
        tell_progress(72 + 8 * number / len(restore.tenants), f"tenant {dump.database!r}")
        with of_tenant(dump.database), another_database(scratch) as address:
            tables += bring_database(replace(restore, dump=dump), opened, address, Brought()).tables
    return brought.noting(f"the databases of {len(restore.tenants)} tenants restored too, {tables} tables in them")


def _kept(
    taking: Taking, address: str, query: str, held: Mapping[str, Moment | NoTenant], first: int, all: int
) -> Iterator[Dump | str]:
    """Each dump; or the name of one that is gone, which the query lists no more."""
    for number, (name, found) in enumerate(held.items(), first):
        tell_progress(50 + 30 * number / all, f"tenant {name!r}")
        try:
            if isinstance(found, NoTenant):
                raise found
            yield keep_dump(taking, address, found, known.piece_name(number + 1), name)
        except (NoTenant, CommandFailed, DatabaseLost) as reason:
            if name in list_tenants(address, query):
                raise CommandFailed(
                    f"The database of the tenant {name!r} could not be backed up, and no set may leave it behind, so"
                    f" none was made: {reason} Or let database.tenants.query list it no more."
                ) from reason
            yield name
