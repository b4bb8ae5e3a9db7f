"""What of a database's log each set cannot be restored without."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mainstay.backups.log.places import position
from mainstay.backups.sets import BackupSet, Base


@dataclass(frozen=True)
class Span:
    """From a base on to what that itself needs to be started, or to the point of a set that stands on it."""

    set: str
    base: Base
    start: int
    stop: int

    def touches(self, begins: int, ends: int) -> bool:
        return self.start < ends and begins <= self.stop


def spans(sets: Collection[BackupSet]) -> Iterator[Span]:
    """Of those whose bases are among them. A set may hold a base and have its point on another one."""
    bases = {each.id: each.base for each in sets if each.base}
    for each in sets:
        if each.base is not None:
            yield Span(each.id, each.base, position(each.base.start), position(each.base.stop))
        if each.point is not None and (base := bases.get(each.point.base)) is not None:
            yield Span(each.id, base, position(base.start), position(each.point.at))
