"""Whether a set is far smaller than the one before it: an emptied database or folder makes a backup that is whole.

Each thing is measured for itself. What is small anyway tells nothing, so that a young system cries no wolf.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mainstay.backups.sets import BackupSet
from mainstay.backups.shown import shown_bytes

FEWER_THAN = 0.5  # of what it was
LEAST_DUMP_BYTES = 1_000_000
LEAST_TABLES = 8
LEAST_FILES = 100
LEAST_FOLDER_BYTES = 10_000_000


@dataclass(frozen=True)
class Measure:
    count: int
    least: int  # below this it tells nothing
    shown: Callable[[int], str]


@dataclass(frozen=True)
class Drop:
    what: str
    now: str
    before: str


@dataclass(frozen=True)
class Size:
    """What was found of one set. ``news``: it is the first one that is so small."""

    drops: tuple[Drop, ...]
    before: str  # the set it was compared with; empty: there was none
    numbers: Mapping[str, float]
    news: bool

    @property
    def sentence(self) -> str:
        told = ", ".join(f"{each.what}: {each.now}, was {each.before}" for each in self.drops)
        return f"far smaller than {self.before} ({told})"


def judge_size(made: BackupSet, last: BackupSet | None, trusted: BackupSet | None) -> Size:
    """``last``: the one before it of its kind; ``trusted``: the last of them that is as large as it should be. An
    increment is compared with its parent alone: what stands on a suspect set stands for no other anyway.
    """
    if trusted is None:
        return Size((), "", {}, news=False)
    drops = _drops(made, trusted)
    numbers = {what: float(each.count) for what, each in measures(made).items()}
    news = bool(drops) and (last is None or last.id == trusted.id or bool(_drops(made, last)))
    return Size(drops, trusted.id, numbers, news)


def measures(made: BackupSet) -> Mapping[str, Measure]:
    """By what is measured. The files of a folder are all that are in it, also where a set holds only what changed."""
    found: dict[str, Measure] = {}
    if made.database is not None:
        found["the dump"] = Measure(made.database.piece.bytes, LEAST_DUMP_BYTES, shown_bytes)
        found["tables"] = Measure(made.database.tables, LEAST_TABLES, str)
    for folder in made.folders:
        found[f"files in {folder.name}"] = Measure(folder.files, LEAST_FILES, str)
        if made.parent is None:
            stored = sum(piece.bytes for piece in folder.archives)
            found[f"bytes of {folder.name}"] = Measure(stored, LEAST_FOLDER_BYTES, shown_bytes)
    return found


def _drops(made: BackupSet, before: BackupSet) -> tuple[Drop, ...]:
    """What is not in both is no drop: the descriptor was changed, and whoever did that knows."""
    now = measures(made)
    return tuple(
        Drop(what, now[what].shown(now[what].count), each.shown(each.count))
        for what, each in measures(before).items()
        if what in now and each.count >= each.least and now[what].count < FEWER_THAN * each.count
    )
