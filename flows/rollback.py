"""Back to a release that was live before: no build, no migration, as fast as a switch."""

from typing import Any

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from flows.colors import bring_to_users
from flows.endings import done, nothing_to_do
from flows.settling import broken_off, settle_inherited
from flows.story import story
from mainstay.colors import NOTHING
from mainstay.deploy import GoLive, as_after, as_before
from mainstay.errors import Superseded
from mainstay.journal import COMPLETED
from mainstay.report import End
from mainstay.turn import Urgency
from tasks.builds import place_release, refuse_misfit
from tasks.colors import keep_warm, observe_ready, start_web
from tasks.handover import hand_over_jobs
from tasks.proofs import smoke_test, wait_until_ready
from tasks.records import begin, pass_proof, record_end
from tasks.release_records import record_release
from tasks.rollback import observe_live, observe_target, observe_unseen_deploy, observe_way_back, refuse_price
from tasks.telling import tell_progress
from tasks.turns import Change, before_any_turn, turn


def _name() -> str:
    """What the run does, also where nobody says to what."""
    asked = flow_run.parameters
    to = f" to {asked['to']}" if asked.get("to") else ""
    return f"roll {asked['system']} {asked['environment']} back{to}"


@story(_name)
def rollback(system: str, environment: str, to: str = "", accept: bool = False) -> State[Any]:
    """Go back to the newest release that passed before the one that is live, or to the one you name.

    It says first what the database allows: only code goes back, never data. It does not wait for others: a deploy
    that is being watched ends Superseded; one that users do not see yet is stopped, and that is all.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
        to: A version that was live here, or its commit. Empty: the newest that passed before the live one.
        accept: Go back although the database says that the old code may not work with it. Only a person says so.
    """
    with before_any_turn(system, environment):
        kept = "" if to else observe_unseen_deploy(system, environment)
        target = None if kept else observe_target(system, environment, to)
    with turn(system, environment, "rollback", urgency=Urgency.RESCUE) as change:
        settle_inherited(change)
        if kept and observe_live(change) == kept:
            return _only_stopped(change)
        target = target or observe_target(system, environment, to)
        found = observe_way_back(change, target)
        if found is None:
            return _nothing_left_to_do(change, target.version)
        if not accept:
            refuse_price(change, found)
        return _go_back(change, found.plan, found.database.sentence)


def _only_stopped(change: Change) -> State[Any]:
    """Who says "back" while a deploy gets ready means that deploy; what users have may be good."""
    where = f"{change.site.name} {change.environment}"
    return done(
        f"Users of {where} have what they had: the deploy that was to replace it was stopped before they saw it."
        f" To go further back: mainstay rollback {change.site.name} {change.environment} --to VERSION"
    )


def _nothing_left_to_do(change: Change, version: str) -> State[Any]:
    """What was under way is taken back for a rollback, and that may be all that was wanted."""
    where = f"{change.site.name} {change.environment}"
    if change.inherited:
        return done(f"{version} is what users of {where} see again: what was under way there was settled first.")
    return nothing_to_do(f"{version} is what users of {where} see.")


def _go_back(change: Change, plan: GoLive, database: str) -> State[Any]:
    """While the old color is still warm, this is a switch; otherwise it is started and tried out first."""
    what = f"rollback to {plan.version}"
    refuse_misfit(change, plan.release)
    if not observe_ready(change, plan.after):  # who runs and is ready is placed already, and owes nobody a secret
        tell_progress(10, f"{plan.version} is put where it runs")
        place_release(change, plan.release)
    gave_up = plan.before.release if plan.before else NOTHING
    begin(change, what, as_before(plan), as_after(plan, gave_up=gave_up), plan.reasons)
    try:
        tell_progress(20, f"{plan.to} is made sure of")
        start_web(change, plan.after)
        wait_until_ready(change, plan.after)
        tell_progress(50, f"{plan.to} is tried out")
        smoke_test(change, plan.to)
        tell_progress(60, f"users get {plan.to}")
        bring_to_users(change, plan.after)
        pass_proof(change, f"users see {plan.to}")  # nothing leads back to what was just given up
        tell_progress(80, f"users have {plan.version}; the jobs follow")
        hand_over_jobs(change, plan.after)
        tell_progress(90, "the old color stays warm")
        if plan.before is not None:
            keep_warm(change, plan.before.color)
        end = End(COMPLETED, (*plan.reasons, database))
        record_release(change, plan, end)
    except Superseded:
        raise
    except BaseException as reason:
        return broken_off(change, what, reason)
    record_end(change, what, end)
    return done(f"{plan.version} is live again on {change.site.name} {change.environment}, {plan.to}. {database}")
