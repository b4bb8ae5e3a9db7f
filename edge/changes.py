"""A change that has its turn: the only hand that acts on the hosts of an environment.

Every act is in the journal before it is done, and goes through the host's gate under our epoch. Until the
first act the store must confirm each entry. From then on the hosts' gates record it too, so a store that
is lost in the middle never stops a change, nor its way back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge import clock, journals
from edge.held_turn import HeldTurn
from edge.hosts import Host, LocalHost
from edge.journals import JournalWriter
from edge.settings import Settings
from edge.store import open_store
from edge.store.port import Store
from edge.turns import claim, this_process
from mainstay.descriptor.environment import Host as Described
from mainstay.descriptor.placeholders import filled
from mainstay.descriptor.system import System
from mainstay.errors import BadInput, StoreLost, Superseded
from mainstay.gate import CLAIM, SEE, Call, GateAnswer, mark
from mainstay.journal import PASS, HostMarks, Journal, Kind, Settlement, decide_settlement
from mainstay.turn import Claim, Urgency

NOTHING: Mapping[str, str] = {}
ACT_SECONDS = 20
BACK_SECONDS = 6  # Prefect kills a cancelled process after 30 s: the way back must be through before
CLAIM_SECONDS = 30  # longer than a stopped gate of an earlier holder may keep its lock


class Change:
    """``subject`` is the change that is acted for: our own, or a half-done one that we inherited."""

    def __init__(
        self, store: Store, held: HeldTurn, site: System, environment: str, hosts: Mapping[str, Host], subject: str
    ) -> None:
        self.id = subject
        self.site, self.environment, self.hosts = site, environment, hosts
        self._store, self._held = store, held
        self._writer = JournalWriter(store, site.name, environment, Journal(subject), epoch=held.epoch)
        self._goes_back = subject != held.holder.change  # whoever settles is on a way that is always open
        self._acted = self._touched = self._goes_back
        self._done = False

    @property
    def inherited(self) -> tuple[str, ...]:
        """Changes that somebody left half-done; they are settled before anything else."""
        return self._held.inherited

    @property
    def who(self) -> str:
        return self._held.holder.who

    @property
    def story(self) -> str:
        """What it is called: of an inherited change, as its own journal says."""
        request = self.journal.request
        return request.step if request else self._held.holder.story

    @property
    def journal(self) -> Journal:
        return self._writer.journal

    @property
    def store(self) -> Store:
        return self._store

    @property
    def untouched(self) -> bool:
        """Nothing was asked of any host, neither for us nor for a change that we settle."""
        return not self._touched

    def begin(self, *, before: Mapping[str, str], after: Mapping[str, str], note: str) -> None:
        """What was wanted and what is planned is durable; nothing is done yet. Asked twice, it is written once."""
        if self.journal.request is not None:
            return
        holder = self._held.holder
        self._writer.write(Kind.REQUEST, holder.story, before=before, after=after, note=note, run=holder.run)

    def act(
        self,
        host: str,
        verb: tuple[str, ...],
        *,
        step: str,
        before: Mapping[str, str] = NOTHING,
        after: Mapping[str, str] = NOTHING,
        seconds: int | None = None,
    ) -> GateAnswer:
        """Written down, then done on that host, within so many seconds; ``Superseded`` if the turn is somebody else's.

        On the way back no act may take long, whatever was asked for: whoever is being cancelled has little time.
        """
        self.check()
        write = self._writer.write_or_owe if self._acted else self._writer.write
        write(Kind.STEP, f"{step} on {host}", before=before, after=after)
        self._acted = self._touched = True
        return self._gate(host, verb, seconds)

    def look(self, host: str) -> GateAnswer:
        """What stands there now; asks for nothing, changes nothing."""
        return self._gate(host, SEE)

    def check(self) -> None:
        """Still ours? On the way back nobody's wish to hurry stops us."""
        self._held.still_mine() if self._goes_back else self._held.check()

    def watching(self) -> None:
        """Nothing is half-done from here on: whoever hurries may take the turn."""
        self._held.watching()

    def changing(self) -> None:
        self._held.changing()

    def passed(self, proof: str) -> None:
        """From here on the way is forward; the hosts remember it even if the store does not hear of it."""
        self.check()
        for host in self.hosts:
            self._gate(host, mark(PASS))
        self._writer.write_or_owe(Kind.PASSED, "proof", note=proof)

    def close(self, outcome: str, note: str = "") -> None:
        """Its last word, said once. A store that is away hears it from whoever settles the change when it is back."""
        if self.journal.closed is None:
            self._done = self._writer.write_or_owe(Kind.CLOSED, outcome, note=note)
        else:
            self._done = self._writer.try_to_pay()
        if self._done and self.id != self._held.holder.change:
            self._held.settled(self.id)

    def break_off(self) -> Settlement:
        """What must become of it now, by the same table and the same marks that anybody else would go by."""
        self._goes_back = True
        settlement = decide_settlement(self.journal, self._marks())
        self._writer.write_or_owe(Kind.SETTLING, settlement.direction, note=settlement.sentence)
        return settlement

    def unfinished(self, change: str) -> tuple[Settlement, "Change"]:
        """A change we inherited, and what must become of it; its old holder cannot write on from here."""
        other = Change(self._store, self._held, self.site, self.environment, self.hosts, change)
        settlement, other._writer = journals.settle(
            self._store, self.site.name, self.environment, change, epoch=self._held.epoch, hosts=other._marks()
        )
        self._touched = True
        return settlement, other

    def hand_over(self) -> None:
        """The turn is free. What is neither closed nor untouched is left for whoever takes it next."""
        settled = (self.id,) if self._done or not self.journal.entries else ()
        try:
            self._held.release(settled)
        except StoreLost:
            self._held.abandon()  # our process ends: whoever takes the turn next finds the journal
        except Superseded:
            if not self._done:  # what has ended has ended, whoever has the turn now
                raise

    def abandon(self) -> None:
        """Somebody else has the turn: not even that is ours to tell."""
        self._held.abandon()

    def _marks(self) -> list[HostMarks]:
        return [self.look(host).of(host) for host in self.hosts]

    def _gate(self, host: str, verb: tuple[str, ...], seconds: int | None = None) -> GateAnswer:
        within = BACK_SECONDS if self._goes_back else seconds or ACT_SECONDS
        return self.hosts[host].gate(Call(self.site.name, self.environment, self._held.epoch, self.id, verb, within))


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
    hosts = _hosts(settings, site, environment)
    return take_turn(open_store(settings), site, environment, hosts, wish)


