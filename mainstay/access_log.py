"""Caddy's access log in JSON, as requests. What cannot be read is counted: missing data is not zero errors."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from math import isfinite
from typing import Any

from mainstay.colors import COLORS, SHOWS
from mainstay.descriptor.service import Color
from mainstay.watch.traffic import Request, route

OURS = "mainstay"  # how the User-Agent of every question of ours begins: none of them is a user's
COLOR, AGENT = "color", "agent"  # fields that the proxy's `log_append` writes
LONGEST_LINE = 2_000_000  # bytes; what has no end by then is no line
MUCH_JUNK = 0.05
_CLIENT_LEFT, _UPGRADED = 499, 101
_FILES = ("css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "woff", "woff2", "ttf", "txt")


@dataclass(frozen=True)
class Reading:
    """What one piece of the log held. ``used`` bytes of it are done with; the rest is a line still being written."""

    requests: tuple[Request, ...] = ()
    others: int = 0  # of no color, of a health check, or our own: no user's
    junk: int = 0
    used: int = 0


def read(data: bytes, quiet: Collection[str] = ()) -> Reading:
    """``quiet`` are the paths of health checks: machines ask for them, and they would dilute what users meet."""
    used = data.rfind(b"\n") + 1
    if not used and len(data) > LONGEST_LINE:
        return Reading(junk=1, used=len(data))
    requests: list[Request] = []
    others = junk = 0
    for line in data[:used].splitlines():
        try:
            found = request(line, quiet)
        except (ValueError, TypeError, LookupError, AttributeError):  # not what Caddy writes, in one way or another
            junk += 1
            continue
        if found is None:
            others += 1
        else:
            requests.append(found)
    return Reading(tuple(requests), others, junk, used)


def request(line: bytes, quiet: Collection[str] = ()) -> Request | None:
    """None: it is well, and no user's. Raises what reading a wrong value raises, if it is no line of the log."""
    entry = json.loads(line)
    asked = entry["request"]
    path = asked["uri"].partition("?")[0]
    at, seconds, status = _number(entry["ts"]), _number(entry["duration"]), _status(entry["status"])
    color = _color(entry)
    if color is None or path in quiet or str(entry.get(AGENT, "")).startswith(OURS):
        return None
    return Request(at, color, status, seconds, route(path), _timed(entry, path, status, seconds))


def doubt(requests: int, others: int, junk: int) -> str:
    """Why what was read cannot be trusted; empty: it can."""
    lines = requests + others + junk
    if junk <= lines * MUCH_JUNK:
        return ""
    return (
        f"{junk} of {lines} lines of the access log are not what Caddy writes with `format json`,"
        " so what users met is not known"
    )


def _timed(entry: Any, path: str, status: int, seconds: float) -> bool:
    """An answer that broke off has no duration, and the log cannot tell who broke it: color or client."""
    stream = _first(entry.get("resp_headers"), "Content-Type").startswith("text/event-stream")
    file = path.rpartition(".")[2].lower() in _FILES
    return seconds > 0 and status < 500 and status != _UPGRADED and not stream and not file


def _color(entry: Any) -> Color | None:
    """The header stands in for the field where that was appended too late, which it is when an answer breaks off."""
    said = entry.get(COLOR) or _first(entry.get("resp_headers"), SHOWS)
    return next((color for color in COLORS if color == said), None)


def _first(headers: Any, name: str) -> str:
    return str(((headers or {}).get(name) or [""])[0])


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise ValueError(f"{value!r} is no number of seconds")
    return float(value)


def _status(value: Any) -> int:
    """Some paths of Caddy write 0 where the client had left before there was anything to answer."""
    if not isinstance(value, int) or not 0 <= value <= 999:
        raise ValueError(f"{value!r} is no status")
    return value or _CLIENT_LEFT
