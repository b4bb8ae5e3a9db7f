"""What is plainly wrong with a color while it is watched: no numbers are needed to judge it."""

from collections.abc import Iterator

from edge.changes import Change
from mainstay.deploy import GoLive
from mainstay.errors import MainstayError
from mainstay.evidence import Fault
from mainstay.heartbeats import Sign, sign_of_life
from mainstay.places import Web, Worker
from tasks.places import places
from tasks.running import seen

ENDINGS = 2  # one end of a program may be anybody's doing; a second is its own
BEAT_SECONDS = 5  # for a command that tells whether a worker works


class Faults:
    """Looked for again and again; remembers since when each is there."""

    def __init__(self, change: Change, plan: GoLive) -> None:
        self._change, self._plan = change, plan
        self._since: dict[str, float] = {}
        self._restarts: dict[tuple[str, str], int] = {}
        self._watched_since: float | None = None
        self.blind: tuple[str, ...] = ()

    def look(self, now: float) -> tuple[Fault, ...]:
        self.blind = ()
        self._watched_since = now if self._watched_since is None else self._watched_since
        found = {sentence for place in self._places() for sentence in self._of(place, now)}
        self._since = {sentence: self._since.get(sentence, now) for sentence in found}
        return tuple(Fault(since, sentence) for sentence, since in sorted(self._since.items()))

    def _places(self) -> tuple[Web | Worker, ...]:
        return (*places(self._change).webs, *places(self._change).workers)

    def _of(self, place: Web | Worker, now: float) -> Iterator[str]:
        try:
            yield from self._endings(place)
            if isinstance(place, Worker):
                yield from self._silence(place, now)
        except MainstayError as reason:  # whoever looks for us is away: that is nobody's fault, and no peace either
            self.blind = (*self.blind, str(reason))

    def _endings(self, place: Web | Worker) -> Iterator[str]:
        color = self._plan.to
        processes = seen(self._change, place, color)
        if not processes:
            yield f"{place.name} {color} does not run on {place.host}"
        ended = sum(each.restarts for each in processes)
        before = self._restarts.setdefault((place.host, place.name), ended)
        if ended < before:  # it was brought up anew, and is counted anew
            before = self._restarts[place.host, place.name] = 0
        if ended - before >= ENDINGS:
            why = next((each.why for each in processes if each.why), "its log says why")
            yield f"{self._named(place)} keeps ending by itself: {why}"

    def _silence(self, worker: Worker, now: float) -> Iterator[str]:
        begun = now if self._watched_since is None else self._watched_since
        last, where = self._last_sign(worker, now)
        sign = sign_of_life(last, begun, now, worker.service.heartbeat.max_age_seconds)
        if sign is Sign.MISSING:
            yield f"{self._named(worker)} gives no sign of life{where}"
        if sign is Sign.AWAITED:
            self.blind = (*self.blind, f"{self._named(worker)} has given no sign of life yet{where}")

    def _last_sign(self, worker: Worker, now: float) -> tuple[float | None, str]:
        """When it was, and where it is looked for."""
        beat, host = worker.service.heartbeat, self._change.hosts[worker.host]
        if beat.argv is not None:
            lives = host.ask(beat.argv, deadline_seconds=BEAT_SECONDS).exit == 0
            return now if lives else None, f": {' '.join(beat.argv)} fails"
        file = places(self._change).heartbeat(worker, self._plan.to)
        assert file is not None  # one of the two is in every descriptor
        return host.modified_at(file), f" in {file}"

    def _named(self, place: Web | Worker) -> str:
        return f"{place.name} {self._plan.to} on {place.host}"
