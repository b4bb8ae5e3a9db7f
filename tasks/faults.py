"""What is plainly wrong with a color while it is watched: no numbers are needed to judge it."""

from collections.abc import Iterator

from edge.changes import Change
from mainstay.deploy import GoLive
from mainstay.errors import MainstayError
from mainstay.evidence import Fault
from mainstay.places import Web, Worker
from tasks.places import places
from tasks.running import Everything, of

ENDINGS = 2  # one end of a program may be anybody's doing; a second is its own
BEAT_SECONDS = 5  # for a command that tells whether a worker works


class Faults:
    """Looked for again and again; remembers since when each is there."""

    def __init__(self, change: Change, plan: GoLive) -> None:
        self._change, self._plan = change, plan
        self._since: dict[str, float] = {}
        self.blind: tuple[str, ...] = ()

    def look(self, found: Everything, jobs_since: float | None, now: float) -> tuple[Fault, ...]:
        """``jobs_since``: since when its workers are to work; None: they are not started yet."""
        self.blind = ()
        sentences = {sentence for web in places(self._change).webs for sentence in self._endings(web, found)}
        if jobs_since is not None:
            for worker in places(self._change).workers:
                sentences |= {*self._endings(worker, found), *self._silence(worker, jobs_since, now)}
        self._since = {sentence: self._since.get(sentence, now) for sentence in sentences}
        return tuple(Fault(since, sentence) for sentence, since in sorted(self._since.items()))

    def _endings(self, place: Web | Worker, found: Everything) -> Iterator[str]:
        processes = of(found, place, self._plan.to)
        if not processes:
            yield f"{self._named(place)} does not run"
        if sum(each.restarts for each in processes) >= ENDINGS:
            why = next((each.why for each in processes if each.why), "its log says why")
            yield f"{self._named(place)} keeps ending by itself: {why}"

    def _silence(self, worker: Worker, since: float, now: float) -> Iterator[str]:
        beat, file = worker.service.heartbeat, places(self._change).heartbeat(worker, self._plan.to)
        try:
            heard = self._asked(worker, beat.argv, since, now) if file is None else self._touched(worker, file)
        except MainstayError as reason:  # whoever looks for us is away: that is nobody's fault, and no peace either
            self.blind = (*self.blind, str(reason))
            return
        if now - max(heard, since) > beat.max_age_seconds:
            yield f"{self._named(worker)} gives no sign of life in {file or ' '.join(beat.argv or ())}"

    def _touched(self, worker: Worker, file: str) -> float:
        return self._change.hosts[worker.host].modified_at(file) or 0.0

    def _asked(self, worker: Worker, argv: tuple[str, ...] | None, since: float, now: float) -> float:
        assert argv is not None  # one of the two is in every descriptor
        alive = self._change.hosts[worker.host].ask(argv, deadline_seconds=BEAT_SECONDS).exit == 0
        return now if alive else since

    def _named(self, place: Web | Worker) -> str:
        return f"{place.name} {self._plan.to} on {place.host}"
