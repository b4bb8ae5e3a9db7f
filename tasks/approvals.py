"""A person's word before a release goes live, where the descriptor asks for one. No process waits for it."""

from edge import approvals, audits, clock, release_records
from edge.own_server import server_of_this_run
from edge.prefect_server import Value
from edge.settings import read_settings
from edge.store import open_store
from edge.stories import start_story
from edge.systems import read_system
from mainstay.approvals import NOBODY, Approval, Waiting, Word, binding, given, how_to_agree
from mainstay.deploy import GoLive
from mainstay.errors import Refused
from mainstay.news import release_waits
from tasks.policies import converges, observes, once
from tasks.telling import asked_by, tell_all_of


@observes("whether {plan.version} may go to {system} {environment}")
def observe_approval(system: str, environment: str, plan: GoLive, accept: str, again: bool) -> Word | None:
    """Who agreed that exactly this release, at this price, takes the place of exactly what is live, if that still
    holds; or that nobody need. None: a person must.
    """
    return agreed_by(system, environment, plan, accept, again)


def agreed_by(system: str, environment: str, plan: GoLive, accept: str, again: bool) -> Word | None:
    settings = read_settings()
    if read_system(settings, system).at(environment).approval == "none":
        return Word(NOBODY, plan.version)
    store = open_store(settings)
    found = approvals.read_approval(store, system, environment, binding(plan))
    known = release_records.records(store, system, environment, home=settings.home)
    holds = found is not None and found.holds(accept, again, known, clock.now())
    return Word(found.by, found.called(plan)) if found is not None and holds else None


@converges("ask for a word on {plan.version}")
def ask_for_approval(system: str, environment: str, plan: GoLive, accept: str, again: bool, urgent: bool) -> str:
    """It is written down what waits, and everybody whom the descriptor names hears of it. Returns how to agree."""
    settings = read_settings()
    store, commit = open_store(settings), plan.release.commit
    waiting = Waiting(plan.version, commit, accept, again, urgent, asked_by(), clock.now())
    approvals.wait(store, system, environment, binding(plan), waiting)
    how = how_to_agree(system, environment, waiting)
    tell_all_of(read_system(settings, system), store, release_waits(system, environment, plan.version, commit, how))
    return how


@observes("whether {plan.version} may still go to {system} {environment}")
def refuse_unagreed(system: str, environment: str, plan: GoLive, accept: str, again: bool) -> Word:
    """Asked once more when we have the turn: one word is good for one deploy, and another may have been before us."""
    found = agreed_by(system, environment, plan, accept, again)
    if found is None:
        raise Refused(
            f"Nothing was changed: the word for {plan.version} was good for one deploy, and that has ended. If it is"
            f" to go out once more: mainstay deploy {system} {environment} {plan.version}, and somebody agrees again."
        )
    return found


@observes("what waits for a word on {plan.version}")
def observe_waiting(system: str, environment: str, plan: GoLive, accept: str, again: bool) -> Waiting:
    """A word is given to what was asked for: a branch may have moved on, another release gone live, or somebody asked
    for the same at another price, since.
    """
    found = approvals.read_waiting(open_store(read_settings()), system, environment, binding(plan))
    if found is None:
        raise Refused(
            f"Nothing was agreed to: {plan.version} is {plan.release.commit} now, and nobody asked for a word on that"
            f" in the place of what is live. Start its deploy: mainstay deploy {system} {environment} {plan.version}"
        )
    if (found.accept, found.again) != (accept, again):
        raise Refused(
            f"Nothing was agreed to: what waits asks for more, or less, than you said. Look at it, then:"
            f" {how_to_agree(system, environment, found)}"
        )
    return found


@converges("agreed to {plan.version}")
def give_approval(system: str, environment: str, plan: GoLive, waiting: Waiting) -> Approval:
    """Kept in the store and in the audit chain, under the name of whoever started this run."""
    store = open_store(read_settings())
    approval = given(system, environment, plan, waiting, asked_by(), clock.now())
    approvals.approve(store, binding(plan), approval)
    what = f"{approval.version} for {system} {environment}: {how_to_agree(system, environment, waiting)}"
    audits.append(store, what=what, outcome="approved", change=plan.release.id, now=approval.at, who=approval.by)
    return approval


@once("start the deploy of {plan.version}")
def start_deploy(system: str, environment: str, plan: GoLive, waiting: Waiting, approval: Approval) -> str:
    """A run of Prefect, or without it a process of its own; asked twice for one word, it is started once. It is given
    the commit: a name may mean another one by now.
    """
    settings = read_settings()
    asked: dict[str, Value] = {"system": system, "environment": environment, "version": waiting.commit}
    asked |= {"again": waiting.again, "accept": waiting.accept, "urgent": waiting.urgent}
    key = f"deploy/{system}/{environment}/{binding(plan)}/{approval.at.isoformat()}"
    server = server_of_this_run(settings)
    started = start_story(
        "deploy", asked, key, home=settings.home, server=server, asked_by=approval.by, urgent=waiting.urgent
    )
    if started.how == "child":
        return f"process {started.id}. How it ends: logs/deploy.log of the home"
    return f"run {started.id}. How it ends: mainstay follow {started.id}"
