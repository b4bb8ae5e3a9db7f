"""python -m residents.wal SYSTEM ENVIRONMENT: the write-ahead log of a database leaves its host as it is written.

One process for each environment with a stream, kept up by the keeper. It needs the database's address and the store,
so it may run on another machine than the database.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence

from edge import clock, private
from edge.backups.copies.protecting import locking
from edge.backups.log import state as wal_state
from edge.settings import Settings, read_settings
from edge.store import open_backups
from edge.store.port import Store
from edge.systems import read_system
from mainstay.backups.copies.locks import from_the_start
from mainstay.backups.log.streaming import StreamTrouble
from mainstay.errors import MainstayError, NotFinished
from mainstay.places import Places
from residents.chores import Chore
from residents.wal_course import Course, Streamed
from residents.wal_looking import Looking
from residents.wal_receiving import Receiving
from residents.wal_shipping import ShippingAll

TURN_SECONDS = 1.0
READ_AGAIN_SECONDS = 10.0  # the descriptor
SHIP_SECONDS = 600.0  # after an outage there is much
GIVE_BACK_SECONDS = 120.0  # twice as long as a server waits for the word of one that was killed, if nobody set that
LEAVE_SECONDS = 45.0  # the slowest answer of a server or a store is there by then

log = logging.getLogger("wal")


class Wal:
    """The loop of one stream, until it is told to end or its descriptor says something else."""

    def __init__(self, settings: Settings, of: Streamed) -> None:
        self._settings, self._of = settings, of
        self._course = Course(of)
        self._store: Store | None = None
        self._looking = Looking(self._course, self._open_store, lambda: not self._receiving.no_room())
        self._receiving = Receiving(self._course, self._looking.server)
        self._shipping = ShippingAll(self._course, self._open_store)
        # Each turn, however often it failed: after an outage every second counts.
        self._look = Chore("looking at the database", self._looking, every_seconds=0)
        self._ship = Chore("shipping its log", self._shipping, every_seconds=0, limit_seconds=SHIP_SECONDS)

    def run(self, end: threading.Event) -> None:
        read_at = clock.monotonic()
        while not end.is_set():
            self._look.turn()
            self._receiving.turn()
            self._ship.turn()
            self._course.remember(self._troubles())
            if clock.monotonic() - read_at > READ_AGAIN_SECONDS:
                read_at = clock.monotonic()
                if self._is_described_otherwise():
                    break
            end.wait(TURN_SECONDS)
        self._receiving.end()
        if not end.is_set():
            self._await_chores()
            self._looking.server.close()

    def _await_chores(self) -> None:
        """Who comes next ships the same files and makes or drops the same slot. What hangs ends with this process, and
        the keeper starts that anew.
        """
        for chore in (self._look, self._ship):
            if not chore.wait(LEAVE_SECONDS):
                raise NotFinished(
                    f"The descriptor of {self._of.system} {self._of.environment} says something else now, and"
                    f" {chore.name} did not come to its end within {LEAVE_SECONDS:g} s. This process ends, and what is"
                    " started in its place goes on as it is described."
                )

    def _is_described_otherwise(self) -> bool:
        """A typo in the descriptor stops nothing that goes on; it is told by whoever reads descriptors."""
        try:
            return described(self._settings, self._of.system, self._of.environment) != self._of
        except MainstayError:
            return False

    def give_back(self, end: threading.Event, *, seconds: float = GIVE_BACK_SECONDS) -> bool:
        """Nobody describes it any more, so the server need keep nothing for us. Whether it keeps nothing; if not, what
        a person types stands in our log, for nobody asks again.
        """
        self._receiving.end()
        until, why = clock.monotonic() + seconds, self._kept()
        while why and clock.monotonic() < until and not end.wait(TURN_SECONDS):
            why = self._kept()
        self._looking.server.close()
        if why:
            log.error(
                "The stream of %s %s is described no more, and the replication slot %s is still there: %s. The server"
                " keeps its log for it until its disk is full. Drop it there: SELECT pg_drop_replication_slot('%s');",
                *(self._of.system, self._of.environment, self._of.slot, why, self._of.slot),
            )
        return not why

    def _kept(self) -> str:
        """Why the slot is there still; empty: it is not."""
        try:
            return "" if self._looking.server.drop_slot() else "the server counts somebody who receives from it"
        except MainstayError as reason:
            return str(reason).rstrip(".")

    def _open_store(self) -> Store:
        """What is written there cannot be deleted for a while, where it has locks."""
        if self._store is None:
            self._store = open_backups(self._settings)
        return locking(self._store, from_the_start(self._of.keep, clock.now()))

    def _troubles(self) -> list[StreamTrouble]:
        full, look, ship = self._receiving.no_room(), self._look.trouble, self._ship.trouble
        why = self._receiving.why or (look.why if look else "")
        found = [
            StreamTrouble("disk", f"{full}, so nothing more is received until some of it was shipped.")
            if full
            else None,
            StreamTrouble("receiver", why) if why else None,
            StreamTrouble("slot", self._looking.alarm) if self._looking.alarm else None,
            StreamTrouble("store", ship.why) if ship else None,
        ]
        return [each for each in found if each is not None]


def described(settings: Settings, system: str, environment: str) -> Streamed | None:
    """None: nothing of it is to be received."""
    found = read_system(settings, system)
    if found.database is None or found.database.stream is None or environment not in found.environments:
        return None
    places = Places(found, environment, str(settings.home))
    backups = places.environment.backups
    address, slot, stream = places.log, places.replication_slot, found.database.stream
    assert address is not None and slot is not None
    return Streamed(
        settings.home, system, environment, address, slot, stream.most_held_megabytes, backups.keys, backups.keep
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="wal", description=__doc__)
    parser.add_argument("system")
    parser.add_argument("environment")
    asked = parser.parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    end = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: end.set())
    settings = read_settings()
    try:
        return _receive(settings, asked.system, asked.environment, end)
    except MainstayError as reason:
        log.error("%s", reason)
        return 1


def _receive(settings: Settings, system: str, environment: str, end: threading.Event) -> int:
    folder = private.folder(settings.home / "wal" / system / environment)
    with private.alone(folder / "lock", deadline_seconds=20):
        wal_state.sweep(settings.home, system, environment)
        while not end.is_set():
            of = described(settings, system, environment)
            if of is None:
                end.wait(READ_AGAIN_SECONDS)
                continue
            wal = Wal(settings, of)
            wal.run(end)
            if not end.is_set() and described(settings, system, environment) is None:
                wal.give_back(end)
    return 0


if __name__ == "__main__":
    sys.exit(main())
