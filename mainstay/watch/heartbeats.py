"""Whether a service that nobody can ask is at work, from its sign of life. Moments are seconds since 1970."""

from enum import StrEnum


class Sign(StrEnum):
    SEEN = "seen"
    AWAITED = "awaited"  # it was only just started
    MISSING = "missing"


def sign_of_life(last: float | None, watched_since: float, now: float, max_age_seconds: float) -> Sign:
    """The first one may take as long to come as any later one: whoever was just started is still beginning. A sign
    from before is of somebody else.
    """
    if last is not None and last >= watched_since and now - last <= max_age_seconds:
        return Sign.SEEN
    return Sign.AWAITED if now - watched_since <= max_age_seconds else Sign.MISSING
