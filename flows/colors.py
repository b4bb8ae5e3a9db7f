"""The part of a story that brings a color to the users, forward or back; whoever settles a change needs it too."""

from mainstay.colors import COLORS
from mainstay.deploy import GoLive, Live, remembered
from mainstay.errors import ActFailed, BadRelease
from mainstay.journal import UNPROVEN, Direction, Entry
from mainstay.news import release_not_well
from mainstay.released import moved_to
from mainstay.report import Carried, End
from tasks.colors import (
    cool_down,
    keep_warm,
    move_what_workers_move,
    move_workers,
    observe_ready,
    observe_standings,
    show,
    show_nothing,
    start_web,
    stop,
)
from tasks.proofs import hear_out, prove_shown, wait_until_ready
from tasks.release_records import record_release
from tasks.telling import tell_people
from tasks.turns import Change

NOT_WELL = (BadRelease, ActFailed)  # it does not get ready; or not even its start can be asked for


def bring_to_users(change: Change, wanted: Live) -> float:
    """They see it, and the proxy itself has said so. Returns since when, in seconds since 1970."""
    switched_at = show(change, wanted)
    prove_shown(change, wanted)
    return switched_at


def settle_colors(change: Change, request: Entry, direction: Direction) -> Carried:
    """One color is live, with its workers: the new one, or the one from before. Safe to do twice."""
    plan = remembered(request.before, request.after)
    return _forward(change, plan) if direction is Direction.FORWARD else _back(change, plan)


def settle_retirement(change: Change, request: Entry, direction: Direction) -> Carried:
    """Forward, it ends. Back, what is left of it stays as it is, for whoever wants to go back to it right now:
    users do not see it, and the hosts still know that its time is over, so it is retired again.
    """
    if direction is Direction.BACK:
        return Carried(("what is left of the old color stays, until it is retired again",))
    shown = {standing.shown for standing in observe_standings(change)}
    old = next((color for color in COLORS if color == request.before.get("color")), None)
    if old is None or old in shown:
        return Carried(("users see that color now, so it stays",))
    stop(change, old)
    cool_down(change)
    return Carried((f"{old} was told to end",))


def remember_release(change: Change, request: Entry, end: End) -> None:
    """What became of it stays in the store: a release that came back is never sent out again by a machine."""
    record_release(change, remembered(request.before, request.after), end)


def _forward(change: Change, plan: GoLive) -> Carried:
    """It was found good. If it has died since, it stays what is live, so that whoever brings the mend finds a change
    that is over; and the color from before stays warm for whoever wants that one back.
    """
    said = f"{plan.to} is live with {plan.version}"
    try:
        _make_live(change, plan.after)
    except NOT_WELL as reason:
        _as_well_as_it_goes(change, plan.after)
        said = f"{said}, and not well: {reason}"
        tell_people(
            change, release_not_well(change.site.name, change.environment, change.id, plan.version, str(reason))
        )
    if plan.before is not None:
        keep_warm(change, plan.before.color)
    return Carried((said,))


def _back(change: Change, plan: GoLive) -> Carried:
    """Users first: whatever takes time comes after they are off the color that is given up."""
    if plan.before is None:
        show_nothing(change)
        stop(change, plan.to)
        return Carried(("nothing was live before, so nothing is: a page says so", *_database(change)))
    try:
        _make_live(change, plan.before)
    except NOT_WELL as reason:
        return _where_it_is(change, plan, plan.before, str(reason))
    hear_out(change)
    stop(change, plan.to)
    return Carried((f"{plan.before.color} is live again with {plan.before.release}", *_database(change)))


def _where_it_is(change: Change, plan: GoLive, before: Live, why: str) -> Carried:
    """The way back leads to what does not work. Whoever gets answers stays where he is, and the change is over all
    the same: an environment that nobody can change any more is the last thing that helps.
    """
    users = {standing.shown for standing in observe_standings(change)}
    if users == {plan.to} and observe_ready(change, plan.after):
        move_what_workers_move(change, plan.after)
        keep_warm(change, before.color)
        stays = f"{plan.to} stays live with {plan.version}, unproven: there is no way back to {before.color}: {why}"
        return Carried((stays, *_database(change)), UNPROVEN)
    _as_well_as_it_goes(change, before)
    stop(change, plan.to)
    return Carried((f"{before.color} is live as before with {before.release}, and not well: {why}", *_database(change)))


def _as_well_as_it_goes(change: Change, wanted: Live) -> None:
    """It does not work, and it is what users have: a person must mend it, and can."""
    show(change, wanted)
    move_what_workers_move(change, wanted)


def _database(change: Change) -> tuple[str, ...]:
    """A schema never goes back by itself: the old color lives with it."""
    head = moved_to(change.journal)
    return (f"the database stays at {head}",) if head else ()


def _make_live(change: Change, wanted: Live) -> None:
    """Users at once, if it answers; then it is made sure that it runs, and is not just about to end."""
    if observe_ready(change, wanted):
        show(change, wanted)
    start_web(change, wanted)
    wait_until_ready(change, wanted)
    show(change, wanted)
    move_workers(change, wanted)
