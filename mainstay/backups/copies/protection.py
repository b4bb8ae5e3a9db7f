"""Whether what was written to a store of sets can be destroyed by whoever has this machine, and how that is told."""

from dataclasses import dataclass
from datetime import datetime

from mainstay.backups.shown import shown_age


@dataclass(frozen=True)
class Attempt:
    """What became of an object of our own when we tried to get rid of it with our own rights."""

    removed: bool  # nothing holds it any more
    replaced: bool  # other bytes were put in its place, and nothing holds it any more
    hidden: bool  # it is shown no more; an older version holds it
    locked_until: datetime | None  # as the server says


@dataclass(frozen=True)
class Protection:
    """What was found out, and when."""

    address: str
    at: datetime
    safe: bool
    sentence: str


OF_A_DIRECTORY = Attempt(removed=True, replaced=True, hidden=False, locked_until=None)


def judge(attempt: Attempt, address: str, at: datetime) -> Protection:
    """A lock alone makes nothing safe, because we may be allowed to pass over it: what was tried counts."""
    if attempt.removed or attempt.replaced:
        how = "deleted" if attempt.removed else "overwritten"
        return Protection(address, at, False, f"what lies in {address} may be {how} from this machine")
    locked = f", a lock holds for as long as retention keeps a set, and its log as long as the set{_hidden(attempt)}"
    how = locked if attempt.locked_until else f", without a lock{_hidden(attempt)}"
    return Protection(address, at, True, f"what lies in {address} cannot be deleted from this machine (put only{how})")


def shown(known: Protection | None, address: str, now: datetime) -> tuple[bool, str]:
    """Whether it is well, and the line. What was found of another place says nothing of this one."""
    if known is None or known.address != address:
        return False, f"Nobody has tried yet whether what lies in {address} may be deleted from this machine."
    return known.safe, f"{known.sentence[0].upper()}{known.sentence[1:]}; tried {shown_age(now - known.at)} ago."


def _hidden(attempt: Attempt) -> str:
    return "; it can be hidden, and an older version then holds it" if attempt.hidden else ""
