"""A person's word: this release may replace what is live. The deploy is started at once."""

from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done, nothing_to_do
from flows.plans import plan_release
from flows.story import story
from mainstay.migrations import Price
from tasks.approvals import give_approval, observe_waiting, start_deploy
from tasks.turns import before_any_turn


@story("approve {version} for {system} {environment}")
def approve(system: str, environment: str, version: str, accept: Price = "", again: bool = False) -> State[Any]:
    """Agree that a release goes live, and start its deploy.

    Your word is for exactly this release taking the place of exactly what is live now, and holds for eight hours.
    By giving it you say: I know what this release changes; somebody is there while it goes live; what it does to
    the database was read.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
        version: A tag, a branch or a commit, as in the deploy that waits.
        accept: What its migration may cost the old color, if that is asked for: "data" or "contract".
        again: That it goes out although it was switched back before, if that is asked for.
    """
    with before_any_turn(system, environment):
        plan = plan_release(system, environment, version)
        if plan is None:
            return nothing_to_do(f"{version} is what users of {system} {environment} have; nothing waits for a word.")
        waiting = observe_waiting(system, environment, plan, accept, again)
        approval = give_approval(system, environment, plan, waiting)
        started = start_deploy(system, environment, plan, waiting, approval)
    until = f"{approval.expires_at:%H:%M} UTC"
    what = f"{approval.version} for {system} {environment} until {until}"
    return done(f"{approval.by} agreed to {what}; started: {started}")
