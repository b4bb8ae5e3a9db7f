"""What users and probes met from some time before the switch on, gathered as it happens."""

from collections.abc import Sequence

from edge.access_logs import AccessLog
from edge.probing import Prober
from mainstay.colors import COLORS
from mainstay.probes import EVEN, Count
from mainstay.watch.traffic import Probe, Request


class Witness:
    def __init__(self, logs: Sequence[AccessLog], prober: Prober) -> None:
        self._logs, self._prober = logs, prober
        self._probed = 0
        self.requests: list[Request] = []
        self.probes: list[Probe] = []

    def look(self) -> None:
        reading = self._prober.sights(self._probed)  # before the logs: what was answered by then has its line
        self._probed = reading.offset
        answered = [sight.answered.timestamp() for sight in reading.sights if sight.kind in EVEN and sight.shows]
        for log in self._logs:
            self.requests += log.news(answered)
        for color in COLORS:
            own = (sight for sight in reading.sights if sight.kind == color)
            self.probes += (Probe(sight.answered.timestamp(), color, sight.ok, sight.seconds) for sight in own)
        self.probes.sort(key=lambda probe: probe.at)

    def last_count(self) -> Count:
        """All that the prober saw. It ends at once: what is still under way is waited for by nobody."""
        seen = self._prober.count()
        self._prober.end_now()
        return seen

    @property
    def blind(self) -> tuple[str, ...]:
        """Why a source that should speak does not."""
        said = (*(log.blind for log in self._logs), self._prober.count().blind)
        return tuple(why for why in said if why)
