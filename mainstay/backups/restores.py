"""From which sets something is restored, and in which order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.bases.replays import BrokenReplay, Replay, plan_moment, plan_replay
from mainstay.backups.buckets.places import read_bucket
from mainstay.backups.dumps.selection import Part, read_part
from mainstay.backups.dumps.tenants import choose_set, dump_of, refuse_unknown
from mainstay.backups.sets import BackupSet, Dump, Folder, RedisCopy
from mainstay.errors import BadInput, MainstayError

NEWEST = "newest"
_FILES: Mapping[str, Callable[[BackupSet], tuple[Folder, ...]]] = {
    "files": lambda made: made.folders,
    "buckets": lambda made: made.buckets,
}


class BrokenChain(MainstayError):
    """A set that another one needs is not there."""


@dataclass(frozen=True)
class Restore:
    """What is restored: a set and all it stands on, oldest first; which of its folders, and whether its database."""

    sets: tuple[BackupSet, ...]
    folders: tuple[str, ...]
    dump: Dump | None  # of the set itself: an older one would be of another moment
    part: Part | None  # of the database; None: all of it
    without: str  # what a person might think is in it; empty: nothing
    buckets: tuple[str, ...] = ()  # which of them
    redis: RedisCopy | None = None  # of the set itself too
    replay: Replay | None = None  # how its database's whole cluster is made anew; None: it holds no base and no point
    tenants: tuple[Dump, ...] = ()  # the databases of these come along
    tenant: str = ""  # whose database it is, where it is not the described one

    @property
    def id(self) -> str:
        return self.sets[-1].id

    @property
    def alone(self) -> str:
        """What is brought back alone, in words."""
        return " of ".join(filter(None, (str(self.part or ""), repr(self.tenant) if self.tenant else "")))

    @property
    def opens(self) -> tuple[BackupSet, ...]:
        """All that are opened for it; its bases may be sets of their own, sealed to an older key."""
        return (*self.sets, *(self.replay.bases if self.replay else ()))


@dataclass(frozen=True)
class Layer:
    """One set's part of a folder: first what went is removed, then what changed is laid out."""

    set: str
    folder: Folder


def judge_places(
    into: str,
    database: str,
    part: str,
    bucket: str = "",
    others: Sequence[str] = (),
    at: str = "",
    tenant: str = "",
) -> None:
    """Whether it is said where everything goes. ``others``: what else was chosen, of which a moment has nothing."""
    if at and any((database, part, tenant, bucket, *others)):
        raise BadInput(
            "A moment is of the whole database, and it chooses its sets itself. Nothing was done. Leave out set, only,"
            " part, tenant, bucket, redis and database; what you want of it, take from the server that you start on it."
        )
    if (part or tenant) and not database:
        what = "The database of a tenant" if tenant else "A part of a database"
        raise BadInput(
            f"{what} goes into an empty one. Nothing was done. Say where its address lies:"
            " --database file:///root/address"
        )
    if (part or tenant) and bucket:
        raise BadInput("A database and a bucket are restored one after the other. Nothing was done. Name one.")
    if bucket:
        read_bucket(bucket, None)
    elif not part and not tenant and not into.startswith("/"):
        said = f"{into!a} is no absolute path" if into else "Nothing says where the set is to stand"
        raise BadInput(f"{said}. Nothing was done. Name a folder that does not exist yet, from / on: /srv/restored")


def choose_bucket(restore: Restore) -> str:
    """The one of a set that goes into another bucket."""
    if len(restore.buckets) != 1:
        known = ", ".join(restore.buckets) or "none"
        raise BadInput(
            f"The set {restore.id} holds these buckets: {known}. Nothing was done. Say which one: --only NAME"
        )
    return restore.buckets[0]


def plan_restore(
    known: Sequence[tuple[BackupSet, int | None]],
    wanted: str,
    only: str = "",
    part: str = "",
    *,
    dump: bool = False,
    tenant: str = "",
) -> Restore:
    """``known``: newest first, each with its level; ``wanted``: an id, or NEWEST; ``only``: one of its folders;
    ``part``: of its database, and nothing else; ``dump``: it goes into a database, as only a dump can; ``tenant``:
    whose database alone.
    """
    if only and (part or tenant):
        raise BadInput("A database and files are restored one after the other. Nothing was done. Leave out only.")
    needs_dump = bool(part) or (dump and not only)
    by_id = {each.id: each for each, _ in known}
    good = [each for each, level in known if level is not None]
    if wanted == NEWEST and tenant:
        wanted = choose_set(good, tenant).id
    elif wanted == NEWEST:
        wanted = _newest([each for each in good if each.database is not None] if needs_dump else good, needs_dump)
    found = chain(by_id, wanted)
    names, buckets = _names(each.folders for each in found), _names(each.buckets for each in found)
    if only:
        return _files_alone(found, names, buckets, only)
    if tenant:
        refuse_unknown(found[-1], good, tenant)
        return Restore(found, (), dump_of(found[-1], tenant), read_part(part), "", tenant=tenant)
    if needs_dump and found[-1].database is None:
        raise BadInput(_no_dump(found[-1], good))
    if part:
        return Restore(found, (), found[-1].database, read_part(part), "")
    replay, broken = _replay(by_id, found[-1])
    made, files = found[-1], _without_files(found, good)
    lacks = (broken, _without_database(made, good), *files, _without_redis(made, good))
    without = "; ".join(filter(None, lacks))
    return Restore(found, names, made.database, None, without, buckets, made.redis, replay, made.tenants)


