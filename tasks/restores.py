"""The steps of a restore: into a place where nothing is, for a person, or for proof that it can be done."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from edge import clock
from edge.backups import bucket_restores, catalogue, opening, redis_restores
from edge.backups.bucket_restores import lay_out_bucket
from edge.backups.buckets import open_bucket
from edge.backups.keyring import keyring
from edge.backups.opening import BadSet, Opened
from edge.backups.scratch_database import scratch_database
from edge.backups.scratch_redis import RDB, NoScratchRedis, loaded, scratch_redis
from edge.redis_talk import Talk, talking
from edge.scratch import scratch
from edge.settings import read_settings
from edge.store import open_backups, open_store
from edge.systems import read_system
from mainstay.backups.bucket_places import read_bucket
from mainstay.backups.news import set_is_bad
from mainstay.backups.plans import bucket_wishes
from mainstay.backups.rdb import DamagedRdb
from mainstay.backups.replays import read_moment
from mainstay.backups.restores import (
    NEWEST,
    Restore,
    bucket_layers,
    choose_bucket,
    layers,
    plan_restore,
    plan_restore_at,
)
from mainstay.backups.sets import Proof, RedisCopy
from mainstay.errors import BadInput
from mainstay.places import Places
from tasks.cluster_restores import bring_cluster, prove_cluster
from tasks.policies import observes, once
from tasks.telling import tell_all_of, tell_progress


@dataclass(frozen=True)
class Brought:
    files: int = 0
    tables: int = 0
    notes: tuple[str, ...] = ()  # what was in the dump and is not there, what became of Redis
    objects: int = 0  # of buckets

    def __str__(self) -> str:
        nothing = not (self.tables or self.objects or self.notes)
        files = f"{self.files} files, each with the hash it had" if self.files or nothing else ""
        objects = f"{self.objects} objects, each with the hash it had" if self.objects else ""
        tables = f"{self.tables} tables" if self.tables else ""
        return "; ".join(filter(None, (", ".join(filter(None, (files, objects, tables))), *self.notes)))


@observes("what a restore of {system} {environment} needs")
def observe_restore(system: str, environment: str, set: str, only: str = "", part: str = "", at: str = "") -> Restore:
    settings = read_settings()
    store, ring = open_backups(settings), keyring(settings.home)
    public = ring.may_sign(read_system(settings, system).at(environment).backups.keys)
    if set != NEWEST:
        catalogue.read_set(store, public, system, environment, set)  # it says what is wrong with it
    known = catalogue.read_catalogue(store, public, system, environment)
    sets = [(each.set, each.level) for each in known.kept]
    return plan_restore_at(sets, read_moment(at, clock.now())) if at else plan_restore(sets, set, only, part)


@once("{restore.id} into {into}")
def lay_out_set(restore: Restore, into: str, database: str, redis: str = "") -> Brought:
    """All of it or nothing, each file compared with its hash on the way. ``database``, ``redis``: the references of
    empty ones, into which the dump and the keys go; without them both lie beside the files.
    """
    opened = _opened(restore)
    if redis and restore.redis is not None:
        with talking(redis) as target:
            redis_restores.refuse_used(target)  # before hours are spent on the rest
    with opening.fresh(Path(into)) as place:
        brought = _bring_files(restore, opened, place)
        if restore.redis is not None:
            brought = _bring_redis(restore.redis, opened, place, redis, _flush(restore) if redis else (), brought)
        if restore.replay is not None and restore.dump is None:
            notes = (*brought.notes, *bring_cluster(restore.replay, opened, place))
            return replace(brought, notes=notes)
        if restore.dump is None or database:
            return _bring_database(restore, opened, database, brought)
        opened.write_file(restore.dump.piece, place / "database.dump")
        return brought


@once("{restore.part} of {restore.id}")
def restore_part(restore: Restore, database: str) -> Brought:
    """Into an empty database, whose reference this is."""
    return _bring_database(restore, _opened(restore), database, Brought())


@once("a bucket of {restore.id} into {bucket}")
def restore_bucket(restore: Restore, bucket: str) -> Brought:
    """Into an empty one on the server that the descriptor names for it, by the same login. It is laid out here first:
    nothing is sent before it was compared.
    """
    name, settings, made = choose_bucket(restore), read_settings(), restore.sets[-1]
    places = Places(read_system(settings, made.system), made.environment, str(settings.home))
    wish = next((each for each in bucket_wishes(places) if each.name == name), None)
    if wish is None:
        raise BadInput(
            f"The descriptor of {made.system} speaks of no bucket {name}, so it is not known where its server is and"
            " who we are to it. Nothing was done. Describe it: buckets:"
        )
    target = open_bucket(wish, read_bucket(bucket, wish.place.endpoint))
    bucket_restores.refuse_used(target)
    with scratch(settings.home / "restores", restore.id) as place:
        tell_progress(5, f"bucket {name}")
        laid = lay_out_bucket(_opened(restore), bucket_layers(restore.sets, name), place)
        tell_progress(50, f"bucket {name} into {bucket}")
        return Brought(objects=bucket_restores.fill(target, place, name, laid))


@once("restoring {restore.id} for proof")
def prove_by_restoring(restore: Restore) -> Proof:
    """Level 3: brought back into a place and a database of its own, and removed again. A store that is away, or a disk
    that is full, proves nothing either way. Level 2: what there is no program for here was read back, and no more.
    """
    settings, opened = read_settings(), _opened(restore)
    began, brought, good, level = clock.monotonic(), Brought(), True, 3
    try:
        with scratch(settings.home / "proofs", restore.id) as place:
            brought = _bring_files(restore, opened, place)
        if restore.redis is not None:
            brought, level = _try_redis(restore.redis, opened, brought)
        if restore.dump is not None:
            with scratch_database(settings.home) as address:
                brought = _bring_database(restore, opened, address, brought)
        reached, of_cluster = prove_cluster(restore, opened)
        level = min(level, reached)
        sentence = "; ".join(filter(None, (f"restored: {brought}", of_cluster)))
    except BadSet as reason:
        good, sentence, level = False, str(reason), 3
    made, seconds = restore.sets[-1], clock.monotonic() - began
    numbers = {"seconds": round(seconds, 3), "files": brought.files, "tables": brought.tables}
    proof = Proof(made.id, level, good, sentence, clock.now(), {**numbers, "objects": brought.objects})
    catalogue.record_proof(opened.store, made.system, made.environment, proof)
    return proof


@once("people hear that {proof.set} is bad")
def tell_bad(system: str, environment: str, proof: Proof) -> None:
    settings = read_settings()
    notice = set_is_bad(system, environment, proof.set, proof.sentence)
    tell_all_of(read_system(settings, system), open_store(settings), notice)


def _opened(restore: Restore) -> Opened:
    settings = read_settings()
    return Opened(open_backups(settings), keyring(settings.home).proving_key(restore.sets), settings.home)


def _bring_files(restore: Restore, opened: Opened, place: Path) -> Brought:
    files = objects = 0
    for number, name in enumerate(restore.folders):
        tell_progress(5 + 40 * number / len(restore.folders), f"files {name}")
        files += opened.lay_out(layers(restore.sets, name), place / name).files
    for number, name in enumerate(restore.buckets):
        tell_progress(45 + 20 * number / len(restore.buckets), f"bucket {name}")
        objects += lay_out_bucket(opened, bucket_layers(restore.sets, name), place).files
    return Brought(files, objects=objects)


def _bring_redis(
    copy: RedisCopy, opened: Opened, place: Path, redis: str, flush: tuple[str, ...], brought: Brought
) -> Brought:
    """Without a reference it lies beside the files, with all its keys."""
    tell_progress(65, "Redis")
    if not redis:
        opened.write_file(copy.piece, place / RDB)
        return replace(brought, notes=(*brought.notes, f"Redis lies in {RDB}, with all its keys"))
    with _scratch_redis(copy, opened) as source, talking(redis) as target:
        return replace(brought, notes=(*brought.notes, str(redis_restores.pour(source, target, flush))))


def _try_redis(copy: RedisCopy, opened: Opened, brought: Brought) -> tuple[Brought, int]:
    """Loaded, it holds as many keys as were counted. To which level that proves it."""
    try:
        with _scratch_redis(copy, opened) as source:
            found = loaded(source)
    except NoScratchRedis as reason:
        said = f"Redis was read back and not loaded, so the set is not proven to be restorable: {reason}"
        return replace(brought, notes=(*brought.notes, said)), 2
    if None not in (found, copy.keys) and found != copy.keys:
        raise BadSet(f"{found} keys of Redis were loaded, and {copy.keys} were in it. Take another set.")
    counted = "" if found is None else f"{found} keys of "
    return replace(brought, notes=(*brought.notes, f"{counted}Redis loaded")), 3


@contextmanager
def _scratch_redis(copy: RedisCopy, opened: Opened) -> Iterator[Talk]:
    """On that copy; it is nowhere afterwards."""
    with scratch(opened.home / "restores", "redis") as folder:
        opened.write_file(copy.piece, folder / RDB)
        try:
            with scratch_redis(folder) as talk:
                yield talk
        except DamagedRdb as reason:
            raise BadSet(f"{copy.piece.key} in the store cannot be loaded: {reason}. Take another set.") from reason


def _flush(restore: Restore) -> tuple[str, ...]:
    made, settings = restore.sets[-1], read_settings()
    redis = read_system(settings, made.system).redis
    return redis.flush if redis else ()


def _bring_database(restore: Restore, opened: Opened, address: str, brought: Brought) -> Brought:
    if restore.dump is None:
        return brought
    tell_progress(70, "the database")
    made = opened.restore_database(restore.dump.piece, address, restore.part)
    tables = len(made.tables)
    if restore.part is None and tables != restore.dump.tables:
        raise BadSet(
            f"{tables} tables were restored from {restore.id}, and {restore.dump.tables} were in it. Do not use what"
            " was restored: take another set."
        )
    return replace(brought, tables=tables, notes=(*brought.notes, *made.notes))
