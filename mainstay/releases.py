"""A release: what exactly runs. And what is remembered of one that went, or did not go, live."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from mainstay.descriptor.service import Color


@dataclass(frozen=True)
class Release:
    """One commit, built once, with the configuration it is started with. Two that are equal do the same."""

    commit: str  # the full sha
    artifact: str  # the sha256 of what was built from it
    configuration: str  # the sha256 of everything it is started with; of a secret, of where it lies

    @property
    def id(self) -> str:
        """Names its folder on the hosts; a person sees the commit in it."""
        what = f"{self.commit} {self.artifact} {self.configuration}"
        return f"{self.commit[:12]}-{sha256(what.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class ReleaseRecord:
    """What stays in the store of one deploy, however it ended; published once, when the change is closed."""

    change: str
    version: str  # as a person typed it
    release: Release
    color: Color
    outcome: str  # as the journal was closed: Completed (passed), Accepted, RolledBack
    verdict: str  # the sentence
    who: str
    at: datetime
    replaced: str | None = None  # the id of the release that was live before
    head_before: str | None = None  # of the database
    head_after: str | None = None
    migration: str | None = None  # expand, contract, data; None: nothing was moved
    numbers: Mapping[str, float] = field(default_factory=dict)  # requests, errors, probes, failed probes, seconds, …
    approved_by: str | None = None
