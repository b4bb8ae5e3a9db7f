"""Until when a database's log is locked: as long as the sets that cannot be restored without it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.log.needed import Span, spans
from mainstay.backups.log.places import SEGMENT_LETTERS, read_segment
from mainstay.backups.sets import BackupSet


@dataclass(frozen=True)
class LockedLog:
    """Of one cluster: what is needed, and until when."""

    needing: Sequence[tuple[Span, datetime]]

    def until(self, name: str) -> datetime | None:
        """Of an object, by its name below the folder of the cluster. None: no lock for its sake. A part of a segment
        needs none: a restore point ends its segment, so the whole one comes soon.
        """
        return max((until for span, until in self.needing if _lies_in(name[:SEGMENT_LETTERS], span)), default=None)


def plan_log_locks(sets: Collection[BackupSet], until: Mapping[str, datetime]) -> Mapping[str, LockedLog]:
    """By cluster. ``until``: of the sets that are locked, until when."""
    found = defaultdict[str, list[tuple[Span, datetime]]](list)
    for span in spans(sets):
        if span.set in until:
            found[span.base.cluster].append((span, until[span.set]))
    return {cluster: LockedLog(needing) for cluster, needing in found.items()}


def _lies_in(name: str, span: Span) -> bool:
    segment = read_segment(name, span.base.segment_bytes)
    if segment is None or segment.timeline != span.base.timeline:
        return False
    begins = segment.number * span.base.segment_bytes
    return span.touches(begins, begins + span.base.segment_bytes)
