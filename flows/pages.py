"""The part of a story that sets the maintenance page, forward or back; whoever settles a change needs it too."""

from mainstay.journal import Direction, Entry
from mainstay.maintenance import MaintenancePlan, plan_way_back, plan_way_forward
from mainstay.report import Carried
from tasks.pages import observe_pages, set_page
from tasks.turns import Change


def carry_out(change: Change, plan: MaintenancePlan) -> None:
    for step in plan.steps:
        set_page(change, step)


def settle_pages(change: Change, request: Entry, direction: Direction) -> Carried:
    """All hosts show what they showed before the change, or what it wanted; says what was done."""
    shown = observe_pages(change)
    forward = direction is Direction.FORWARD
    plan = plan_way_forward(request.after, shown) if forward else plan_way_back(request.before, shown)
    carry_out(change, plan)
    return Carried(plan.reasons)
