"""A change that has its turn: the only hand that acts on the hosts of an environment.

Every act is in the journal before it is done, and goes through the host's gate under our epoch. The store
must confirm the first act, and each that its story insists on. For the others the hosts' gates record it too,
so a store that is lost in the middle never stops a change, nor its way back.
"""

from collections.abc import Mapping

from edge import journals
from edge.held_turn import HeldTurn
from edge.hosts import Host
from edge.journals import JournalWriter
from edge.store.port import Store
from mainstay.descriptor.system import System
from mainstay.errors import StoreLost, Superseded
from mainstay.gate import SEE, Call, GateAnswer, mark
from mainstay.journal import ACCEPTED, PASS, HostMarks, Journal, Kind, Settlement, decide_settlement

NOTHING: Mapping[str, str] = {}
ACT_SECONDS = 20
BACK_SECONDS = 6  # Prefect kills a cancelled process after 30 s: the way back must be through before


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
        self._last_answers: dict[str, GateAnswer] = {}

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
        write = self._writer.write_or_owe if self._acted or self._goes_back else self._writer.write
        write(Kind.STEP, f"{step} on {host}", before=before, after=after)
        self._acted = self._touched = True
        return self._gate(host, verb, seconds)

    def insist(self) -> None:
        """The next step is begun only if the store has heard of it and of all before it. ``StoreLost``: it is not."""
        self._acted = self._goes_back

    def look(self, host: str) -> GateAnswer:
        """What stands there now; asks for nothing, changes nothing."""
        return self._gate(host, SEE)

    def known(self, host: str) -> GateAnswer:
        """What stood there after our last act: in our turn nobody else acts, so a look is spared where it counts."""
        return self._last_answers.get(host) or self.look(host)

    def check(self) -> None:
        """Still ours? On the way back nobody's wish to hurry stops us."""
        self._held.still_mine() if self._goes_back else self._held.check()

    def turn_back(self) -> None:
        """Users first: from here on nobody's wish to hurry stops us, and no act may take long."""
        self._goes_back = True

    def watching(self) -> None:
        """Nothing is half-done from here on: whoever hurries may take the turn."""
        self._held.watching()

    def changing(self) -> None:
        self._held.changing()

    def passed(self, proof: str) -> None:
        """From here on the way is forward; the hosts remember it even if the store does not hear of it."""
        self._keep(PASS, Kind.PASSED, proof)

    def accepted(self, why: str) -> None:
        """Unproven, and kept all the same: from here on the way is forward too."""
        self._keep(ACCEPTED, Kind.ACCEPTED, why)

    def _keep(self, word: str, kind: Kind, note: str) -> None:
        self.check()
        for host in self.hosts:
            self._gate(host, mark(word))
        self._writer.write_or_owe(kind, "proof", note=note)

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
        call = Call(self.site.name, self.environment, self._held.epoch, self.id, verb, within)
        self._last_answers.pop(host, None)  # of an act that raises nobody knows how far it came
        self._last_answers[host] = answer = self.hosts[host].gate(call)
        return answer
