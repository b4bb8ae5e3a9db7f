"""Who changed what, when, from where, and how it ended: a chain in which each entry names the one before by its hash.

The hash is that of the stored bytes, so a person can follow the chain with ``sha256sum`` alone. What a
chain cannot show by itself is that its last entries were taken away: for that there is the head, a hint kept
beside it. Whoever can write everything in the store can forge both; a head copied elsewhere convicts him.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

NOTHING_BEFORE = "0" * 64
ASKED_BY, ASKED_FROM = "asked-by:", "asked-from:"  # tags of a run: Prefect has one login, so it knows no person
_AT = " @ "


@dataclass(frozen=True)
class AuditEntry:
    number: int
    previous_sha256: str
    at: datetime
    who: str
    what: str
    where: str
    outcome: str
    change: str


@dataclass(frozen=True)
class Deed:
    """What an entry tells, before it has its place in the chain."""

    at: datetime
    who: str
    what: str
    where: str
    outcome: str
    change: str

    def as_entry(self, after: "AuditHead") -> AuditEntry:
        return AuditEntry(
            after.number + 1, after.sha256, self.at, self.who, self.what, self.where, self.outcome, self.change
        )

    def is_told_by(self, entry: AuditEntry) -> bool:
        return self == Deed(entry.at, entry.who, entry.what, entry.where, entry.outcome, entry.change)


@dataclass(frozen=True)
class AuditHead:
    number: int
    sha256: str


@dataclass(frozen=True)
class Link:
    """An entry as it stands in the store: under which number, and the hash of its bytes."""

    number: int
    sha256: str
    entry: AuditEntry | None  # None: what stands there is not an entry

    @property
    def head(self) -> AuditHead:
        return AuditHead(self.number, self.sha256)


@dataclass(frozen=True)
class Break:
    number: int
    sentence: str


def hash_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def asker(who: str, where: str) -> str:
    """Somebody and where he sat, in one word that travels with what he asked for."""
    return f"{who}{_AT}{where}"


def who_and_where(asker: str) -> tuple[str, str | None]:
    who, _, where = asker.partition(_AT)
    return who, where or None


def as_tags(who: str, where: str) -> tuple[str, str]:
    return f"{ASKED_BY}{who}", f"{ASKED_FROM}{where}"


def asker_of_run(tags: Iterable[str], creator: str | None) -> str:
    """Who started a run: as its tags say, as Prefect says (an automation, a schedule), or else nobody knows."""
    given = tuple(tags)
    if who := _said(given, ASKED_BY):
        return asker(who, _said(given, ASKED_FROM) or "Prefect")
    return asker(creator, "Prefect") if creator else asker("somebody", "Prefect UI or API (shared login)")


def verify(links: Sequence[Link], head: AuditHead | None) -> list[Break]:
    """Every place where the chain does not hold, in order; nothing if it was left as it was written."""
    return sorted([*_breaks_inside(links), *_breaks_at_the_end(links, head)], key=lambda found: found.number)


def _said(tags: Iterable[str], prefix: str) -> str:
    return next((tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix)), "")


def _breaks_inside(links: Sequence[Link]) -> Iterable[Break]:
    expected = AuditHead(0, NOTHING_BEFORE)
    for link in links:
        if link.number > expected.number + 1:
            yield Break(expected.number + 1, _missing(expected.number + 1, link.number - 1))
        elif (fault := _fault(link, expected)) is not None:
            yield Break(link.number, fault)
        expected = link.head


def _fault(link: Link, before: AuditHead) -> str | None:
    if link.entry is None:
        return f"Entry {link.number} cannot be read: it was damaged or replaced."
    if link.entry.number != link.number:
        return f"Entry {link.number} says that it is entry {link.entry.number}: it was moved there."
    if link.entry.previous_sha256 != before.sha256:
        which = f"entry {before.number} was" if before.number else "entries before it were"
        return f"Entry {link.number} was not written after what now stands before it: {which} changed or replaced."
    return None


def _breaks_at_the_end(links: Sequence[Link], head: AuditHead | None) -> Iterable[Break]:
    last = links[-1].number if links else 0
    if head is None:
        if links:
            yield Break(last, f"The head is missing, so nothing vouches for {last} being the last entry.")
        return
    if head.number > last:
        yield Break(last + 1, _missing(last + 1, head.number))
    for link in links:
        if link.number == head.number and link.sha256 != head.sha256:
            yield Break(link.number, f"Entry {link.number} is not the one the head names: it was changed after that.")


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Entry {first} was written and is gone: somebody took it away."
    return f"Entries {first} to {last} were written and are gone: somebody took them away."
