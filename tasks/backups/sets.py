"""The steps of a backup: what is taken, each part on its way into the store, the manifest, a look at what is there."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from edge import clock, machine, release_records
from edge.backups import catalogue, deaths, sizes
from edge.backups.buckets.bucket import open_bucket
from edge.backups.buckets.taking import BucketTaking as BucketTaking
from edge.backups.catalogue import Kept
from edge.backups.copies.protecting import locking
from edge.backups.dumps.keeping import keep_dump
from edge.backups.dumps.taking import moment
from edge.backups.files import indexes
from edge.backups.files.folders import FolderTaking as FolderTaking
from edge.backups.files.trees import refuse_store_inside
from edge.backups.keyring import keyring
from edge.backups.redis.copies import copying
from edge.backups.retention.tombstones import Tombstones
from edge.backups.taking import Taking as Taking
from edge.settings import read_settings
from edge.store import open_backups, open_store
from edge.store.port import Store
from edge.systems import read_system, written_system
from mainstay.backups import sets
from mainstay.backups.bases.base import Physical
from mainstay.backups.buckets.places import refuse_store_in
from mainstay.backups.copies.locks import from_the_start
from mainstay.backups.deaths import Ended
from mainstay.backups.dumps.tenants import TenantDumps
from mainstay.backups.elsewhere.held import NOTHING_NAMED, Named
from mainstay.backups.plans import Candidate, SetPlan, Wish, plan_set, wish
from mainstay.backups.sets import BackupSet, Begun, Dump, Folder, Kind, Piece, Proof, RedisCopy
from mainstay.deploy import seen_by_users
from mainstay.errors import MainstayError
from mainstay.places import Places
from mainstay.store import BACKUPS, COPY
from tasks.policies import converges, observes, once
from tasks.standings import standings_from_afar
from tasks.telling import asked_by


@dataclass(frozen=True)
class Parts:
    """What was taken, on its way into one manifest."""

    folders: tuple[FolderTaking, ...]
    buckets: tuple[BucketTaking, ...]
    database: Dump | None
    redis: RedisCopy | None
    physical: Physical
    tenants: TenantDumps = field(default_factory=TenantDumps)
    named: Named = NOTHING_NAMED  # what others keep of the database


@observes("what the {kind} backup of {system} {environment} takes")
def observe_what_to_keep(system: str, environment: str, kind: Kind) -> SetPlan:
    """Also on which earlier set it stands, and why it takes more than was asked for."""
    settings = read_settings()
    places = Places(read_system(settings, system), environment, str(settings.home))
    store, ring = open_backups(settings), keyring(settings.home)
    keys = places.environment.backups.keys
    ring.refuse_stranger(keys)
    ring.sealed_to(keys)
    there_is = wish(places)
    _refuse_sets_inside(there_is, settings.backups, settings.backups_endpoint, BACKUPS)
    if settings.copy is not None:
        _refuse_sets_inside(there_is, settings.copy, settings.copy_endpoint, COPY)
    candidates = _candidates(store, ring.may_sign(keys), settings.home, system, environment)
    return plan_set(kind, there_is, candidates, clock.now())


@once("a set of {system} {environment} is begun")
def begin_set(system: str, environment: str, plan: SetPlan) -> Taking:
    settings, at = read_settings(), clock.now()
    id = sets.new_id(plan.kind, at, clock.new_nonce())
    described = read_system(settings, system).at(environment).backups
    store = locking(open_backups(settings), from_the_start(described.keep, at))
    parent = plan.parent.id if plan.parent else None
    begun = Begun(id, plan.kind, at, asked_by(), machine.name(), parent, deaths.this_process())
    catalogue.begin(store, system, environment, begun)
    try:
        catalogue.secure(store, system, environment, [parent] if parent else [])
    except MainstayError:
        with suppress(MainstayError):  # whoever hears why it was refused need not hear that it was killed too
            deaths.told(open_store(settings), system, environment, Ended(id, "failed", clock.now(), id))
        raise
    return Taking(store, system, environment, id, at, keyring(settings.home).sealed_to(described.keys))


@observes("what the parent of {taking.id} held")
def open_folders(taking: Taking, plan: SetPlan) -> tuple[FolderTaking, ...]:
    """Each folder, beside what the parent held of it. A set without one reads everything: what is remembered of an
    earlier one is only compared with it.
    """
    home, parent, where = read_settings().home, plan.parent, (taking.system, taking.environment)
    return tuple(
        FolderTaking(
            taking,
            each.name,
            Path(each.path),
            each.excludes,
            indexes.recall(home, *where, parent.id, each.name) if parent else None,
            None if parent else indexes.newest(home, *where, each.name),
        )
        for each in plan.folders
    )


@observes("which buckets {taking.id} takes")
def open_buckets(taking: Taking, plan: SetPlan) -> tuple[BucketTaking, ...]:
    """The same of each bucket."""
    home, parent = read_settings().home, plan.parent
    return tuple(
        BucketTaking(
            taking,
            each.name,
            open_bucket(each),
            indexes.recall(home, taking.system, taking.environment, parent.id, sets.bucket_index(each.name))
            if parent
            else None,
        )
        for each in plan.buckets
    )


@converges("files {folder.name}")
def keep_files(folder: FolderTaking | BucketTaking) -> int:
    """What differs from what is known; how many names that were."""
    return folder.read()


@converges("files {folder.name}, what changed meanwhile")
def keep_files_again(folder: FolderTaking | BucketTaking) -> int:
    return folder.read_again()


@once("the moment of {taking.id}")
def mark_moment(taking: Taking) -> None:
    """What was there before it is in what was read by now; what came or changed since is in what is read next."""
    taking.moment = clock.now()


@converges("Redis")
def keep_redis(taking: Taking, address: str) -> RedisCopy:
    """All it holds, as soon after the moment as it begins to write it. ``address``: where that of the server lies."""
    with copying(address) as coming:
        piece, found = taking.keep("redis.rdb.zst.age", coming, coming.finish)
    return RedisCopy(piece, found.server, found.keys, found.notes)


@converges("the database")
def keep_database(taking: Taking, address: str) -> Dump:
    """As it is when this begins, right after the moment. ``address``: the reference under which it lies."""
    with moment(address) as held:
        return keep_dump(taking, address, held, "database.dump.zst.age")


@once("the set {taking.id} is published")
def publish_set(taking: Taking, plan: SetPlan, parts: Parts) -> BackupSet:
    """Its manifest comes last: before, nobody finds a set; from then on it is whole."""
    settings = read_settings()
    finished = [folder.finish() for folder in parts.folders]
    of_buckets = [bucket.finish() for bucket in parts.buckets]
    version, release = _live(taking.system, taking.environment)
    made = BackupSet(
        id=taking.id,
        system=taking.system,
        environment=taking.environment,
        kind=plan.kind,
        begun_at=taking.begun_at,
        moment=taking.moment,
        ended_at=clock.now(),
        who=asked_by(),
        version=version,
        release=release,
        descriptor=_descriptor(taking),
        parent=plan.parent.id if plan.parent else None,
        depth=plan.parent.depth + 1 if plan.parent else 0,
        database=parts.database,
        folders=tuple(folder for folder, _ in finished),
        notes=(
            *plan.reasons,
            *parts.physical.notes,
            *_restless(folder for folder, _ in finished),
            *(parts.database.notes if parts.database else ()),
            *parts.tenants.notes,
            *(parts.redis.notes if parts.redis else ()),
            *parts.named.told,
        ),
        sealed_to=taking.sealed_to,
        base=parts.physical.base,
        point=parts.physical.point,
        buckets=tuple(bucket for bucket, _ in of_buckets),
        redis=parts.redis,
        elsewhere=parts.named.held,
        all_read_at=plan.parent.all_read_at if plan.parent else taking.begun_at,
        consistency="bracket" if (finished or of_buckets) and (parts.database or parts.physical.point) else "alone",
        tenants=parts.tenants.dumps,
    )
    named = [(folder.name, index) for folder, index in finished]
    named += [(sets.bucket_index(bucket.name), index) for bucket, index in of_buckets]
    for name, index in named:
        indexes.remember(settings.home, taking.system, taking.environment, made.id, name, index)
    ring, keys = keyring(settings.home), read_system(settings, made.system).at(made.environment).backups.keys
    sizes.doubt(taking.store, ring.may_sign(keys), made)
    catalogue.secure(taking.store, taking.system, taking.environment, made.needs)
    catalogue.refuse_swept(taking.store, made)
    catalogue.publish(taking.store, ring.writer, made)
    catalogue.refuse_swept(taking.store, made)  # it may have been between the two
    if named:
        indexes.forget_older(settings.home, taking.system, taking.environment, made.id)
    return made


@converges("whether {made.id} is complete")
def prove_complete(made: BackupSet) -> Proof:
    """Level 1: all that its manifest names is there, and as long as it says."""
    store = open_backups(read_settings())
    listed = store.listing(sets.set_folder(made.system, made.environment, made.id))
    proof = sets.complete(made, {entry.key: entry.size for entry in listed}, clock.now())
    catalogue.record_proof(store, made.system, made.environment, proof)
    return proof


def _refuse_sets_inside(there_is: Wish, place: str, endpoint: str | None, setting: str) -> None:
    for folder in there_is.folders:
        refuse_store_inside(Path(folder.path), place, setting)
    for bucket in there_is.buckets:
        refuse_store_in(bucket.place, place, endpoint, setting)


def _descriptor(taking: Taking) -> Piece:
    return taking.small("descriptor.yaml", written_system(read_settings(), taking.system))


def _live(system: str, environment: str) -> tuple[str | None, str | None]:
    """What users had, and its name; a host or store that is silent keeps nobody from a backup."""
    settings = read_settings()
    try:
        live = seen_by_users(standings_from_afar(system, environment))
        if live is None:
            return None, None
        known = release_records.records(open_store(settings), system, environment, home=settings.home)
        return next((each.version for each in known if each.release.id == live.release), None), live.release
    except MainstayError:
        return None, None


def _candidates(store: Store, public: str, home: Path, system: str, environment: str) -> Iterator[Candidate]:
    tombstones = Tombstones(store, system, environment)
    for each in catalogue.newest_first(store, public, system, environment):
        if isinstance(each, Kept):
            names = [folder.name for folder in each.set.folders]
            names += [sets.bucket_index(bucket.name) for bucket in each.set.buckets]
            remembered = all(indexes.knows(home, system, environment, each.set.id, name) for name in names)
            condemned = not tombstones.builds_on(each.set.id)
            yield Candidate(each.set, each.level, remembered, condemned, each.leans_on_bad)


def _restless(folders: Iterable[Folder]) -> tuple[str, ...]:
    return tuple(
        f"{folder.name}: {folder.restless} files changed whenever they were read"
        for folder in folders
        if folder.restless
    )
