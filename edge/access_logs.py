"""The door to a proxy's access log: what users met, read as it grows."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from edge import clock
from edge.hosts import Host
from mainstay.access_log import Reading, doubt, read
from mainstay.watch.traffic import Request

PAST_BYTES = 8_000_000  # of the log before us: enough for a baseline of ten thousand requests
SILENT_SECONDS = 10.0  # a proxy may keep its lines back for a second or so; for longer it does not write them there
TRIAL_SECONDS = 5.0
LOOK_SECONDS = 0.05
ABSENT = "is not there, so what users meet is not seen: name the file that the proxy writes in proxy.access_log"
CLOSED = "so what users meet is not seen: let the user that runs Mainstay enter its folder and read it"
SILENT = (
    "gets no line of what the proxy answers, so what users meet is not seen: let nothing else rotate it, make room if"
    " its disk is full, restart the proxy, or name the file that it does write in proxy.access_log"
)


@dataclass
class AccessLog:
    """One host's. ``blind`` says why it tells nothing; silence of a log is never taken for peace."""

    host: Host
    file: str
    quiet: Collection[str] = ()  # paths of health checks
    past_bytes: int = PAST_BYTES  # of what stands there at the first look
    blind: str = ""
    _offset: int | None = None
    _heard: bool = False  # a line came since the first look
    _due_since: float | None = None  # in seconds since 1970: then the proxy answered, and no line came since

    def news(self, answered: Iterable[float] = ()) -> tuple[Request, ...]:
        """What was answered since the last look; at the first, what stands there of the past.

        ``answered``: when the proxy answered our own questions since then, each of which has a line here, too.
        """
        found: list[Request] = []
        is_first, spoke = self._offset is None, False
        try:
            for reading in self._unread():
                found += reading.requests
                self.blind, spoke = doubt(len(reading.requests), reading.others, reading.junk), True
        except OSError as reason:
            self.blind = self._say(f"cannot be read ({reason.strerror}), {CLOSED}")
        self._heard = self._heard or (spoke and not is_first)
        self._listen(answered, spoke=spoke)
        return tuple(found)

    def trial(self, ask: Callable[[], object]) -> str:
        """Why nobody would see here what users meet; empty: of what was asked of the proxy just now a line came."""
        self.news()
        if self.blind:
            return self.blind
        ask()
        until = clock.monotonic() + TRIAL_SECONDS
        while not self._heard or self.blind:
            if clock.monotonic() > until:
                return self.blind or self._say(SILENT)
            clock.sleep(LOOK_SECONDS)
            self.news()
            if self._heard and self.blind:
                ask()  # what was not understood may have been half a line of the past
        return ""

    def _unread(self) -> Iterator[Reading]:
        """Up to where it ended when we came."""
        size = self.host.size(self.file)
        if size is None:
            self.blind = self._say(ABSENT)
            return
        if self._offset is None:
            self._offset = max(0, size - self.past_bytes)
        if size < self._offset:
            self._offset = 0  # it was rotated: what stands there now is new
        while (reading := read(self.host.tail(self.file, self._offset), self.quiet)).used:
            self._offset += reading.used
            yield reading
            if self._offset >= size:
                return

    def _listen(self, answered: Iterable[float], *, spoke: bool) -> None:
        """Until it was heard once nobody knows that it speaks at all; from then on it may be late."""
        if spoke:
            self._due_since = None
        elif self._due_since is None:
            self._due_since = min(answered, default=None)
        patience_seconds = SILENT_SECONDS if self._heard else 0.0
        late = self._due_since is not None and clock.now().timestamp() - self._due_since > patience_seconds
        if late and not self.blind:
            self.blind = self._say(SILENT)

    def _say(self, what: str) -> str:
        return f"{self.file} on {self.host.name} {what}"
