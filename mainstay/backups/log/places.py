"""PostgreSQL's write-ahead log: places in it, the segments it comes in, and where they lie in the store."""

import re
from dataclasses import dataclass

from mainstay import keys

SEGMENT_BYTES = 16 * 1024 * 1024  # unless the cluster was made with another size
SEGMENT_LETTERS = 24  # of the name of one
SEGMENTS = tuple(1 << bits for bits in range(20, 31))  # the sizes that PostgreSQL knows: 1 MB to 1 GB

_LSN = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})")
_SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})")


@dataclass(frozen=True, order=True)
class Segment:
    """One file of the log. ``number`` counts from the beginning of the cluster, whatever the timeline."""

    timeline: int
    number: int

    def name(self, segment_bytes: int = SEGMENT_BYTES) -> str:
        """As PostgreSQL calls its file."""
        in_each = 0x100000000 // segment_bytes
        return f"{self.timeline:08X}{self.number // in_each:08X}{self.number % in_each:08X}"


def position(lsn: str) -> int:
    """A place in the log, as a number of bytes."""
    found = _LSN.fullmatch(lsn)
    if found is None:
        raise ValueError(f"{lsn!r} is no place in a write-ahead log")
    return int(found[1], 16) << 32 | int(found[2], 16)


def lsn(position: int) -> str:
    """As PostgreSQL writes it."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def segment_at(timeline: int, position: int, segment_bytes: int = SEGMENT_BYTES) -> Segment:
    return Segment(timeline, position // segment_bytes)


def read_segment(name: str, segment_bytes: int = SEGMENT_BYTES) -> Segment | None:
    """None: a file of that name is no segment."""
    found = _SEGMENT.fullmatch(name)
    if found is None:
        return None
    return Segment(int(found[1], 16), int(found[2], 16) * (0x100000000 // segment_bytes) + int(found[3], 16))


def wal_of(system: str, environment: str) -> str:
    """The folder of all its clusters."""
    return keys.checked(f"wal/{system}/{environment}")


def wal_folder(system: str, environment: str, cluster: str) -> str:
    """``cluster``: PostgreSQL's own number of it."""
    return keys.checked(f"wal/{system}/{environment}/{cluster}")
