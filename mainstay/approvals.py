"""A person's word that one release may replace what is live now. Bound to both: if either changes, it is none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from mainstay.deploy import GoLive
from mainstay.releases import ReleaseRecord

VALID = timedelta(hours=8)  # a working day: what was agreed to yesterday is looked at again
NOBODY = "nobody need agree"
CHECKS = (
    "I know what this release changes.",
    "Somebody is there while it goes live.",
    "What it does to the database was read.",
)


@dataclass(frozen=True)
class Waiting:
    """A deploy that asked for a word, as it is to be started when it has it."""

    version: str  # as whoever asked typed it
    commit: str
    accept: str  # the price of its migration that whoever asked is ready to pay
    again: bool
    urgent: bool
    asked_by: str
    at: datetime


@dataclass(frozen=True)
class Approval:
    system: str
    environment: str
    version: str  # as whoever asked typed it; whoever agrees is shown the commit, and types that
    release: str  # the id: commit, artifact and configuration
    live: str | None  # the id of what it may replace; None: nothing is live
    by: str
    at: datetime
    expires_at: datetime
    checks: tuple[str, ...]  # what the person said he had looked at
    accept: str = ""  # the price he agreed to
    again: bool = False  # although it was switched back before

    def called(self, plan: GoLive) -> str:
        """As whoever asked typed it, where the plan has only its commit: the deploy that a word starts names that."""
        return self.version if plan.version == plan.release.commit else plan.version

    def holds(self, accept: str, again: bool, records: Iterable[ReleaseRecord], now: datetime) -> bool:
        """One word is good for one deploy: what became of it is written down later than the word."""
        spent = any(record.release.id == self.release and record.at >= self.at for record in records)
        return (self.accept, self.again) == (accept, again) and not spent and now < self.expires_at


@dataclass(frozen=True)
class Word:
    """That a release may go: who agreed, and what it is called."""

    by: str
    version: str


def given(system: str, environment: str, plan: GoLive, waiting: Waiting, by: str, now: datetime) -> Approval:
    live, until, price = plan.before.release if plan.before else None, now + VALID, (waiting.accept, waiting.again)
    return Approval(system, environment, waiting.version, plan.release.id, live, by, now, until, CHECKS, *price)


def how_to_agree(system: str, environment: str, waiting: Waiting) -> str:
    """The command: whoever types it has read what he agrees to."""
    words = ["mainstay", "approve", system, environment, waiting.commit]
    words += ["--accept", waiting.accept] if waiting.accept else []
    words += ["--again"] if waiting.again else []
    return " ".join(words)


def binding(plan: GoLive) -> str:
    """One name for exactly this release taking exactly this one's place."""
    live = plan.before.release if plan.before else "nothing"
    return sha256(f"{plan.release.id} for {live}".encode()).hexdigest()[:24]
