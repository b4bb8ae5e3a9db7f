"""Whether a set is far smaller than the one before it: an emptied database or folder makes a backup that is whole.

Each thing is measured for itself. What is small anyway tells nothing, so that a young system cries no wolf.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mainstay.backups.sets import BackupSet, Folder
from mainstay.backups.shown import shown_bytes

FEWER_THAN = 0.5  # of what it was
LEAST_DUMP_BYTES = 1_000_000
LEAST_TABLES = 8
LEAST_TENANTS = 8
LEAST_FILES = 100
LEAST_FOLDER_BYTES = 10_000_000
REDIS_FEWER_THAN = 0.1  # keys expire by themselves: most sessions are gone by night
LEAST_KEYS = 100
LEAST_REDIS_BYTES = 1_000_000


@dataclass(frozen=True)
class Measure:
    count: int
    least: int  # below this it tells nothing
    shown: Callable[[int], str]
    fewer_than: float = FEWER_THAN


@dataclass(frozen=True)
class Earlier:
    made: BackupSet
    trusted: bool  # it is as large as it should be


@dataclass(frozen=True)
class Drop:
    what: str
    now: str
    before: str
    set: str  # the one that it is compared with


@dataclass(frozen=True)
class Size:
    """What was found of one set. ``news``: it is the first one that is so small."""

    drops: tuple[Drop, ...]
    numbers: Mapping[str, float]
    news: bool

    @property
    def sentence(self) -> str:
        return f"far smaller {', and '.join(self._than(id) for id in dict.fromkeys(each.set for each in self.drops))}"

    def _than(self, id: str) -> str:
        told = ", ".join(f"{each.what}: {each.now}, was {each.before}" for each in self.drops if each.set == id)
        return f"than {id} ({told})"


def judge_size(made: BackupSet, earlier: Iterable[Earlier]) -> Size:
    """``earlier``: good ones of its kind, newest first; of an increment its parent alone, which is trusted then: what
    stands on a suspect set stands for no other anyway.

    Each thing is compared with the newest that has it: a dump says nothing of a restore point. Looked at until all is
    found, so what is in none was described anew, and whoever did that knows.
    """
    now = measures(made)
    last, trusted = dict[str, tuple[str, Measure]](), dict[str, tuple[str, Measure]]()
    for each in earlier:
        found = {what: (each.made.id, measure) for what, measure in measures(each.made).items() if what in now}
        last = found | last
        if each.trusted:
            trusted = found | trusted
        if trusted.keys() == now.keys():
            break
    drops = tuple(_drops(now, trusted))
    news = any(last[each.what][0] == each.set or _dropped(now[each.what], last[each.what][1]) for each in drops)
    return Size(drops, {what: float(each.count) for what, each in now.items()}, news)


def measures(made: BackupSet) -> Mapping[str, Measure]:
    """By what is measured. The files of a folder are all that are in it, also where a set holds only what changed."""
    found: dict[str, Measure] = {}
    if made.database is not None:
        found["the dump"] = Measure(made.database.piece.bytes, LEAST_DUMP_BYTES, shown_bytes)
        found["tables"] = Measure(made.database.tables, LEAST_TABLES, str)
        found["tenants"] = Measure(len(made.tenants), LEAST_TENANTS, str)
    for dump in made.tenants:
        found[f"the dump of {dump.database!r}"] = Measure(dump.piece.bytes, LEAST_DUMP_BYTES, shown_bytes)
    for folder, files, name in _places(made):
        found[f"{files} in {name}"] = Measure(folder.files, LEAST_FILES, str)
        if made.parent is None:
            stored = sum(piece.bytes for piece in folder.archives)
            found[f"bytes of {name}"] = Measure(stored, LEAST_FOLDER_BYTES, shown_bytes)
    if made.redis is not None:
        found["Redis"] = Measure(made.redis.piece.bytes, LEAST_REDIS_BYTES, shown_bytes, REDIS_FEWER_THAN)
        if made.redis.keys is not None:
            found["keys in Redis"] = Measure(made.redis.keys, LEAST_KEYS, str, REDIS_FEWER_THAN)
    return found


def _places(made: BackupSet) -> Iterator[tuple[Folder, str, str]]:
    """What is kept of files, as people call it: a folder and a bucket may have one name."""
    yield from ((folder, "files", folder.name) for folder in made.folders)
    yield from ((bucket, "objects", f"bucket {bucket.name}") for bucket in made.buckets)


def _drops(now: Mapping[str, Measure], before: Mapping[str, tuple[str, Measure]]) -> Iterator[Drop]:
    for what, (set, then) in before.items():
        if _dropped(now[what], then):
            yield Drop(what, now[what].shown(now[what].count), then.shown(then.count), set)


def _dropped(now: Measure, then: Measure) -> bool:
    return then.count >= then.least and now.count < then.fewer_than * then.count
