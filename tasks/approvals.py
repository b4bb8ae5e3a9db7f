"""A person's word before a release goes live, where the descriptor asks for one. No process waits for it."""

from edge import approvals, audits, clock
from edge.own_server import server_of_this_run
from edge.settings import read_settings
from edge.store import open_store
from edge.stories import start_story
from edge.systems import read_system
from mainstay.approvals import Approval, binding, given
from mainstay.deploy import GoLive
from mainstay.news import release_waits
from tasks.policies import converges, observes, once
from tasks.telling import asked_by, tell_all_of


@observes("whether {plan.version} may go to {system} {environment}")
def observe_approval(system: str, environment: str, plan: GoLive) -> str | None:
    """Who agreed that exactly this release takes the place of exactly what is live, if that still holds; or that
    nobody need. None: a person must.
    """
    settings = read_settings()
    if read_system(settings, system).at(environment).approval == "none":
        return "nobody need agree"
    found = approvals.read_approval(open_store(settings), system, environment, binding(plan))
    return found.by if found is not None and found.holds(clock.now()) else None


@converges("ask for a word on {plan.version}")
def ask_for_approval(system: str, environment: str, plan: GoLive) -> None:
    """Everybody whom the descriptor names hears that it waits."""
    settings = read_settings()
    notice = release_waits(system, environment, plan.version, plan.release.id)
    tell_all_of(read_system(settings, system), open_store(settings), notice)


@converges("agreed to {plan.version}")
def give_approval(system: str, environment: str, plan: GoLive) -> Approval:
    """Kept in the store and in the audit chain, under the name of whoever started this run."""
    store = open_store(read_settings())
    approval = given(system, environment, plan, asked_by(), clock.now())
    approvals.approve(store, binding(plan), approval)
    what = f"{plan.version} for {system} {environment}"
    audits.append(store, what=what, outcome="approved", change=plan.release.id, now=approval.at, who=approval.by)
    return approval


@once("start the deploy of {plan.version}")
def start_deploy(system: str, environment: str, plan: GoLive, approval: Approval) -> str:
    """A run of Prefect, or without it a process of its own; asked twice for one word, it is started once."""
    settings = read_settings()
    asked = {"system": system, "environment": environment, "version": plan.release.commit}
    key = f"deploy/{system}/{environment}/{binding(plan)}/{approval.at.isoformat()}"
    server = server_of_this_run(settings)
    started = start_story("deploy", asked, key, home=settings.home, server=server, asked_by=approval.by, urgent=False)
    return f"{started.how} {started.id}"
