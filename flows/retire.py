"""The old color has been warm for long enough: it drains and ends."""

from typing import Any

from prefect.client.schemas.objects import State

from flows.endings import done, nothing_to_do
from flows.settling import broken_off, settle_inherited
from flows.story import story
from mainstay.errors import Superseded
from mainstay.journal import COMPLETED
from mainstay.report import End
from tasks.colors import cool_down, observe_retirement, stop, wait_until_ended
from tasks.records import begin, pass_proof, record_end
from tasks.turns import turn


@story("retire the old color of {system} {environment}")
def retire(system: str, environment: str) -> State[Any]:
    """End the color that users do not see, once its rollback window is over. Keeper starts this by itself.

    Args:
        system: The name of the system, as its descriptor file is called.
        environment: Which of its environments, for example production.
    """
    with turn(system, environment, "retire") as change:
        settle_inherited(change)
        plan = observe_retirement(change)
        if plan.color is None:
            return nothing_to_do(plan.reason)
        what = f"retire {plan.color}"
        begin(change, what, {"color": plan.color}, {}, (plan.reason,))
        try:
            stop(change, plan.color)
            wait_until_ended(change, plan.color)
            cool_down(change)
            pass_proof(change, f"{plan.color} has ended")
        except Superseded:
            raise
        except BaseException as reason:
            return broken_off(change, what, reason)
        record_end(change, what, End(COMPLETED, (plan.reason,)))
        return done(f"{plan.color} of {system} {environment} has ended: {plan.reason}")
