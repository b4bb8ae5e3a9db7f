"""A switch from blue to green at SWITCH, with traffic and probes as regular as clockwork, told look by look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mainstay.descriptor.environment import Watch
from mainstay.descriptor.service import Color
from mainstay.watch import Kind, Verdict, judge
from mainstay.watch.evidence import Breakdown, Facts
from mainstay.watch.traffic import Probe, Request, Sample

SWITCH = 1_000_000.0
LOOK_SECONDS = 2
RULES = Watch(settle_seconds=20)


def never(_: float) -> bool:
    return False


def requests(
    color: Color,
    begin: float,
    end: float,
    *,
    per_second: float = 5,
    failing: Callable[[float], bool] = never,
    seconds: float = 0.05,
    route: str = "/customers",
) -> list[Request]:
    """Times are seconds from the switch; the duration varies by a fifth, as nothing takes equally long."""
    times = [begin + number / per_second for number in range(int((end - begin) * per_second))]
    return [
        Request(SWITCH + at, color, 500 if failing(at) else 200, seconds * (0.9 + number % 7 / 30), route)
        for number, at in enumerate(times)
    ]


def probes(
    color: Color, begin: float, end: float, *, failing: Callable[[float], bool] = never, seconds: float = 0.02
) -> list[Probe]:
    """One a second."""
    return [
        Probe(SWITCH + at + 0.5, color, not failing(at + 0.5), seconds)
        for at in (begin + number for number in range(int(end - begin)))
    ]


def both(begin: float, end: float, failing: Callable[[float], bool] = never) -> list[Probe]:
    found = [*probes("blue", begin, end, failing=failing), *probes("green", begin, end, failing=failing)]
    return sorted(found, key=lambda probe: probe.at)


@dataclass(frozen=True)
class World:
    """All that will have happened; a look sees what has happened by then."""

    before: Sequence[Request] = tuple(requests("blue", -66, 0))
    since: Sequence[Request] = ()
    probes: Sequence[Probe] = ()
    breakdowns: Sequence[Breakdown] = ()
    blind: Sequence[str] = ()
    alone: bool = False
    rules: Watch = RULES

    def but(self, **changed: object) -> "World":
        return replace(self, **changed)  # type: ignore[arg-type]

    def look(self, seconds: float) -> Verdict:
        now = SWITCH + seconds
        facts = Facts(
            "green",
            SWITCH,
            now,
            Sample(self.before),
            [request for request in self.since if request.at <= now],
            [probe for probe in self.probes if probe.at <= now],
            [fault for fault in self.breakdowns if fault.since <= now],
            self.blind,
            self.alone,
        )
        return judge(self.rules, facts)

    def ends(self, within: float = 150) -> tuple[Kind, float]:
        """The first verdict that is not WAIT, and after how many seconds; looked for every two."""
        for seconds in range(LOOK_SECONDS, int(within) + 1, LOOK_SECONDS):
            if (kind := self.look(seconds).kind) is not Kind.WAIT:
                return kind, seconds
        return Kind.WAIT, within


HEALTHY = World(since=requests("green", 0, 150), probes=both(-20, 150))
