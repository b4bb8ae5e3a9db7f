"""A release goes live beside the one that is: started, proven, shown, watched; and comes back if it is bad."""

from typing import Any

from prefect.client.schemas.objects import State

from flows.colors import bring_to_users
from flows.endings import accepted, awaiting_approval, done, nothing_to_do
from flows.plans import plan_release
from flows.settling import broken_off, settle_inherited
from flows.story import story
from mainstay.approvals import NOBODY
from mainstay.deploy import GoLive, as_after, as_before, plan_go_live, same_way
from mainstay.errors import BadRelease, Superseded
from mainstay.journal import COMPLETED, UNPROVEN
from mainstay.migrations import Pending, Price, told
from mainstay.report import End
from mainstay.turn import Urgency
from mainstay.watch import Kind
from tasks.approvals import ask_for_approval, observe_approval, refuse_unagreed
from tasks.builds import forget_old_releases, place_release, refuse_changed_words
from tasks.checks import check_backup, check_room
from tasks.colors import keep_warm, observe_standings, start_web
from tasks.migrations import migrate, observe_migration, refuse_migration
from tasks.probing import Witness, probing
from tasks.proofs import observe_ailment, probe_old_color, smoke_test, wait_until_ready, warm_up
from tasks.records import accept_unproven, begin, pass_proof, record_end
from tasks.release_records import observe_given_at, record_release, refuse_condemned
from tasks.telling import tell_progress
from tasks.turns import Change, before_any_turn, turn
from tasks.watching import watch


@story("deploy {version} to {system} {environment}")
def deploy(
    system: str, environment: str, version: str, again: bool = False, accept: Price = "", urgent: bool = False
) -> State[Any]:
    """Bring a release to the users beside the one they have, watch it, and take it back if it is bad.

    Nobody's request is lost on the way. What fails before users see it leaves them what they have; what is found
    bad afterwards is switched back at once, because the old color is still warm.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
        version: A tag, a branch or a commit; what it means now is what goes out.
        again: Send out a release although it was switched back before. Only a person says so.
        accept: What its migration may cost the old color: "data" or "contract". Empty: nothing.
        urgent: Do not wait for a deploy that is only being watched: it is taken back, and this one goes. In Prefect's
            form choose "Custom run" and its work queue "urgent" too: in "routine" it may wait for a place.
    """
    with before_any_turn(system, environment):
        plan = plan_release(system, environment, version)
        if plan is None:
            return nothing_to_do(f"{version} is what users of {system} {environment} have.")
        if not again:
            refuse_condemned(system, environment, plan)
        if observe_approval(system, environment, plan, accept, again) is None:
            how = ask_for_approval(system, environment, plan, accept, again, urgent)
            return awaiting_approval(f"{version} waits for a word: {how}")
    urgency = Urgency.URGENT if urgent else Urgency.ROUTINE
    with turn(system, environment, "deploy", urgency=urgency) as change:
        settle_inherited(change)
        refuse_changed_words(change, plan)
        if not again:
            refuse_condemned(system, environment, plan)  # it may have come back while we waited for the turn
        word = refuse_unagreed(system, environment, plan, accept, again)
        now = plan_go_live(word.version, plan.release, observe_standings(change))
        if now is None:
            return nothing_to_do(f"{version} is what users of {system} {environment} have by now.")
        plan = same_way(plan, now, settled=bool(change.inherited), free=word.by == NOBODY)
        return _deploy(change, plan, accept, word.by)


def _deploy(change: Change, plan: GoLive, accept: Price, agreed: str) -> State[Any]:
    """Up to ``begin`` nothing has changed; from there on whatever breaks it off is settled at once."""
    what, notes = f"deploy {plan.version}", (*plan.reasons, check_room(change, plan), agreed)
    place_release(change, plan.release)
    pending = observe_migration(change, plan.release, accept or None)
    refuse_migration(pending)
    ails = observe_ailment(change, plan)  # it may be what this release mends, and is not held against it
    notes = (*notes, ails) if ails else notes
    backup = check_backup(change)
    given_at = observe_given_at(change, plan)
    begin(
        change,
        what,
        as_before(plan),
        as_after(plan, **told(pending), approved_by=agreed, backup=backup.id),
        (*notes, backup.sentence),
    )
    try:
        with probing(change) as witness:
            _get_ready(change, plan, pending, well=not ails)
            end = _go_live(change, plan, witness, given_at)
            if plan.before is not None:
                keep_warm(change, plan.before.color)
            record_release(change, plan, end)
            forget_old_releases(change)
    except Superseded:
        raise
    except BaseException as reason:
        return broken_off(change, what, reason)
    record_end(change, what, end)
    said = f"{plan.version} is live on {change.site.name} {change.environment}, {plan.to}: {end.reasons[0]}"
    return done(said) if end.outcome == COMPLETED else accepted(said)


def _get_ready(change: Change, plan: GoLive, pending: Pending, *, well: bool) -> None:
    """All that can fail comes before the switch, while nobody sees it."""
    tell_progress(25, "the database moves")
    migrate(change, plan.release, pending)
    if pending.judged.kind is not None and well:
        probe_old_color(change, plan)
    tell_progress(30, f"{plan.to} starts")
    start_web(change, plan.after)
    wait_until_ready(change, plan.after)
    tell_progress(40, f"{plan.to} is tried out")
    warm_up(change, plan.to)
    smoke_test(change, plan.to)


def _go_live(change: Change, plan: GoLive, witness: Witness, given_at: float) -> End:
    """From a PASS or an acceptance on the way is forward, for whoever goes it. Without the store no user gets it."""
    tell_progress(45, f"users get {plan.to}")
    change.insist()
    switched_at = bring_to_users(change, plan.after)
    watched = watch(change, plan, witness, given_at, switched_at)
    sentence, measured = watched.verdict.sentence, (watched.findings, watched.numbers)
    if watched.verdict.kind is Kind.FAIL:  # users are back; the rest of the way is the same as after any other failure
        raise BadRelease(sentence, *measured)
    if watched.verdict.kind is Kind.INCONCLUSIVE:
        accept_unproven(change, plan.version, sentence)
        return End(UNPROVEN, (sentence,), *measured)
    pass_proof(change, sentence)
    return End(COMPLETED, (sentence,), *measured)
