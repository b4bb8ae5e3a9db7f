"""The two colors: what stands, what is started, what users see, who takes jobs."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from edge import clock, sites
from edge.changes import Change
from mainstay.colors import COLORS, NOTHING, WARM, Standing, loaded, on, other, read_standing
from mainstay.deploy import Live
from mainstay.descriptor.service import Color
from mainstay.errors import ActFailed, CommandFailed, RuntimeLost
from mainstay.gate import GateAnswer, clear_flag, live, set_flag
from mainstay.places import Web, Worker
from mainstay.retire import Retirement, plan_retirement
from mainstay.runtime import TRY_AGAIN, Name
from tasks.places import places
from tasks.policies import converges, observes
from tasks.running import everything, of, part_of, runtime_of

STARTING_SECONDS = 20
BACK_PATIENCE_SECONDS = 2.0  # for what still runs where the old color is to: no act may take long on the way back
REST_SECONDS = 10  # beside its time to drain, for whatever stops a program to say so
DRAIN_LOOK_SECONDS = 0.5


@observes("what users see")
def observe_standings(change: Change) -> tuple[Standing, ...]:
    """Each host that has a proxy: which color it shows, and which release each color was given."""
    return standings(change)


def standings(change: Change) -> tuple[Standing, ...]:
    return tuple(read_standing(host, change.look(host)) for host in places(change).web_hosts)


@observes("what is kept warm")
def observe_retirement(change: Change) -> Retirement:
    """The color that may end now, or why none may."""
    return plan_retirement(standings(change), clock.now())


@observes("whether {wanted.color} is ready with {wanted.release}")
def observe_ready(change: Change, wanted: Live) -> bool:
    """It was given this very release, and says on every host that it is ready. Quick: users may be waiting."""
    given = all(
        change.look(host).flags.get(loaded(wanted.color)) == wanted.release for host in places(change).web_hosts
    )
    return given and all(
        sites.look(f"{web.address(wanted.color)}{web.service.health}").status == 200 for web in places(change).webs
    )


@converges("start {wanted.color} with {wanted.release}")
def start_web(change: Change, wanted: Live) -> None:
    """Its web services run on every host, seen by nobody yet; where they run already, nothing happens."""
    for host in places(change).web_hosts:
        flag = set_flag(places(change).flags(host), loaded(wanted.color), wanted.release)
        change.act(host, flag, step=f"give {wanted.color} {wanted.release}")
    for web in places(change).webs:
        _up(change, web, wanted)


@converges("users get {wanted.color}")
def show(change: Change, wanted: Live) -> float:
    """The proxy tests green's flag first. So blue's stays once it is there, and green's alone decides: going
    from one to the other is one file, either way. Returns when it began, in seconds since 1970.
    """
    return _show(change, wanted, change.look)


def show_at_once(change: Change, wanted: Live) -> None:
    """The verdict is spoken: users first. A step of its own would cost them the time it takes to say so."""
    change.turn_back()
    _show(change, wanted, change.known)


@converges("users get nothing")
def show_nothing(change: Change) -> None:
    """Before a first release nothing was here, so nothing is here again: a page says so."""
    for host in places(change).web_hosts:
        flags, seen = places(change).flags(host), change.look(host).flags
        for color in COLORS:
            if on(color) in seen:
                change.act(host, clear_flag(flags, on(color)), step=f"show {color} no more")
        change.act(host, live(NOTHING), step="nothing after a boot")


@converges("the jobs are {wanted.color}'s again")
def move_workers(change: Change, wanted: Live) -> None:
    """On the way back nobody waits: what the other color works at it may finish, what this one did is begun anew."""
    for worker in places(change).workers:
        _move(change, worker, wanted)


@converges("the jobs are {wanted.color}'s again, as far as it can take them")
def move_what_workers_move(change: Change, wanted: Live) -> None:
    """One that cannot be started keeps no other from its jobs."""
    for worker in places(change).workers:
        with suppress(ActFailed):
            _move(change, worker, wanted)


def _move(change: Change, worker: Worker, wanted: Live) -> None:
    _down(change, worker, other(wanted.color))
    _up(change, worker, wanted, patience_seconds=BACK_PATIENCE_SECONDS)


def let_workers_end(change: Change, color: Color) -> None:
    """They take no job any more, and finish those they have while others go on."""
    for worker in places(change).workers:
        _down(change, worker, color)


def start_worker(change: Change, worker: Worker, wanted: Live) -> None:
    _up(change, worker, wanted)


def start_anew(change: Change, web: Web, wanted: Live) -> None:
    """It ended though somebody may need it at once."""
    _up(change, web, wanted)


@converges("stop {color}")
def stop(change: Change, color: Color) -> None:
    """Everything of that color is told to end; it drains while nobody waits for it."""
    for worker in places(change).workers:
        _down(change, worker, color)
    for web in places(change).webs:
        _down(change, web, color)


@observes("{color} drains")
def wait_until_ended(change: Change, color: Color) -> None:
    """Outside of any act, so that whoever hurries is heard meanwhile."""
    everybody: list[Web | Worker] = [*places(change).workers, *places(change).webs]
    end = clock.monotonic() + max(place.service.drain_seconds for place in everybody) + REST_SECONDS
    while _any_runs(change, everybody, color):
        change.check()
        if clock.monotonic() > end:
            raise CommandFailed(f"{color} still runs, though its time to drain is over. Read its log.")
        clock.sleep(DRAIN_LOOK_SECONDS)


@converges("{color} stays warm")
def keep_warm(change: Change, color: Color) -> str:
    """It runs on, so that going back takes one file; somebody retires it when its time is over."""
    window = timedelta(minutes=places(change).environment.watch.rollback_window_minutes)
    until = (clock.now() + window).isoformat(timespec="seconds")
    for host in places(change).web_hosts:
        change.act(host, set_flag(places(change).flags(host), WARM, until), step=f"keep {color} warm")
    return until


@converges("nothing is kept warm")
def cool_down(change: Change) -> None:
    """The hosts forget until when the old color was to stay."""
    for host in places(change).web_hosts:
        if WARM in change.look(host).flags:
            change.act(host, clear_flag(places(change).flags(host), WARM), step="keep nothing warm")


def _any_runs(change: Change, everybody: Sequence[Web | Worker], color: Color) -> bool:
    found = everything(change)
    return any(each.pid for place in everybody for each in of(found, place, color))


def _show(change: Change, wanted: Live, seen_on: Callable[[str], GateAnswer]) -> float:
    switched_at = clock.now().timestamp()
    for host in places(change).web_hosts:
        flags, seen = places(change).flags(host), seen_on(host).flags
        if seen.get(on(wanted.color)) != wanted.release:
            change.act(host, set_flag(flags, on(wanted.color), wanted.release), step=f"show {wanted.color}")
        if wanted.color == "blue" and on("green") in seen:
            change.act(host, clear_flag(flags, on("green")), step="show green no more")
    for host in places(change).web_hosts:
        change.act(host, live(wanted.color), step=f"{wanted.color} after a boot")
    return switched_at


def _up(change: Change, place: Web | Worker, wanted: Live, patience_seconds: float | None = None) -> None:
    part = part_of(change, place, wanted)
    if runtime_of(change, place).lacks(part):  # on the way to what was live before: it lived without
        return
    verb = runtime_of(change, place).up(part, patience_seconds=patience_seconds)
    seconds = round(place.service.drain_seconds) + STARTING_SECONDS  # another release may first have to go there
    _act(change, place.host, verb, f"start {place.name} {wanted.color}", seconds)


def _down(change: Change, place: Web | Worker, color: Color) -> None:
    verb = runtime_of(change, place).down(Name(change.site.name, change.environment, place.name, color))
    _act(change, place.host, verb, f"stop {place.name} {color}")


def _act(change: Change, host: str, verb: tuple[str, ...], step: str, seconds: int | None = None) -> None:
    try:
        change.act(host, verb, step=step, seconds=seconds)
    except ActFailed as reason:
        if reason.code == TRY_AGAIN:
            raise RuntimeLost(str(reason)) from reason
        raise
