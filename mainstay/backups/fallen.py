"""Sets that are good themselves and cannot be relied on, because a set without which they are nothing is bad."""

from collections.abc import Callable, Collection
from datetime import timedelta

from mainstay.backups.sets import BackupSet

CLOCK_WAS_PUT_BACK = timedelta(hours=1)  # at most, between two sets of which one leans on the other


def leans_on(made: BackupSet) -> tuple[str, ...]:
    """Without which it is nothing. With a dump of its own it needs no base: that is one way more."""
    of_database = () if made.database is not None else (made.point and made.point.base, made.base and made.base.on)
    return tuple(each for each in (made.parent, *of_database) if each is not None and each != made.id)


def brought_down(made: BackupSet, bad: Collection[str], find: Callable[[str], BackupSet | None]) -> str:
    """The bad set on which it leans, near or far; empty: none. ``find``: the set of an id, as far as one knows it."""
    if not bad:
        return ""
    known_bad = [found.begun_at for id in bad if (found := find(id)) is not None]
    oldest = min(known_bad, default=made.begun_at) - CLOCK_WAS_PUT_BACK
    unseen, seen = [*leans_on(made)], set[str]()
    while unseen:
        id = unseen.pop()
        if id in bad:
            return id
        if id not in seen and (found := find(id)) is not None and found.begun_at >= oldest:
            unseen += leans_on(found)  # what a set leans on is older, and so none of them is bad before that
        seen.add(id)
    return ""
