"""A release: what exactly runs. And what is remembered of one that went, or did not go, live."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import takewhile

from mainstay.descriptor.kept import MigrationKind
from mainstay.descriptor.service import Color
from mainstay.journal import COMPLETED, ROLLED_BACK, UNPROVEN

KEPT = (COMPLETED, UNPROVEN)  # what users had when its change was over
KEPT_FOLDERS = 5  # on every host, of the releases that were placed there last


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
    migration: MigrationKind | None = None  # None: nothing was moved
    loses: bool = False  # its migration took away what only a backup has
    gave_up: str | None = None  # of a rollback: the id of the release that users do not get any more
    numbers: Mapping[str, float] = field(default_factory=dict)  # requests, errors, probes, failed probes, seconds, …
    approved_by: str | None = None
    backup: str | None = None  # the id of the newest whole set there was before it


def condemned(records: Iterable[ReleaseRecord], commit: str) -> ReleaseRecord | None:
    """Why no machine deploys this commit again: the last time, it was switched back. ``records``: newest first."""
    return _spoken_against(records, lambda id: id.startswith(commit[:12]))  # the id of a release begins with it


def _spoken_against(records: Iterable[ReleaseRecord], meant: Callable[[str], bool]) -> ReleaseRecord | None:
    """The newest word on the releases whose id is meant, if it is a bad one."""
    newest = next((record for record in records if _speaks_of(record, meant)), None)
    return newest if newest is not None and _speaks_against(newest, meant) else None


def _speaks_of(record: ReleaseRecord, meant: Callable[[str], bool]) -> bool:
    """A rollback that did not go through says nothing of where it went to."""
    judged = record.outcome in KEPT or record.gave_up is None
    return judged and (meant(record.release.id) or _given_up(record, meant))


def _speaks_against(record: ReleaseRecord, meant: Callable[[str], bool]) -> bool:
    return record.outcome == ROLLED_BACK if meant(record.release.id) else True


def _given_up(record: ReleaseRecord, meant: Callable[[str], bool]) -> bool:
    """A rollback that went through says so of what it left."""
    return record.outcome == COMPLETED and record.gave_up is not None and meant(record.gave_up)


def good_before(records: Iterable[ReleaseRecord], live: str | None, *, untold: bool = False) -> ReleaseRecord | None:
    """What a rollback goes to: the newest PASS older than what is live; where there is none, the newest accepted.

    A release counts as old as its last deploy: whoever only went back to it went past all that came after, and is
    not sent there again. What counts is the release: its commit may have been bad with another configuration.
    ``records``: newest first; ``live``: the id of the release; ``untold``: the deploy that brought it is not over, so
    no record tells of it yet, though one may of an earlier time.
    """
    everything = list(records)
    older = _before(everything, None if untold else live)
    older = [record for record in older if record.release.id != live]
    good = [record for record in older if not _spoken_against(everything, record.release.id.__eq__)]
    by_outcome = (next((r for r in good if r.outcome == outcome), None) for outcome in KEPT)
    return next((record for record in by_outcome if record is not None), None)


def had_since(records: Sequence[ReleaseRecord], color: Color, release: str) -> datetime | None:
    """Since when nobody but this release answers from that color: the change before the one that gave it the color was
    over. None: since the first change that is told of. ``records``: newest first.
    """
    of_color = [n for n, record in enumerate(records) if record.color == color]
    own = list(takewhile(lambda n: records[n].release.id == release, of_color))
    older = records[own[-1] + 1 :] if own else records  # of the deploy that brought it no record may tell yet
    return older[0].at if older else None


def forgettable(newest_first: Sequence[str], loaded: Iterable[str]) -> tuple[str, ...]:
    """The folders of a host that may go: nothing runs from them, and newer ones are kept."""
    needed = set(loaded)
    return tuple(name for name in newest_first[KEPT_FOLDERS:] if name not in needed)


def _before(records: Sequence[ReleaseRecord], live: str | None) -> Sequence[ReleaseRecord]:
    """One that is live and has no record yet is newer than all that have."""
    went_live = [n for n, record in enumerate(records) if record.release.id == live and record.outcome in KEPT]
    deployed = [n for n in went_live if records[n].gave_up is None] or went_live[-1:]
    return records[deployed[0] + 1 :] if deployed else records
