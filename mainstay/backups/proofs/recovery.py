"""Whether the recovery key is still to be had: a key that nobody has opened anything with for long may be lost, and one
that was never tried may never have been written down.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mainstay.backups.shown import shown_age

TELL_AFTER, AMBER_AFTER = timedelta(days=80), timedelta(days=90)
FIRST_AFTER = timedelta(days=3)  # the terminal that showed it is closed by then, and little hangs on it yet
AGAIN_AFTER = timedelta(days=7)
HOW = "mainstay recovery-key --check"


@dataclass(frozen=True)
class Checked:
    """Somebody who has the secret half of this key opened that set with it."""

    recipient: str  # its public half
    set: str
    at: datetime
    by: str


@dataclass(frozen=True)
class Standing:
    """Of one key. ``since``: when it was last used, or when the first set was sealed to it."""

    recipient: str
    since: datetime
    ever: bool  # it was used at least once
    passed: timedelta

    @property
    def amber(self) -> bool:
        return self.passed > AMBER_AFTER

    @property
    def week(self) -> int | None:
        """In which week of reminders it is; None: nobody need be told."""
        after = TELL_AFTER if self.ever else FIRST_AFTER
        return (self.passed - after) // AGAIN_AFTER if self.passed > after else None

    @property
    def sentence(self) -> str:
        age = shown_age(self.passed)
        if self.ever:
            return f"the recovery key {self.recipient[:12]}… was last used {age} ago"
        return f"the recovery key {self.recipient[:12]}… was never used since sets are sealed to it, {age} ago"


def judge_recovery(recipient: str, checked_at: datetime | None, sealed_since: datetime, now: datetime) -> Standing:
    since = checked_at or sealed_since
    return Standing(recipient, since, checked_at is not None, now - since)
