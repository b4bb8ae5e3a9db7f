"""The steps of a restore: into a place where nothing is, for a person, or for proof that it can be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge import clock, machine
from edge.backups import catalogue, opening, tries
from edge.backups.asking import ask
from edge.backups.keyring import keyring
from edge.backups.opening import BadSet, LaidOut, Opened
from edge.backups.scratch_database import scratch_database
from edge.scratch import scratch
from edge.settings import read_settings
from edge.store import open_backups, open_store
from edge.systems import read_system
from mainstay.backups.news import set_has_gaps, set_is_bad, set_is_doubted
from mainstay.backups.proving import Try
from mainstay.backups.questions import Answers, Questions, questions
from mainstay.backups.restores import NEWEST, Restore, layers, plan_restore
from mainstay.backups.sets import RESTORED, Proof
from tasks.policies import observes, once
from tasks.telling import asked_by, tell_all_of, tell_progress


@dataclass(frozen=True)
class Brought:
    files: int
    tables: int
    notes: tuple[str, ...] = ()  # what was in the dump and is not there

    def __str__(self) -> str:
        files = f"{self.files} files, each with the hash it had" if self.files or not self.tables else ""
        tables = f"{self.tables} tables" if self.tables else ""
        return "; ".join((", ".join(filter(None, (files, tables))), *self.notes))


@observes("what a restore of {system} {environment} needs")
def observe_restore(system: str, environment: str, set: str, only: str = "", part: str = "") -> Restore:
    settings = read_settings()
    store, ring = open_backups(settings), keyring(settings.home)
    if set != NEWEST:
        catalogue.read_set(store, ring.writer_public, system, environment, set)  # it says what is wrong with it
    known = catalogue.read_catalogue(store, ring.writer_public, system, environment)
    return plan_restore([(each.set, each.level) for each in known.kept], set, only, part)


@once("{restore.id} into {into}")
def lay_out_set(restore: Restore, into: str, database: str) -> Brought:
    """All of it or nothing, each file compared with its hash on the way. ``database``: the reference of an empty one,
    into which the dump goes; without it the dump lies beside the files.
    """
    settings = read_settings()
    opened = Opened(open_backups(settings), keyring(settings.home).proving_key(), settings.home)
    with opening.fresh(Path(into)) as place:
        files = _files(_bring_files(restore, opened, place))
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
    """Level 3: brought back into a place and a database of its own, asked what the descriptor asks, and removed again.
    A store that is away, or a disk that is full, proves nothing either way.
    """
    settings, made = read_settings(), restore.sets[-1]
    asked = questions(read_system(settings, made.system))
    opened = Opened(open_backups(settings), keyring(settings.home).proving_key(), settings.home)
    with tries.alone(settings.home):
        tries.note_try(opened.store, made.system, made.environment, _try(made.id))
        began = clock.monotonic()
        try:
            brought, answers = _tried(restore, opened, asked)
            good, sentence = True, "; ".join((f"restored: {brought}", *answers.said))
        except BadSet as reason:
            brought, answers, good, sentence = Brought(0, 0), Answers(), False, str(reason)
        seconds = round(clock.monotonic() - began, 3)
        numbers = {"seconds": seconds, "files": brought.files, "tables": brought.tables, **answers.numbers}
        proof = Proof(made.id, RESTORED, good, sentence, clock.now(), numbers, answers.gaps, answers.doubts)
        catalogue.record_proof(opened.store, made.system, made.environment, proof)
    return proof


@once("people hear what was found of {proof.set}")
def tell_found(system: str, environment: str, proof: Proof) -> None:
    """That it is bad, or that it is doubted; and what one will miss of it."""
    settings = read_settings()
    site, store = read_system(settings, system), open_store(settings)
    if not proof.good:
        tell_all_of(site, store, set_is_bad(system, environment, proof.set, proof.sentence))
    if proof.doubts:
        tell_all_of(site, store, set_is_doubted(system, environment, proof))
    if proof.gaps:
        tell_all_of(site, store, set_has_gaps(system, environment, proof))


def _try(id: str) -> Try:
    return Try(id, clock.now(), asked_by(), machine.name())


def _tried(restore: Restore, opened: Opened, asked: Questions) -> tuple[Brought, Answers]:
    """The files are gone when the database comes: a disk need hold only the larger of the two beside what is there."""
    with scratch(opened.home / "proofs", restore.id) as place:
        laid_out = _bring_files(restore, opened, place)
    files = _files(laid_out)
    if restore.dump is None:
        return Brought(files, 0), Answers()
    with scratch_database(opened.home) as address:
        return _bring_database(restore, opened, address, files), ask(address, asked, laid_out)


def _bring_files(restore: Restore, opened: Opened, place: Path) -> Mapping[str, LaidOut]:
    found: dict[str, LaidOut] = {}
    for number, name in enumerate(restore.folders):
        tell_progress(5 + 60 * number / len(restore.folders), f"files {name}")
        found[name] = opened.lay_out(layers(restore.sets, name), place / name)
    return found


def _files(laid_out: Mapping[str, LaidOut]) -> int:
    return sum(each.files for each in laid_out.values())


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
