"""Clusters as pgBackRest lays them out: one for a person, and one that is started for proof and thrown away."""

import os
from datetime import datetime
from pathlib import Path

import psycopg

from edge.backups.bases.layout import lay_settings, make_folder
from edge.backups.bases.scratch import Replayed, examined
from edge.backups.dumps.scratch import scratch_folder
from edge.backups.elsewhere import pgbackrest
from edge.backups.pg_servers import find_programs
from edge.postgres import postgres_programs
from edge.postgres.addresses import read_address
from mainstay.backups.bases.settings import Recovery
from mainstay.backups.elsewhere.held import Elsewhere
from mainstay.backups.elsewhere.stanzas import StanzaWish, scratch_settings
from mainstay.errors import DatabaseLost, Refused

NAME = "mainstay backup"
PASSED_THROUGH = 0o711  # by its user, who may not list it


def superuser(database: str) -> str:
    """Who may do everything there. ``database``: the reference of its address."""
    with read_address(database).connect(NAME) as connection:
        try:
            found = connection.execute("select rolname from pg_roles where oid = 10").fetchone()
        except psycopg.Error as reason:
            raise DatabaseLost(f"The database in {database} does not say whose it is: {reason}.") from None
    assert found is not None
    return str(found[0])


def lay_out(wish: StanzaWish, place: Path, into: Path, name: str, at: datetime | None) -> None:
    """``place``: a folder that becomes ``into``; in it that of the cluster. ``at``: None: all of the log."""
    owner = pgbackrest.runs_as(wish)
    if known := pgbackrest.keeps(wish):
        _refuse_tablespaces(wish, known[-1].label)
    if owner is not None:
        place.chmod(PASSED_THROUGH)
    data = make_folder(place / name, owner)
    pgbackrest.restore(wish, data, into / name, at=at)
    for each in lay_settings(data):
        if owner is not None:
            os.chown(each, owner.uid, owner.gid)


def proven(wish: StanzaWish, held: Elsewhere, home: Path, *, place: Path = postgres_programs.PLACE) -> Replayed:
    """The backup that a set names: laid out, started as its own user, who alone may read its log, and asked."""
    assert held.log is not None
    owner = pgbackrest.runs_as(wish)
    _refuse_tablespaces(wish, held.name)
    programs = find_programs("postgres", held.server, place=place)
    with scratch_folder(home, place) as (folder, _, _):
        data = make_folder(folder / "data", owner)
        pgbackrest.restore_set(wish, data, held.name)
        recovery = Recovery(
            held.name,
            held.server,
            held.log.superuser,
            scratch_settings(wish, str(data)),
            "as soon as it was consistent",
        )
        return examined(folder, programs, recovery, owner)


def _refuse_tablespaces(wish: StanzaWish, label: str) -> None:
    """They are links to where they were, and a fresh place must not lead there."""
    if found := pgbackrest.tablespaces(wish, label):
        raise Refused(
            f"Nothing was restored: the cluster of the {wish} has tablespaces ({', '.join(found)}), and this version"
            " brings back clusters without. By hand: pgbackrest restore --tablespace-map-all=FOLDER."
        )
