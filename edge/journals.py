"""The door to the journals in the store. An entry's number is given once, so a writer who lost his turn is stopped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from edge import clock
from edge.store.port import Published, Store
from mainstay import keys
from mainstay.errors import StoreLost, Superseded
from mainstay.journal import Entry, HostMarks, Journal, Kind, Settlement, decide_settlement
from mainstay.records import decode, encode

NO_FACTS: Mapping[str, str] = {}


def read_journal(store: Store, system: str, environment: str, change: str) -> Journal:
    entries: list[Entry] = []
    while (entry := _read(store, keys.journal_entry(system, environment, change, len(entries)))) is not None:
        entries.append(entry)
    return Journal(change, tuple(entries))


class JournalWriter:
    """Writes each entry before its step is done; ``write`` returns when it is durable."""

    def __init__(self, store: Store, system: str, environment: str, journal: Journal, *, epoch: int) -> None:
        self._store, self._system, self._environment = store, system, environment
        self._change, self._epoch = journal.change, epoch
        self._lines = _Lines(journal.entries)

    @property
    def journal(self) -> Journal:
        """With what is still owed to the store."""
        return Journal(self._change, (*self._lines.told, *self._lines.owed))

    def write(
        self, kind: Kind, step: str, *, before: Mapping[str, str] = NO_FACTS, after: Mapping[str, str] = NO_FACTS,
        note: str = "", run: str | None = None,
    ) -> None:  # fmt: skip
        """In the store before the step is done. ``StoreLost``: do not begin it. Who is told to end in the middle of
        it cannot know whether the store heard, so he owes it: what is decided then counts it in.
        """
        self.pay()
        told = self._lines
        self._owe(replace(self._entry(kind, step, before, after, note), run=run))
        try:
            self.pay()
        except StoreLost:
            self._lines = told
            raise

    def write_or_owe(
        self, kind: Kind, step: str, *, before: Mapping[str, str] = NO_FACTS, after: Mapping[str, str] = NO_FACTS,
        note: str = "",
    ) -> bool:  # fmt: skip
        """In or after the switch and on the way back: the hosts' gates record it, the store is told later."""
        self._owe(self._entry(kind, step, before, after, note))
        return self.try_to_pay()

    def try_to_pay(self) -> bool:
        """True: the store has heard everything."""
        try:
            self.pay()
        except StoreLost:
            return False
        return True

    def pay(self) -> None:
        """Tell the store what it missed, in its order."""
        while self._lines.owed:
            self._tell(self._lines.owed[0], clock.new_nonce())

    def _entry(self, kind: Kind, step: str, before: Mapping[str, str], after: Mapping[str, str], note: str) -> Entry:
        return Entry(kind, step, self._epoch, clock.now(), dict(before), dict(after), note)

    def _owe(self, entry: Entry) -> None:
        self._lines = replace(self._lines, owed=(*self._lines.owed, entry))

    def _tell(self, entry: Entry, nonce: str) -> None:
        number = len(self._lines.told)
        key = keys.journal_entry(self._system, self._environment, self._change, number)
        if self._store.publish(key, encode(entry, nonce=nonce)) is not Published.ANOTHERS:
            self._lines = self._lines.with_told(entry)
            return
        found = _read(self._store, key)
        if found is None or found.epoch != self._epoch:
            raise Superseded(
                f"Entry {number} of the journal of {self._change} was written under another epoch than"
                f" {self._epoch}: somebody else has the turn and settles this change. Touch nothing more."
            )
        self._lines = self._lines.with_told(found)  # our own earlier try, whose answer was lost


@dataclass(frozen=True)
class _Lines:
    """What the store has, and what it is still to hear: changed in one piece, as a signal may come at any moment."""

    told: tuple[Entry, ...]
    owed: tuple[Entry, ...] = ()

    def with_told(self, entry: Entry) -> "_Lines":
        paid = bool(self.owed) and replace(entry, at=self.owed[0].at) == self.owed[0]
        return _Lines((*self.told, entry), self.owed[1:] if paid else self.owed)


def settle(
    store: Store, system: str, environment: str, change: str, *, epoch: int, hosts: Iterable[HostMarks]
) -> tuple[Settlement, JournalWriter]:
    """Decide over an inherited change and write that down, which also stops its old holder from writing on.

    Claim every host and read its marks before, so that nothing more is recorded there.
    """
    marks = tuple(hosts)
    while True:
        journal = read_journal(store, system, environment, change)
        if any(entry.epoch > epoch for entry in journal.entries):
            raise Superseded(f"{change} is being settled under a higher epoch than {epoch}. Touch nothing more.")
        settlement = decide_settlement(journal, marks)
        writer = JournalWriter(store, system, environment, journal, epoch=epoch)
        if journal.closed is not None:
            return settlement, writer
        try:
            writer.write(Kind.SETTLING, settlement.direction, note=settlement.sentence)
        except Superseded:
            continue  # its old holder has written on, so this decided about less than there is
        return settlement, writer


def _read(store: Store, key: str) -> Entry | None:
    stored = store.read(key)
    return None if stored is None else decode(Entry, stored.data)
