"""The door to a site as its users see it: one question, one answer, nothing remembered between two."""

from dataclasses import dataclass

import httpx

from edge import clock
from mainstay.access_log import OURS
from mainstay.colors import CHOOSE, SHOWS
from mainstay.descriptor.service import Color

LOOK_SECONDS = 3.0
LONGEST_BODY = 1_000_000  # bytes


@dataclass(frozen=True)
class Answer:
    """What a user would get; status 0: nobody answered."""

    status: int
    text: str
    shows: str | None = None  # as the proxy says it: a color, PAGE or NOTHING; None: this one says nothing of it


def look(address: str, *, color: Color | None = None, seconds: float = LOOK_SECONDS) -> Answer:
    """On a fresh connection, because a kept one may lead to what was there before. ``color``: for a preview."""
    asked = {"User-Agent": OURS} if color is None else {"User-Agent": OURS, CHOOSE: color}
    until, body = clock.monotonic() + seconds, b""
    try:
        with httpx.stream("GET", address, headers=asked, timeout=seconds, trust_env=False) as answer:
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LONGEST_BODY or clock.monotonic() > until:  # one that trickles would hold us for ever
                    break
            return Answer(answer.status_code, body.decode(errors="replace"), answer.headers.get(SHOWS))
    except httpx.HTTPError as reason:
        return Answer(0, f"{type(reason).__name__}: {reason}")
