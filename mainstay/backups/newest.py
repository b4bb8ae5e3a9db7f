"""The set one would go back to now, and how much that would lose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.sets import BackupSet
from mainstay.backups.shown import shown_age


@dataclass(frozen=True)
class Newest:
    id: str  # empty: there is none
    sentence: str


def newest(sets: Iterable[tuple[BackupSet, int | None]], *, database: bool, now: datetime) -> Newest:
    """``sets``: newest first, each with the level that was proven; ``database``: there is one, so it must be in it."""
    for made, level in sets:
        if level is not None and level >= 1 and (_holds_database(made) or not database):
            return Newest(made.id, f"the newest backup is {made.id}, {shown_age(now - made.moment)} old")
    return Newest("", f"there is no whole backup{' with the database' if database else ''} yet")


def _holds_database(made: BackupSet) -> bool:
    """Also as a place in its log, or as a copy of its cluster: all can be gone back to."""
    return any(each is not None for each in (made.database, made.point, made.base))
