"""Ships what was received: whole segments at once, the unfinished one as often as promised, and then lets it go."""

from collections.abc import Callable
from pathlib import Path

from edge import clock
from edge.backups.wal_folders import Received, WalFolders, received
from edge.backups.wal_store import Shipping
from mainstay.backups.wal_pages import written

PARTIAL_SECONDS = 60.0  # an unfinished segment goes at most so often
ALL_OF_IT_EVERY = 30  # its parts; then once from its beginning, so that not many are needed to read it


class Shipper:
    """Of one cluster's log. It remembers only what saves work: begun anew it ships the unfinished segment whole."""

    def __init__(self, folders: WalFolders, cluster: str, shipping: Shipping, shipped: Callable[[int], None]) -> None:
        self._folders, self._cluster, self._shipping = folders, cluster, shipping
        self._tell = shipped  # up to where it is in the store
        self._partial = ("", 0)  # the unfinished segment, and how much of it was shipped
        self._parts, self._due_at = 0, 0.0
        self._histories: set[str] = set()

    def __call__(self, generation: int) -> None:
        """All that waits. ``generation`` is the one that is still received into."""
        newest = self._folders.generation(self._cluster, generation)
        for folder in self._folders.generations(self._cluster):
            if folder == newest:
                self._ship_current(folder)
            else:
                self._ship_ended(folder)

    def _ship_current(self, folder: Path) -> None:
        """Its newest file stays: from there pg_receivewal goes on."""
        files = received(folder)
        for number, each in enumerate(files):
            if each.is_history:
                self._history(each)
            elif each.is_partial:
                self._part(each)
            else:
                self._whole(each)
                if number + 1 < len(files):
                    each.path.unlink(missing_ok=True)

    def _ship_ended(self, folder: Path) -> None:
        """Nobody receives into it any more."""
        for each in received(folder):
            if each.is_history:
                self._history(each)
            elif each.is_partial:
                self._all_there_is(each, each.read())
            else:
                self._whole(each)
            each.path.unlink()
        for left in folder.iterdir():
            left.unlink()
        folder.rmdir()

    def _history(self, each: Received) -> None:
        if each.path.name not in self._histories:
            self._shipping.history(each.path.name, each.read(), each.at)
            self._histories.add(each.path.name)

    def _whole(self, each: Received) -> None:
        if (each.segment, each.bytes) == self._partial:
            return  # the newest, which stays here
        self._tell(self._shipping.whole(each.segment, each.read(), each.at).stops_at)
        self._partial = (each.segment, each.bytes)

    def _part(self, each: Received) -> None:
        """Only what came since; now and then all of it."""
        if clock.monotonic() < self._due_at:
            return
        try:
            segment = each.read()
        except FileNotFoundError:
            return  # it is whole now, and goes next time
        name, before = self._partial
        stop = written(segment)
        if name == each.segment and stop <= before:
            return
        if name != each.segment or self._parts % ALL_OF_IT_EVERY == 0:
            before = 0
            self._parts = 0
        self._tell(self._shipping.partial(each.segment, segment[before:stop], before, each.at).stops_at)
        self._partial, self._parts = (each.segment, stop), self._parts + 1
        self._due_at = clock.monotonic() + PARTIAL_SECONDS

    def _all_there_is(self, each: Received, segment: bytes) -> None:
        if stop := written(segment):
            self._tell(self._shipping.partial(each.segment, segment[:stop], 0, each.at).stops_at)
