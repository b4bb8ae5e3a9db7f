"""The set one would go back to now, and how much that would lose."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.backups.sets import BackupSet
from mainstay.backups.shown import shown_age

CLOCKS_APART = timedelta(minutes=10)  # that of the machine that took it, and ours


@dataclass(frozen=True)
class Newest:
    id: str  # empty: there is none
    sentence: str


def has_been(made: BackupSet, now: datetime) -> bool:
    """What a clock that ran ahead took is newer than all that come after it, by its name, for as long as that was."""
    return made.begun_at <= now + CLOCKS_APART


def believed(
    sets: Sequence[tuple[BackupSet, int | None]], now: datetime
) -> tuple[list[tuple[BackupSet, int | None]], str]:
    """Newest first, as they come, but behind all others those of a time that has not come; and that there are such."""
    been = [each for each in sets if has_been(each[0], now)]
    ahead = [each for each in sets if not has_been(each[0], now)]
    if not ahead:
        return been, ""
    return [*been, *ahead], (
        f"{ahead[0][0].id} was not taken for the newest: by the clock here its time has not come yet. Is that clock"
        " behind? Then name that set"
    )


def newest(sets: Iterable[tuple[BackupSet, int | None]], *, database: bool, now: datetime) -> Newest:
    """``sets``: newest first, each with the level that was proven; ``database``: there is one, so it must be in it."""
    for made, level in sets:
        if level is not None and level >= 1 and has_been(made, now) and (_holds_database(made) or not database):
            return Newest(made.id, f"the newest backup is {made.id}, {shown_age(now - made.moment)} old")
    return Newest("", f"there is no whole backup{' with the database' if database else ''} yet")


def _holds_database(made: BackupSet) -> bool:
    """Also as a place in its log, or as a copy of its cluster: all can be gone back to."""
    return any(each is not None for each in (made.database, made.point, made.base))
