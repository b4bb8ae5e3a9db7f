"""Half-done changes: found, and told to those who still wait for them."""

from edge import unsettled
from edge.changes import Change
from edge.own_server import server_of_this_run
from edge.settings import read_settings
from edge.store import open_store
from edge.unsettled import Unsettled
from mainstay.errors import Refused, ServerLost, ServerRefused, StoreRefused
from mainstay.journal import COMPLETED, UNPROVEN, Settlement
from mainstay.turn import Holder
from mainstay.unsettled import Bringing
from tasks.policies import converges, observes


@observes("open change of {run_or_change}")
def find_unsettled(run_or_change: str) -> Unsettled | None:
    """The change that was left open, or None: nothing of it is open."""
    try:
        return unsettled.find(open_store(read_settings()), run_or_change)
    except StoreRefused as reason:
        raise Refused(f"Nothing was changed: {reason}") from reason


@observes("what was brought to {system} {environment} by changes that are open")
def observe_brought(system: str, environment: str) -> tuple[Bringing, ...]:
    """Looked at before what users see is: a change that is closed in between counts as open, and none is missed."""
    return unsettled.brought(open_store(read_settings()), system, environment)


@observes("who holds {found.system} {found.environment}")
def observe_holder(found: Unsettled) -> Holder | None:
    """Who lives and renews the turn; None: nobody, so the change may be settled."""
    return unsettled.still_held(open_store(read_settings()), found)


@converges("what becomes of {change.id}")
def break_off(change: Change) -> Settlement:
    """Our own change goes no further; the same table decides that anybody else would ask."""
    return change.break_off()


@converges("what becomes of {unfinished}")
def take_over(change: Change, unfinished: str) -> tuple[Settlement, Change]:
    """A change somebody left is ours to close; its old holder cannot write on."""
    return change.unfinished(unfinished)


@converges("tell Prefect how {change.id} ended")
def tell_the_run(change: Change, outcome: str) -> str:
    """The run that began the change shows how it ended, should it still look as if it went on."""
    server, request = server_of_this_run(read_settings()), change.journal.request
    if server is None or request is None or request.run is None:
        return "nobody waits for it"
    try:
        run = server.run(request.run)
        if run is None or run.ended:
            return "it had ended by itself"
        kind = "COMPLETED" if outcome in (COMPLETED, UNPROVEN) else "FAILED"
        server.set_state(run.id, kind, outcome, f"Its process died; change {change.id} was settled: {outcome}.")
    except (ServerLost, ServerRefused) as reason:
        return f"could not be told: {reason}"
    return f"it shows {outcome}"
