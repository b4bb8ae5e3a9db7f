"""What is plainly wrong with a color while it is watched: no numbers are needed to judge it."""

from collections.abc import Iterator

from edge.changes import Change
from mainstay.deploy import GoLive
from mainstay.errors import MainstayError
from mainstay.places import Web, Worker
from mainstay.watch.evidence import Breakdown
from mainstay.watch.heartbeats import Sign, sign_of_life
from tasks.places import places
from tasks.running import Everything, of

ENDINGS = 2  # one end of a program may be anybody's doing; a second is its own
BEAT_SECONDS = 5  # for a command that tells whether a worker works


class Breakdowns:
    """Looked for again and again; remembers since when each is there."""

    def __init__(self, change: Change, plan: GoLive) -> None:
        self._change, self._plan = change, plan
        self._since: dict[str, float] = {}
        self.blind: tuple[str, ...] = ()

    def look(self, found: Everything, jobs_since: float | None, now: float) -> tuple[Breakdown, ...]:
        """``jobs_since``: since when its workers are to work; None: they are not started yet."""
        self.blind = ()
        sentences = {sentence for web in places(self._change).webs for sentence in self._endings(web, found)}
        if jobs_since is not None:
            for worker in places(self._change).workers:
                sentences |= {*self._endings(worker, found), *self._silence(worker, jobs_since, now)}
        self._since = {sentence: self._since.get(sentence, now) for sentence in sentences}
        return tuple(Breakdown(since, sentence) for sentence, since in sorted(self._since.items()))

    def _endings(self, place: Web | Worker, found: Everything) -> Iterator[str]:
        processes = of(found, place, self._plan.to)
        if not processes:
            yield f"{self._named(place)} does not run"
        if sum(each.restarts for each in processes) >= ENDINGS:
            why = next((each.why for each in processes if each.why), "its log says why")
            yield f"{self._named(place)} keeps ending by itself: {why}"

    def _silence(self, worker: Worker, since: float, now: float) -> Iterator[str]:
        try:
            last, where = self._last_sign(worker, now)
        except MainstayError as reason:  # whoever looks for us is away: that is nobody's fault, and no peace either
            self.blind = (*self.blind, str(reason))
            return
        sign = sign_of_life(last, since, now, worker.service.heartbeat.max_age_seconds)
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
