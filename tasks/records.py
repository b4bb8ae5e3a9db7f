"""What stays of a change when it is over: its journal is closed, the audit chain has it, people are told."""

from collections.abc import Mapping
from dataclasses import replace

from edge import audits, clock, late_audits
from edge.changes import Change
from edge.settings import read_settings
from mainstay.journal import ROLLED_BACK, Entry
from mainstay.news import change_undone, release_came_back, release_unproven
from mainstay.report import About, End, report
from tasks.policies import converges
from tasks.telling import tell_people, tell_progress, tell_report, unsaid


@converges("{what}: written down before it is done")
def begin(
    change: Change, what: str, before: Mapping[str, str], after: Mapping[str, str], reasons: tuple[str, ...]
) -> Entry:
    """The journal has what is wanted, and the audit chain who wanted it; nothing is done yet."""
    change.begin(before=before, after=after, note="; ".join(reasons)[-500:])
    audits.append(
        change.store, what=_of(change, what), outcome="began", change=change.id, now=clock.now(), who=change.who
    )
    return change.journal.entries[0]


@converges("passed")
def pass_proof(change: Change, proof: str) -> None:
    """From here on the way is forward, for whoever goes it."""
    change.passed(proof)


@converges("accepted, unproven")
def accept_unproven(change: Change, version: str, why: str) -> None:
    """Nothing spoke against it and too little for it: from here on the way is forward all the same."""
    change.accepted(why)
    tell_people(change, release_unproven(change.site.name, change.environment, version, why))


@converges("record: {end.outcome}")
def record_end(change: Change, what: str, end: End) -> str:
    """The journal is closed and the chain says how it ended; the report is in the UI. Telling never fails it."""
    change.close(end.outcome, "; ".join(end.reasons)[-500:])
    home = read_settings().home
    chained = late_audits.record(
        change.store,
        home=home,
        what=_of(change, what),
        outcome=end.outcome,
        change=change.id,
        now=clock.now(),
        who=change.who,
    )
    if not chained:
        late = "the store did not answer: the audit record is completed when it is back"
        end = replace(end, reasons=(*end.reasons, late))
    text = report(About(what, change.site.name, change.environment, change.who, end, unsaid()), change.journal)
    tell_progress(100, end.outcome)
    tell_report(f"{change.story}-report", text)
    if end.outcome == ROLLED_BACK:
        _tell_of_the_way_back(change, end.reasons[0] if end.reasons else "its process died")
    return text


def _tell_of_the_way_back(change: Change, why: str) -> None:
    """Of a retirement nobody need hear: users saw nothing of it, and it is begun again by itself."""
    site, environment, request = change.site.name, change.environment, change.journal.request
    version = request.after.get("version") if request else None
    if change.story == "deploy" and version:
        tell_people(change, release_came_back(site, environment, change.id, version, why))
    elif change.story != "retire":
        tell_people(change, change_undone(site, environment, change.id, why))


def _of(change: Change, what: str) -> str:
    return f"{what} of {change.site.name} {change.environment}"
