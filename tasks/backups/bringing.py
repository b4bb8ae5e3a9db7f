"""What a restore and a proof do alike: the parts of a set are brought back, each compared with what was written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from edge import clock
from edge.backups import catalogue
from edge.backups.buckets.restores import lay_out_bucket
from edge.backups.keyring import keyring
from edge.backups.opening import BadSet, LaidOut, Opened
from edge.backups.redis import restores as redis_restores
from edge.backups.redis.scratch import RDB, NoScratchRedis, loaded, scratch_redis
from edge.redis_talk import Talk, talking
from edge.scratch import scratch
from edge.settings import read_settings
from edge.store import open_sets
from edge.systems import read_system
from mainstay.backups.redis.rdb import DamagedRdb
from mainstay.backups.restores import Restore, bucket_layers, layers
from mainstay.backups.sets import Proof, RedisCopy
from mainstay.store import Source
from tasks.telling import tell_progress


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

    def noting(self, *notes: str) -> "Brought":
        return replace(self, notes=(*self.notes, *notes))


def record_bad(restore: Restore, reason: BadSet, level: int, source: Source) -> Proof | None:
    """Of the set in which the fault lies: what stands on it falls with it. None: it was deleted meanwhile."""
    made, store = restore.sets[-1], open_sets(read_settings(), source)
    id = reason.set if reason.set in {each.id for each in restore.opens} else made.id
    if not catalogue.has_manifest(store, made.system, made.environment, id):
        return None
    proof = Proof(id, level, False, str(reason), clock.now())
    catalogue.record_proof(store, made.system, made.environment, proof)
    return proof


def opened_for(restore: Restore, source: Source) -> Opened:
    settings = read_settings()
    return Opened(open_sets(settings, source), keyring(settings.home).proving_key(restore.opens), settings.home)


def bring_files(restore: Restore, opened: Opened, place: Path) -> tuple[Brought, Mapping[str, LaidOut]]:
    """Folders and buckets; and what stands in each of the folders."""
    found: dict[str, LaidOut] = {}
    objects = 0
    for number, name in enumerate(restore.folders):
        tell_progress(5 + 40 * number / len(restore.folders), f"files {name}")
        found[name] = opened.lay_out(layers(restore.sets, name), place / name)
    for number, name in enumerate(restore.buckets):
        tell_progress(45 + 20 * number / len(restore.buckets), f"bucket {name}")
        objects += lay_out_bucket(opened, bucket_layers(restore.sets, name), place).files
    return Brought(sum(each.files for each in found.values()), objects=objects), found


def bring_database(restore: Restore, opened: Opened, address: str, brought: Brought) -> Brought:
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
    return replace(brought, tables=tables).noting(*made.notes, *(restore.dump.notes if restore.part is None else ()))


def bring_redis(restore: Restore, opened: Opened, place: Path, redis: str, brought: Brought) -> Brought:
    """Without a reference it lies beside the files, with all its keys."""
    if restore.redis is None:
        return brought
    tell_progress(65, "Redis")
    if not redis:
        opened.write_file(restore.redis.piece, place / RDB)
        return brought.noting(f"Redis lies in {RDB}, with all its keys")
    with _scratch_redis(restore.redis, opened) as source, talking(redis) as target:
        return brought.noting(str(redis_restores.pour(source, target, _flush(restore))))


def try_redis(restore: Restore, opened: Opened, brought: Brought) -> tuple[Brought, tuple[str, ...]]:
    """Loaded, it holds as many keys as were counted. And why it could not be loaded here, if so."""
    copy = restore.redis
    if copy is None:
        return brought, ()
    try:
        with _scratch_redis(copy, opened) as source:
            found = loaded(source)
    except NoScratchRedis as reason:
        said = f"Redis was read back and not loaded, so the set is not proven to be restorable: {reason}"
        return brought.noting(said), (f"Redis was not loaded: {reason}",)
    if None not in (found, copy.keys) and found != copy.keys:
        raise BadSet(f"{found} keys of Redis were loaded, and {copy.keys} were in it. Take another set.")
    counted = "" if found is None else f"{found} keys of "
    return brought.noting(f"{counted}Redis loaded"), ()


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
    redis = read_system(read_settings(), restore.sets[-1].system).redis
    return redis.flush if redis else ()
