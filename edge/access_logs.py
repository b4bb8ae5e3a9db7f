"""The door to a proxy's access log: what users met, read as it grows."""

from collections.abc import Collection
from dataclasses import dataclass

from edge.hosts import Host
from mainstay.access_log import doubt, read
from mainstay.watch.traffic import Request

PAST_BYTES = 8_000_000  # of the log before us: enough for a baseline of ten thousand requests


@dataclass
class AccessLog:
    """One host's. ``blind`` says why it tells nothing; silence of a log is never taken for peace."""

    host: Host
    file: str
    quiet: Collection[str]  # paths of health checks
    blind: str = ""
    _offset: int | None = None

    def news(self) -> tuple[Request, ...]:
        """What was answered since the last look; at the first, what stands there of the past."""
        size = self.host.size(self.file)
        if size is None:
            self.blind = f"{self.file} on {self.host.name} is not there: what users meet is not seen"
            return ()
        if self._offset is None:
            self._offset = max(0, size - PAST_BYTES)
        if size < self._offset:
            self._offset = 0  # it was rotated: what stands there now is new
        found: list[Request] = []
        while self._offset < size:
            reading = read(self.host.tail(self.file, self._offset), self.quiet)
            if not reading.used:
                break
            self._offset += reading.used
            found += reading.requests
            self.blind = doubt(len(reading.requests), reading.others, reading.junk)
        return tuple(found)
