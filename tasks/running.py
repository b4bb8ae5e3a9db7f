"""What runs of each color, as the runtimes of the hosts see it."""

from collections.abc import Mapping, Sequence

from edge import releases_on_hosts
from edge.changes import Change
from edge.runtimes import Runtime, runtime
from edge.secrets.redaction import redact
from edge.settings import read_settings
from edge.sites import Answer
from mainstay.deploy import Live
from mainstay.descriptor.service import Color
from mainstay.errors import MainstayError
from mainstay.places import Web, Worker
from mainstay.runtime import Name, Part, Running, of_the_last_start
from tasks.places import places

Everything = Mapping[str, Sequence[Running]]  # by host
LAST_WORDS, QUOTED = 2000, 200  # characters
ENDED_TOO_OFTEN = 3  # a program that was started so often in vain will not come


def part_of(change: Change, place: Web | Worker, wanted: Live) -> Part:
    return places(change).part(place.host, place.name, wanted.color, wanted.release)


def runtime_of(change: Change, place: Web | Worker) -> Runtime:
    return runtime(read_settings(), change.hosts[place.host], place.service)


def everything(change: Change) -> Everything:
    """Every process on every host, asked for once: it costs the start of a program."""
    found: dict[str, list[Running]] = {host: [] for host in change.hosts}
    asked: set[tuple[str, str]] = set()
    all_places: list[Web | Worker] = [*places(change).webs, *places(change).workers]
    for place in all_places:
        if (place.host, place.service.runtime) not in asked:
            asked.add((place.host, place.service.runtime))
            found[place.host] += runtime_of(change, place).seen(change.site.name, change.environment)
    return found


def of(found: Everything, place: Web | Worker, color: Color) -> tuple[Running, ...]:
    """Its processes on that host; none: it was never given a release there, or that was taken away."""
    return tuple(one for one in found[place.host] if (one.name.service, one.name.color) == (place.name, color))


def seen(change: Change, place: Web | Worker, color: Color) -> tuple[Running, ...]:
    """The same, asked for now."""
    found = runtime_of(change, place).seen(change.site.name, change.environment)
    return of({place.host: found}, place, color)


def runs(change: Change, place: Web | Worker, wanted: Live) -> bool:
    """All of its processes run, with this very release."""
    found = seen(change, place, wanted.color)
    return bool(found) and all(each.state == "running" and each.release == wanted.release for each in found)


def lies_idle(change: Change, place: Web | Worker, color: Color) -> bool:
    """Stopped, and nobody starts it: whoever keeps it was started anew, and starts only what users see."""
    return idle(seen(change, place, color))


def idle(found: Sequence[Running]) -> bool:
    return bool(found) and all(each.state == "stopped" for each in found)


def why_not_running(change: Change, place: Web | Worker, color: Color) -> str:
    """Why waiting for it is in vain; empty: it is not."""
    failing = [each for each in seen(change, place, color) if each.restarts >= ENDED_TOO_OFTEN]
    if not failing:
        return ""
    said = _last_words(change, place, color)
    return f"it ended {failing[0].restarts} times by itself, as often as it was started{said}."


def quoted(change: Change, answer: Answer) -> str:
    """What an application answered, fit to be kept."""
    said = answer.text[:QUOTED].strip()
    return f"{answer.status or 'nothing'} ({redact(said)})" if said and _secrets_known(change) else f"{answer.status}"


def _last_words(change: Change, place: Web | Worker, color: Color) -> str:
    """What it said itself says more than how it ended."""
    log = runtime_of(change, place).log(Name(change.site.name, change.environment, place.name, color))
    host = change.hosts[place.host]
    if not _secrets_known(change):
        return f"; its log is {log} on {place.host}"
    lines = host.tail(log, max(0, (host.size(log) or 0) - LAST_WORDS)).decode(errors="replace").strip().splitlines()
    said = " / ".join(redact(line) for line in of_the_last_start(lines)[-3:])
    return f"; it said last: {said.rstrip('.')}" if said else ""


def _secrets_known(change: Change) -> bool:
    """Whoever quotes an application must know its secrets, to hide them: whoever settles has resolved none yet."""
    try:
        releases_on_hosts.variables(read_settings(), change.site, change.environment)
    except MainstayError:
        return False
    return True
