"""A physical copy of a database whose bytes do not lie in our store: a set names it, and its maker keeps it.

It is worth having, because it is brought back faster than a dump. But nobody here has read it, and it goes when its
keeper lets it go: so it counts neither as a proof nor for what would be lost, and the dump of its set stays the
promise.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Keeper = Literal["rds", "pgbackrest"]


@dataclass(frozen=True)
class NeededLog:
    """What of a database's log a copy needs before it can be started. Whoever keeps the copy keeps that too."""

    cluster: str  # PostgreSQL's own number of it
    timeline: int
    start: str  # as a place in the log
    stop: str
    superuser: str = "postgres"  # who may do everything in it


@dataclass(frozen=True)
class Elsewhere:
    """One such copy, as its keeper tells of it."""

    kind: Keeper
    name: str  # by which its keeper knows it
    where: str  # for people
    moment: datetime  # what it is a copy of
    bytes: int  # as its keeper says, which may be what the copy is cut from
    server: str  # the version of PostgreSQL
    notes: tuple[str, ...] = ()
    log: NeededLog | None = None

    def __str__(self) -> str:
        return f"{_WHAT[self.kind]} {self.name} of {self.where}"


@dataclass(frozen=True)
class Named:
    """What a set names, and what a person should know of it."""

    held: tuple[Elsewhere, ...] = ()
    notes: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()  # which people should hear of; the set is whole without it
    awaited: str = ""  # the name of one that is still being made

    @property
    def told(self) -> tuple[str, ...]:
        """All of it, as the notes of a set."""
        return (*self.notes, *self.failed)


def shown(held: Elsewhere) -> str:
    """Beside its set."""
    return "; ".join((f"names {held}, kept there and not in this store", *held.notes))


NOTHING_NAMED = Named()
_WHAT: dict[Keeper, str] = {"rds": "the snapshot", "pgbackrest": "the backup"}
