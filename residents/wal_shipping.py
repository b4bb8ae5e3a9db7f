"""Ships what was received: whole segments at once, the unfinished one as often as promised, and then lets it go."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edge import clock
from edge.backups.log import state as wal_state
from edge.backups.log.folders import Received, WalFolders, received
from edge.backups.log.store import Diverged, Shipping
from edge.store.port import Store
from mainstay.backups.log.pages import written
from mainstay.backups.log.shipped import Log
from residents.wal_course import Course

PARTIAL_SECONDS = 60.0  # an unfinished segment goes at most so often
ALL_OF_IT_EVERY = 30  # its parts; then once from its beginning, so that not many are needed to read it


class Shipper:
    """Of one cluster's log. It remembers only what saves work: begun anew it ships the unfinished segment whole."""

    def __init__(self, folders: WalFolders, shipping: Shipping, shipped: Callable[[int], None]) -> None:
        self._folders, self._shipping, self._cluster = folders, shipping, shipping.log.cluster
        self._tell = shipped  # up to where it is in the store
        self._newest = ""  # the last that was whole: it stays here, and need not go again
        self._partial = ("", 0)  # the unfinished segment, and how much of it was shipped
        self._parts, self._due_at = 0, 0.0
        self._histories: set[str] = set()

    def __call__(self, generation: int | None, store: Store) -> None:
        """All that waits. ``generation`` is the one that is still received into, if there is one."""
        self._shipping = replace(self._shipping, store=store)
        newest = None if generation is None else self._folders.generation(self._cluster, generation)
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
        if each.segment != self._newest:
            self._tell(self._shipping.whole(each.segment, each.read(), each.at).stops_at)
            self._newest = each.segment

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
        if stop <= (before if name == each.segment else 0):
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


class ShippingAll:
    """A chore: what broke, and all that waits, also of what was received before a break."""

    def __init__(self, course: Course, open_store: Callable[[], Store]) -> None:
        self._course, self._open_store = course, open_store
        self._shippers: dict[str, Shipper] = {}

    def __call__(self) -> None:
        course, store = self._course, self._open_store()
        for broken in tuple(course.unpublished):
            wal_state.publish_break(store, course.ring, course.of.system, course.of.environment, broken)
            course.unpublished.remove(broken)
        if not course.segment_bytes:
            return
        for cluster in course.folders.clusters():
            try:
                shipper = self._shipper(cluster, store)
                shipper(course.generation if cluster == course.cluster else None, store)
            except Diverged as reason:
                if course.stands:
                    course.ask_to_break("diverged", str(reason))
                raise

    def _shipper(self, cluster: str, store: Store) -> Shipper:
        if cluster not in self._shippers:
            log = Log(self._course.of.system, self._course.of.environment, cluster, self._course.segment_bytes)
            shipping = Shipping(store, log, self._course.ring, self._course.of.keys)
            self._shippers[cluster] = Shipper(self._course.folders, shipping, self._shipped(cluster))
        return self._shippers[cluster]

    def _shipped(self, cluster: str) -> Callable[[int], None]:
        def note(position: int) -> None:
            if cluster == self._course.cluster:
                self._course.shipped = max(self._course.shipped, position)

        return note
