"""What a person says of a set, and what one wants to know of its inside."""

import typer

from deployments.recorded import recorded
from edge import clock
from edge.audits import whoever_runs_this
from edge.backups import catalogue
from edge.backups.catalogue import Kept
from edge.backups.dumps.insides import inside
from edge.backups.keyring import keyring
from edge.backups.opening import Opened
from edge.backups.signers import signers_of
from edge.settings import Settings
from edge.store import open_backups
from mainstay.backups.dumps.archive import Contents
from mainstay.backups.sets import Proof
from mainstay.errors import BadInput


def say_intended(settings: Settings, system: str, environment: str, id: str) -> None:
    """Of this set and of all before it: whoever looked at the newest need not name each."""
    store, public = open_backups(settings), signers_of(settings, system, environment)
    catalogue.read_set(store, public, system, environment, id)  # it says what is wrong with it
    suspect = [
        each.set.id
        for each in catalogue.newest_first(store, public, system, environment)
        if isinstance(each, Kept) and each.suspect and each.set.id <= id
    ]
    if not suspect:
        raise BadInput(f"Neither {id} nor any set before it is suspect, so nothing was recorded.")
    said = f"as small as it should be, says {whoever_runs_this()}"
    with recorded(settings, f"as-intended {id} of {system} {environment}: {len(suspect)} sets"):
        for each in reversed(suspect):  # oldest first: who is broken off half-way leaves the newest to be said again
            proof = Proof(each, 0, True, said, clock.now(), suspect=False)
            catalogue.record_proof(store, system, environment, proof)
            typer.echo(f"{each}: {said}")


def show_inside(settings: Settings, system: str, environment: str, id: str) -> None:
    """By schema; with how to bring one back."""
    store, ring = open_backups(settings), keyring(settings.home)
    made = catalogue.read_set(store, signers_of(settings, system, environment), system, environment, id)
    if made.database is None:
        raise BadInput(
            f"The set {id} holds no database. Those of kind full and database do: mainstay backups lists them."
        )
    opened = Opened(store, ring.proving_key([made]), settings.home)
    found = inside(opened, made.database)
    typer.echo(f"{id}: the database {found.database} of PostgreSQL {found.server}")
    for schema in found.schemas:
        typer.echo(_tables(found, schema))
    for dump in made.tenants:
        of_it = inside(opened, dump)
        typer.echo(f"tenant {dump.database!r}")
        for schema in of_it.schemas:
            typer.echo(f"  {_tables(of_it, schema)}")
    which = "--tenant NAME, --part SCHEMA, or both," if made.tenants else "--part SCHEMA"
    typer.echo(f"One alone: mainstay restore {system} {environment} --set {id} {which} --database file:///root/address")


def _tables(found: Contents, schema: str) -> str:
    tables = found.of(schema)
    return f"{schema}  {len(tables)} tables: {', '.join(each.name for each in tables) or 'none'}"
