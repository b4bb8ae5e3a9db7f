"""What a backup takes, and on which earlier set it stands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mainstay.backups.sets import BackupSet, Kind
from mainstay.errors import BadInput, Refused
from mainstay.places import Places

LONGEST_CHAIN = 400  # sets: a night of them every three minutes, with some room
_HOLDS_FILES: Collection[Kind] = ("full", "files", "incremental")


@dataclass(frozen=True)
class FolderWish:
    name: str
    host: str
    path: str
    excludes: tuple[str, ...]


@dataclass(frozen=True)
class Wish:
    """What there is to keep, as the descriptor says."""

    folders: tuple[FolderWish, ...]
    database: str | None  # the reference under which its address lies
    log: str | None = None  # that under which its log is received; None: it is not


@dataclass(frozen=True)
class SetPlan:
    kind: Kind
    parent: BackupSet | None
    folders: tuple[FolderWish, ...]
    database: str | None
    reasons: tuple[str, ...]
    log: str | None = None  # then a base, a point, or both are taken too


@dataclass(frozen=True)
class Candidate:
    set: BackupSet
    level: int | None  # None: it was found to be bad
    remembered: bool  # this machine knows what its folders held


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
    return Wish(tuple(folders), places.database, places.log)


def plan_set(kind: Kind, there_is: Wish, candidates: Iterable[Candidate]) -> SetPlan:
    """``candidates``: newest first, looked at one by one: there may be thousands, and mostly the first will do."""
    if kind == "database":
        if there_is.database is None:
            raise BadInput("There is no database in the descriptor, so none can be backed up. Describe it: database:")
        return SetPlan(kind, None, (), there_is.database, ("the database alone",), there_is.log)
    if kind == "full":
        reasons = ("everything, as one moment",)
        return SetPlan(kind, None, there_is.folders, there_is.database, reasons, there_is.log)
    if not there_is.folders:
        raise BadInput("There are no files in the descriptor, so none can be backed up. Describe them: files:")
    if kind == "files":
        return SetPlan(kind, None, there_is.folders, None, ("the files alone, all of them",))
    parent, why = _parent(there_is, candidates)
    if parent is None:
        reasons = (f"full instead of incremental: {why}",)
        return SetPlan("full", None, there_is.folders, there_is.database, reasons, there_is.log)
    return SetPlan(kind, parent, there_is.folders, None, (f"what changed since {parent.id}",))


def _parent(there_is: Wish, candidates: Iterable[Candidate]) -> tuple[BackupSet | None, str]:
    """The newest set that is whole and that this machine remembers. One that was refuted may have others behind it that
    are bad for the same reason.
    """
    unknown = ""
    for candidate in candidates:
        found = candidate.set
        if found.kind not in _HOLDS_FILES or candidate.level == 0:
            continue
        if candidate.level is None:
            return None, f"the proof of {found.id} failed"
        if not candidate.remembered:
            unknown = unknown or f"this machine does not know what {found.id} held"
            continue
        if {folder.name: folder.path for folder in found.folders} != {f.name: f.path for f in there_is.folders}:
            return None, f"{found.id} holds other folders than are described now"
        if found.depth + 1 >= LONGEST_CHAIN:
            return None, f"{found.depth + 1} sets would have to be restored one after the other"
        return found, ""
    return None, unknown or "there is no set yet that it could stand on"
