"""Tenants with a database of their own each: how they are listed, how many are held at once, and what is said of them.

The descriptor knows their names alone: a tenant's database is on the server of the described one, and opens to the same
login.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from mainstay.backups.sets import BackupSet, Dump
from mainstay.errors import BadInput, MainstayError

FOLDER = "database.tenants"  # beside what is restored; no folder of a descriptor has a dot in its name
MOST_AT_ONCE = 100  # moments: each is a process of the server
LEFT_TO_USERS = 0.5  # of the connections that are free


class UnreadableTenants(MainstayError):
    """Why, as the end of a sentence."""


@dataclass(frozen=True)
class TenantDumps:
    """What was taken of tenants, and what a person should know of it."""

    dumps: tuple[Dump, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Room:
    """The connections of a server."""

    most: int
    kept_back: int  # for its superusers
    used: int
    most_of_ours: int | None = None  # how many our user may have; None: as many as there are
    ours: int = 0  # that he has


@dataclass(frozen=True)
class Taken:
    """How a backup went through its tenants."""

    apart_seconds: float  # from the first moment to the last
    groups: int  # that were held one after the other
    at_once: int  # the most that were held together
    gone: tuple[str, ...]  # listed, and then no more
    came: tuple[str, ...]  # listed only at the end


def read_names(rows: Iterable[Sequence[object]], described: str) -> tuple[str, ...]:
    """In the order of the query, without the database that is asked itself."""
    found = dict[str, None]()
    for row in rows:
        if len(row) != 1 or not isinstance(row[0], str) or not row[0]:
            raise UnreadableTenants("it must answer one name a row, and nothing else; a row of it is another")
        found[row[0]] = None
    found.pop(described, None)
    return tuple(found)


def at_once(room: Room) -> int:
    """How many moments are held together: users keep half of what is free, and each dump needs one more."""
    free = room.most - room.kept_back - room.used
    fitting = [int(free * LEFT_TO_USERS) - 1, MOST_AT_ONCE]
    if room.most_of_ours is not None:
        fitting.append(room.most_of_ours - room.ours - 1)
    return max(1, min(fitting))


def in_groups(names: Sequence[str], most: int) -> tuple[tuple[str, ...], ...]:
    """One at least: it may be empty."""
    return tuple(tuple(names[at : at + most]) for at in range(0, max(1, len(names)), most))


def piece_name(number: int) -> str:
    """The name of a database may be anything, so the manifest alone says whose piece it is."""
    return f"tenant-{number:04d}.dump.zst.age"


def file_name(tenant: str) -> str:
    """Below ``FOLDER``: readable, different for each, and ``%41`` is the byte 41."""
    return f"{''.join(_in_a_file(letter) for letter in tenant)}.dump"


def _in_a_file(letter: str) -> str:
    return letter if letter.isprintable() and letter not in "/%\\" else quote(letter, safe="")


def notes(taken: Taken, dumps: int) -> tuple[str, ...]:
    gone = (
        f"the tenant {name!r} went while the backup ran, and is not in it: the query lists it no more"
        for name in taken.gone
    )
    came = (
        f"the tenant {name!r} came while the backup ran, and is not in it: the next holds it" for name in taken.came
    )
    return tuple(filter(None, (_of_moments(taken, dumps), *gone, *came)))


def _of_moments(taken: Taken, dumps: int) -> str:
    if not dumps:
        return "" if taken.gone else "no tenant's database is in it: database.tenants.query lists none"
    apart = f"{taken.apart_seconds:.2f} s"
    if taken.groups == 1:
        return f"the databases of {dumps} tenants are in it, each of its own moment, {apart} from the first to the last"
    return (
        f"the databases of {dumps} tenants are in it, each of its own moment, up to {apart} apart: its server has room"
        f" to hold {taken.at_once} at once, so they were taken in {taken.groups} groups"
    )


def known_tenants(made: BackupSet) -> str:
    return ", ".join(repr(each.database) for each in made.tenants) or "none"


def dump_of(made: BackupSet, tenant: str) -> Dump | None:
    """Empty: that of the described database. It may be named like the others."""
    held = ([made.database] if made.database else []) + list(made.tenants)
    if not tenant:
        return made.database
    return next((each for each in held if each.database == tenant), None)


def choose_set(good: Sequence[BackupSet], tenant: str) -> BackupSet:
    """The newest that holds it. ``good``: newest first."""
    found = next((each for each in good if dump_of(each, tenant) is not None), None)
    if found is None:
        newest = next((each for each in good if each.tenants), None)
        known = f" The newest with tenants, {newest.id}, holds: {known_tenants(newest)}." if newest else ""
        raise BadInput(f"No set holds a database of a tenant {tenant!r}, so nothing was restored.{known}")
    return found


def refuse_unknown(made: BackupSet, good: Sequence[BackupSet], tenant: str) -> None:
    if dump_of(made, tenant) is None:
        other = next((each.id for each in good if dump_of(each, tenant) is not None), None)
        elsewhere = f" The newest set that holds it is {other}." if other else ""
        raise BadInput(
            f"The set {made.id} holds no database of a tenant {tenant!r}, so nothing was restored. It holds:"
            f" {known_tenants(made)}.{elsewhere}"
        )
