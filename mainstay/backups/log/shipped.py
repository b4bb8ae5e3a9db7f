"""What of a write-ahead log lies in the store, and under which keys.

Whole segments and history files lie in the folder of their cluster, what an unfinished segment held so far below
``partial``. Beside each piece lies its record, published last: what has one is whole.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mainstay import keys
from mainstay.backups.log.places import SEGMENT_BYTES, SEGMENTS, position, read_segment, segment_at, wal_folder, wal_of
from mainstay.backups.sets import Piece
from mainstay.errors import BadInput

SIGNED = ".signed"  # a record: one line of JSON, and below it the signature of that line
PARTIAL = "partial"
HISTORY = re.compile(r"[0-9A-F]{8}\.history")
NOWHERE = "0/0"


@dataclass(frozen=True)
class Shipped:
    """A piece of the log, as its writer signs it. An unfinished segment comes in several, each from where to where."""

    file: str  # as PostgreSQL calls it
    start: str  # as places in the log; of a history file, which holds none of it: NOWHERE
    stop: str
    piece: Piece
    plain_sha256: str
    received_at: datetime  # its newest byte
    sealed_to: Mapping[str, str] = field(default_factory=dict)  # as of a set; empty: an older version shipped it

    @property
    def stops_at(self) -> int:
        return position(self.stop)

    @property
    def starts_at(self) -> int:
        return position(self.start)


@dataclass(frozen=True)
class Log:
    """The log of one cluster of one environment."""

    system: str
    environment: str
    cluster: str  # PostgreSQL's own number of it
    segment_bytes: int = SEGMENT_BYTES

    @property
    def folder(self) -> str:
        return wal_folder(self.system, self.environment, self.cluster)

    def name(self, timeline: int, position: int) -> str:
        """Of the segment in which a place lies."""
        return segment_at(timeline, position, self.segment_bytes).name(self.segment_bytes)

    def begins(self, file: str) -> int:
        """Where a segment begins, as a place in the log."""
        found = read_segment(file, self.segment_bytes)
        if found is None:
            raise ValueError(f"{file!r} is no segment of a write-ahead log")
        return found.number * self.segment_bytes

    def whole_key(self, file: str, ending: str = SIGNED) -> str:
        """Of a whole segment, or of a history file."""
        return keys.checked(f"{self.folder}/{file}{ending}")

    def partial_folder(self, file: str) -> str:
        return f"{self.folder}/{PARTIAL}/{file}"

    def partial_key(self, file: str, bytes: int, ending: str = SIGNED) -> str:
        """Sorts by how much of the segment there is up to its end."""
        return keys.checked(f"{self.partial_folder(file)}/{bytes:08X}{ending}")

    def record_key(self, shipped: Shipped) -> str:
        if shipped.stop == NOWHERE or self._is_whole(shipped):
            return self.whole_key(shipped.file)
        return self.partial_key(shipped.file, shipped.stops_at - self.begins(shipped.file))

    def holds(self, shipped: Shipped, key: str) -> bool:
        """Whether this is the key of its record, and its piece lies in this log."""
        try:
            return self.record_key(shipped) == key and shipped.piece.key.startswith(f"{self.folder}/")
        except (ValueError, BadInput):
            return False  # with segments of this size there is no such name

    def _is_whole(self, shipped: Shipped) -> bool:
        begins = self.begins(shipped.file)
        return (shipped.starts_at, shipped.stops_at) == (begins, begins + self.segment_bytes)


def logs_of(system: str, environment: str, key: str) -> tuple[Log, ...]:
    """Those in which a record may lie, by its key alone: that names the cluster, not how long its segments are."""
    folder = wal_of(system, environment)
    cluster = key.removeprefix(f"{folder}/").partition("/")[0]
    return tuple(Log(system, environment, cluster, bytes) for bytes in SEGMENTS)


def unbroken(log: Log, timeline: int, since: int, listed: Iterable[str]) -> int:
    """Up to where whole segments follow each other, of the keys in their folder in order. None: where it begins."""
    reached = since - since % log.segment_bytes
    for key in listed:
        name = key.removeprefix(f"{log.folder}/").removesuffix(SIGNED)
        if "/" in name:
            break  # all that is whole was seen
        if key.endswith(SIGNED) and name >= log.name(timeline, reached):
            if name != log.name(timeline, reached):
                break  # a gap
            reached += log.segment_bytes
    return reached


def joined(begins: int, pieces: Iterable[Shipped]) -> int:
    """Up to where the pieces of one segment follow each other, in the order of their ends."""
    reached = begins
    for piece in pieces:
        if piece.starts_at > reached:
            break
        reached = max(reached, piece.stops_at)
    return reached
