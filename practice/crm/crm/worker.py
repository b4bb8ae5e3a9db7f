"""The worker: one job at a time, each done once, and a sign of life every second."""

import argparse
import signal
import sys
import time
from pathlib import Path

import psycopg

from crm import behaviour
from crm.database import Connection, connect
from crm.queue import Job, finish, take
from crm.settings import Identity, database_address, read_identity

SLICE_SECONDS = 0.1
BEAT_SECONDS = 1.0


class Worker:
    def __init__(self, address: str, identity: Identity, heartbeat: Path) -> None:
        self._address, self._identity, self._heartbeat = address, identity, heartbeat
        self._born, self._beat_at = time.monotonic(), float("-inf")
        self.leaving = False

    def run(self) -> None:
        """Until it is told to leave and has nothing in its hands. A database that is gone is waited for."""
        while not self.leaving:
            try:
                with connect(self._address) as connection:
                    self._work(connection)
            except psycopg.OperationalError as reason:
                say(f"The database does not answer; a job in hand goes back to the queue. Trying again. {reason}")
                self._pause(1)

    def _work(self, connection: Connection) -> None:
        while not self.leaving:
            self._show_life()
            with connection.transaction():
                job = take(connection)
                if job is not None:
                    self._do(job, connection)
            if job is None:
                self._pause(SLICE_SECONDS)

    def _do(self, job: Job, connection: Connection) -> None:
        if behaviour.WORKER_DIES:
            raise SystemExit(f"This release's worker dies when it takes a job; it had taken {job.id}.")
        self._pause(job.seconds)
        finish(job, self._identity, connection)

    def _pause(self, seconds: float) -> None:
        """Also the time of a job passes here, so a long one shows as much life as none."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._show_life()
            time.sleep(min(left, SLICE_SECONDS))

    def _show_life(self) -> None:
        now = time.monotonic()
        if behaviour.WORKER_DIES and now - self._born > 1:
            raise SystemExit("This release's worker dies a second after its start: that is what it is for.")
        if now - self._beat_at >= BEAT_SECONDS:
            self._heartbeat.touch()
            self._beat_at = now


def main() -> None:
    words = argparse.ArgumentParser(prog="crm.worker", description=__doc__)
    words.add_argument("--color", help="stands in the record of every job; otherwise MAINSTAY_COLOR")
    words.add_argument("--heartbeat", type=Path, required=True, help="the file that is touched while it works")
    said = words.parse_args()
    behaviour.boot()
    said.heartbeat.parent.mkdir(parents=True, exist_ok=True)
    worker = Worker(database_address(), read_identity(said.color), said.heartbeat)

    def leave(_signal: int, _frame: object) -> None:
        worker.leaving = True

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, leave)
    worker.run()


def say(words: str) -> None:
    sys.stderr.write(f"{words.strip()}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
