"""The watch: a release that users see is judged, until it is clear whether it stays."""

from edge import clock
from edge.changes import Change
from edge.witnesses import Witness
from mainstay.deploy import GoLive
from mainstay.evidence import Facts, Fault
from mainstay.traffic import baseline
from mainstay.watch import Kind, Verdict, judge
from tasks.faults import Faults
from tasks.places import places
from tasks.policies import observes
from tasks.telling import tell_progress

LOOK_SECONDS = 1.0
FIRST_PERCENT, LAST_PERCENT = 50, 95  # of a deploy's bar


@observes("watch {plan.to}")
def watch(change: Change, plan: GoLive, witness: Witness, switched_at: float) -> Verdict:
    """PASS, FAIL or INCONCLUSIVE, with its numbers. Whoever hurries may take the turn meanwhile."""
    rules, faults = places(change).environment.watch, Faults(change, plan)
    witness.look()
    before = baseline(witness.requests, plan.before.color, switched_at) if plan.before else baseline((), plan.to, 0)
    change.watching()
    while True:
        change.check()
        witness.look()
        now = clock.now().timestamp()
        verdict = judge(
            rules,
            Facts(
                color=plan.to,
                switched_at=switched_at,
                now=now,
                before=before,
                requests=[one for one in witness.requests if one.color == plan.to and one.at >= switched_at],
                probes=witness.probes,
                faults=faults.look(now),
                blind=(*witness.blind, *faults.blind),
                alone=plan.first,
            ),
        )
        if verdict.kind is not Kind.WAIT:
            change.changing()
            return verdict
        share = min(1.0, (now - switched_at) / rules.shortest_seconds)
        tell_progress(FIRST_PERCENT + (LAST_PERCENT - FIRST_PERCENT) * share, verdict.sentence)
        clock.sleep(LOOK_SECONDS)