def _files_alone(found: tuple[BackupSet, ...], names: tuple[str, ...], buckets: tuple[str, ...], only: str) -> Restore:
    if only not in (*names, *buckets):
        held = ", ".join((*names, *buckets)) or "none"
        raise BadInput(f"The set {found[-1].id} holds no folder or bucket {only!a}. It holds: {held}.")
    of = [tuple(name for name in each if name == only) for each in (names, buckets)]
    return Restore(found, of[0], None, None, "", of[1])


def plan_restore_at(known: Sequence[tuple[BackupSet, int | None]], at: datetime | None) -> Restore:
    """The database at a moment, and nothing else; None: as late as can be. ``known``: as above."""
    replay = plan_moment(known, at)
    without = "files are not in it: restore them from the set whose moment is nearest, with --set and --only"
    return Restore((replay.bases[-1],), (), None, None, without, replay=replay)


def _replay(by_id: Mapping[str, BackupSet], made: BackupSet) -> tuple[Replay | None, str]:
    """Where there is a dump too, what else is broken keeps nobody from that."""
    try:
        return plan_replay(by_id, made), ""
    except BrokenReplay as reason:
        if made.database is None:
            raise
        return None, str(reason)


def _names(of_each: Iterable[tuple[Folder, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folder.name for folders in of_each for folder in folders))


def _newest(good: Sequence[BackupSet], dump: bool) -> str:
    if not good:
        what = " with a database" if dump else ""
        raise BadInput(f"There is no set{what} that could be restored. Take one: mainstay backup SYSTEM ENVIRONMENT")
    return good[0].id


def _without_database(wanted: BackupSet, good: Sequence[BackupSet]) -> str:
    if wanted.database is not None or wanted.point is not None:
        return ""
    holder = next((each for each in good if each.database is not None), None)
    return f"the database is not in this set; the newest that holds it is {holder.id}" if holder else ""


def _no_dump(wanted: BackupSet, good: Sequence[BackupSet]) -> str:
    holder = next((each.id for each in good if each.database is not None), None)
    other = f"the newest that holds one is {holder}. Name that one, or none: then it is chosen." if holder else ""
    cluster = (
        "Or leave out --database: then its database becomes a folder `cluster`, on which PostgreSQL can be started;"
        " --at brings any moment so."
        if wanted.point is not None or wanted.base is not None
        else ""
    )
    said = f"Nothing was restored from {wanted.id}: it holds no dump, and nothing else goes into a database"
    return f"{said}; {other or 'no other set does.'} {cluster}".strip()


def _without_files(found: Sequence[BackupSet], good: Sequence[BackupSet]) -> Iterator[str]:
    """``found``: the set and what it stands on. Whoever restores the newest may not know that it is a restore point."""
    for what, held in _FILES.items():
        holder = next((each for each in good if held(each)), None)
        if holder is not None and not any(map(held, found)):
            yield f"{what} are not in this set; the newest that holds them is {holder.id}"


def _without_redis(wanted: BackupSet, good: Sequence[BackupSet]) -> str:
    if wanted.redis is not None:
        return ""
    holder = next((each for each in good if each.redis is not None), None)
    return f"Redis is not in this set; the newest that holds it is {holder.id}" if holder else ""


def chain(known: Mapping[str, BackupSet], id: str) -> tuple[BackupSet, ...]:
    """The set and all it needs, oldest first."""
    found: list[BackupSet] = []
    wanted: str | None = id
    while wanted is not None:
        if wanted not in known:
            raise BrokenChain(
                f"The set {id} cannot be restored: it needs {wanted}, and that is not there or not trusted. Choose"
                " another set: mainstay backups lists them."
            )
        if any(each.id == wanted for each in found):
            raise BrokenChain(
                f"The set {id} cannot be restored: {wanted} is its own ancestor, as nothing we write is. Choose another"
                " set, and find out who wrote there."
            )
        found.append(known[wanted])
        wanted = known[wanted].parent
    return tuple(found[::-1])


def layers(sets: Sequence[BackupSet], name: str) -> tuple[Layer, ...]:
    """Of one folder. ``sets``: a chain, oldest first."""
    return _layers(sets, name, [each.folders for each in sets])


def bucket_layers(sets: Sequence[BackupSet], name: str) -> tuple[Layer, ...]:
    return _layers(sets, name, [each.buckets for each in sets])


def _layers(sets: Sequence[BackupSet], name: str, held: Sequence[tuple[Folder, ...]]) -> tuple[Layer, ...]:
    found = [
        Layer(each.id, folder)
        for each, of_it in zip(sets, held, strict=True)
        for folder in of_it
        if folder.name == name
    ]
    if not found:
        known = ", ".join(_names(held)) or "none"
        raise BadInput(f"The set {sets[-1].id} holds no files {name!a}. It holds: {known}.")
    return tuple(found)
