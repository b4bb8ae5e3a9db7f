"""The door to the prober: a child that looks at a site from outside, beside a story and as long as it lasts.

Telling never fails a change: a prober that cannot start, or dies, is said in its count, and raises nothing.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from edge import clock, private, processes
from edge.companions import companion
from edge.identities import Identity
from edge.secrets.redaction import redact
from mainstay.errors import MainstayError
from mainstay.probes import Count
from mainstay.sights import PATIENCE_SECONDS, Reading, Target, read_lines, to_words

START_SECONDS = 10.0
GRACE_SECONDS = 15.0  # it ends itself: after a second, or when the slow question that is under way has its answer
SILENT_SECONDS = PATIENCE_SECONDS + 5.0  # whoever asks several times a second has something to tell by then


class Prober:
    """What it saw so far; also when it is over."""

    def __init__(self, folder: Path) -> None:
        name = f"probes-{clock.now():%H%M%S}-{clock.new_nonce()[:6]}"
        self.target, self.file, self.log = (folder / f"{name}.{kind}" for kind in ("json", "jsonl", "log"))
        self.child: Identity | None = None
        self._why_not = "it was not started yet"
        self._began = clock.monotonic()
        self._count, self._offset, self._unreadable = Count(), 0, 0
        self._unfinished: int | None = None  # until it has ended

    def sights(self, offset: int = 0) -> Reading:
        """What it saw from there on, and where to go on from."""
        try:
            with self.file.open("rb") as file:
                file.seek(offset)
                return read_lines(file.read(), offset)
        except OSError:
            return Reading((), offset)  # if that stays so, the count says that it has heard nothing

    def count(self) -> Count:
        """All it saw until now."""
        alive = self.child is not None and processes.alive(self.child)  # before we read: who ends has written by then
        reading = self.sights(self._offset)
        self._offset, self._count = reading.offset, self._count.after(reading.sights)
        self._unreadable += reading.unreadable
        if reading.unfinished is not None:
            self._unfinished = sum(reading.unfinished.values())
        return replace(self._count, unfinished=self._unfinished or 0, blind=self._blind(alive=alive))

    def end_now(self) -> None:
        """Its count was taken, and what it would still see is nobody's."""
        if self.child is not None:
            processes.kill(self.child)

    def _blind(self, *, alive: bool) -> str:
        if self.child is None:
            return f"the prober could not be started: {self._why_not}"
        if self._unreadable:
            return f"{self._unreadable} lines of {self.file} cannot be read"
        if self._unfinished is not None:
            return ""
        if not alive:
            return f"the prober died ({self._last_words()})"
        silent = self._silent_seconds()
        return f"the prober has said nothing for {silent:.0f} s" if silent > SILENT_SECONDS else ""

    def _silent_seconds(self) -> float:
        try:
            return clock.now().timestamp() - self.file.stat().st_mtime
        except OSError:
            return clock.monotonic() - self._began

    def begin(self, target: Target | None, until_left: ExitStack) -> None:
        """It asks when this returns, or it is said why not."""
        if target is None:
            self._why_not = "nothing here answers HTTP through a proxy"
            return
        try:
            private.folder_if_missing(self.file.parent)
            private.write(self.target, to_words(target), durable=False)
            argv = (sys.executable, "-m", "edge.prober", str(self.target), str(self.file))
            self.child = until_left.enter_context(companion(argv, log=self.log, grace_seconds=GRACE_SECONDS))
        except (OSError, MainstayError) as reason:
            self._why_not = str(reason)
            return
        self._wait_until_it_asks()

    def _wait_until_it_asks(self) -> None:
        until = clock.monotonic() + START_SECONDS
        while self.child and not self.sights().began and processes.alive(self.child) and clock.monotonic() < until:
            clock.sleep(0.02)

    def _last_words(self) -> str:
        try:
            said = redact(self.log.read_text(errors="replace")).strip().splitlines()
        except OSError as reason:
            return str(reason)
        return said[-1][-200:] if said else "without a word"


@contextmanager
def probing(target: Target | None, folder: Path) -> Iterator[Prober]:
    """It asks from here on until we leave, however we leave; enter and leave it in the main thread."""
    prober = Prober(folder)
    with ExitStack() as until_left:
        prober.begin(target, until_left)
        yield prober
