"""Having the turn: nobody else changes this environment meanwhile, and whatever is started carries our name."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.runtime import flow_run

from edge.changes import Change as Change
from edge.durable import told
from edge.openings import Wish, open_change
from edge.processes import marking
from edge.settings import read_settings
from edge.systems import read_system
from mainstay.errors import (
    BadInput,
    CommandFailed,
    HostBusy,
    MainstayError,
    NotFinished,
    Refused,
    StopAsked,
    StoreLost,
    StoreRefused,
    Superseded,
)
from mainstay.turn import Urgency
from tasks.telling import asked_by

PATIENCE_SECONDS = 60.0  # how long a story waits for somebody else's change to end


@contextmanager
def turn(
    system: str, environment: str, story: str, *, urgency: Urgency = Urgency.ROUTINE, after: int | None = None
) -> Iterator[Change]:
    """The turn, until the story ends. What fails before anything was touched is ``Refused``.

    ``after`` is an epoch whose holder is gone: whoever took the turn since is not pushed aside for it.
    """
    change = _taken(system, environment, story, urgency, after)
    with marking(change.id):
        try:
            yield change
        except Superseded:
            change.abandon()
            raise
        except (Refused, BadInput, NotFinished):
            raise
        except Exception as reason:
            if change.untouched:
                raise _nothing_changed(system, environment, reason) from reason
            raise
        finally:
            change.hand_over()


@contextmanager
def before_any_turn(system: str, environment: str) -> Iterator[None]:
    """Nothing can be changed without a turn, so whatever fails before it is a refusal."""
    try:
        yield
    except (Refused, BadInput):
        raise
    except (MainstayError, OSError) as reason:
        raise _nothing_changed(system, environment, reason) from reason


def _taken(system: str, environment: str, story: str, urgency: Urgency, after: int | None) -> Change:
    settings = read_settings()
    wish = Wish(story, flow_run.get_id(), asked_by(), urgency, PATIENCE_SECONDS, after)
    try:
        return open_change(settings, read_system(settings, system), environment, wish)
    except (StoreLost, StoreRefused, HostBusy, StopAsked, CommandFailed, OSError) as reason:
        raise _nothing_changed(system, environment, reason) from reason


def _nothing_changed(system: str, environment: str, reason: Exception) -> Refused:
    """Most of what a file system can refuse is this home's: a full disk, one that can only be read, a wrong owner."""
    said = told(reason, read_settings().home) if isinstance(reason, OSError) else str(reason)
    return Refused(f"Nothing was changed on {system} {environment}: {said}")
