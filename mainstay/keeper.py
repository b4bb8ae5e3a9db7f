"""What the keeper says about itself and its programs, and what is asked of it. Others read it; nobody obeys it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from mainstay.programs import Decision, End, Seen, Start

SPEAKS_AT_LEAST_EVERY = timedelta(seconds=5)
SILENT_AFTER = 3 * SPEAKS_AT_LEAST_EVERY
REQUEST_HOLDS = timedelta(minutes=10)  # an older one was meant for a keeper that never saw it

State = Literal["ready", "starting", "waiting", "ending"]


@dataclass(frozen=True)
class Condition:
    """One program: how it is, since when, why."""

    name: str
    state: State
    since: datetime
    why: str
    pid: int | None = None


@dataclass(frozen=True)
class Trouble:
    """Something the keeper does again and again and that failed the last time."""

    chore: str
    since: datetime
    why: str


@dataclass(frozen=True)
class Report:
    """Written whenever it changes, and every few seconds as long as the keeper lives."""

    pid: int
    started: str  # with the pid: this very process, never another under its number
    at: datetime
    programs: tuple[Condition, ...]
    troubles: tuple[Trouble, ...] = ()
    deployed: bool = True  # the server holds what this version declares

    def ready(self, name: str) -> bool:
        return any(program.name == name and program.state == "ready" for program in self.programs)


@dataclass(frozen=True)
class StopRequest:
    """`mainstay down` asks the keeper to end all programs, and then itself."""

    at: datetime
    by: str


def still_holds(request: StopRequest, now: datetime) -> bool:
    return now - request.at < REQUEST_HOLDS


def is_news(report: Report, before: Report) -> bool:
    """It says something else, or the last one begins to look like that of a hanging keeper."""
    return replace(report, at=before.at) != before or abs(report.at - before.at) >= SPEAKS_AT_LEAST_EVERY


def silent(report: Report, now: datetime) -> str:
    """Why a keeper whose process lives is not to be believed; empty: it spoke a moment ago."""
    age = now - report.at
    if age < SILENT_AFTER:
        return ""
    return (
        f"keeper: process {report.pid} lives and has not spoken for {age.total_seconds():.0f} s, so it hangs or was"
        " stopped, and what it said last is old. Nothing is kept up or settled. End it: its programs go on"
        f" (kill -KILL {report.pid}), init starts it again; without init: mainstay up"
    )


def condition(name: str, seen: Seen, decision: Decision, *, pid: int | None, now: datetime) -> Condition:
    """How a program is at this look."""
    return Condition(name, _state(seen, decision), now, decision.reason, pid)


def since(before: Condition | None, after: Condition) -> Condition:
    """The same, dated from when this state began."""
    return replace(after, since=before.since) if before and before.state == after.state else after


def faults(report: Report) -> tuple[str, ...]:
    """All that is not well, a sentence each; nothing to say means that all is well."""
    programs = [f"{program.name}: {program.why}" for program in report.programs if program.state != "ready"]
    deployments = [] if report.deployed else ["deployments: the server does not hold what this version declares yet"]
    return (*programs, *deployments, *(f"{trouble.chore}: {trouble.why}" for trouble in report.troubles))


def lasting(report: Report, now: datetime, patience: timedelta) -> tuple[Condition | Trouble, ...]:
    """What has not been well for so long that a person must hear of it."""
    programs = tuple(program for program in report.programs if program.state != "ready")
    bad: tuple[Condition | Trouble, ...] = (*programs, *report.troubles)
    return tuple(each for each in bad if now - each.since >= patience)


def _state(seen: Seen, decision: Decision) -> State:
    if isinstance(decision, End):
        return "ending"
    if seen.ready:
        return "ready"
    return "starting" if seen.alive or isinstance(decision, Start) else "waiting"
