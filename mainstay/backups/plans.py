"""What a backup takes, and on which earlier set it stands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mainstay.backups.buckets.places import read_bucket
from mainstay.backups.elsewhere.wishes import ElsewhereWish, elsewhere_wish
from mainstay.backups.newest import has_been
from mainstay.backups.sets import BackupSet, Kind
from mainstay.descriptor.kept import Login
from mainstay.errors import BadInput, Refused
from mainstay.places import Places
from mainstay.store import Bucket

LONGEST_CHAIN = 400  # sets: a night of them every three minutes, with some room
ALL_READ_AFTER = timedelta(days=7)  # between, a file whose marks are the same is taken for the same
_HOLDS_FILES: Collection[Kind] = ("full", "files", "incremental")


@dataclass(frozen=True)
class FolderWish:
    name: str
    host: str
    path: str
    excludes: tuple[str, ...]


@dataclass(frozen=True)
class BucketWish:
    name: str
    place: Bucket
    login: tuple[str, str] | None  # where user and password lie; None: the machine's own role


@dataclass(frozen=True)
class Wish:
    """What there is to keep, as the descriptor says."""

    folders: tuple[FolderWish, ...]
    database: str | None  # the reference under which its address lies
    buckets: tuple[BucketWish, ...] = ()
    redis: str | None = None  # the same for Redis
    log: str | None = None  # that under which its log is received; None: it is not
    tenants: str | None = None  # the query for those that have a database of their own; None: nobody has
    elsewhere: ElsewhereWish | None = None  # who else makes physical copies of it


@dataclass(frozen=True)
class SetPlan:
    kind: Kind
    parent: BackupSet | None
    folders: tuple[FolderWish, ...]
    database: str | None
    reasons: tuple[str, ...]
    buckets: tuple[BucketWish, ...] = ()
    redis: str | None = None
    log: str | None = None  # then a base, a point, or both are taken too
    tenants: str | None = None
    elsewhere: ElsewhereWish | None = None


@dataclass(frozen=True)
class Candidate:
    set: BackupSet
    level: int | None  # None: it was found to be bad, or what it stands on was
    remembered: bool  # this machine knows what its folders held
    condemned: bool = False  # it goes soon
    leans_on_bad: str = ""  # the bad set that it stands on


def wish(places: Places) -> Wish:
    """``Refused`` if a part of it lies where this version cannot read."""
    far = [name for name in places.file_hosts if places.environment.hosts[name].address != "local"]
    if places.system.files and far:
        raise Refused(
            f"Nothing was backed up: the files of {places.system.name} {places.name} are on {', '.join(far)} too, and"
            " this version reads files on its own machine only. Run Mainstay there; or take files: out of the YAML"
            " and back them up in another way."
        )
    folders = [
        FolderWish(name, host, places.files(host, name), files.excludes)
        for name, files in places.system.files.items()
        for host in places.file_hosts
    ]
    database = places.system.database
    tenants = database.tenants if database is not None else None
    redis = places.system.redis
    return Wish(
        tuple(folders),
        places.database,
        bucket_wishes(places),
        places.filled(redis.address) if redis else None,
        places.log,
        tenants.query if tenants is not None and tenants.each == "database" else None,
        elsewhere_wish(places),
    )


def bucket_wishes(places: Places) -> tuple[BucketWish, ...]:
    return tuple(
        BucketWish(name, read_bucket(places.filled(bucket.address), bucket.endpoint), _login(places, bucket.login))
        for name, bucket in places.system.buckets.items()
    )


def plan_set(kind: Kind, there_is: Wish, candidates: Iterable[Candidate], now: datetime) -> SetPlan:
    """``candidates``: newest first, looked at one by one: there may be thousands, and mostly the first will do."""
    if kind == "database":
        if there_is.database is None:
            raise BadInput("There is no database in the descriptor, so none can be backed up. Describe it: database:")
        alone = SetPlan(kind, None, (), there_is.database, ("the database alone",), log=there_is.log)
        return replace(alone, tenants=there_is.tenants, elsewhere=there_is.elsewhere)
    everything = SetPlan(
        "full", None, there_is.folders, there_is.database, (), there_is.buckets, there_is.redis, there_is.log,
        there_is.tenants, there_is.elsewhere,
    )  # fmt: skip
    if kind == "full":
        return replace(everything, reasons=("everything, as one moment",))
    files = replace(everything, kind=kind, database=None, log=None, tenants=None, elsewhere=None)
    if kind == "files":
        _refuse_nothing(there_is.folders or there_is.buckets)
        return replace(files, redis=None, reasons=("the files alone, all of them",))
    _refuse_nothing(there_is.folders or there_is.buckets or there_is.redis)
    parent, why = _parent(there_is, candidates, now)
    if parent is not None and not _read_lately(parent, now):
        parent, why = None, "it is a week since every file was read"
    if parent is None:
        return replace(everything, reasons=(f"full instead of incremental: {why}",))
    return replace(files, parent=parent, reasons=(f"what changed since {parent.id}",))


def _refuse_nothing(there_is: object) -> None:
    if not there_is:
        raise BadInput(
            "There are no files in the descriptor, nor buckets, so none can be backed up. Describe them: files:"
        )


def _login(places: Places, login: Login | None) -> tuple[str, str] | None:
    return (places.filled(login.user), places.filled(login.password)) if login else None


def _read_lately(parent: BackupSet, now: datetime) -> bool:
    """A set of an older version does not say; a clock that was put back has read nothing."""
    return parent.all_read_at is not None and timedelta(0) <= now - parent.all_read_at < ALL_READ_AFTER


def _parent(there_is: Wish, candidates: Iterable[Candidate], now: datetime) -> tuple[BackupSet | None, str]:
    """The newest set that is whole and that this machine remembers. One that was refuted may have others behind it that
    are bad for the same reason.
    """
    unknown = ""
    for candidate in candidates:
        found = candidate.set
        if found.kind not in _HOLDS_FILES or candidate.level == 0:
            continue
        if candidate.level is None:
            return None, f"the proof of {candidate.leans_on_bad or found.id} failed"
        if not has_been(found, now):
            unknown = unknown or f"{found.id} is of a time that has not come yet"
            continue
        if candidate.condemned:
            unknown = unknown or f"{found.id} is condemned and goes soon"
            continue
        if not candidate.remembered:
            unknown = unknown or f"this machine does not know what {found.id} held"
            continue
        if {folder.name: folder.path for folder in found.folders} != {f.name: f.path for f in there_is.folders}:
            return None, f"{found.id} holds other folders than are described now"
        if {bucket.name: bucket.path for bucket in found.buckets} != {b.name: str(b.place) for b in there_is.buckets}:
            return None, f"{found.id} holds other buckets than are described now"
        if found.depth + 1 >= LONGEST_CHAIN:
            return None, f"{found.depth + 1} sets would have to be restored one after the other"
        return found, ""
    return None, unknown or "there is no set yet that it could stand on"
