"""What the command line changes by itself stands in the audit record like every change: it began, and it ended so."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from edge import clock, late_audits, owed
from edge.patience import run_within
from edge.settings import Settings
from edge.store import open_store
from edge.store.port import Store

COMPLETED = "Completed"


@contextmanager
def recorded(settings: Settings, what: str) -> Iterator[None]:
    """A store that does not answer stops nothing: the record then waits on this machine until it is back."""
    change = clock.new_change_id(what.partition(" ")[0])
    _record(settings, what, "began", change)
    try:
        yield
    except BaseException as reason:
        _record(settings, what, type(reason).__name__, change)
        raise
    _record(settings, what, COMPLETED, change)


def _record(settings: Settings, what: str, outcome: str, change: str) -> None:
    late_audits.record(_store(settings), home=settings.home, what=what, outcome=outcome, change=change, now=clock.now())


def _store(settings: Settings) -> Store | None:
    (found,) = run_within(owed.INSIDE_A_CHANGE_SECONDS, [partial(open_store, settings)])
    return None if isinstance(found, Exception) else found
