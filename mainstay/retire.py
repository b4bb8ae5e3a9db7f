"""When the color that users do not see may end."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.colors import WARM, Standing, other
from mainstay.descriptor.service import Color
from mainstay.errors import Refused

AGAIN = timedelta(minutes=10)  # one that could not be carried out is begun anew


@dataclass(frozen=True)
class Retirement:
    color: Color | None  # None: nothing is to end
    reason: str
    since: datetime | None = None  # it may


def plan_retirement(standings: Sequence[Standing], now: datetime) -> Retirement:
    """Only what was kept warm is ended, and only when that is over on every host."""
    shown = {standing.shown for standing in standings}
    if len(shown) != 1 or None in shown:
        return Retirement(None, "no color is live everywhere, so none is old")
    (live,) = shown
    assert live is not None
    until = [_moment(standing.host, standing.warm_until) for standing in standings if standing.warm_until]
    if not until:
        return Retirement(None, f"nothing is kept warm beside {live}")
    last, old = max(until), other(live)
    if last > now:
        return Retirement(None, f"{old} stays warm until {last:%Y-%m-%d %H:%M} UTC")
    return Retirement(old, f"{old} was kept warm until {last:%Y-%m-%d %H:%M} UTC, and that is over", last)


def _moment(host: str, words: str) -> datetime:
    """A flag is a file, and somebody may have written it by hand."""
    with suppress(ValueError):
        if (found := datetime.fromisoformat(words)).tzinfo is not None:
            return found
    raise Refused(
        f"{WARM} in the flags folder of {host} says {words!a}, which is no time with its zone, so nothing is retired"
        " there. Remove that file, or write into it until when the old color is to stay."
    )


def key(system: str, environment: str, since: datetime, now: datetime) -> str:
    """Under one key Prefect starts a run once, also long after it has ended in vain."""
    return f"retire/{system}/{environment}/{since.isoformat()}/{(now - since) // AGAIN}"
