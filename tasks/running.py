"""What runs of each color, as the runtimes of the hosts see it."""

from edge.changes import Change
from edge.runtimes import Runtime, runtime
from edge.secrets.redaction import redact
from edge.settings import read_settings
from mainstay.deploy import Live
from mainstay.descriptor.service import Color
from mainstay.places import Web, Worker
from mainstay.runtime import Name, Part, Running, part

LAST_WORDS = 2000  # bytes
ENDED_TOO_OFTEN = 3  # a program that was started so often in vain will not come


def part_of(change: Change, place: Web | Worker, wanted: Live) -> Part:
    home = str(read_settings().home)
    return part(change.site, change.environment, place.host, place.name, wanted.color, wanted.release, home)


def runtime_of(change: Change, place: Web | Worker) -> Runtime:
    return runtime(read_settings(), change.hosts[place.host], place.service)


def seen(change: Change, place: Web | Worker, color: Color) -> tuple[Running, ...]:
    """Its processes on that host; none: it was never given a release there, or that was taken away."""
    return of(place, color, all_seen(change, place))


def all_seen(change: Change, place: Web | Worker) -> tuple[Running, ...]:
    """Everything of this environment that the runtime of that place keeps running on its host."""
    return runtime_of(change, place).seen(change.site.name, change.environment)


def of(place: Web | Worker, color: Color, everything: tuple[Running, ...]) -> tuple[Running, ...]:
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
