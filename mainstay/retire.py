"""When the color that users do not see may end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mainstay.colors import Standing, other
from mainstay.descriptor.service import Color


@dataclass(frozen=True)
class Retirement:
    color: Color | None  # None: nothing is to end
    reason: str


def plan_retirement(standings: Sequence[Standing], now: datetime) -> Retirement:
    """Only what was kept warm is ended, and only when that is over on every host."""
    shown = {standing.shown for standing in standings}
    if len(shown) != 1 or None in shown:
        return Retirement(None, "no color is live everywhere, so none is old")
    (live,) = shown
    assert live is not None
    until = [datetime.fromisoformat(standing.warm_until) for standing in standings if standing.warm_until]
    if not until:
        return Retirement(None, f"nothing is kept warm beside {live}")
    if max(until) > now:
        return Retirement(None, f"{other(live)} stays warm until {max(until):%Y-%m-%d %H:%M} UTC")
    return Retirement(
        other(live), f"{other(live)} was kept warm until {max(until):%Y-%m-%d %H:%M} UTC, and that is over"
    )
