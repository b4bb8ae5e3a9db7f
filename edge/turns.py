"""The door to the turns in the store: reading them, and claiming one."""

from collections.abc import Iterator
from dataclasses import dataclass

from edge import clock, identities, machine
from edge.held_turn import HeldTurn, read, words
from edge.store.port import Store
from mainstay import keys, turn
from mainstay.errors import Overtaken, Refused, StoreLost
from mainstay.records import UnreadableRecord
from mainstay.turn import AskToStop, Claim, Holder, Refuse, Sighting, Take, Turn, Urgency

POLL_SECONDS = 0.5  # how often a claimer looks whether it may


def this_process(change: str, story: str, *, run: str | None, who: str, urgency: Urgency) -> Holder:
    me = identities.myself()
    return Holder(change, story, run, machine.here(), me.pid, me.started, who, urgency)


def alive(holder: Holder | None) -> bool | None:
    """None: it runs on another machine, so only its silence can tell."""
    return identities.seen_from_here(holder.machine, holder.pid, holder.started) if holder else None


def read_turn(store: Store, system: str, environment: str) -> Turn:
    return read(store, keys.turn(system, environment))[0]


@dataclass(frozen=True)
class StoredTurn:
    """A turn as it stands in the store, and which version of it that is."""

    system: str
    environment: str
    turn: Turn
    version: str | None


def standing(store: Store) -> Iterator[StoredTurn]:
    """Every turn. One that cannot be read keeps back none of the others: ``UnreadableRecord`` comes at the end."""
    unreadable: list[str] = []
    for entry in store.listing(keys.TURNS):
        system, _, environment = entry.key.removeprefix(keys.TURNS).removesuffix(".json").partition("/")
        try:
            found, version = read(store, entry.key)
        except UnreadableRecord as reason:
            unreadable.append(f"{entry.key} in {store.address}: {reason}; what is open there is not settled.")
        else:
            yield StoredTurn(system, environment, found, version)
    if unreadable:
        raise UnreadableRecord(" ".join(unreadable))


def read_turns(store: Store) -> Iterator[tuple[str, str, Turn]]:
    """Every turn with its system and environment, in the same way."""
    for each in standing(store):
        yield each.system, each.environment, each.turn


def claim(store: Store, system: str, environment: str, wanted: Claim) -> HeldTurn:
    """The turn, or ``Refused`` with the name of who has it. Claim every host with its epoch before anything else."""
    key = keys.turn(system, environment)
    sighting = Sighting(clock.monotonic())
    while True:
        try:
            found, version = read(store, key)
            if version is not None and found.holder == wanted.holder:
                return HeldTurn(store, key, found, version)  # the answer to our swap was lost, the swap was not
            sighting = sighting.look(version, found, clock.monotonic())
            held = _try(store, key, found, version, wanted, sighting)
        except StoreLost:
            sighting = sighting.store_lost()
            if clock.monotonic() - sighting.begun >= wanted.patience_seconds:
                raise
        else:
            if held is not None:
                return held
        clock.sleep(POLL_SECONDS)


def _try(
    store: Store, key: str, found: Turn, version: str | None, wanted: Claim, sighting: Sighting
) -> HeldTurn | None:
    decision = turn.decide_claim(found, wanted, sighting.seen(alive(found.holder), clock.monotonic()))
    if isinstance(decision, Refuse):
        raise (Overtaken if decision.overtaken else Refused)(
            f"{wanted.holder.story} {wanted.holder.change} did not get its turn ({key}): {decision.reason}."
            " Nothing was changed. Wait until it has ended, or stop it, then start again."
        )
    if isinstance(decision, AskToStop):
        store.swap(key, words(turn.asked(found, wanted.holder, clock.now())), expected=version)
    if isinstance(decision, Take):
        mine = turn.taken(found, wanted, clock.now())
        if (new := store.swap(key, words(mine), expected=version)) is not None:
            return HeldTurn(store, key, mine, new)
    return None
