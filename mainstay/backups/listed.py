"""Sets as a listing of the store tells of them, and what each needs to be restored.

A chain of increments may be thousands of sets long, so nothing here calls itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.sets import BackupSet, Kind, Proof, is_suspect, level_reached


@dataclass(frozen=True)
class Hold:
    """A person's word that a set must stay."""

    why: str
    by: str
    id: str = ""  # by which it is released


@dataclass(frozen=True)
class Listed:
    """One set, with what is remembered beside it."""

    id: str
    kind: Kind
    moment: datetime  # what it is a copy of
    ended_at: datetime  # when its manifest was published, by the store's clock if it has one of its own
    bytes: int
    parent: str | None = None
    level: int | None = 0  # of its proofs; None: it was found bad
    holds: tuple[Hold, ...] = ()
    bases: tuple[str, ...] = ()  # the sets that hold what its database is replayed from
    suspect: bool = False  # far smaller than the one before it: it stands for no older one

    @property
    def needs(self) -> tuple[str, ...]:
        """The ids without which it cannot be restored. Whoever adds WAL lists each range with an id and no needs of its
        own, and names it here: all that follows needs and never asks what they are.
        """
        return self.bases if self.parent is None else (self.parent, *self.bases)


def listed(
    found: BackupSet, proofs: tuple[Proof, ...] = (), holds: tuple[Hold, ...] = (), stored_at: datetime | None = None
) -> Listed:
    """``stored_at``: when the store says that it got the manifest, which its writer's clock cannot have spoiled."""
    ended_at, level = stored_at or found.ended_at, level_reached(proofs)
    bases = tuple(each for each in found.needs if each != found.parent)
    suspect = is_suspect(proofs)
    return Listed(found.id, found.kind, found.moment, ended_at, found.bytes, found.parent, level, holds, bases, suspect)


def rooted(sets: Iterable[Listed], sound: Callable[[Listed], bool]) -> frozenset[str]:
    """Those that are sound, and so is all they need, down to sets that need nothing. A circle has no such end."""
    everything = list(sets)
    above = _above(everything)
    found: set[str] = set()
    unseen = [each for each in everything if not each.needs]
    while unseen:
        each = unseen.pop()
        if each.id not in found and sound(each) and found.issuperset(each.needs):
            found.add(each.id)
            unseen += above[each.id]
    return frozenset(found)


def needed(by: Iterable[str], sets: Iterable[Listed]) -> Mapping[str, Sequence[str]]:
    """All that these need, near or far; each with those that need it at first hand."""
    known = {each.id: each for each in sets}
    found: defaultdict[str, list[str]] = defaultdict(list)
    unseen = list(dict.fromkeys(by))
    seen = set(unseen)
    while unseen:
        id = unseen.pop()
        for need in known[id].needs if id in known else ():
            found[need].append(id)
            if need not in seen:
                seen.add(need)
                unseen.append(need)
    return found


def children_first(sets: Iterable[Listed]) -> tuple[Listed, ...]:
    """An order in which nothing goes before what is built on it, so whoever stops half-way leaves whole chains."""
    remaining = {each.id: each for each in sets}
    above = _above(remaining.values())
    builds_on_it = {id: len(above[id]) for id in remaining}
    free, ordered = [each for each in remaining.values() if not builds_on_it[each.id]], list[Listed]()
    while free:
        each = free.pop()
        ordered.append(each)
        for need in each.needs:
            if need in remaining:
                builds_on_it[need] -= 1
                if not builds_on_it[need]:
                    free.append(remaining[need])
    return tuple(ordered)  # a circle is in no order, and stays


def _above(sets: Iterable[Listed]) -> defaultdict[str, list[Listed]]:
    found: defaultdict[str, list[Listed]] = defaultdict(list)
    for each in sets:
        for need in each.needs:
            found[need].append(each)
    return found
