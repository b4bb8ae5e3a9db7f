"""The watch: a release that users see is judged, until it is clear whether it stays."""

from edge import clock
from edge.changes import Change
from edge.witnesses import Witness
from mainstay.deploy import GoLive
from mainstay.evidence import Facts
from mainstay.findings import Watched
from mainstay.traffic import Sample, baseline
from mainstay.watch import Kind, judge
from tasks.faults import Faults
from tasks.places import places
from tasks.policies import observes
from tasks.telling import tell_progress

LOOK_SECONDS = 1.0
FIRST_PERCENT, LAST_PERCENT = 50, 95  # of a deploy's bar


@observes("watch {plan.to}")
def watch(change: Change, plan: GoLive, witness: Witness, switched_at: float) -> Watched:
    """PASS, FAIL or INCONCLUSIVE, with its numbers. Whoever hurries may take the turn meanwhile."""
    rules, faults = places(change).environment.watch, Faults(change, plan)
    witness.look()
    before = baseline(witness.requests, plan.before.color, switched_at) if plan.before else Sample()
    change.watching()
    while True:
        change.check()
        witness.look()
        facts = _facts(plan, witness, switched_at, before, faults)
        verdict = judge(rules, facts)
        if verdict.kind is not Kind.WAIT:
            decided_at = clock.now().timestamp()
            change.changing()
            return Watched(verdict, facts, rules, witness.count(), tuple(witness.requests), decided_at)
        share = min(1.0, facts.elapsed_seconds / rules.shortest_seconds)
        tell_progress(FIRST_PERCENT + (LAST_PERCENT - FIRST_PERCENT) * share, verdict.sentence)
        clock.sleep(LOOK_SECONDS)


def _facts(plan: GoLive, witness: Witness, switched_at: float, before: Sample, faults: Faults) -> Facts:
    now = clock.now().timestamp()
    found = faults.look(now)
    return Facts(
        color=plan.to,
        switched_at=switched_at,
        now=now,
        before=before,
        requests=[one for one in witness.requests if one.color == plan.to and one.at >= switched_at],
        probes=witness.probes,
        faults=found,
        blind=(*witness.blind, *faults.blind),
        alone=plan.first,
    )
