"""Sets that are good themselves and cannot be relied on, because a set without which they are nothing is bad."""

from collections.abc import Callable, Collection

from mainstay.backups.sets import BackupSet


def leans_on(made: BackupSet) -> tuple[str, ...]:
    """Without which it is nothing. With a dump of its own it needs no base: that is one way more."""
    of_database = () if made.database is not None else (made.point and made.point.base, made.base and made.base.on)
    return tuple(each for each in (made.parent, *of_database) if each is not None and each != made.id)


def brought_down(made: BackupSet, bad: Collection[str], find: Callable[[str], BackupSet | None]) -> str:
    """The bad set on which it leans, near or far; empty: none. ``find``: the set of an id, as far as one knows it."""
    oldest = min(bad, default="")
    unseen, seen = [*leans_on(made)] if bad else [], set[str]()
    while unseen:
        id = unseen.pop()
        if id in bad:
            return id
        if id in seen or id < oldest:  # ids sort by time, and what a set leans on is older
            continue
        seen.add(id)
        if (found := find(id)) is not None:
            unseen += leans_on(found)
    return ""
