"""The audit chain in the store. Each entry is published once under the next number: no two writers share one.

The head is written after the entry, so in honest work it is behind at most, never ahead. An entry is
looked for beyond it; and when it is ahead, entries are gone, and the chain goes on after it: the gap stays visible.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice, pairwise
from typing import TypeVar

from edge import clock, machine, settings
from edge.secrets import redaction
from edge.store.port import Published, Store
from mainstay import audit, keys, records
from mainstay.audit import NOTHING_BEFORE, AuditEntry, AuditHead, Break, Deed, Link
from mainstay.errors import StoreLost

V = TypeVar("V")

_FOLDER = "audit/"
_TRIES = 1000  # each one lost means that somebody else's entry got in


def append(store: Store, *, what: str, outcome: str, change: str, now: datetime, who: str | None = None) -> AuditEntry:
    """In the chain when it returns. ``who``: whoever the caller acts for, best as ``audit.asker`` puts it."""
    return chain(store, deed(what=what, outcome=outcome, change=change, now=now, who=who))


def deed(*, what: str, outcome: str, change: str, now: datetime, who: str | None = None) -> Deed:
    asker, where = audit.who_and_where(who or whoever_runs_this())
    words = (asker, what, where or here(), outcome, change)
    return Deed(now, *(redaction.redact(word) for word in words))


def chain(store: Store, done: Deed) -> AuditEntry:
    before = _end(store)
    for _ in range(_TRIES):
        entry = done.as_entry(before)
        data = records.encode(entry, nonce=clock.new_nonce())
        if store.publish(keys.audit(entry.number), data) is not Published.ANOTHERS:
            _move_head(store, AuditHead(entry.number, audit.hash_of(data)))
            return entry
        before = _last_after(store, before)
    raise StoreLost(
        f"No entry could be added to the audit record in {store.address}: {_TRIES} others were faster. "
        "The action itself is not undone by that. Look who writes there without end."
    )


def read_chain(store: Store) -> tuple[Link, ...]:
    """Everything that stands in the record, readable or not, in the order of its numbers."""
    listed = sorted(number for entry in store.listing(_FOLDER) if (number := _number(entry.key)))
    unseen = (number for one, next in pairwise([0, *listed]) for number in range(one + 1, next))
    again = islice(unseen, _TRIES)  # what was added while the folder was listed may have been passed over
    found = ((number, store.read(keys.audit(number))) for number in sorted([*listed, *again]))
    return tuple(_link(number, stored.data) for number, stored in found if stored)


def read_head(store: Store) -> AuditHead | None:
    found = store.read(keys.AUDIT_HEAD)
    return _decoded(AuditHead, found.data) if found else None


def verify(store: Store) -> list[Break]:
    """The head first: what is added while we read is not taken for missing."""
    head = read_head(store)
    return audit.verify(read_chain(store), head)


def tail(store: Store, count: int) -> Sequence[AuditEntry]:
    """The newest entries, oldest first, without reading the rest."""
    last = _end(store).number
    found = (store.read(keys.audit(number)) for number in range(max(1, last - count + 1), last + 1))
    entries = (_decoded(AuditEntry, stored.data) for stored in found if stored)
    return [entry for entry in entries if entry]


def whoever_runs_this() -> str:
    """As whoever started us says, or the system and sudo; a user who may become another can also lie about it."""
    origin = settings.read_origin()
    if origin.asked_by:
        return origin.asked_by
    user = machine.user()
    return f"{user} (sudo by {origin.sudo_user})" if origin.sudo_user else user


def here() -> str:
    """This machine, and the address of the person behind it if he came by ssh."""
    client = settings.read_origin().ssh_client
    return f"{machine.name()}, ssh from {client}" if client else machine.name()


def _end(store: Store) -> AuditHead:
    head = read_head(store)
    if head is None:
        last = max((link.head for link in read_chain(store)), key=lambda h: h.number, default=None)
        return last or AuditHead(0, NOTHING_BEFORE)
    return _last_after(store, head)


def _last_after(store: Store, head: AuditHead) -> AuditHead:
    while (found := store.read(keys.audit(head.number + 1))) is not None:
        head = AuditHead(head.number + 1, audit.hash_of(found.data))
    return head


def _move_head(store: Store, ours: AuditHead) -> None:
    """Forward only. Each try lost means that somebody moved it, and most likely beyond ours."""
    data = records.encode(ours, nonce=clock.new_nonce())
    for _ in range(_TRIES):
        found = store.read(keys.AUDIT_HEAD)
        stands = _decoded(AuditHead, found.data) if found else None
        if stands and stands.number >= ours.number:
            return
        if store.swap(keys.AUDIT_HEAD, data, expected=found.version if found else None):
            return


def _link(number: int, data: bytes) -> Link:
    return Link(number, audit.hash_of(data), _decoded(AuditEntry, data))


def _number(key: str) -> int | None:
    name = key.removeprefix(_FOLDER).removesuffix(".json")
    return int(name) if name.isdecimal() and keys.audit(int(name)) == key else None


def _decoded(kind: type[V], data: bytes) -> V | None:
    try:
        return records.decode(kind, data)
    except records.UnreadableRecord:
        return None
