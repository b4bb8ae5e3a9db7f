"""What a journal tells of a release when its change is over, so that whoever closes it writes the same record."""

from datetime import datetime
from typing import get_args

from mainstay.deploy import GoLive
from mainstay.descriptor.kept import MigrationKind
from mainstay.journal import Entry, Journal
from mainstay.releases import ReleaseRecord
from mainstay.report import End

DATABASE = "database"  # under which a step names where the schema is


def record_of(journal: Journal, plan: GoLive, end: End, who: str, now: datetime) -> ReleaseRecord:
    request = journal.request
    wanted = request.after if request else {}
    return ReleaseRecord(
        change=journal.change,
        version=plan.version,
        release=plan.release,
        color=plan.to,
        outcome=end.outcome,
        verdict=end.reasons[0] if end.reasons else "",
        who=who,
        at=now,
        replaced=plan.before.release if plan.before else None,
        gave_up=wanted.get("gave_up") or None,
        head_before=_first(journal.steps),
        head_after=moved_to(journal),
        migration=_kind(wanted.get("migration")) if _moved(journal) else None,
        loses=wanted.get("loses") == "yes" and _moved(journal),
        numbers=end.numbers,
        approved_by=wanted.get("approved_by") or None,
        backup=wanted.get("backup") or None,
    )


def _kind(word: str | None) -> MigrationKind | None:
    kinds: tuple[MigrationKind, ...] = get_args(MigrationKind)
    return next((kind for kind in kinds if kind == word), None)


def _moved(journal: Journal) -> bool:
    """Also half-way: what was begun may have stayed."""
    return any(DATABASE in step.before for step in journal.steps)


def _first(steps: tuple[Entry, ...]) -> str | None:
    return next((step.before[DATABASE] for step in steps if step.before.get(DATABASE)), None)


def moved_to(journal: Journal) -> str | None:
    """Where a migration of this change left the database; None: it moved nothing."""
    return next((step.after[DATABASE] for step in reversed(journal.steps) if step.after.get(DATABASE)), None)
