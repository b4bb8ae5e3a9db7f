"""What one change was about to do, step by step, and what becomes of it when its holder is gone.

Every entry is written before its step is done. The store's journal and what the hosts' gates recorded
are read together, because the store may have been away in the middle of the change.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

COMPLETED, ROLLED_BACK = "Completed", "RolledBack"  # how a change that began can be closed
UNPROVEN = "Accepted"  # or so: nothing spoke against it, and too little for it
NOTHING_TO_UNDO = "NothingToUndo"  # or so: nothing was done yet


class Kind(StrEnum):
    REQUEST = "request"  # always the first: what was wanted, and the plan
    STEP = "step"  # about to be done
    PASSED = "passed"  # the watch found the release good
    ACCEPTED = "accepted"  # unproven, but kept
    SETTLING = "settling"  # somebody who inherited the change begins to close it
    CLOSED = "closed"  # always the last: how it ended


class Direction(StrEnum):
    FORWARD = "forward"
    BACK = "back"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Entry:
    kind: Kind
    step: str  # of a STEP its name, of SETTLING the direction, of CLOSED the outcome
    epoch: int
    at: datetime
    before: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    run: str | None = None  # of a REQUEST: the Prefect run that made it


@dataclass(frozen=True)
class Journal:
    change: str
    entries: tuple[Entry, ...] = ()

    @property
    def closed(self) -> Entry | None:
        return self._last(Kind.CLOSED)

    @property
    def request(self) -> Entry | None:
        return next((entry for entry in self.entries if entry.kind is Kind.REQUEST), None)

    @property
    def steps(self) -> tuple[Entry, ...]:
        """What it began, in its order: undoing walks it from the end."""
        return tuple(entry for entry in self.entries if entry.kind is Kind.STEP)

    @property
    def kept(self) -> Entry | None:
        """The recorded PASS or acceptance: from there on the way is forward."""
        return self._last(Kind.PASSED) or self._last(Kind.ACCEPTED)

    @property
    def settling(self) -> Entry | None:
        return next((entry for entry in self.entries if entry.kind is Kind.SETTLING), None)

    def _last(self, kind: Kind) -> Entry | None:
        return next((entry for entry in reversed(self.entries) if entry.kind is kind), None)


PASS = "PASS"  # what is marked on a host when the watch found the release good
ACCEPTED = "ACCEPTED"


@dataclass(frozen=True)
class HostMarks:
    """What one host's gate recorded of one change."""

    host: str
    acts: int
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settlement:
    direction: Direction
    sentence: str


@dataclass(frozen=True)
class Row:
    when: Callable[[Journal, tuple[HostMarks, ...]], bool]
    direction: Direction
    sentence: str


def _was_settling(direction: Direction) -> Callable[[Journal, tuple[HostMarks, ...]], bool]:
    return lambda journal, _: journal.settling is not None and journal.settling.step == direction


TABLE = (  # the first row that is true decides
    Row(
        lambda journal, _: journal.closed is not None,
        Direction.NOTHING,
        "its journal is closed",
    ),
    Row(
        _was_settling(Direction.BACK),
        Direction.BACK,
        "its way back was begun and is finished, whatever else was found later",
    ),
    Row(
        _was_settling(Direction.FORWARD),
        Direction.FORWARD,
        "its completion was begun and is finished",
    ),
    Row(
        lambda journal, _: journal.kept is not None,
        Direction.FORWARD,
        "its release had passed or was accepted: what is left is tidied up",
    ),
    Row(
        lambda _, hosts: any({PASS, ACCEPTED} & set(host.marks) for host in hosts),
        Direction.FORWARD,
        "a host recorded that its release had passed, though the store did not hear of it",
    ),
    Row(
        lambda journal, _: bool(journal.steps),
        Direction.BACK,
        "a step was begun and no verdict recorded: what was there before is put back",
    ),
    Row(
        lambda _, hosts: any(host.acts for host in hosts),
        Direction.BACK,
        "a host was changed, though the store did not hear of it, and no verdict recorded: it is put back",
    ),
    Row(
        lambda _journal, _hosts: True,
        Direction.NOTHING,
        "nothing was begun",
    ),
)


def decide_settlement(journal: Journal, hosts: Iterable[HostMarks]) -> Settlement:
    """Before a recorded PASS or acceptance: back; after it: forward; nothing begun: nothing."""
    marks = tuple(hosts)
    row = next(row for row in TABLE if row.when(journal, marks))
    return Settlement(row.direction, row.sentence)
