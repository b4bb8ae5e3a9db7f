"""Which of a database's log may go: what no set needs, and what is older than the moments one can still go back to.

It goes after the sets that needed it, and so needs no tombstones of its own: it is judged by all the sets that are
there, condemned or not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.log.needed import Span, spans
from mainstay.backups.log.places import SEGMENT_LETTERS, position, read_segment
from mainstay.backups.log.shipped import PARTIAL, SIGNED
from mainstay.backups.sets import BackupSet, Base


@dataclass(frozen=True)
class LogObject:
    """Something of a log that lies in the store: its name below the folder of its cluster."""

    name: str
    modified_at: datetime


@dataclass(frozen=True)
class Needed:
    """Of one cluster's log. ``since``: the base from which every moment of the window can be reached; None: there is
    none, so everything stays.
    """

    segment_bytes: int
    since: Base | None
    spans: tuple[Span, ...]  # without which a set cannot be restored


def log_needed(sets: Collection[BackupSet], proven: Collection[str], window: datetime) -> Mapping[str, Needed]:
    """By cluster. ``sets``: all there are; ``proven``: the ids of those on which one may rely; ``window``: since when
    every moment can be gone back to.
    """
    clusters = {each.base.cluster for each in sets if each.base}
    return {cluster: _needed(cluster, sets, proven, window) for cluster in clusters}


def log_may_go(
    lying: Sequence[LogObject], cluster: str, needed: Mapping[str, Needed], window: datetime
) -> tuple[str, ...]:
    """By their names, oldest first, and records before their pieces: nobody believes a piece without one."""
    whole = {each.name.removesuffix(SIGNED) for each in lying if each.name.endswith(SIGNED)}
    if cluster in needed:
        going = [each.name for each in lying if _goes(each.name, needed[cluster], whole)]
    elif any(each.since for each in needed.values()):  # another cluster took its place, and no set speaks of this one
        going = [each.name for each in lying if each.modified_at < window]
    else:
        going = []
    return tuple(sorted(going, key=lambda name: (not name.endswith(SIGNED), name)))


def _needed(cluster: str, sets: Collection[BackupSet], proven: Collection[str], window: datetime) -> Needed:
    bases = {each.id: each.base for each in sets if each.base and each.base.cluster == cluster}
    relied = [each for each in sets if each.id in bases and each.id in proven and each.moment <= window]
    newest = max(relied, key=lambda each: each.moment, default=None)
    return Needed(
        min(base.segment_bytes for base in bases.values()),
        newest.base if newest else None,
        tuple(span for span in spans(sets) if span.base.cluster == cluster),
    )


def _goes(name: str, needed: Needed, whole: Collection[str]) -> bool:
    """A history file stays: it is small, and later timelines are understood by it."""
    is_part = name.startswith(f"{PARTIAL}/")
    segment_name = name.removeprefix(f"{PARTIAL}/")[:SEGMENT_LETTERS]
    segment = read_segment(segment_name, needed.segment_bytes)
    if segment is None or needed.since is None:
        return False
    if is_part and segment_name in whole:
        return True  # what it holds, the whole one does
    begins = segment.number * needed.segment_bytes
    ends = begins + needed.segment_bytes
    if any(span.touches(begins, ends) for span in needed.spans):
        return False
    if segment.timeline == needed.since.timeline:
        return ends <= position(needed.since.start)
    return segment.timeline < needed.since.timeline
