"""What a person sees: sentences that stay and, on a terminal, one line below them that says what happens now."""

import io
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

from edge import clock

DRAWN_EVERY_SECONDS = 0.25
CLEARED = "\r\x1b[K"


class Display(io.TextIOBase):
    """Stands in for the standard output, so that whoever writes a sentence there does not write into the line."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._begun = clock.monotonic()
        self._now: dict[str, tuple[str, float]] = {}  # by lane: what happens, and since when
        self._also: Callable[[], str] | None = None
        self._stopped = threading.Event()
        self._drawn = False

    def write(self, text: str) -> int:
        with self._lock:
            self._clear()
            self._out.write(text)
            self._out.flush()
        return len(text)

    def flush(self) -> None:
        self._out.flush()

    def isatty(self) -> bool:
        return self._out.isatty()

    @property
    def seconds(self) -> float:
        return clock.monotonic() - self._begun

    def now(self, lane: str, words: str) -> None:
        """``words`` happen there from now on; empty: nothing does any more."""
        with self._lock:
            if not words:
                self._now.pop(lane, None)
            elif self._now.get(lane, ("", 0.0))[0] != words:
                self._now[lane] = (words, clock.monotonic())

    @contextmanager
    def asking(self, also: Callable[[], str]) -> Iterator[None]:
        """As long as we are inside, the line says what is answered there."""
        self._also = also
        try:
            yield
        finally:
            self._also = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Until we leave, what is written goes through us, and the line is drawn anew as time goes by."""
        drawing = threading.Thread(target=self._draw_on, daemon=True)
        with redirect_stdout(self):
            drawing.start()
            try:
                yield
            finally:
                self._stopped.set()
                drawing.join()
                self.write("")

    def _draw_on(self) -> None:
        while not self._stopped.wait(DRAWN_EVERY_SECONDS) and self._out.isatty():
            also = self._also() if self._also else ""
            with self._lock:
                self._draw(also)

    def _draw(self, also: str) -> None:
        now = clock.monotonic()
        said = [f"{lane}: {words} ({now - since:.0f} s)" for lane, (words, since) in self._now.items()]
        said += [also] if also else []
        line = f"{self.seconds:4.0f} s  {'  |  '.join(said)}"
        room = shutil.get_terminal_size().columns - 1
        self._out.write(CLEARED + (line if len(line) <= room else f"{line[: room - 1]}…"))
        self._out.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._out.write(CLEARED)
        self._drawn = False
