"""What a prober saw of a change, from outside: what failed, who answered before the switch and who after it.

Told in the order in which the answers came, so a count can be carried on from where it stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mainstay.colors import CHOOSE, COLORS, NOTHING, PAGE, SHOWS
from mainstay.descriptor.service import HttpService, Ports
from mainstay.descriptor.system import System
from mainstay.sights import PUBLIC, Kind, Sight, Target

KEPT_EXAMPLES = 5
EVEN = ("fresh", "kept")  # asked evenly all along: a pause between their good answers is one that users had


@dataclass(frozen=True)
class Tally:
    asked: int = 0
    failed: int = 0
    closed: int = 0  # a page was up before us, or nothing was there yet: neither good nor bad


@dataclass(frozen=True)
class Closings:
    """How often the websocket was closed, and how that went."""

    number: int = 0
    failed: int = 0
    longest_away_seconds: float = 0.0
    back_on: str = ""  # what the last of them came back to


@dataclass(frozen=True)
class Showing:
    """What users see, and when somebody last saw it."""

    what: str
    asked: datetime
    answered: datetime

    def seen_by(self, sight: Sight) -> "Showing":
        return replace(self, asked=max(self.asked, sight.at), answered=max(self.answered, sight.answered))


@dataclass(frozen=True)
class Changeover:
    """Users saw one thing, then another."""

    last_old: Showing
    first_new: Showing


@dataclass(frozen=True)
class Count:
    tallies: Mapping[Kind, Tally] = field(default_factory=dict)
    closings: Closings = Closings()
    showing: Showing | None = None
    changeovers: tuple[Changeover, ...] = ()
    examples: tuple[Sight, ...] = ()  # the first that failed
    opened: datetime | None = None  # the first good answer; who asks later and meets a page has met a failure
    last_good: datetime | None = None
    longest_gap_seconds: float = 0.0
    unfinished: int = 0  # had no answer yet when the prober was ended
    blind: str = ""  # why this is not all there was to see

    def of(self, kind: Kind) -> Tally:
        return self.tallies.get(kind, Tally())

    @property
    def asked(self) -> int:
        """As users ask; questions to one color are not theirs, and of a closed house nobody expects an answer."""
        return sum(self.of(kind).asked - self.of(kind).closed for kind in PUBLIC)

    @property
    def failed(self) -> int:
        return sum(self.of(kind).failed for kind in PUBLIC)

    @property
    def closed(self) -> int:
        return sum(self.of(kind).closed for kind in PUBLIC)

    def after(self, sights: Iterable[Sight]) -> "Count":
        count = self
        for sight in sights:
            count = _with(count, sight)
        return count


def target_of(site: System, environment: str) -> Target | None:
    """What there is to ask, as users do and of each color; None: nothing here answers HTTP through a proxy."""
    proxy = site.environments[environment].proxy
    found = next(_behind_the_proxy(site, environment), None)
    if proxy is None or found is None:
        return None
    service, ports = found
    public = (proxy.public_url or proxy.address).rstrip("/")
    page = service.probe.path
    own = {color: port for color, port in zip(COLORS, (ports.green, ports.blue), strict=True) if port is not None}
    return Target(
        page=f"{public}{page}",
        slow=f"{public}{service.probe.slow}" if service.probe.slow else None,
        websocket=f"ws{public.removeprefix('http')}{service.probe.websocket}" if service.probe.websocket else None,
        colors={
            color: f"{(proxy.preview_url or f'http://127.0.0.1:{port}').rstrip('/')}{page}"
            for color, port in own.items()
        },
        shows=SHOWS,
        choose=CHOOSE,
    )


def _behind_the_proxy(site: System, environment: str) -> Iterator[tuple[HttpService, Ports]]:
    """One that has two colors first."""
    named = ((site.ports(environment, name), service) for name, service in site.services.items())
    answering = [(service, ports) for ports, service in named if isinstance(service, HttpService) and ports]
    yield from sorted(answering, key=lambda each: each[0].strategy != "blue_green")


def _with(count: Count, sight: Sight) -> Count:
    before = count.of(sight.kind)
    closed = _met_a_closed_house(count, sight)
    failed = not sight.ok and not closed
    tally = Tally(before.asked + 1, before.failed + failed, before.closed + closed)
    count = replace(count, tallies={**count.tallies, sight.kind: tally})
    if sight.kind not in PUBLIC:
        return count
    if failed and len(count.examples) < KEPT_EXAMPLES:
        count = replace(count, examples=(*count.examples, sight))
    if sight.kind == "websocket":
        return replace(count, closings=_closed_again(count.closings, sight)) if sight.is_closing else count
    return _shown(_breathed(count, sight), sight)


def _met_a_closed_house(count: Count, sight: Sight) -> bool:
    page = sight.status == 503 and sight.shows in (PAGE, NOTHING)
    return page and (count.opened is None or sight.at <= count.opened)


def _closed_again(closings: Closings, sight: Sight) -> Closings:
    return Closings(
        closings.number + 1,
        closings.failed + (not sight.ok),
        max(closings.longest_away_seconds, sight.seconds),
        sight.shows if sight.ok else closings.back_on,
    )


def _breathed(count: Count, sight: Sight) -> Count:
    """How long nobody had a good answer."""
    opened = count.opened or (sight.answered if sight.ok else None)
    if sight.kind not in EVEN or opened is None:
        return replace(count, opened=opened)
    since = (sight.answered - (count.last_good or sight.answered)).total_seconds()
    good = max(sight.answered, count.last_good or sight.answered) if sight.ok else count.last_good
    return replace(count, opened=opened, last_good=good, longest_gap_seconds=max(count.longest_gap_seconds, since))


def _shown(count: Count, sight: Sight) -> Count:
    if not sight.shows:
        return count
    seen = Showing(sight.shows, sight.at, sight.answered)
    if count.showing is None:
        return replace(count, showing=seen)
    if count.showing.what == sight.shows:
        return replace(count, showing=count.showing.seen_by(sight))
    last = count.changeovers[-1] if count.changeovers else None
    if last and last.last_old.what == sight.shows and sight.at <= last.first_new.answered:  # asked before the switch
        late = replace(last, last_old=last.last_old.seen_by(sight))
        return replace(count, changeovers=(*count.changeovers[:-1], late))
    return replace(count, showing=seen, changeovers=(*count.changeovers, Changeover(count.showing, seen)))
