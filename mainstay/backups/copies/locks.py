"""Until when each set is locked where the store knows locks: as long as retention will keep it at least, and no longer.

A set that stands for a day that is over will go on standing for it, so it is locked until so many days have passed as
are kept. Of a day that goes on nobody knows yet who will stand for it in the end; until then what is written is locked
for as long as every set stays. What stays for another reason is locked for a while, again and again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from mainstay.backups.listed import Listed, children_first
from mainstay.backups.retention.keeping import Decision, Plan
from mainstay.backups.retention.tiers import Chosen, choose, tiers
from mainstay.backups.sets import KINDS
from mainstay.descriptor.environment import Keep

AHEAD = timedelta(
    hours=36
)  # for what stays now: until the next night has looked, and no longer than the condemned wait


@dataclass(frozen=True)
class Lock:
    """How long a set, and all its pieces, are locked at least."""

    set: str
    until: datetime
    reason: str


def from_the_start(keep: Keep, now: datetime) -> datetime:
    """For what is being written: every set stays for so long, whatever becomes of it."""
    return now + timedelta(hours=keep.all_for_hours)


def plan_locks(plan: Plan, keep: Keep, zone: tzinfo) -> tuple[Lock, ...]:
    """For what stays. What others are built on is locked as long as they are."""
    found = {each.set.id: _of(each, keep, plan.at) for each in plan.decisions if each.keep}
    for lock in _won(plan, keep, zone):
        if lock.set in found:
            found[lock.set] = max(found[lock.set], lock, key=lambda each: each.until)
    for child in children_first(each.set for each in plan.kept):
        for need in child.needs:
            if need in found and found[need].until < found[child.id].until:
                found[need] = Lock(need, found[child.id].until, f"needed by {child.id}")
    return tuple(found[each.set.id] for each in plan.decisions if each.set.id in found)


def _of(decision: Decision, keep: Keep, now: datetime) -> Lock:
    young = decision.set.ended_at + timedelta(hours=keep.all_for_hours)
    if young > now + AHEAD:
        return Lock(decision.set.id, young, f"younger than {keep.all_for_hours} h")
    return Lock(decision.set.id, now + AHEAD, decision.reasons[0])


def _won(plan: Plan, keep: Keep, zone: tzinfo) -> Iterable[Lock]:
    for kind in KINDS:
        proven = [each.set for each in plan.decisions if each.proven and each.set.kind == kind]
        for tier in tiers(keep, kind):
            for period, winner in _over(choose(tier, zone, proven) if proven else None, plan.at, zone):
                yield Lock(winner.id, _leaves(winner, tier.word, tier.count, zone), f"{tier.word} of {period}")


def _over(chosen: Chosen | None, now: datetime, zone: tzinfo) -> Sequence[tuple[str, Listed]]:
    """Those who stand for a period to which nothing newer can come."""
    if chosen is None:
        return ()
    current = chosen.tier.period(now.astimezone(zone))
    return [(period, each) for period, each in chosen.winners.items() if period != current and each.moment < now]


def _leaves(winner: Listed, word: str, count: int, zone: tzinfo) -> datetime:
    """The first moment at which there can be as many newer periods as are kept."""
    if word == "hourly":
        return winner.moment + timedelta(hours=count)
    day = winner.moment.astimezone(zone).date()
    return datetime.combine(_BEGINS[word](day, count), time(), zone)


def _month(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


_BEGINS: Mapping[str, Callable[[date, int], date]] = {  # of the period that comes so many after that of a day
    "daily": lambda day, count: day + timedelta(days=count),
    "weekly": lambda day, count: day - timedelta(days=day.weekday()) + timedelta(weeks=count),
    "monthly": _month,
    "yearly": lambda day, count: date(day.year + count, 1, 1),
}
