"""What runs of each color, as the runtimes of the hosts see it."""

from edge.changes import Change
from edge.runtimes import Runtime, runtime
from edge.secrets.redaction import redact
from edge.settings import read_settings
from mainstay.deploy import Live
from mainstay.descriptor.service import Color
from mainstay.places import Web, Worker
from mainstay.runtime import Name, Part, Running
from tasks.places import places

LAST_WORDS = 2000  # bytes
ENDED_TOO_OFTEN = 3  # a program that was started so often in vain will not come


def part_of(change: Change, place: Web | Worker, wanted: Live) -> Part:
    return places(change).part(place.host, place.name, wanted.color, wanted.release)


def runtime_of(change: Change, place: Web | Worker) -> Runtime:
    return runtime(read_settings(), change.hosts[place.host], place.service)


def seen(change: Change, place: Web | Worker, color: Color) -> tuple[Running, ...]:
    """Its processes on that host; none: it was never given a release there, or that was taken away."""
    everything = runtime_of(change, place).seen(change.site.name, change.environment)
    return tuple(each for each in everything if (each.name.service, each.name.color) == (place.name, color))


def why_not_running(change: Change, place: Web | Worker, color: Color) -> str:
    """Why waiting for it is in vain; empty: it is not."""
    failing = [each for each in seen(change, place, color) if each.restarts >= ENDED_TOO_OFTEN]
    if not failing:
        return ""
    said = _last_words(change, place, color)
    return f"it ended {failing[0].restarts} times by itself, as often as it was started{said}."


def _last_words(change: Change, place: Web | Worker, color: Color) -> str:
    """What it said itself says more than how it ended."""
    log = runtime_of(change, place).log(Name(change.site.name, change.environment, place.name, color))
    host = change.hosts[place.host]
    said = host.tail(log, max(0, (host.size(log) or 0) - LAST_WORDS)).decode(errors="replace").strip().splitlines()
    return f"; it said last: {' / '.join(redact(line) for line in said[-3:])}" if said else ""
