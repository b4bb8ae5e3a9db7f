"""Opening a change: the turn in the store first, then every host is told whose epoch it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge import clock
from edge.changes import Change
from edge.held_turn import HeldTurn
from edge.hosts import Host, LocalHost
from edge.settings import Settings
from edge.store import open_store
from edge.store.port import Store
from edge.turns import claim, this_process
from mainstay.descriptor.environment import Host as Described
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.system import System
from mainstay.errors import ActGoesOn, BadInput
from mainstay.gate import CLAIM, SEE, Call, GateAnswer
from mainstay.turn import Claim, Urgency

CLAIM_SECONDS = 30  # longer than a stopped gate of an earlier holder may keep its lock
NOBODY = "nobody"  # who only looks names no change


@dataclass(frozen=True)
class Wish:
    """Who wants the turn, for what, and how urgently."""

    story: str
    run: str | None
    who: str
    urgency: Urgency
    patience_seconds: float
    after: int | None = None  # an epoch whose holder is gone: whoever took the turn since is not pushed aside


def open_change(settings: Settings, site: System, environment: str, wish: Wish) -> Change:
    """The turn of this environment, on the hosts its descriptor names."""
    hosts = hosts_of(settings, site, environment)
    return take_turn(open_store(settings), site, environment, hosts, wish)


def take_turn(store: Store, site: System, environment: str, hosts: Mapping[str, Host], wish: Wish) -> Change:
    """The turn is ours, and every host refuses whoever had it before."""
    change = clock.new_change_id(wish.story)
    holder = this_process(change, wish.story, run=wish.run, who=wish.who, urgency=wish.urgency)
    known = [host.gate(Call(site.name, environment, 0, change, SEE)).epoch for host in hosts.values()]
    held = claim(store, site.name, environment, Claim(holder, wish.patience_seconds, max(known), wish.after))
    try:
        for host in hosts.values():
            _claim(host, held, Call(site.name, environment, held.epoch, change, CLAIM, CLAIM_SECONDS))
    except BaseException:
        held.release((change,))
        raise
    return Change(store, held, site, environment, hosts, change)


def look_around(settings: Settings, site: System, environment: str) -> dict[str, GateAnswer]:
    """What stands on each host now, without a turn: it may be otherwise a moment later."""
    call = Call(site.name, environment, 0, NOBODY, SEE)
    return {name: host.gate(call) for name, host in hosts_of(settings, site, environment).items()}


def hosts_of(settings: Settings, site: System, environment: str) -> dict[str, Host]:
    described = site.at(environment).hosts
    return {name: _host(settings, name, host) for name, host in described.items()}


def _claim(host: Host, held: HeldTurn, call: Call) -> None:
    """What an earlier holder does there just now is waited for: it cannot hear us, and its own deadline ends it."""
    while True:
        try:
            host.gate(call)
            return
        except ActGoesOn:
            held.check()


def _host(settings: Settings, name: str, described: Described) -> Host:
    if described.address != "local":
        raise BadInput(f"Host {name} is at {described.address}; this version reaches only local hosts. Write `local`.")
    return LocalHost(Path(filled(described.state_directory, home=str(settings.home))), name)
