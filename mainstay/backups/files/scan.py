"""What a folder holds, told by names and marks: a mark that is the same tells that a file is the same.

A mark is what ``find`` says of kind, size, times, inode and number of names. Whatever is written to, renamed over or
given another mode gets another change time, so hashing is for what changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

FORMAT = r"%y %s %T@ %C@ %i %n\0%P\0"  # for find -printf
SHARD_BYTES = 1 << 30
FRESH_SECONDS = 2.0  # the clock of a file system ticks: what changed this shortly before a look may change unseen
UNTRUSTED = b""
ITSELF = b"."  # the folder, whose mode and owner are kept too

Marks = Mapping[bytes, bytes]  # by path, below the folder


@dataclass(frozen=True)
class Change:
    """Between two looks. Both in the order of the names."""

    changed: tuple[bytes, ...]  # new ones too
    gone: tuple[bytes, ...]


def read_scan(told: bytes) -> dict[bytes, bytes]:
    """From what find said in that format."""
    parts = told.split(b"\0")
    marks = dict(zip(parts[1::2], parts[:-1:2], strict=True))
    if (itself := marks.pop(b"", None)) is not None:
        marks[ITSELF] = itself
    return marks


def compare(now: Marks, known: Marks) -> Change:
    changed = sorted(path for path, mark in now.items() if known.get(path) != mark)
    return Change(tuple(changed), tuple(sorted(known.keys() - now.keys())))


def trusted(marks: Marks, paths: Iterable[bytes], looked_at: float) -> dict[bytes, bytes]:
    """The marks of what was just read. What changed only just before the look is read again next time."""
    found = {path: marks[path] for path in paths}
    limit = looked_at - FRESH_SECONDS
    return {path: mark if _changed_at(mark) < limit else UNTRUSTED for path, mark in found.items()}


def is_folder(mark: bytes) -> bool:
    return mark.startswith(b"d ")


def is_socket(mark: bytes) -> bool:
    """What no archive can hold, and nobody needs to have again."""
    return mark.startswith(b"s ")


def above(paths: Iterable[bytes]) -> set[bytes]:
    """All that must be folders for these to be where they are."""
    found: set[bytes] = set()
    for path in paths:
        while (path := path.rpartition(b"/")[0]) and path not in found:
            found.add(path)
    return found


def shards(paths: Sequence[bytes], marks: Marks, *, most_bytes: int = SHARD_BYTES) -> Iterator[tuple[bytes, ...]]:
    """In archives of bounded size, all names of one file in the same, or they would be two after a restore."""
    shard: list[bytes] = []
    size = 0
    for together in _together(paths, marks):
        more = _size(marks[together[0]])
        if shard and size + more > most_bytes:
            yield tuple(shard)
            shard, size = [], 0
        shard += together
        size += more
    if shard:
        yield tuple(shard)


def _together(paths: Sequence[bytes], marks: Marks) -> Iterator[list[bytes]]:
    links: dict[bytes, list[bytes]] = {}
    for path in paths:
        if (inode := _linked(marks[path])) is not None:
            links.setdefault(inode, []).append(path)
    for path in paths:
        inode = _linked(marks[path])
        if inode is None:
            yield [path]
        elif inode in links:
            yield links.pop(inode)


def _linked(mark: bytes) -> bytes | None:
    """The inode of a file with several names."""
    if not mark.startswith(b"f ") or mark.endswith(b" 1"):
        return None
    return mark.split(b" ")[4]


def _size(mark: bytes) -> int:
    return int(mark.split(b" ", 2)[1]) if mark.startswith(b"f ") else 0


def _changed_at(mark: bytes) -> float:
    return float(mark.split(b" ", 4)[3])
