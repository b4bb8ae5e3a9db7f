"""Until when a database's log is locked: as long as the sets that cannot be restored without it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.log.places import position, read_segment
from mainstay.backups.sets import BackupSet, Base

SEGMENT_LETTERS = 24  # of a segment's name


@dataclass(frozen=True)
class Span:
    """What one set needs."""

    timeline: int
    start: int
    stop: int
    until: datetime


@dataclass(frozen=True)
class LockedLog:
    """Of one cluster."""

    segment_bytes: int
    spans: tuple[Span, ...]

    def until(self, name: str) -> datetime | None:
        """Of an object, by its name below the folder of the cluster. None: no lock for its sake. A part of a segment
        needs none: a restore point ends its segment, so the whole one comes soon.
        """
        segment = read_segment(name[:SEGMENT_LETTERS], self.segment_bytes)
        if segment is None:
            return None
        begins = segment.number * self.segment_bytes
        needing = (
            span.until
            for span in self.spans
            if span.timeline == segment.timeline and span.start < begins + self.segment_bytes and begins <= span.stop
        )
        return max(needing, default=None)


def plan_log_locks(sets: Collection[BackupSet], until: Mapping[str, datetime]) -> Mapping[str, LockedLog]:
    """By cluster. ``until``: of the sets that are locked, until when."""
    bases = {each.id: each.base for each in sets if each.base}
    found: dict[str, LockedLog] = {}
    for each in sets:
        base = bases.get(each.point.base if each.point else each.id)
        if base is not None and each.id in until:
            known = found.setdefault(base.cluster, LockedLog(base.segment_bytes, ()))
            found[base.cluster] = LockedLog(known.segment_bytes, (*known.spans, _span(base, each, until[each.id])))
    return found


def _span(base: Base, needing: BackupSet, until: datetime) -> Span:
    stop = needing.point.at if needing.point else base.stop
    return Span(base.timeline, position(base.start), position(stop), until)
