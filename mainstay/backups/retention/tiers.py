"""The calendar of retention: which sets stand for an hour, a day, a week, a month or a year.

Each period is stood for by its newest proven set, and is told by the installation's own clock and calendar.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import islice

from mainstay.backups.listed import Listed
from mainstay.backups.sets import NEEDS_A_PARENT, Kind
from mainstay.descriptor.environment import Keep


@dataclass(frozen=True)
class Tier:
    word: str
    unit: str
    count: int
    period: Callable[[datetime], str]  # of a local time
    reach: timedelta | None = None  # so far back from the newest; None: for as many periods as have a set


@dataclass(frozen=True)
class Chosen:
    """Who stands for which period of one tier, among the sets of one kind."""

    tier: Tier
    zone: tzinfo
    winners: Mapping[str, Listed]  # by period

    def period(self, each: Listed) -> str:
        return self.tier.period(each.moment.astimezone(self.zone))


def tiers(keep: Keep, kind: Kind) -> tuple[Tier, ...]:
    """What is kept for long stands alone: of increments, each as weak as the weakest below it, only the near tiers."""
    near = (
        Tier("hourly", "hour", keep.hourly, _hour, timedelta(hours=keep.hourly)),  # else a nightly set fills 24 nights
        Tier("daily", "day", keep.daily, lambda at: f"{at:%Y-%m-%d}"),
    )
    far = (
        Tier("weekly", "week", keep.weekly, _week),
        Tier("monthly", "month", keep.monthly, lambda at: f"{at:%Y-%m}"),
        Tier("yearly", "year", keep.yearly, lambda at: f"{at:%Y}"),
    )
    return tuple(tier for tier in (near if kind == NEEDS_A_PARENT else near + far) if tier.count)


def choose(tier: Tier, zone: tzinfo, newest_first: Sequence[Listed]) -> Chosen:
    """``newest_first``: the proven sets of one kind, by their moments."""
    newest: dict[str, Listed] = {}
    for each in newest_first:
        if tier.reach is None or each.moment > newest_first[0].moment - tier.reach:
            newest.setdefault(tier.period(each.moment.astimezone(zone)), each)
    return Chosen(tier, zone, dict(islice(newest.items(), tier.count)))


def _hour(at: datetime) -> str:
    """With its distance from UTC: the hour that comes twice in autumn is two."""
    return f"{at:%Y-%m-%d %H}h {at:%z}"


def _week(at: datetime) -> str:
    """Of the ISO calendar: it belongs to the year of its Thursday, so none is cut in two at the end of a year."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02}"
