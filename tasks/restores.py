"""The steps of a restore: into a place where nothing is, for a person, or for proof that it can be done."""

from dataclasses import dataclass
from pathlib import Path

from edge import clock
from edge.backups import catalogue, opening
from edge.backups.keyring import keyring
from edge.backups.opening import BadSet, Opened
from edge.backups.scratch_database import scratch_database
from edge.scratch import scratch
from edge.settings import read_settings
from edge.store import open_backups, open_store
from edge.systems import read_system
from mainstay.backups.news import set_is_bad
from mainstay.backups.replays import read_moment
from mainstay.backups.restores import NEWEST, Restore, layers, plan_restore, plan_restore_at
from mainstay.backups.sets import Proof
from tasks.cluster_restores import bring_cluster, prove_cluster
from tasks.policies import observes, once
from tasks.telling import tell_all_of, tell_progress


@dataclass(frozen=True)
class Brought:
    files: int
    tables: int
    notes: tuple[str, ...] = ()  # what was in the dump and is not there

    def __str__(self) -> str:
        files = (
            f"{self.files} files, each with the hash it had" if self.files or not (self.tables or self.notes) else ""
        )
        tables = f"{self.tables} tables" if self.tables else ""
        return "; ".join(filter(None, (", ".join(filter(None, (files, tables))), *self.notes)))


@observes("what a restore of {system} {environment} needs")
def observe_restore(system: str, environment: str, set: str, only: str = "", part: str = "", at: str = "") -> Restore:
    settings = read_settings()
    store, ring = open_backups(settings), keyring(settings.home)
    if set != NEWEST:
        catalogue.read_set(store, ring.writer_public, system, environment, set)  # it says what is wrong with it
    known = catalogue.read_catalogue(store, ring.writer_public, system, environment)
    sets = [(each.set, each.level) for each in known.kept]
    return plan_restore_at(sets, read_moment(at, clock.now())) if at else plan_restore(sets, set, only, part)


@once("{restore.id} into {into}")
def lay_out_set(restore: Restore, into: str, database: str) -> Brought:
    """All of it or nothing, each file compared with its hash on the way. ``database``: the reference of an empty one,
    into which the dump goes; without it the dump lies beside the files.
    """
    settings = read_settings()
    opened = Opened(open_backups(settings), keyring(settings.home).proving_key(), settings.home)
    with opening.fresh(Path(into)) as place:
        files = _bring_files(restore, opened, place)
        if restore.replay is not None and restore.dump is None:
            return Brought(files, 0, bring_cluster(restore.replay, opened, place))
        if restore.dump is None or database:
            return _bring_database(restore, opened, database, files)
        opened.write_file(restore.dump.piece, place / "database.dump")
        return Brought(files, 0)


@once("{restore.part} of {restore.id}")
def restore_part(restore: Restore, database: str) -> Brought:
    """Into an empty database, whose reference this is."""
    settings = read_settings()
    opened = Opened(open_backups(settings), keyring(settings.home).proving_key(), settings.home)
    return _bring_database(restore, opened, database, 0)


@once("restoring {restore.id} for proof")
def prove_by_restoring(restore: Restore) -> Proof:
    """Level 3: brought back into a place and a database of its own, and removed again. A store that is away, or a disk
    that is full, proves nothing either way.
    """
    settings = read_settings()
    opened = Opened(open_backups(settings), keyring(settings.home).proving_key(), settings.home)
    began, brought, good = clock.monotonic(), Brought(0, 0), True
    try:
        with scratch(settings.home / "proofs", restore.id) as place:
            brought = Brought(_bring_files(restore, opened, place), 0)
        if restore.dump is not None:
            with scratch_database(settings.home) as address:
                brought = _bring_database(restore, opened, address, brought.files)
        level, of_cluster = prove_cluster(restore, opened)
        of_parts = f"restored: {brought}" if restore.folders or restore.dump or not of_cluster else ""
        sentence = "; ".join(filter(None, (of_parts, of_cluster)))
    except BadSet as reason:
        good, level, sentence = False, 3, str(reason)
    made, seconds = restore.sets[-1], clock.monotonic() - began
    numbers = {"seconds": round(seconds, 3), "files": brought.files, "tables": brought.tables}
    proof = Proof(made.id, level, good, sentence, clock.now(), numbers)
    catalogue.record_proof(opened.store, made.system, made.environment, proof)
    return proof


@once("people hear that {proof.set} is bad")
def tell_bad(system: str, environment: str, proof: Proof) -> None:
    settings = read_settings()
    notice = set_is_bad(system, environment, proof.set, proof.sentence)
    tell_all_of(read_system(settings, system), open_store(settings), notice)


def _bring_files(restore: Restore, opened: Opened, place: Path) -> int:
    found = 0
    for number, name in enumerate(restore.folders):
        tell_progress(5 + 60 * number / len(restore.folders), f"files {name}")
        found += opened.lay_out(layers(restore.sets, name), place / name).files
    return found


def _bring_database(restore: Restore, opened: Opened, address: str, files: int) -> Brought:
    if restore.dump is None:
        return Brought(files, 0)
    tell_progress(70, "the database")
    made = opened.restore_database(restore.dump.piece, address, restore.part)
    tables = len(made.tables)
    if restore.part is None and tables != restore.dump.tables:
        raise BadSet(
            f"{tables} tables were restored from {restore.id}, and {restore.dump.tables} were in it. Do not use what"
            " was restored: take another set."
        )
    return Brought(files, tables, made.notes)
