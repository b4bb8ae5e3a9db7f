"""What was done while the store did not answer is written down on this machine, and chained when it is back."""

from datetime import datetime
from functools import partial
from pathlib import Path

from edge import audits, clock, owed
from edge.owed import INSIDE_A_CHANGE_SECONDS
from edge.store.port import Store
from mainstay import records
from mainstay.audit import Deed

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
    nonce = clock.new_nonce()
    key, data = f"{_LATE}{done.at:%Y%m%dT%H%M%S%f}-{nonce}.json", records.encode(done, nonce=nonce)
    put = partial(audits.chain, store, done) if store else None
    return owed.put_or_owe(put, home=home, key=key, data=data, budget_seconds=budget_seconds)


def catch_up(store: Store, *, home: Path) -> int:
    """How many were chained, in the order in which they were done. Killed in it, it chains none twice."""
    return owed.pay(home, _LATE, lambda _, data: _chain_once(store, records.decode(Deed, data)))


def _chain_once(store: Store, done: Deed) -> bool:
    if any(done.is_told_by(entry) for entry in audits.tail(store, _LOOK_BACK)):
        return False
    audits.chain(store, done)
    return True
