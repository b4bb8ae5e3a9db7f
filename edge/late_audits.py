"""What was done while the store did not answer is written down on this machine, and chained when it is back."""

from datetime import datetime
from functools import partial
from pathlib import Path

from edge import audits, clock
from edge.notices.waiting_room import aside, is_used
from edge.patience import run_within
from edge.store.port import Store
from mainstay import records
from mainstay.audit import AuditEntry, Deed

INSIDE_A_CHANGE_SECONDS = 2.0

_LATE = "late-audits/"
_LOOK_BACK = 200  # entries; one that got in although we had given it up is not chained again


def record(
    store: Store | None,
    *,
    home: Path,
    what: str,
    outcome: str,
    change: str,
    now: datetime,
    who: str | None = None,
    budget_seconds: float = INSIDE_A_CHANGE_SECONDS,
) -> bool:
    """True: it is in the chain. False: it waits on this machine. It raises only when this machine fails as well."""
    done = audits.deed(what=what, outcome=outcome, change=change, now=now, who=who)
    if store and isinstance(run_within(budget_seconds, [partial(audits.chain, store, done)])[0], AuditEntry):
        return True
    nonce = clock.new_nonce()
    aside(home).publish(f"{_LATE}{done.at:%Y%m%dT%H%M%S%f}-{nonce}.json", records.encode(done, nonce=nonce))
    return False


def catch_up(store: Store, *, home: Path) -> int:
    """How many were chained, in the order in which they were done. Killed in it, it chains none twice."""
    if not is_used(home):
        return 0
    here, chained = aside(home), 0
    for waiting in list(here.listing(_LATE)):
        found = here.read(waiting.key)
        if found and _chain_once(store, records.decode(Deed, found.data)):
            chained += 1
        here.delete(waiting.key)
    return chained


def _chain_once(store: Store, done: Deed) -> bool:
    if any(done.is_told_by(entry) for entry in audits.tail(store, _LOOK_BACK)):
        return False
    audits.chain(store, done)
    return True
