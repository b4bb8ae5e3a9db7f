"""Who reads sets just now: while they are read, none goes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(hours=24)  # of a reader whose process cannot be seen from here


@dataclass(frozen=True)
class Reading:
    what: str
    by: str
    here: str  # where its process number means something
    pid: int
    started: str
    at: datetime
    over: bool = False  # where it may not be deleted

    def __str__(self) -> str:
        return f"{self.what} of {self.by} since {self.at:%Y-%m-%d %H:%M} UTC"


def goes_on(reading: Reading, alive: bool | None, now: datetime) -> bool:
    """``alive``: its process, as far as it can be seen from here."""
    return not reading.over and (bool(alive) or (alive is None and abs(now - reading.at) <= LONGEST))
