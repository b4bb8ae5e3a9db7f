"""The watch: a release that users see is judged, until it is clear whether it stays."""

from edge import clock
from edge.changes import Change
from edge.witnesses import Witness
from mainstay.deploy import GoLive
from mainstay.errors import RuntimeLost
from mainstay.news import look_at_this
from mainstay.watch import LOOK_SECONDS, Kind, Verdict, judge
from mainstay.watch.evidence import Facts
from mainstay.watch.findings import Watched
from mainstay.watch.traffic import Sample, baseline
from tasks.breakdowns import Breakdowns
from tasks.colors import show_at_once, start_anew
from tasks.handover import Handover
from tasks.places import places
from tasks.policies import converges
from tasks.running import Everything, everything, idle, of
from tasks.telling import tell_people, tell_progress

WORKERS_SECONDS = 30.0  # or the shortest watch, if that is shorter: for so long they are looked at before a PASS
FIRST_PERCENT, LAST_PERCENT = 50, 95  # of a deploy's bar


@converges("watch {plan.to}")
def watch(change: Change, plan: GoLive, witness: Witness, given_at: float, switched_at: float) -> Watched:
    """PASS, FAIL or INCONCLUSIVE, with its numbers. Beside it the jobs are handed over, and the old color is kept
    running: a way back that leads nowhere is none. Whoever hurries may take the turn meanwhile. After a FAIL users
    are back where they were when it returns. ``given_at``: since when the old color answers as the release it has.
    """
    watching = _Watching(change, plan, witness, given_at, switched_at)
    change.watching()
    while True:
        change.check()
        verdict, facts = watching.look()
        if watching.is_over(verdict):
            decided_at = clock.now().timestamp()
            if verdict.kind is Kind.FAIL and plan.before is not None:
                show_at_once(change, plan.before)
            change.changing()
            rules = places(change).environment.watch
            return Watched(verdict, facts, rules, witness.last_count(), tuple(witness.requests), decided_at)
        clock.sleep(LOOK_SECONDS)


class _Watching:
    def __init__(self, change: Change, plan: GoLive, witness: Witness, given_at: float, switched_at: float) -> None:
        witness.look()
        self._change, self._plan, self._witness, self._switched_at = change, plan, witness, switched_at
        self._rules = places(change).environment.watch
        old, met = plan.before, witness.requests
        self._before = baseline(met, old.color, switched_at, given_at) if old else Sample()
        self._breakdowns, self._handover = Breakdowns(change, plan), Handover(change, plan.after)
        self._jobs_since: float | None = None
        self._told: set[str] = set()

    def look(self) -> tuple[Verdict, Facts]:
        self._witness.look()
        now, blind = clock.now().timestamp(), self._witness.blind
        self._jobs_since = self._handover.done_at  # of a worker that is started below, this look says nothing
        try:
            found = everything(self._change)
            self._handover.go_on(found)
            self._keep_warm(found)
            breakdowns = self._breakdowns.look(found, self._jobs_since, now)
        except RuntimeLost as reason:  # it is started again by whoever keeps it; that is nobody's fault, and no peace
            breakdowns, blind = (), (*blind, str(reason))
        blind = (*blind, *self._workers_hardly_known(now))
        to, since = self._plan.to, self._switched_at
        facts = Facts(
            color=to,
            switched_at=since,
            now=now,
            before=self._before,
            requests=[one for one in self._witness.requests if one.color == to and one.at >= since],
            probes=self._witness.probes,
            breakdowns=breakdowns,
            blind=(*blind, *self._breakdowns.blind),
            alone=self._plan.first,
        )
        verdict = judge(self._rules, facts)
        if verdict.kind is not Kind.FAIL:  # users first: of a bad release people hear when it is gone
            self._tell(verdict, facts)
        return verdict, facts

    def is_over(self, verdict: Verdict) -> bool:
        """Nothing stays whose workers were never seen at work."""
        return verdict.kind is Kind.FAIL or (verdict.kind is not Kind.WAIT and self._jobs_since is not None)

    def _workers_hardly_known(self, now: float) -> tuple[str, ...]:
        """A worker that fails at its first job needs one to show it."""
        if not places(self._change).workers:
            return ()
        if self._jobs_since is None:
            return (f"{self._plan.to} does not have the jobs yet: what is at work may finish",)
        known_seconds = min(self._rules.shortest_seconds, WORKERS_SECONDS)
        if now - self._jobs_since < known_seconds:
            return (f"{self._plan.to} has not had the jobs for {known_seconds:g} s yet",)
        return ()

    def _keep_warm(self, found: Everything) -> None:
        """After a boot only what users see is started."""
        if self._plan.before is None:
            return
        for web in places(self._change).webs:
            if idle(of(found, web, self._plan.before.color)):
                start_anew(self._change, web, self._plan.before)

    def _tell(self, verdict: Verdict, facts: Facts) -> None:
        share = min(1.0, facts.elapsed_seconds / self._rules.shortest_seconds)
        tell_progress(FIRST_PERCENT + (LAST_PERCENT - FIRST_PERCENT) * share, verdict.sentence)
        if verdict.page and verdict.page not in self._told:
            self._told.add(verdict.page)
            site, environment = self._change.site.name, self._change.environment
            tell_people(self._change, look_at_this(site, environment, self._change.id, verdict.page))
