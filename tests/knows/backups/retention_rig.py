"""Sets to judge, told by how many hours before midnight they were taken."""

from datetime import UTC, datetime, timedelta, tzinfo

from mainstay.backups.listed import Listed
from mainstay.backups.retention.keeping import Plan, plan_retention
from mainstay.backups.retention.refusals import Circumstances
from mainstay.backups.sets import Kind
from mainstay.descriptor.environment import Keep

MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)  # a Saturday
NOTHING = {"hourly": 0, "daily": 0, "weekly": 0, "monthly": 0, "yearly": 0, "all_for_hours": 1}


def ago(hours: float) -> datetime:
    return MIDNIGHT - timedelta(hours=hours)


def keep(**counts: int) -> Keep:
    """Only what is said."""
    return Keep(**{**NOTHING, **counts})


def taken(id: str, hours_ago: float, kind: Kind = "full", *, level: int | None = 3, **more: object) -> Listed:
    return at(id, ago(hours_ago), kind, level=level, **more)


def at(id: str, moment: datetime, kind: Kind = "full", *, level: int | None = 3, **more: object) -> Listed:
    return Listed(id, kind, moment, **{"ended_at": moment, "bytes": 1000, "level": level, **more})  # type: ignore[arg-type]


def increment(id: str, hours_ago: float, parent: str, *, level: int | None = 1, **more: object) -> Listed:
    return taken(id, hours_ago, "incremental", level=level, parent=parent, **more)


def planned(sets: list[Listed], rules: Keep, now: datetime = MIDNIGHT, zone: tzinfo = UTC) -> Plan:
    return plan_retention(sets, rules, now, zone)


def reasons(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {each.set.id: each.reasons for each in plan.decisions}


def kept(plan: Plan) -> set[str]:
    return {each.set.id for each in plan.kept}


def seen(now: datetime = MIDNIGHT, **more: object) -> Circumstances:
    return Circumstances(now, **{"store_now": now, "last_pruning": None, **more})  # type: ignore[arg-type]
