"""The maintenance page: up or down on every host of an environment, or everywhere as it was."""

from typing import Any, Literal

from prefect.client.schemas.objects import State

from flows.endings import done, nothing_to_do
from flows.pages import carry_out
from flows.settling import broken_off, settle_inherited
from flows.story import story
from mainstay.errors import Superseded
from mainstay.journal import COMPLETED
from mainstay.maintenance import judge_words, plan_maintenance
from mainstay.report import End
from tasks.pages import observe_pages, prove_page
from tasks.records import begin, pass_proof, record_end
from tasks.telling import tell_progress
from tasks.turns import turn


@story("maintenance page {page}: {system} {environment}")
def maintenance(
    system: str, environment: str, page: Literal["up", "down"], words: str = "We are back in a few minutes."
) -> State[Any]:
    """Put the maintenance page up, or take it down, on every host of an environment.

    All hosts show the same when it is done. If one cannot, all of them show what they showed before.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
        page: "up" shows the page instead of the application; "down" shows the application again.
        words: What the page says, in one line. Not needed to take it down.
    """
    what = f"maintenance page {page}"
    wish = judge_words(page, words)
    with turn(system, environment, "maintenance") as change:
        settle_inherited(change)
        plan = plan_maintenance(wish, observe_pages(change))
        if not plan.steps:
            return nothing_to_do("; ".join(plan.reasons))
        begin(change, what, plan.before, plan.after, plan.reasons)
        try:
            tell_progress(20, what)
            carry_out(change, plan)
            tell_progress(60, "asking as a user would")
            pass_proof(change, prove_page(change, wish))
        except Superseded:
            raise
        except BaseException as reason:
            return broken_off(change, what, reason)
        record_end(change, what, End(COMPLETED, plan.reasons))
        return done(f"{what} of {system} {environment}: seen so through the site, on {', '.join(plan.after)}")
