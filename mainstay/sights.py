"""What a prober is told, and what it tells: one line for each question it asked.

Nothing but values: the prober's own process begins with them, so they cost it nothing to load.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from mainstay.access_log import OURS

Kind = Literal["fresh", "kept", "slow", "websocket", "blue", "green"]

AGENT = f"{OURS}-prober"
PUBLIC: tuple[Kind, ...] = ("fresh", "kept", "slow", "websocket")  # asked as users ask; the others ask one color
SWITCHING_PROTOCOLS = 101
RESTARTS = 1012  # how a websocket says: I go, come back at once
BACK_WITHIN_SECONDS = 2.0
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Target:
    """Whole web addresses. ``shows`` and ``choose`` are the proxy's headers: who answered, and who should."""

    page: str
    slow: str | None
    websocket: str | None
    colors: Mapping[str, str]
    shows: str
    choose: str
    authority: str | None = None  # a file of certificates to trust beside those the machine trusts
    patience_seconds: float = PATIENCE_SECONDS  # without an answer by then it failed; a slow one has its own time more
    every_seconds: float = 0.25  # a fresh connection, and halfway between two of them a question on the kept one
    agent: str = AGENT


@dataclass(frozen=True)
class Sight:
    """One question and its answer."""

    at: datetime  # when it was asked
    kind: Kind
    ok: bool
    status: int  # of HTTP, or the code a websocket was closed with; 0: nobody answered
    shows: str  # what the proxy says it showed: a color, its page, nothing; empty: it does not say
    seconds: float  # until the answer was whole; of a closed websocket, until it was back
    why: str = ""

    @property
    def answered(self) -> datetime:
        return self.at + timedelta(seconds=self.seconds)

    @property
    def is_closing(self) -> bool:
        """A websocket was closed, which nobody asked for."""
        return self.kind == "websocket" and self.status >= 1000


@dataclass(frozen=True)
class Reading:
    """What a piece of the file says; a line that is still being written is left for the next time."""

    sights: tuple[Sight, ...]
    offset: int  # where the next piece begins
    began: bool = False
    unfinished: Mapping[str, int] | None = None  # by kind, what had no answer yet when it ended; None: it has not
    unreadable: int = 0


def to_words(target: Target) -> str:
    return json.dumps(asdict(target))


def read_target(words: str) -> Target:
    return Target(**json.loads(words))


def line(sight: Sight) -> bytes:
    return _line(asdict(sight) | {"at": sight.at.isoformat()})


def first_line(at: datetime) -> bytes:
    return _line({"kind": "begin", "at": at.isoformat()})


def last_line(at: datetime, unfinished: Mapping[str, int]) -> bytes:
    return _line({"kind": "end", "at": at.isoformat(), "unfinished": dict(unfinished)})


def read_lines(data: bytes, offset: int = 0) -> Reading:
    """``data`` is what the file holds from ``offset`` on."""
    whole = data.rfind(b"\n") + 1
    found = [_read(each) for each in data[:whole].splitlines()]
    ends = [each.unfinished for each in found if isinstance(each, _Mark) and each.kind == "end"]
    return Reading(
        sights=tuple(each for each in found if isinstance(each, Sight)),
        offset=offset + whole,
        began=any(isinstance(each, _Mark) and each.kind == "begin" for each in found),
        unfinished=ends[-1] if ends else None,
        unreadable=found.count(None),
    )


@dataclass(frozen=True)
class _Mark:
    """The first line, or the last. What a last one calls unfinished may yet be answered, and a later one follow."""

    kind: Literal["begin", "end"]
    at: str
    unfinished: Mapping[str, int] = field(default_factory=dict)


def _line(words: Mapping[str, object]) -> bytes:
    return json.dumps(words, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _read(text: bytes) -> Sight | _Mark | None:
    """None: nobody can read it."""
    try:
        words = json.loads(text)
        if words["kind"] in ("begin", "end"):
            return _Mark(**words)
        return Sight(**{**words, "at": datetime.fromisoformat(words["at"])})
    except (ValueError, KeyError, TypeError):
        return None
