"""Which open changes nobody alive will close, and when an undo is started for them. Seconds are monotonic."""

from dataclasses import dataclass, replace
from datetime import datetime

from mainstay.notices import Alarm, Words
from mainstay.turn import TERM_SECONDS, Seen, Turn, named

GAPS_SECONDS = (0.0, 15.0, 30.0, 60.0)  # before the first, second, … try; the last one stays
ALARM_AFTER_TRIES = 3
ALARMS = "unsettled-"


@dataclass(frozen=True)
class Pursuit:
    """What was done so far about one open change."""

    tries: int = 0
    last_at: float = 0

    def due(self, now: float) -> bool:
        return self.tries == 0 or now - self.last_at >= GAPS_SECONDS[min(self.tries, len(GAPS_SECONDS) - 1)]

    def again(self, now: float) -> "Pursuit":
        return replace(self, tries=self.tries + 1, last_at=now)

    @property
    def alarming(self) -> bool:
        """So many undos were started, and it is open still."""
        return self.tries >= ALARM_AFTER_TRIES


def why_forsaken(turn: Turn, seen: Seen) -> str:
    """Why nobody alive will close what is open in this turn; empty: its holder will."""
    if turn.holder is None:
        return "nobody has the turn"
    if seen.alive is False:
        return f"{named(turn.holder)} has the turn, and its process {turn.holder.pid} is dead"
    if seen.unchanged_seconds >= TERM_SECONDS:
        return f"{named(turn.holder)} has not renewed its turn for {seen.unchanged_seconds:.0f} s"
    return ""


def key(change: str, epoch: int, keeper: str, pursuit: Pursuit) -> str:
    """Under one key Prefect starts an undo once. Which keeper asks is part of it: a keeper that is started anew
    counts its tries anew, and the keys of its predecessor only give that one's ended undos back.
    """
    return f"undo/{change}/{epoch}/{keeper}/{pursuit.tries}"


def alarm(system: str, environment: str, change: str, pursuit: Pursuit, now: datetime) -> Alarm:
    place = f"{system} {environment}"
    return Alarm(
        f"{ALARMS}{change}",
        now,
        Words(
            f"The change {change} of {place} is still open after {pursuit.tries} tries to settle it.",
            "Something may be half done there, and no other change begins before it is closed.",
            "Read logs/undo.log of the home and the undo runs in Prefect, and mend the cause."
            f" It is tried again by itself; at once with: mainstay undo {change}",
        ),
    )
