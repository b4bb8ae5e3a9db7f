"""Backups that came to no set: one that failed said so itself, of one whose process is gone somebody else must."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from mainstay.backups.sets import Begun

SILENCE = timedelta(hours=24)  # where its process cannot be seen, no backup takes longer
TELLING = timedelta(minutes=10)  # who wants to tell and has not by then is gone too


@dataclass(frozen=True)
class Ended:
    """A backup that came to no set, and whether people heard of it. One of all who notice tells."""

    set: str
    how: Literal["failed", "died"]
    at: datetime
    by: str  # the mark of who tells
    told: bool = False


def is_gone(begun: Begun, alive: bool | None, now: datetime) -> bool:
    """``alive``: its process, as far as it can be seen from here."""
    return alive is False or (alive is None and now - begun.at > SILENCE)


def claimed(begun: Begun, known: Ended | None, by: str, now: datetime) -> Ended | None:
    """That we are the one who tells of its death; None: somebody else did, or is about to."""
    if known is not None and (known.told or (known.by != by and now - known.at < TELLING)):
        return None
    return replace(known, at=now, by=by) if known else Ended(begun.id, "died", now, by)