def take_turn(store: Store, site: System, environment: str, hosts: Mapping[str, Host], wish: Wish) -> Change:
    """The turn is ours, and every host refuses whoever had it before."""
    change = clock.new_change_id(wish.story)
    holder = this_process(change, wish.story, run=wish.run, who=wish.who, urgency=wish.urgency)
    known = [host.gate(Call(site.name, environment, 0, change, SEE)).epoch for host in hosts.values()]
    held = claim(store, site.name, environment, Claim(holder, wish.patience_seconds, max(known), wish.after))
    try:
        for host in hosts.values():
            host.gate(Call(site.name, environment, held.epoch, change, CLAIM, CLAIM_SECONDS))
    except BaseException:
        held.release((change,))
        raise
    return Change(store, held, site, environment, hosts, change)


def _hosts(settings: Settings, site: System, environment: str) -> dict[str, Host]:
    if environment not in site.environments:
        known = ", ".join(sorted(site.environments))
        raise BadInput(f"{site.name} has no environment {environment!a}. Known: {known}. Use one of them.")
    described = site.environments[environment].hosts
    return {name: _host(settings, name, host) for name, host in described.items()}


def _host(settings: Settings, name: str, described: Described) -> Host:
    if described.address != "local":
        raise BadInput(f"Host {name} is at {described.address}; this version reaches only local hosts. Write `local`.")
    return LocalHost(Path(filled(described.state_directory, home=str(settings.home))), name)
